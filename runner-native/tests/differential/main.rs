//! What the gate prints means what came in, to DuckDB: the canonical text of an accepted query gives the
//! rows, types and names that the original text gives, and DuckDB's own tree of it touches what was
//! claimed and nothing else. Over the legitimate corpus, and over queries that a generator makes up.

mod cinema;
mod corpus;
mod exceptions;
mod generate;
mod generated;
mod rows;
mod tree;

use corpus::{Case, Query};
use csv_analyst_protocol::gate::Acceptance;
use csv_analyst_runner::check::agrees;
use duckdb::Connection;
use exceptions::Exception;
use rows::{Answer, Failure};

/// Unoptimised code needs far more stack than the guest's.
fn with_room<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(test)
        .expect("a thread");
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Both opinions on DuckDB's tree: the runner's own, and the one written for this test.
fn touches_what_was_claimed(engine: &Connection, acceptance: &Acceptance) -> Result<tree::Touched, String> {
    agrees(engine, &acceptance.sql, &acceptance.claims).map_err(|error| format!("the runner: {error}"))?;
    let touched = tree::touched(&tree::serialised(engine, &acceptance.sql));
    match tree::beyond(&touched, &acceptance.claims) {
        Some(difference) => Err(difference),
        None => Ok(touched),
    }
}

fn accepted(case: &Case) -> Acceptance {
    case.query
        .decide(&cinema::dataset(), &cinema::LIMITS)
        .unwrap_or_else(|rejection| panic!("{}: {}", case.name, rejection.message))
}

/// Every case, and in words those for which something does not hold.
fn failures(holds: impl Fn(&Connection, &Case) -> Result<(), String> + Send + 'static) -> Vec<String> {
    with_room(move || {
        let engine = cinema::engine();
        let cases = corpus::legitimate();
        let failed = cases.iter().filter_map(|case| {
            let failure = holds(&engine, case).err()?;
            Some(format!("{}: {failure}", case.name))
        });
        failed.collect()
    })
}

#[test]
fn every_accepted_query_touches_what_was_claimed_and_nothing_else() {
    let failures = failures(|engine, case| touches_what_was_claimed(engine, &accepted(case)).map(drop));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_accepted_query_answers_as_its_original_does() {
    let failures = failures(answers_alike);
    assert!(
        failures.is_empty(),
        "{}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_exception_is_a_case_of_the_corpus() {
    let cases = corpus::legitimate();
    for (name, _, _) in exceptions::EXCEPTIONS {
        assert!(cases.iter().any(|case| case.name == *name), "{name}");
    }
}

fn answers_alike(engine: &Connection, case: &Case) -> Result<(), String> {
    let acceptance = accepted(case);
    let canonical = rows::run(engine, &acceptance.sql);
    let original = match &case.query {
        Query::Sql(text) => Some(rows::run(engine, text)),
        Query::Plan(_) => None,
    };
    let touched = tree::touched(&tree::serialised(engine, &acceptance.sql));
    let drawn = acceptance.notes.iter().any(|note| note.contains("seed"));
    let outcome = match (exceptions::of(&case.name), original) {
        (Some(Exception::Drawn), Some(Ok(_))) if drawn => {
            canonical.map(drop).map_err(|failure| format!("{failure:?}"))
        }
        (None, _) if drawn => Err("draws a sample without a seed of its own, and is not listed".into()),
        (Some(Exception::BothFail), Some(Err(_))) if canonical.is_err() => Ok(()),
        (Some(Exception::OnlyCanonical), Some(Err(_))) if canonical.is_ok() => Ok(()),
        (None, None) => canonical.map(drop).map_err(|failure| format!("{failure:?}")),
        (None, Some(original)) => compared(original, canonical, touched.ordered),
        (Some(listed), original) => Err(format!(
            "is listed as {listed:?}, but: {original:?}, {canonical:?}"
        )),
    };
    outcome.map_err(|failure| format!("{failure}\n{}", acceptance.sql))
}

fn compared(
    original: Result<Answer, Failure>,
    canonical: Result<Answer, Failure>,
    ordered: bool,
) -> Result<(), String> {
    let original = original.map_err(|failure| format!("the original: {failure:?}"))?;
    let canonical = canonical.map_err(|failure| format!("the canonical text: {failure:?}"))?;
    match rows::difference(&original, &canonical, ordered) {
        Some(difference) => Err(difference),
        None => Ok(()),
    }
}
