//! Questions with golden SQL, asked of the planner; its plan goes through the gate and runs in DuckDB.
#![allow(dead_code)]

pub mod compare;

use crate::library;
use compare::{Expected, Found};
use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_planner::{Outcome, plan};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::plan::{QueryPlan, SelectItem};
use duckdb::Connection;
use serde::Deserialize;
use serde_json::Value;

/// One line of `datasets/golden/questions/*.json`; its README says what the fields mean.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub question: String,
    #[serde(default)]
    pub sql: Option<String>,
    #[serde(default)]
    pub also: Vec<String>,
    #[serde(default)]
    pub ordered: bool,
    #[serde(default)]
    pub ties: Option<String>,
    #[serde(default)]
    pub prefix: bool,
    #[serde(default)]
    pub compare: Vec<String>,
    #[serde(default)]
    pub missing: Vec<String>,
    #[serde(default, rename = "notes")]
    pub _notes: String,
    #[serde(default)]
    pub row_count: usize,
    #[serde(default)]
    pub first: Vec<Vec<Value>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Right,
    Declined(String),
    Wrong(String),
}

/// A dataset with its engine.
pub struct Desk {
    pub dataset: Dataset,
    pub engine: Connection,
}

impl Desk {
    pub fn open(id: &str) -> Self {
        let dataset = library::dataset(id);
        let engine = library::engine_with(&dataset);
        let dataset = library::profiled(dataset, &engine);
        Self { dataset, engine }
    }

    /// The verdict on a question, and the plan that was made.
    pub fn ask(&self, question: &Question, previous: Option<&QueryPlan>) -> (Verdict, Option<QueryPlan>) {
        match plan(&question.question, &self.dataset, previous) {
            Outcome::Plan(planned) => {
                let verdict = match self.difference(question, &planned.plan) {
                    None => Verdict::Right,
                    Some(difference) => Verdict::Wrong(difference),
                };
                (verdict, Some(planned.plan))
            }
            Outcome::Declined(decline) if question.sql.is_some() => (Verdict::Declined(decline.reason), None),
            Outcome::Declined(decline) => (declined_rightly(question, &decline.reason), None),
        }
    }

    /// What is wrong with a plan's answer.
    fn difference(&self, question: &Question, plan: &QueryPlan) -> Option<String> {
        let shown = serde_json::to_string(plan).expect("a plan is JSON");
        if question.sql.is_none() {
            return Some(format!("should be declined\n    {shown}"));
        }
        let found = match self.run(plan) {
            Ok(found) => found,
            Err(reason) => return Some(format!("{reason}\n    {shown}")),
        };
        let readings = self.readings(question);
        let right = readings.iter().any(|expected| compare::answers(expected, &found));
        (!right).then(|| {
            format!(
                "{shown}\n    answered {} rows {:?} {:?}\n    expected {} rows {:?}",
                found.rows.len(),
                found.columns,
                found.rows.iter().take(3).collect::<Vec<_>>(),
                readings[0].rows.len(),
                readings[0].rows.iter().take(3).collect::<Vec<_>>(),
            )
        })
    }

    fn run(&self, plan: &QueryPlan) -> Result<Found, String> {
        let json = serde_json::to_string(plan).expect("a plan is JSON");
        let accepted = check(
            &UntrustedQueryText::Plan(&json),
            &self.dataset,
            &Limits::default(),
        )
        .map_err(|rejection| format!("the gate: {} {:?}", rejection.message, rejection.place))?;
        let (columns, rows) =
            library::rows(&self.engine, &accepted.sql).map_err(|error| format!("the engine: {error}"))?;
        let is_computed =
            |item: &&SelectItem| item.agg.is_some() || item.measure.is_some() || item.expression.is_some();
        let computed = plan.select.iter().filter(is_computed).count();
        Ok(Found {
            columns,
            rows,
            computed,
            limit: plan.limit,
        })
    }

    /// The answers that are right: the golden one, then other readings of the same words.
    pub fn readings(&self, question: &Question) -> Vec<Expected> {
        let all = question.sql.iter().chain(&question.also);
        all.map(|sql| self.reading(question, sql)).collect()
    }

    fn reading(&self, question: &Question, sql: &str) -> Expected {
        let (columns, rows) =
            library::rows(&self.engine, sql).unwrap_or_else(|error| panic!("{}: {error}", question.question));
        let place = |name: &String| columns.iter().position(|column| column == name);
        let compare: Vec<usize> = if question.compare.is_empty() {
            (0..columns.len()).collect()
        } else {
            let named: Vec<usize> = question.compare.iter().filter_map(place).collect();
            if named.is_empty() {
                (0..columns.len()).collect()
            } else {
                named
            }
        };
        Expected {
            ties: question.ties.as_ref().and_then(place),
            rows,
            compare,
            ordered: question.ordered,
            prefix: question.prefix,
        }
    }
}

/// A decline of what the data cannot answer has to name a word that it missed.
fn declined_rightly(question: &Question, reason: &str) -> Verdict {
    let lower = reason.to_lowercase();
    if question.missing.iter().any(|word| lower.contains(word)) {
        Verdict::Right
    } else {
        Verdict::Declined(format!("{reason} (names none of {:?})", question.missing))
    }
}

pub fn questions(file: &str) -> Vec<Question> {
    let path = library::datasets_folder().join("golden/questions").join(file);
    let text = std::fs::read_to_string(path).expect("the questions are there");
    serde_json::from_str(&text).expect("the questions have the fields of the README")
}

/// A third of the questions, by their text: kept aside while the planner was written.
pub fn held_out(question: &str) -> bool {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in question.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash >> 32).is_multiple_of(3)
}
