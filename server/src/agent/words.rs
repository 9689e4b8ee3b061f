//! The words around a result: the answering sentence first, then what it rests on.
//!
//! Every number comes from the run; nothing is said to have happened that has no run.

use csv_analyst_planner::{Answered, count_rows, describe_answer};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::error::ErrorDetail;
use csv_analyst_protocol::run::{Run, RunState};

/// The answer to a question whose run has ended.
pub fn answer(run: &Run, dataset: &Dataset, assumptions: &[String]) -> String {
    match (&run.status, &run.plan) {
        (RunState::Succeeded, Some(plan)) => {
            let answered = Answered {
                columns: &run.columns,
                rows: &run.rows,
                row_count: run.row_count,
                capped: run.row_count_capped,
            };
            let sentence = describe_answer(plan, dataset, answered);
            with_footnotes(sentence, assumptions, &run.gate.notes)
        }
        (RunState::Succeeded, None) => format!("{}.", count_rows(run.row_count, run.row_count_capped)),
        _ => failure(run),
    }
}

/// The answering sentence is the first line; what it rests on follows on the second. What the
/// planner assumed is always said. What the gate noted about the same plan mostly says it again (it
/// stays in the run's details), so it is said only where nothing else tells it.
fn with_footnotes(sentence: String, assumptions: &[String], notes: &[String]) -> String {
    let footnotes = if assumptions.is_empty() {
        notes
    } else {
        assumptions
    };
    let said: Vec<String> = footnotes
        .iter()
        .map(|footnote| footnote.trim_end_matches('.'))
        .filter(|footnote| !sentence.contains(footnote))
        .map(|footnote| format!("{footnote}."))
        .collect();
    match said.is_empty() {
        true => sentence,
        false => format!("{sentence}\n{}", said.join(" ")),
    }
}

fn failure(run: &Run) -> String {
    let error = run.error.as_ref();
    let reason = error.map_or("it ended without a reason", |error| error.message.as_str());
    let opening = match run.status {
        RunState::Rejected => "The gate did not let this query run",
        RunState::TimedOut => "The query took too long",
        RunState::Cancelled => return "Stopped. Nothing was answered.".to_owned(),
        _ => "The query failed",
    };
    let hint = error
        .and_then(|error| error.hint.as_ref())
        .map(|hint| format!(" ({hint})"))
        .unwrap_or_default();
    format!("{opening}: {}{hint}.", reason.trim_end_matches('.'))
}

/// For a question that nobody was left to answer.
pub const INTERRUPTED: &str = "The service stopped while this question was being answered. Ask it again.";

/// When there is no run at all.
pub fn refusal(error: &ErrorDetail) -> String {
    let hint = error
        .hint
        .as_ref()
        .map(|hint| format!(" ({hint})"))
        .unwrap_or_default();
    format!(
        "This question could not be run: {}{hint}.",
        error.message.trim_end_matches('.')
    )
}

/// The first words of a question, as a conversation's title.
pub fn title(message: &str) -> String {
    const LONGEST: usize = 80;
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_question_becomes_a_short_title() {
        assert_eq!(title("  top\n10 products "), "top 10 products");
        let long = "é".repeat(100);
        assert_eq!(title(&long).chars().count(), 81);
    }

    #[test]
    fn footnotes_stand_on_a_line_of_their_own() {
        let assumed = ["All orders count".to_owned(), "Newest first.".to_owned()];
        let text = with_footnotes("Seven rows.".into(), &assumed, &[]);
        assert_eq!(text, "Seven rows.\nAll orders count. Newest first.");
    }

    #[test]
    fn a_footnote_that_the_sentence_says_already_is_not_repeated() {
        let text = with_footnotes(
            "Seven rows, limited to 10 rows.".into(),
            &[],
            &["limited to 10 rows".into()],
        );
        assert_eq!(text, "Seven rows, limited to 10 rows.");
    }

    #[test]
    fn the_gate_speaks_only_where_the_planner_is_silent() {
        let (assumed, noted) = (
            ["All orders count.".to_owned()],
            ["Limited to 9 rows.".to_owned()],
        );
        assert_eq!(
            with_footnotes("Yes.".into(), &assumed, &noted),
            "Yes.\nAll orders count."
        );
        assert_eq!(
            with_footnotes("Yes.".into(), &[], &noted),
            "Yes.\nLimited to 9 rows."
        );
    }
}
