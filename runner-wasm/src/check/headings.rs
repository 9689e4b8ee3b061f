//! Headings of the result: what has no name is called by the engine after its text, and what the gate
//! prints in another form (`2 ** 3` as `pow(2, 3)`) would be called after that. Such a column of the
//! outermost SELECT gets a name: what was written.

use super::Checker;
use crate::syntax::ast::{self, Body, Place, Select};

/// A longer one is no heading any more.
const LONGEST: usize = 60;

/// The SELECT whose columns the result has.
pub fn outermost(query: &ast::Query) -> Option<&Select> {
    in_body(&query.body)
}

fn in_body(body: &Body) -> Option<&Select> {
    match body {
        Body::Select(select) => Some(select),
        Body::Query(query) => in_body(&query.body),
        // By name, a heading would change which columns go together.
        Body::Operations { first, rest } if rest.iter().all(|(operation, _)| !operation.by_name) => {
            in_body(first)
        }
        Body::Operations { .. } | Body::Values(_) | Body::Pivot(_) | Body::Unpivot(_) => None,
    }
}

impl Checker<'_> {
    /// What was written, where that is to be the item's name.
    pub fn heading(&self, select: &Select, item: &ast::Item) -> Option<String> {
        let is_outermost = self
            .outermost
            .is_some_and(|outermost| std::ptr::eq(outermost, select));
        if !is_outermost || item.begin == Place::default() {
            return None;
        }
        let written = between(self.source?, item.begin, item.end)?;
        let heading = written.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let comment = heading.contains("--") || heading.contains("/*");
        let fits = !heading.is_empty() && heading.chars().count() <= LONGEST;
        (fits && !comment && !self.is_known(&heading)).then_some(heading)
    }
}

fn between(source: &str, begin: Place, end: Place) -> Option<&str> {
    source.get(offset(source, begin)?..offset(source, end)?)
}

/// In bytes. A place behind the last character is the end.
fn offset(source: &str, place: Place) -> Option<usize> {
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let before: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = source.get(before..)?;
    let inside = rest
        .char_indices()
        .nth(column)
        .map_or(rest.len(), |(index, _)| index);
    Some(before + inside)
}
