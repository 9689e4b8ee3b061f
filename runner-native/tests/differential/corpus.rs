//! The gate's corpus, line by line (the format is described in `runner-wasm/tests/corpus.rs`).

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::{Acceptance, Rejection};
use csv_analyst_protocol::limits::Limits;
use serde_json::Value;

const LEGITIMATE: &str = include_str!("../../../runner-wasm/cases/legitimate.jsonl");

pub struct Case {
    pub name: String,
    pub query: Query,
}

pub enum Query {
    Sql(String),
    Plan(String),
}

impl Query {
    pub fn decide(&self, dataset: &Dataset, limits: &Limits) -> Result<Acceptance, Rejection> {
        let query = match self {
            Self::Sql(text) => UntrustedQueryText::Sql(text),
            Self::Plan(json) => UntrustedQueryText::Plan(json),
        };
        check(&query, dataset, limits)
    }
}

pub fn legitimate() -> Vec<Case> {
    let lines = LEGITIMATE.lines();
    lines
        .map(|line| case(&serde_json::from_str(line).expect("a case is a JSON object")))
        .collect()
}

fn case(line: &Value) -> Case {
    let pieces = |key: &str| -> Option<String> { Some(line[key].as_array()?.iter().map(piece).collect()) };
    let plan = || (!line["plan"].is_null()).then(|| line["plan"].to_string());
    let sql = line["sql"]
        .as_str()
        .map(str::to_string)
        .or_else(|| pieces("repeat"));
    let query = match (sql, plan().or_else(|| pieces("plan_repeat"))) {
        (Some(sql), _) => Query::Sql(sql),
        (None, Some(plan)) => Query::Plan(plan),
        (None, None) => panic!("{line} has no query"),
    };
    Case {
        name: line["name"].as_str().expect("a case has a name").into(),
        query,
    }
}

fn piece(piece: &Value) -> String {
    match piece {
        Value::String(text) => text.clone(),
        other => {
            let times = other[1].as_u64().expect("a piece is [text, times]") as usize;
            other[0].as_str().expect("a piece is [text, times]").repeat(times)
        }
    }
}
