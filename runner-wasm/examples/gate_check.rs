//! Asks the gate, natively, about the queries of a file, one JSON object per line (`{"id", "sql"}` or
//! `{"id", "plan"}`), against a dataset's JSON: `gate_check DATASET.json CASES.jsonl`. One line of JSON
//! comes out per case. It runs nothing.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::limits::Limits;
use serde_json::{Value, json};
use std::error::Error;
use std::io::Write;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let dataset: Dataset =
        serde_json::from_str(&std::fs::read_to_string(arguments.next().ok_or("no dataset")?)?)?;
    let cases = std::fs::read_to_string(arguments.next().ok_or("no cases")?)?;
    let mut output = std::io::stdout().lock();
    for line in cases.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line)?;
        writeln!(output, "{}", verdict(&case, &dataset))?;
    }
    Ok(())
}

fn verdict(case: &Value, dataset: &Dataset) -> Value {
    let plan = case["plan"].to_string();
    let query = match case["sql"].as_str() {
        Some(sql) => UntrustedQueryText::Sql(sql),
        None => UntrustedQueryText::Plan(&plan),
    };
    match check(&query, dataset, &Limits::default()) {
        Ok(acceptance) => json!({"id": case["id"], "accepted": acceptance}),
        Err(rejection) => json!({"id": case["id"], "rejected": rejection}),
    }
}
