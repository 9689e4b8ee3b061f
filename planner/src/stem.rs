//! Word forms: a light English lemmatiser (plurals) and stemmer (verb endings).
//!
//! Both sides of every comparison go through it, so a stem need not be a word. It refuses to be
//! clever: no dictionary, no part of speech.

/// Endings in "s" that are not plurals.
const SINGULAR_ENDINGS: [&str; 3] = ["ss", "us", "is"];

/// Forms that no rule finds.
const IRREGULAR: [(&str, &str); 10] = [
    ("movies", "movie"),
    ("series", "series"),
    ("won", "win"),
    ("sold", "sell"),
    ("spent", "spend"),
    ("paid", "pay"),
    ("bought", "buy"),
    ("children", "child"),
    ("men", "man"),
    ("women", "woman"),
];

/// The singular of a lower-case word: `categories` -> `category`, `boxes` -> `box`.
pub(crate) fn lemma(word: &str) -> String {
    if let Some((_, regular)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        return (*regular).to_owned();
    }
    if !word.is_ascii() || word.len() < 4 || SINGULAR_ENDINGS.iter().any(|end| word.ends_with(end)) {
        return word.to_owned();
    }
    if let Some(root) = word.strip_suffix("ies").filter(|root| root.len() > 2) {
        return format!("{root}y");
    }
    for ending in ["sses", "shes", "ches", "xes", "zes", "uses"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// What `returned`, `returns` and `returning` have in common.
pub(crate) fn stem(word: &str) -> String {
    let lemma = lemma(word);
    if !lemma.is_ascii() {
        return lemma;
    }
    let mut root = strip_ending(&lemma).to_owned();
    if root.len() > 4 && root.ends_with('e') {
        root.pop();
    }
    undouble(&mut root);
    root
}

fn strip_ending(word: &str) -> &str {
    for (ending, shortest_root) in [("ation", 5), ("ing", 3), ("ed", 3), ("ment", 4), ("ion", 4)] {
        if let Some(root) = word.strip_suffix(ending)
            && root.len() >= shortest_root
            && root.contains(['a', 'e', 'i', 'o', 'u', 'y'])
        {
            return root;
        }
    }
    word
}

/// `cancell` -> `cancel`, on both sides of every comparison.
fn undouble(root: &mut String) {
    let bytes = root.as_bytes();
    let length = bytes.len();
    if length > 3 && bytes[length - 1] == bytes[length - 2] && !b"aeiou".contains(&bytes[length - 1]) {
        root.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_become_singular() {
        for (plural, singular) in [
            ("categories", "category"),
            ("boxes", "box"),
            ("statuses", "status"),
            ("status", "status"),
            ("products", "product"),
        ] {
            assert_eq!(lemma(plural), singular);
        }
    }

    #[test]
    fn verb_forms_share_a_stem() {
        for family in [
            &["return", "returns", "returned", "returning"][..],
            &["cancel", "cancelled", "cancellation"][..],
            &["resolve", "resolved", "resolving"][..],
            &["complete", "completed", "completion"][..],
        ] {
            for word in family {
                assert_eq!(stem(word), stem(family[0]), "{word}");
            }
        }
    }
}
