//! The one way to say no: a code, a rule, a place and a hint. It knows nothing of SQL or plans.

use crate::syntax::ast;
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::{Place, Rejection};

/// What nearly every function of the gate returns.
pub type Checked<T> = Result<T, Box<Rejection>>;

fn rejection(code: ErrorCode, rule: &str, message: String) -> Box<Rejection> {
    Box::new(Rejection::new(code, rule, message))
}

/// A query that is understood and not allowed.
pub fn policy(rule: &str, message: impl Into<String>) -> Box<Rejection> {
    rejection(ErrorCode::SqlPolicyViolation, rule, message.into())
}

/// A query that does not fit the schema, or that can't be read.
pub fn invalid(rule: &str, message: impl Into<String>) -> Box<Rejection> {
    rejection(ErrorCode::ValidationError, rule, message.into())
}

/// Completes a rejection where it is made.
pub trait Explain {
    fn at(self, place: ast::Place) -> Self;
    fn at_pointer(self, pointer: &str) -> Self;
    fn hint(self, hint: impl Into<String>) -> Self;
    /// Says which of the names is close to what was written.
    fn near<'a>(self, written: &str, names: impl Iterator<Item = &'a str>) -> Self;
    /// The same, and lists the names.
    fn instead<'a>(self, written: &str, names: impl Iterator<Item = &'a str> + Clone) -> Self;
}

/// Names that a rejection lists at most.
const MOST_NAMES: usize = 50;

impl Explain for Box<Rejection> {
    /// An earlier, closer place wins.
    fn at(mut self, place: ast::Place) -> Self {
        if self.place.is_none() && place.line > 0 {
            self.place = Some(Place::Text {
                line: place.line.into(),
                column: place.column.into(),
            });
            self.details.length = place.length.into();
        }
        self
    }

    fn at_pointer(mut self, pointer: &str) -> Self {
        self.place.get_or_insert_with(|| Place::Pointer(pointer.into()));
        self
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    fn near<'a>(mut self, written: &str, names: impl Iterator<Item = &'a str>) -> Self {
        self.details.suggestions = closest(written, names);
        match self.details.suggestions.first() {
            Some(first) => {
                let hint = format!("did you mean `{first}`?");
                self.hint(hint)
            }
            None => self,
        }
    }

    fn instead<'a>(mut self, written: &str, names: impl Iterator<Item = &'a str> + Clone) -> Self {
        for name in names.clone().take(MOST_NAMES) {
            if !self.details.allowed.iter().any(|known| known == name) {
                self.details.allowed.push(name.into());
            }
        }
        self.near(written, names)
    }
}

/// Text of the query repeated in a message: bounded, and without control characters.
pub fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let clean: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().count() > LONGEST {
        format!("{clean}…")
    } else {
        clean
    }
}

/// The candidate closest to what was written, when it is close enough to be a slip of the pen.
pub fn did_you_mean<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let first = closest(written, candidates).into_iter().next()?;
    Some(format!("did you mean `{first}`?"))
}

/// Up to three that are close enough to be meant, the closest first.
fn closest<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    const MOST: usize = 3;
    let written: String = written.chars().take(64).collect::<String>().to_lowercase();
    let allowed = (written.chars().count() / 3).max(1);
    let mut close: Vec<(usize, usize, &str)> = candidates
        .map(|candidate| {
            let distance = distance(&written, &candidate.to_lowercase());
            (distance, candidate.len(), candidate)
        })
        .filter(|(distance, _, candidate)| {
            *distance <= allowed || (written.len() >= 3 && candidate.to_lowercase().contains(&written))
        })
        .collect();
    close.sort_by_key(|(distance, length, _)| (*distance, *length));
    let mut names: Vec<String> = Vec::new();
    for (_, _, name) in close {
        if names.len() < MOST && !names.iter().any(|known| known == name) {
            names.push(name.into());
        }
    }
    names
}

/// Letters of a name that are compared.
const MOST_LETTERS: usize = 64;

/// Edits between two texts (optimal string alignment): a letter added, left out or changed, or two
/// neighbours swapped, each counts one. Without a heap: it is asked of every name there is.
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (Letters::of(left), Letters::of(right));
    let (left, right) = (left.slice(), right.slice());
    let mut before = [0; MOST_LETTERS + 1];
    let mut above: [usize; MOST_LETTERS + 1] = std::array::from_fn(|index| index);
    for i in 0..left.len() {
        let mut row = [0; MOST_LETTERS + 1];
        row[0] = i + 1;
        for j in 0..right.len() {
            let changed = above[j] + usize::from(left[i] != right[j]);
            let mut least = changed.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j] {
                least = least.min(before[j - 1] + 1);
            }
            row[j + 1] = least;
        }
        before = above;
        above = row;
    }
    above[right.len()]
}

struct Letters {
    letters: [char; MOST_LETTERS],
    count: usize,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = ['\0'; MOST_LETTERS];
        let mut count = 0;
        for (letter, written) in letters.iter_mut().zip(text.chars()) {
            *letter = written;
            count += 1;
        }
        Self { letters, count }
    }

    fn slice(&self) -> &[char] {
        &self.letters[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_named_and_a_stranger_is_not() {
        let columns = ["order_date", "total", "status"];
        let suggest = |text| did_you_mean(text, columns.into_iter());
        assert_eq!(
            suggest("order_dat").as_deref(),
            Some("did you mean `order_date`?")
        );
        assert_eq!(suggest("ttal").as_deref(), Some("did you mean `total`?"));
        assert_eq!(suggest("totla").as_deref(), Some("did you mean `total`?"));
        assert_eq!(suggest("date").as_deref(), Some("did you mean `order_date`?"));
        assert_eq!(suggest("temperature"), None);
    }
}
