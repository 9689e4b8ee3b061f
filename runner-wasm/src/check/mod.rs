//! The SQL policy: the syntax tree in, the gate's own checked tree out.
//!
//! Deny by default: each construct is rebuilt by hand, so one that nobody thought of has no way
//! through. Names resolve against the dataset's schema in exact scopes while the tree is rebuilt, and
//! what was touched becomes the claims. Structures are taken apart without `..`, so that a field that
//! the grammar gains stops the build instead of slipping past.

mod call;
pub mod claims;
mod columns;
mod expression;
mod families;
mod families_nested;
mod families_of_rows;
mod forms;
mod from;
pub mod functions;
mod headings;
mod joins;
mod lambda;
mod limit;
mod literal;
mod names;
mod operators;
mod pattern;
mod pivot;
mod query;
mod recursive;
mod sample;
mod scope;
mod select;
mod size;
mod special;
mod star;
mod truth;
mod types;
mod unpivot;
mod unsupported;
mod window;

use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree;
use crate::syntax::ast::{self, Place};
use claims::Collector;
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::Rejection;
use csv_analyst_protocol::limits::Limits;
use scope::Scopes;

/// How deep the checked tree may be. Nesting in the text is capped before parsing; this caps what
/// operators of falling precedence add between two brackets.
const MAX_DEPTH: usize = 80;

/// Far more expressions than a text of the largest size has: what COLUMNS multiplies ends here.
const MAX_BUILT: usize = 200_000;

/// One pass over one query.
pub struct Checker<'a> {
    dataset: &'a Dataset,
    limits: &'a Limits,
    /// The text that came in, where it did: only headings are taken from it.
    source: Option<&'a str>,
    outermost: Option<&'a ast::Select>,
    scopes: Scopes,
    claims: Collector,
    notes: Vec<String>,
    depth: usize,
    /// Set while an expression is rebuilt in which `COLUMNS(..)` may stand.
    expansion: Option<columns::Expansion>,
    /// Columns that `COLUMNS(..)` has stood for so far.
    expanded: usize,
    /// Expressions rebuilt so far, each time that they are.
    built: usize,
}

/// What a pass found.
pub struct Outcome {
    pub query: tree::Query,
    pub claims: csv_analyst_protocol::gate::Claims,
    pub notes: Vec<String>,
}

/// Checks the one query of a text, and bounds it.
pub fn check(
    query: &ast::Query,
    source: Option<&str>,
    dataset: &Dataset,
    limits: &Limits,
) -> Checked<Outcome> {
    let mut checker = Checker {
        dataset,
        limits,
        source,
        outermost: headings::outermost(query),
        scopes: Scopes::default(),
        claims: Collector::default(),
        notes: Vec::new(),
        depth: 0,
        expansion: None,
        expanded: 0,
        built: 0,
    };
    let query = checker.outermost(query)?;
    Ok(Outcome {
        query,
        claims: checker.claims.finish(),
        notes: checker.notes,
    })
}

impl Checker<'_> {
    /// Runs `inner` one level deeper, or refuses.
    fn deeper<T>(&mut self, place: Place, inner: impl FnOnce(&mut Self) -> Checked<T>) -> Checked<T> {
        if self.depth >= MAX_DEPTH {
            return Err(invalid(
                "query-too-deep",
                format!("The query nests deeper than {MAX_DEPTH} levels."),
            )
            .at(place)
            .hint("Use a common table expression (WITH) for the inner parts."));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Counts expressions that are rebuilt or copied.
    fn count(&mut self, expressions: usize, place: Place) -> Checked<()> {
        self.built = self.built.saturating_add(expressions);
        if self.built > MAX_BUILT {
            return Err(too_long().at(place));
        }
        Ok(())
    }

    /// Says something once, however often the query gives cause.
    fn note(&mut self, text: &str) {
        if !self.notes.iter().any(|note| note == text) {
            self.notes.push(text.into());
        }
    }
}

/// A short text can stand for a long query.
pub fn too_long() -> Box<Rejection> {
    invalid("query-size", "Written out, the query is too long.")
        .hint("Name fewer columns or values, or compute the parts in common table expressions (WITH).")
}
