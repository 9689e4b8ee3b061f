//! One line of the predictions: what came of a question, and what helps to see why.

use csv_analyst_protocol::plan::QueryPlan;
use csv_analyst_protocol::run::Cell;
use serde::Serialize;

/// Either `columns` and `rows`, or `error`.
#[derive(Debug, Serialize)]
pub struct Prediction {
    pub id: String,
    #[serde(flatten)]
    pub end: End,
    #[serde(flatten)]
    pub trail: Trail,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum End {
    Answered(Answer),
    NotAnswered(Refusal),
}

#[derive(Debug, Serialize)]
pub struct Answer {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
    /// There are more rows than these.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

#[derive(Debug, Serialize)]
pub struct Refusal {
    #[serde(skip)]
    pub stage: Stage,
    #[serde(skip)]
    pub kind: String,
    /// Stage and kind, so that a count of equal errors is a count of kinds.
    pub error: String,
    /// In full, with the words of this question.
    pub reason: String,
}

/// Where a question's way ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The planner said no.
    Declined,
    /// The gate refused the plan.
    Rejected,
    /// The runner did not come to an end with it.
    Failed,
    /// Its table could not be read.
    Unread,
    /// Planner or gate broke down.
    Broken,
}

/// How far the question came. All times in milliseconds.
#[derive(Debug, Default, Serialize)]
pub struct Trail {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub understood: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<String>,
    /// The planner's own, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<QueryPlan>>,
    /// The gate's canonical SQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    pub plan_ms: f64,
    pub gate_ms: f64,
    /// Starting the sandbox.
    pub sandbox_ms: f64,
    /// Inside the engine.
    pub execute_ms: f64,
    /// From the question to its end, without the reading of its table.
    pub total_ms: f64,
}

impl Stage {
    pub const ALL: [Self; 5] = [
        Self::Declined,
        Self::Rejected,
        Self::Failed,
        Self::Unread,
        Self::Broken,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Unread => "unread",
            Self::Broken => "broken",
        }
    }
}

impl End {
    pub(super) fn without_answer(stage: Stage, kind: String, reason: String) -> Self {
        let error = format!("{}: {kind}", stage.name());
        Self::NotAnswered(Refusal {
            stage,
            kind,
            error,
            reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(end: End) -> serde_json::Value {
        serde_json::to_value(Prediction {
            id: "q".into(),
            end,
            trail: Trail::default(),
        })
        .unwrap()
    }

    #[test]
    fn a_line_has_rows_or_an_error_and_never_both() {
        let answered = line(End::Answered(Answer {
            columns: vec!["n".into()],
            rows: vec![vec![3.into()]],
            truncated: false,
        }));
        assert_eq!(answered["rows"], serde_json::json!([[3]]));
        assert!(answered.get("error").is_none() && answered.get("plan").is_none());
        let refused = line(End::without_answer(
            Stage::Declined,
            "too long".into(),
            "This is too long.".into(),
        ));
        assert_eq!(refused["error"], "declined: too long");
        assert_eq!(refused["reason"], "This is too long.");
        assert!(refused.get("rows").is_none() && refused.get("stage").is_none());
    }
}
