//! The same over queries that nobody wrote. A few hundred in each run of the tests;
//! `CSV_ANALYST_DIFFERENTIAL_CASES=200000` for a night.

use super::cinema::{self, LIMITS};
use super::rows::{self, Failure};
use super::{generate, touches_what_was_claimed, with_room};
use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use duckdb::Connection;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;

const CASES: u32 = 300;
const CASES_VARIABLE: &str = "CSV_ANALYST_DIFFERENTIAL_CASES";

/// How a generated query went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Course {
    /// Both texts gave equal rows.
    Alike,
    /// DuckDB refuses both texts.
    BothFail,
    /// The gate refuses it.
    Refused,
    /// Too many rows, or too slow: not compared.
    TooLarge,
}

#[test]
fn generated_queries_answer_as_their_originals_do() {
    let (courses, result) = with_room(|| {
        let cases = std::env::var(CASES_VARIABLE)
            .ok()
            .and_then(|text| text.parse().ok());
        let config = Config {
            cases: cases.unwrap_or(CASES),
            max_shrink_iters: 2_000,
            failure_persistence: None,
            ..Config::default()
        };
        // The few of every run are always the same; the many of a long run never.
        let mut runner = match cases {
            None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
            Some(_) => TestRunner::new(config),
        };
        let courses = RefCell::new(BTreeMap::new());
        let (engine, dataset) = (cinema::engine(), cinema::dataset());
        let result = runner.run(&generate::query(), |sql| {
            let course = course(&engine, &dataset, &sql).map_err(TestCaseError::fail)?;
            *courses.borrow_mut().entry(course).or_insert(0_u32) += 1;
            Ok(())
        });
        let result = match result {
            Err(TestError::Fail(reason, sql)) => Err(format!("{sql}\n\n{reason}")),
            other => other.map_err(|error| error.to_string()),
        };
        (courses.into_inner(), result)
    });
    let _ = writeln!(std::io::stderr(), "{courses:?}");
    if let Err(failure) = result {
        panic!("{failure}");
    }
    assert!(
        courses[&Course::Alike] > 50,
        "the generator makes too few queries that run: {courses:?}"
    );
}

fn course(engine: &Connection, dataset: &Dataset, sql: &str) -> Result<Course, String> {
    let Ok(acceptance) = check(&UntrustedQueryText::Sql(sql), dataset, &LIMITS) else {
        return Ok(Course::Refused);
    };
    let canonical = &acceptance.sql;
    let touched =
        touches_what_was_claimed(engine, &acceptance).map_err(|error| format!("{error}\n{canonical}"))?;
    match (rows::run(engine, sql), rows::run(engine, canonical)) {
        (Err(Failure::TooLarge), _) | (_, Err(Failure::TooLarge)) => Ok(Course::TooLarge),
        (Err(_), Err(_)) => Ok(Course::BothFail),
        (Err(Failure::Engine(error)), Ok(_)) => Err(format!("only the original fails: {error}\n{canonical}")),
        (Ok(_), Err(Failure::Engine(error))) => {
            Err(format!("only the canonical text fails: {error}\n{canonical}"))
        }
        (Ok(original), Ok(answer)) => match rows::difference(&original, &answer, touched.ordered) {
            None => Ok(Course::Alike),
            Some(difference) => Err(format!("{difference}\n{canonical}")),
        },
    }
}
