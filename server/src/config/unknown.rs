//! Finds a key that no setting has, and says which one was probably meant.
//!
//! The known keys are those of the default configuration itself, so that this list cannot go stale.

use super::Config;
use figment::value::{Dict, Value};
use std::collections::BTreeSet;

#[derive(Debug, thiserror::Error)]
#[error("unknown configuration key `{key}`{}", suggestion(.nearest))]
pub struct UnknownKey {
    pub key: String,
    pub nearest: Option<String>,
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

/// Similarity (Jaro-Winkler) below which a suggestion would only confuse; found by trying typing errors.
const SIMILAR_ENOUGH: f64 = 0.75;

pub fn first_unknown_key(given: &Dict) -> Result<(), UnknownKey> {
    let known = known_keys();
    let mut written = leaves(given).into_iter().filter(|key| !key.ends_with('.'));
    match written.find(|key| !is_known(key, &known)) {
        None => Ok(()),
        Some(key) => Err(UnknownKey {
            nearest: nearest(&key, &known),
            key,
        }),
    }
}

/// Also below a table whose names are the user's own, which is empty by default.
fn is_known(key: &str, known: &BTreeSet<String>) -> bool {
    let mut above = key.match_indices('.').map(|(at, _)| format!("{}.", &key[..at]));
    known.contains(key) || above.any(|table| known.contains(&table))
}

fn known_keys() -> BTreeSet<String> {
    let defaults = Value::serialize(Config::default()).ok();
    defaults
        .and_then(Value::into_dict)
        .map(|dict| leaves(&dict).into_iter().collect())
        .unwrap_or_default()
}

/// Dotted paths of everything that is not a table; of one that is empty, its own with a dot at the end.
fn leaves(dict: &Dict) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in dict {
        match value.as_dict() {
            Some(inner) if inner.is_empty() => found.push(format!("{key}.")),
            Some(inner) => found.extend(leaves(inner).into_iter().map(|rest| format!("{key}.{rest}"))),
            None => found.push(key.clone()),
        }
    }
    found
}

fn nearest(key: &str, known: &BTreeSet<String>) -> Option<String> {
    let scored = known.iter().map(|name| (strsim::jaro_winkler(key, name), name));
    let (score, name) = scored.max_by(|left, right| left.0.total_cmp(&right.0))?;
    (score >= SIMILAR_ENOUGH).then(|| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_settings_are_known_too() {
        assert!(known_keys().contains("gate.component"));
        assert!(known_keys().contains("datasets.registry"));
    }

    #[test]
    fn nonsense_gets_no_suggestion() {
        let given = Dict::from([("zzz".into(), 1.into())]);
        assert_eq!(first_unknown_key(&given).unwrap_err().nearest, None);
    }
}
