//! Every value is described in its schema, and the chart's README.md lists them all with their defaults.

use super::helm::{chart, documents, root};
use serde_json::Value;
use std::fmt::Write;

const DOCUMENT: &str = "helm/csv-analyst/README.md";
const MARKS: (&str, &str) = ("<!-- values: begin -->\n", "<!-- values: end -->");

struct Described {
    path: String,
    default: String,
    description: String,
}

fn file(name: &str) -> String {
    std::fs::read_to_string(chart().join(name)).expect("a file of the chart")
}

fn values() -> Vec<Described> {
    let values = documents(&file("values.yaml")).remove(0);
    let schema = serde_json::from_str(&file("values.schema.json")).expect("JSON");
    let mut found = Vec::new();
    walk("", &values, &schema, &mut found);
    found
}

/// A value is a leaf where the schema names no fields of it.
fn walk(path: &str, value: &Value, schema: &Value, found: &mut Vec<Described>) {
    let Some(fields) = value.as_object().filter(|_| schema.get("properties").is_some()) else {
        found.push(Described {
            path: path.trim_start_matches('.').to_owned(),
            default: shown(value),
            description: schema["description"].as_str().unwrap_or_default().to_owned(),
        });
        return;
    };
    for (name, value) in fields {
        let schema = &schema["properties"][name];
        walk(&format!("{path}.{name}"), value, schema, found);
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('\n') => "(a few lines)".to_owned(),
        other => format!("`{other}`"),
    }
}

fn table() -> String {
    let mut text = String::from("| value | default | |\n|---|---|---|\n");
    for value in values() {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            value.path, value.default, value.description
        );
    }
    text
}

#[test]
fn every_value_is_described_in_the_schema() {
    for value in values() {
        assert!(!value.description.is_empty(), "{} is not described", value.path);
    }
}

/// Nothing can be set that `values.yaml` does not show.
#[test]
fn every_key_of_the_schema_stands_in_the_values() {
    fn look(path: &str, schema: &Value, values: &Value) {
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            let value = values.get(name);
            assert!(
                value.is_some() || path == ".global",
                "{path} is not in values.yaml"
            );
            look(&path, schema, value.unwrap_or(&Value::Null));
        }
    }
    let schema: Value = serde_json::from_str(&file("values.schema.json")).expect("JSON");
    look("", &schema, &documents(&file("values.yaml"))[0]);
}

/// `CSV_ANALYST_PUBLISH=1` writes it.
#[test]
fn the_document_lists_every_value_with_its_default() {
    let path = root().join(DOCUMENT);
    let text = std::fs::read_to_string(&path).expect("the document");
    let (before, rest) = text.split_once(MARKS.0).expect("the first mark");
    let (between, after) = rest.split_once(MARKS.1).expect("the second mark");
    let table = table();
    if std::env::var_os("CSV_ANALYST_PUBLISH").is_some() {
        let new = format!("{before}{}\n{table}\n{}{after}", MARKS.0, MARKS.1);
        std::fs::write(&path, new).expect("it is written");
        return;
    }
    let advice =
        format!("{DOCUMENT}: run `CSV_ANALYST_PUBLISH=1 cargo test -p xtask --test chart documented`");
    assert_eq!(between.trim(), table.trim(), "{advice}");
}
