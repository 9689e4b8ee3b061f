//! How a follow-up begins and ends: the words that announce a change, without what is changed.

/// Words that announce a change; the longest first where one begins another.
const MARKERS: [&str; 18] = [
    "and only ",
    "and what about ",
    "what about ",
    "how about ",
    "and now ",
    "now only ",
    "only show ",
    "show only ",
    "show me only ",
    "only for ",
    "only ",
    "just ",
    "and for ",
    "same for ",
    "the same for ",
    "and as ",
    "and ",
    "but ",
];
/// Words for what the answer before showed: what follows narrows it.
const THOSE: [&str; 10] = [
    "those ",
    "only those ",
    "just those ",
    "and those ",
    "show me those ",
    "the ones ",
    "only the ones ",
    "just the ones ",
    "which of those are ",
    "which of them are ",
];
/// Questions for how many the answer before showed.
const COUNTS: [&str; 9] = [
    "how many of those",
    "how many of these",
    "how many of them",
    "and how many of those",
    "and how many of them",
    "how many are those",
    "how many are these",
    "how many is that",
    "how many are there",
];
/// A question that begins like this has no subject of its own.
const OPENINGS: [&str; 13] = [
    "exclude ",
    "except ",
    "not ",
    "by ",
    "per ",
    "for ",
    "in ",
    "since ",
    "during ",
    "without ",
    "excluding ",
    "last ",
    "top ",
];
/// A number that is named after these stands beside those that were shown.
const ADDS: [&str; 3] = ["and ", "what about ", "how about "];
/// Words for everything there is, whatever was said before.
const ALTOGETHER: [&str; 4] = ["in total", "overall", "altogether", "in all"];
/// Longer texts are questions of their own.
const MOST_BYTES: usize = 120;

/// A question without the words that announce a change.
pub(super) struct Phrase {
    pub text: String,
    /// It says that it changes the question before it.
    pub marked: bool,
    /// It names something in place of what was there.
    pub instead: bool,
    /// "those": only a part of what was shown.
    pub narrows: bool,
    /// "how many of those".
    pub counts: bool,
    /// "and ..", "what about ..": beside what was shown, unless all of it is asked for.
    pub adds: bool,
}

/// Nothing for a text that is too long to be a follow-up.
pub(super) fn phrase(question: &str) -> Option<Phrase> {
    let lower = question.trim().trim_end_matches(['?', '.', '!']).to_lowercase();
    if lower.len() > MOST_BYTES {
        return None;
    }
    let (text, instead) = match lower.strip_suffix(" instead") {
        Some(rest) => (rest.trim_end_matches(',').to_owned(), true),
        None => (lower, false),
    };
    let counted = COUNTS.iter().find_map(|beginning| after(&text, beginning));
    let those = THOSE.iter().find_map(|marker| text.strip_prefix(marker));
    let marked = MARKERS.iter().find_map(|marker| text.strip_prefix(marker));
    let opens = OPENINGS.iter().any(|opening| text.starts_with(opening));
    let rest = counted.or(those).or(marked).unwrap_or(&text).to_owned();
    Some(Phrase {
        marked: rest.len() < text.len() || instead || opens,
        instead,
        narrows: counted.or(those).is_some(),
        counts: counted.is_some(),
        adds: ADDS.iter().any(|word| text.starts_with(word))
            && !ALTOGETHER.iter().any(|word| text.contains(word)),
        text: rest,
    })
}

/// What comes after whole words.
fn after<'t>(text: &'t str, beginning: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(beginning)?;
    (rest.is_empty() || rest.starts_with(' ')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::phrase;

    #[test]
    fn the_words_that_announce_a_change_are_left_out() {
        for (question, text) in [
            ("And the median?", "the median"),
            ("what about Books?", "books"),
            ("by region instead", "by region"),
            ("those over 5", "over 5"),
            ("how many of those are there?", " are there"),
        ] {
            let phrase = phrase(question).expect("a short text");
            assert_eq!(phrase.text, text);
            assert!(phrase.marked, "{question}");
        }
    }

    #[test]
    fn a_question_of_its_own_is_not_marked() {
        for question in ["revenue by product", "how many of thoseness", "android phones"] {
            assert!(!phrase(question).expect("a short text").marked, "{question}");
        }
    }
}
