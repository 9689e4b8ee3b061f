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

/// Where a long run keeps the query that it tries, in the folder for temporary files.
const LAST: &str = "csv-analyst-differential.sql";

/// How a generated query went.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Course {
    /// Both texts gave equal rows.
    Alike,
    /// DuckDB refuses both texts.
    BothFail,
    /// The gate refuses it, and so does DuckDB.
    Refused,
    /// The gate refuses, by this rule, what DuckDB would have answered.
    RefusedAlone(String),
    /// Too many rows, or too slow: not compared.
    TooLarge,
}

/// How many went each way, with one query of each.
type Courses = BTreeMap<Course, (u32, String)>;

#[test]
fn generated_queries_answer_as_their_originals_do() {
    let cases = std::env::var(CASES_VARIABLE)
        .ok()
        .and_then(|text| text.parse().ok());
    let (courses, failure) = with_room(move || run(cases));
    let _ = std::io::stderr().write_all(told(&courses).as_bytes());
    if let Some(failure) = failure {
        panic!("{failure}");
    }
    let alike = courses.get(&Course::Alike).map_or(0, |(count, _)| *count);
    assert!(
        alike > 50,
        "the generator makes too few queries that run: {courses:?}"
    );
}

fn run(cases: Option<u32>) -> (Courses, Option<String>) {
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
    let courses = RefCell::new(Courses::new());
    let (engine, dataset) = (cinema::engine(), cinema::dataset());
    let result = runner.run(&generate::query(), |sql| {
        if cases.is_some() {
            // A query that crashes the engine takes this process with it.
            let _ = std::fs::write(std::env::temp_dir().join(LAST), &sql);
        }
        let course = course(&engine, &dataset, &sql).map_err(TestCaseError::fail)?;
        courses.borrow_mut().entry(course).or_insert_with(|| (0, sql)).0 += 1;
        Ok(())
    });
    let failure = result.err().map(|error| match error {
        TestError::Fail(reason, sql) => format!("{sql}\n\n{reason}"),
        other => other.to_string(),
    });
    (courses.into_inner(), failure)
}

fn told(courses: &Courses) -> String {
    let line = |(course, (count, sql)): (&Course, &(u32, String))| match course {
        Course::RefusedAlone(_) => format!("{count} {course:?}, for example {sql:?}\n"),
        _ => format!("{count} {course:?}\n"),
    };
    courses.iter().map(line).collect()
}

fn course(engine: &Connection, dataset: &Dataset, sql: &str) -> Result<Course, String> {
    let acceptance = match check(&UntrustedQueryText::Sql(sql), dataset, &LIMITS) {
        Ok(acceptance) => acceptance,
        Err(rejection) => {
            let runs = rows::run(engine, sql).is_ok();
            return Ok(if runs {
                Course::RefusedAlone(rejection.rule)
            } else {
                Course::Refused
            });
        }
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
