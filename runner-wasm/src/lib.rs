//! The gatehouse: decides whether an untrusted query may run, and as what text.
//!
//! A query comes in as SQL text or as a plan. Either way it ends as the gate's own checked tree
//! ([`sql::tree`]), is printed by the gate's own printer, and comes out as canonical SQL together with
//! its claims, or as a rejection with a rule, a place and a hint. Nothing of the text that came in is
//! passed on.
//!
//! Everything here is a pure function of its arguments: no clock, no randomness, no files, no
//! environment, no hash map with a random seed. The same input gives the same output and burns the
//! same fuel. On wasm32 the crate is a component (`wit/world.wit`); natively it is a library for tests.

mod calendar;
mod check;
mod plan;
mod point;
mod rejection;
mod sql;
mod syntax;

#[cfg(target_arch = "wasm32")]
mod guest;
#[cfg(target_arch = "wasm32")]
mod heap;

pub use plan::compile_to_sql;

/// Names of all functions that a query may call.
pub fn allowed_functions() -> impl Iterator<Item = &'static str> {
    check::functions::all().map(|function| function.name)
}

/// The allow-list as `docs/functions.md` publishes it.
pub fn function_table() -> String {
    check::functions::table()
}

use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::{Acceptance, Rejection};
use csv_analyst_protocol::limits::{Limits, MAX_QUERY_BYTES};
use rejection::{Checked, invalid};

/// A query as it arrives: nobody has looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UntrustedQueryText<'a> {
    /// The JSON of a [`csv_analyst_protocol::plan::QueryPlan`].
    Plan(&'a str),
    Sql(&'a str),
}

/// The gate's whole decision.
pub fn check(
    query: &UntrustedQueryText,
    dataset: &Dataset,
    limits: &Limits,
) -> Result<Acceptance, Rejection> {
    let outcome = match query {
        UntrustedQueryText::Sql(text) => check_sql(text, dataset, limits),
        UntrustedQueryText::Plan(json) => check_plan(json, dataset, limits),
    };
    outcome.map_err(|mut rejection| {
        if let UntrustedQueryText::Sql(text) = query {
            point::out(&mut rejection, text);
        }
        *rejection
    })
}

const SQL_RULES: &[&str] = &[
    "query-size",
    "characters-and-literals",
    "nesting",
    "one-query",
    "tables-resolved",
    "columns-resolved",
    "functions-allowed",
    "sizes-bounded",
    "limit",
    "printed-by-the-gate",
    "reads-back-the-same",
];

const PLAN_RULES: &[&str] = &["plan-read", "plan-resolved", "plan-compiled"];

fn check_sql(text: &str, dataset: &Dataset, limits: &Limits) -> Checked<Acceptance> {
    let query = syntax::untrusted(text)?;
    canonical(&query, Some(text), dataset, limits)
}

/// A compiled plan goes through the same policy as SQL by hand: there is one way to make claims.
fn check_plan(json: &str, dataset: &Dataset, limits: &Limits) -> Checked<Acceptance> {
    let compiled = plan::compile(json, dataset, limits)?;
    let query = syntax::canonical(&compiled.sql)?;
    let mut acceptance = canonical(&query, None, dataset, limits).map_err(plan::of_the_whole_plan)?;
    acceptance
        .rules
        .splice(0..0, PLAN_RULES.iter().map(ToString::to_string));
    acceptance.notes.splice(0..0, compiled.notes);
    Ok(acceptance)
}

/// Indentation, brackets and what is written out make a canonical text longer, but not much.
const MOST_GROWTH: usize = 4;

/// Checks, prints, and reads the print back.
fn canonical(
    query: &syntax::ast::Query,
    source: Option<&str>,
    dataset: &Dataset,
    limits: &Limits,
) -> Checked<Acceptance> {
    let checked = check::check(query, source, dataset, limits)?;
    let sql = sql::print::query(&checked.query);
    reads_back(&sql, &checked, dataset, limits)?;
    Ok(Acceptance {
        sql,
        claims: checked.claims,
        rules: SQL_RULES.iter().map(ToString::to_string).collect(),
        notes: checked.notes,
    })
}

/// What a text is taken to mean is what was checked: read and checked again, both must agree to the last
/// node. A printer that wrote anything else would be found out here.
fn reads_back(sql: &str, checked: &check::Outcome, dataset: &Dataset, limits: &Limits) -> Checked<()> {
    if sql.len() > MOST_GROWTH * MAX_QUERY_BYTES {
        return Err(check::too_long());
    }
    let differs = || {
        invalid(
            "reads-back-the-same",
            "The query's canonical text would read differently from the query.",
        )
    };
    let again = syntax::canonical(sql).map_err(|_| differs())?;
    let again = check::check(&again, None, dataset, limits).map_err(|_| differs())?;
    let same_tree = again.query == checked.query && again.claims == checked.claims;
    // The check lowers a LIMIT that is too high: only the text itself shows that there was none.
    if !same_tree || sql::print::query(&again.query) != sql {
        return Err(differs());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_reads_differently_is_not_passed_on() {
        let dataset: Dataset =
            serde_json::from_str(include_str!("../cases/dataset.json")).expect("the dataset is valid");
        let limits = Limits::default();
        let query = syntax::untrusted("SELECT title FROM films WHERE genre = 'a'").expect("a query");
        let checked = check::check(&query, None, &dataset, &limits).expect("an ordinary query");
        let verdict = |sql: &str| {
            reads_back(sql, &checked, &dataset, &limits)
                .err()
                .map(|rejection| rejection.rule)
        };
        let right = sql::print::query(&checked.query);
        assert_eq!(verdict(&right), None);
        for wrong in [
            right.replace("title", "genre"),
            right.replace("'a'", "'b'"),
            right.replace("'a'", "'a' OR TRUE"),
            right.replace("films", "cinemas"),
            format!("{right}; SELECT 1"),
            right.replace("LIMIT 10000", "LIMIT 10001"),
        ] {
            assert_eq!(verdict(&wrong).as_deref(), Some("reads-back-the-same"), "{wrong}");
        }
    }
}
