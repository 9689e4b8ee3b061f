//! The score that `docs/security.md` publishes is the score of this gate on this corpus.

mod gate_support;
#[path = "../examples/gate_refusals/score.rs"]
mod score;

const DOCUMENT: &str = include_str!("../../docs/security.md");
const BEGIN: &str = "<!-- refusals: begin -->\n";
const END: &str = "<!-- refusals: end -->";

#[test]
fn the_published_score_is_the_corpus_s_score() {
    let Some(gate) = gate_support::gate() else { return };
    let score = score::Score::of(&gate);
    let published = DOCUMENT
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .map(|(table, _)| table.trim());
    assert_eq!(
        published,
        Some(score.table().trim()),
        "run `cargo xtask bench --refusals` to publish the new score"
    );
    assert!(score.wrong.is_empty(), "{}", score.wrong.join("\n"));
}
