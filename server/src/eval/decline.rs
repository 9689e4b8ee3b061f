//! The kind of a decline: its reason without the words of the one question.
//!
//! The planner gives its reasons as sentences for people. What they quote differs from question to
//! question, and what the data holds instead from table to table; the rest is the kind.

/// How most of them begin: it tells nothing.
const OPENING: &str = "I can't answer that from this data";

pub fn kind(reason: &str) -> String {
    let plain = without_quotes(reason);
    let sentence = plain.split(". ").next().unwrap_or_default();
    let sentence = sentence.strip_prefix(OPENING).unwrap_or(sentence);
    let sentence = sentence
        .strip_prefix(", because ")
        .or_else(|| sentence.strip_prefix(": "))
        .unwrap_or(sentence);
    sentence.trim_end_matches('.').to_owned()
}

/// From the first quoted word to the last is one ellipsis.
fn without_quotes(text: &str) -> String {
    match (text.find('\u{201c}'), text.rfind('\u{201d}')) {
        (Some(start), Some(end)) if start < end => {
            let after = &text[end + '\u{201d}'.len_utf8()..];
            format!("{}\u{2026}{after}", &text[..start])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_planner::{Outcome, plan};
    use csv_analyst_protocol::dataset::{Column, ColumnType, Dataset, Table};

    fn declined(question: &str) -> String {
        let column = Column {
            name: "title".into(),
            kind: ColumnType::Text,
            ..Column::default()
        };
        let films = Table {
            name: "films".into(),
            columns: vec![column],
            ..Table::default()
        };
        let dataset = Dataset {
            tables: vec![films],
            ..Dataset::default()
        };
        match plan(question, &dataset, None) {
            Outcome::Declined(decline) => kind(&decline.reason),
            Outcome::Plan(planned) => panic!("{}", planned.understood),
        }
    }

    #[test]
    fn declines_for_the_same_reason_are_of_one_kind_whatever_their_words() {
        assert_eq!(declined("films by zebra"), declined("films by umbrella"));
        assert_eq!(declined("films by zebra"), "I did not understand \u{2026}");
        assert_eq!(declined(""), "The question is empty");
        assert_eq!(declined("zebra umbrella"), "I did not understand \u{2026}");
        assert_eq!(declined("what is it?"), "nothing in the question matches it");
    }

    #[test]
    fn a_quoted_word_may_hold_anything() {
        let reason = "I can't answer that from this data, because I did not understand \u{201c}a. b\u{201d}, \
            \u{201c}\u{201d}. It holds films.";
        assert_eq!(kind(reason), "I did not understand \u{2026}");
        assert_eq!(
            kind("\u{201d} turned round \u{201c}"),
            "\u{201d} turned round \u{201c}"
        );
    }
}
