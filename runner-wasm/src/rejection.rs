//! The one way to say no: a code, a rule, a place and a hint. It knows nothing of SQL or plans.

use crate::syntax::ast;
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::{Place, Rejection};

/// What nearly every function of the gate returns.
pub type Checked<T> = Result<T, Box<Rejection>>;

fn rejection(code: ErrorCode, rule: &str, message: String) -> Box<Rejection> {
    Box::new(Rejection {
        code,
        rule: rule.into(),
        message,
        place: None,
        hint: None,
    })
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
}

impl Explain for Box<Rejection> {
    /// An earlier, closer place wins.
    fn at(mut self, place: ast::Place) -> Self {
        if self.place.is_none() && place.line > 0 {
            self.place = Some(Place::Text {
                line: place.line.into(),
                column: place.column.into(),
            });
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
    let written: String = written.chars().take(64).collect::<String>().to_lowercase();
    let allowed = (written.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (distance(&written, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed || (written.len() >= 3 && candidate.to_lowercase().contains(&written))
        })
        .min_by_key(|(distance, candidate)| (*distance, candidate.len()))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Edits between two texts (optimal string alignment): a letter added, left out or changed, or two
/// neighbours swapped, each counts one.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(64).collect();
    let right: Vec<char> = right.chars().take(64).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for i in 0..left.len() {
        let mut row = vec![i + 1];
        for j in 0..right.len() {
            let changed = above[j] + usize::from(left[i] != right[j]);
            let mut least = changed.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[right.len()]
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
