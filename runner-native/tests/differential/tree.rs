//! An independent look at DuckDB's own tree of a canonical text: which tables and functions it names.
//! Written apart from the runner's second opinion, by collecting first and comparing afterwards, so that
//! one mistake is not made twice.

use csv_analyst_protocol::gate::Claims;
use duckdb::Connection;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub statements: usize,
    pub tables: BTreeSet<String>,
    pub functions: BTreeSet<String>,
    pub ordered: bool,
}

pub fn serialised(engine: &Connection, sql: &str) -> Value {
    let json: String = engine
        .query_row("SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", [sql], |row| {
            row.get(0)
        })
        .expect("the engine answers");
    let mut reader = serde_json::Deserializer::from_str(&json);
    reader.disable_recursion_limit();
    Value::deserialize(&mut reader).expect("the tree is JSON")
}

/// Whatever names a table or a function, at any depth, in any kind of node. A name is a common table's if
/// a node above it defines that, in whatever order.
pub fn touched(tree: &Value) -> Touched {
    let statements = tree["statements"].as_array().map_or(0, Vec::len);
    let mut touched = Touched {
        statements,
        ordered: tree
            .pointer("/statements/0/node/modifiers")
            .is_some_and(|modifiers| {
                let modifiers = modifiers.as_array().into_iter().flatten();
                modifiers
                    .map(|modifier| &modifier["type"])
                    .any(|kind| kind == "ORDER_MODIFIER")
            }),
        ..Touched::default()
    };
    let mut pending: Vec<(&Value, Vec<String>)> = vec![(tree, Vec::new())];
    while let Some((value, mut defined)) = pending.pop() {
        defined.extend(definitions(value));
        note(value, &defined, &mut touched);
        let children: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(fields) => fields.values().collect(),
            _ => Vec::new(),
        };
        pending.extend(children.into_iter().map(|child| (child, defined.clone())));
    }
    touched
}

fn definitions(value: &Value) -> Vec<String> {
    let entries = value["cte_map"]["map"].as_array().into_iter().flatten();
    let keys = entries.filter_map(|entry| entry["key"].as_str());
    let own = (value["type"] == "RECURSIVE_CTE_NODE").then(|| value["cte_name"].as_str());
    keys.chain(own.flatten()).map(str::to_lowercase).collect()
}

fn note(value: &Value, defined: &[String], touched: &mut Touched) {
    let named = |key: &str| {
        value[key]
            .as_str()
            .filter(|name| !name.is_empty())
            .map(str::to_lowercase)
    };
    if let Some(table) = named("table_name")
        && value["type"] == "BASE_TABLE"
        && !defined.contains(&table)
    {
        touched.tables.insert(table);
    }
    if let Some(function) = named("function_name")
        && function.contains(|c: char| c.is_alphanumeric() || c == '_')
    {
        touched.functions.insert(function);
    }
}

/// In words, what the tree touches that was not claimed.
pub fn beyond(touched: &Touched, claims: &Claims) -> Option<String> {
    let folded = |names: &[String]| {
        names
            .iter()
            .map(|name| name.to_lowercase())
            .collect::<BTreeSet<_>>()
    };
    let tables: Vec<_> = touched
        .tables
        .difference(&folded(&claims.tables))
        .cloned()
        .collect();
    let functions: Vec<_> = touched
        .functions
        .difference(&folded(&claims.functions))
        .cloned()
        .collect();
    let clean = touched.statements == 1 && tables.is_empty() && functions.is_empty();
    (!clean).then(|| {
        format!(
            "{} statements, unclaimed tables {tables:?}, unclaimed functions {functions:?}",
            touched.statements
        )
    })
}
