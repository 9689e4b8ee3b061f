//! What goes into the gate and what it says. On the component boundary these travel in the types of
//! `runner-wasm/wit/`; this is the same contract for the record, the page and native tests.

use crate::error::ErrorCode;
use crate::plan::QueryPlan;
use serde::{Deserialize, Serialize};

/// A query that nobody trusts yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UntrustedQuery {
    Plan(Box<QueryPlan>),
    /// JSON that was sent as a plan and does not fit its form; the gate says where.
    MisfitPlan(Box<serde_json::Value>),
    Sql(String),
}

/// What the canonical SQL touches; the runner checks it with DuckDB's own parser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Dataset tables, sorted, without CTEs.
    pub tables: Vec<String>,
    /// `table.column`, sorted.
    pub columns: Vec<String>,
    /// Function names in lower case, sorted; operators are not listed.
    pub functions: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Printed by the gate from the checked tree.
    pub sql: String,
    pub claims: Claims,
    /// Names of the rules that looked at the query, in order.
    pub rules: Vec<String>,
    /// Things to tell the user: "limited to 10,000 rows", "last week means 26 Jan to 1 Feb 2026".
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejection {
    pub code: ErrorCode,
    /// The rule that refused, in kebab case: `function-not-allowed`.
    pub rule: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(flatten, default)]
    pub details: Box<RejectionDetails>,
}

/// For programs, and for those who want to see it underlined. Empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RejectionDetails {
    /// How many characters from the place on are meant; 0 where that is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub length: u64,
    /// The text that is meant, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Names close to what was written, the closest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
    /// Names that could stand there, where they are few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// For people: the line that is meant, and under it the text underlined with carets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Rejection {
    pub fn new(code: ErrorCode, rule: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            rule: rule.into(),
            message: message.into(),
            place: None,
            hint: None,
            details: Box::default(),
        }
    }
}

/// Where in the query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Both count from 1, columns in characters.
    Text { line: u64, column: u64 },
    /// JSON pointer into the plan.
    Pointer(String),
}

/// The gate's part of a run, as clients see it (`run.gate`) and as the record keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GateReport {
    pub accepted: bool,
    pub rules: Vec<String>,
    pub notes: Vec<String>,
    pub claims: Claims,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
    /// wasmtime's unit: about one per executed instruction.
    pub fuel: u64,
    pub memory_bytes: u64,
    pub elapsed_ms: f64,
    /// SHA-256 (hex) of the component.
    pub component_hash: String,
}
