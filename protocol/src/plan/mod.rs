//! QueryPlan, version 1: a question's meaning as data. It holds no SQL text anywhere.
//!
//! The wire form is flat and forgiving to write (for people and language models); the gate resolves
//! it against the dataset's schema and refuses what does not fit, with a JSON pointer.
//!
//! A column is named `column` or `table.column`. An unqualified name is looked up in the plan's
//! `table` first, then in the tables that its relationships reach, where it must be unique.

mod expression;
mod filter;

pub use expression::{DatePart, Expression, Series, TimeUnit};
pub use filter::{AllOf, AnyOf, ColumnCondition, Condition, Filter, NotOf, Operator};

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QueryPlan {
    /// Always 1; absent means 1.
    #[serde(default = "version_one")]
    pub version: u32,
    pub dataset_id: String,
    /// The table whose rows the question is about. Others join along the dataset's relationships.
    pub table: String,
    /// Empty: the table's own columns.
    #[serde(default)]
    pub select: Vec<SelectItem>,
    /// All must hold (an implicit AND).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Relative time window, anchored to the dataset's newest timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<TimeWindow>,
    /// With `window`: each aggregate also for the window of the same length before it, with difference and
    /// percentage.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compare: bool,
    /// Keep only the newest row per key, before `filters`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<LatestPer>,
    /// Keep only the oldest row per key, before `filters`; never together with `latest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<LatestPer>,
    /// Column names, or aliases (`as`) of non-aggregated select items (a time bucket).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<String>,
    /// Conditions on aliases of aggregated select items; all must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub having: Vec<Filter>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_by: Vec<OrderBy>,
    /// Of each group of the answer's rows, only the first few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<TopPer>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub distinct: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Rows that are left out before the first one: 1 for "the second highest".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// With `limit` and `order_by`: rows that tie with the last one kept are kept, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ties: bool,
    /// What the writer assumed, in words; shown to people, never executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

fn version_one() -> u32 {
    1
}

/// One output column: exactly one of `column`, `expression`, `measure` (none for `count` of rows),
/// then optionally `bucket`, `agg`, `round`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SelectItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<Expression>,
    /// Name of a measure of the dataset; its own aggregate applies unless `agg` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agg: Option<Aggregate>,
    /// Only rows that meet this enter the aggregate; required for `rate`, whose condition it is.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<Filter>,
    /// For `rate` and `count`: count distinct values of this column instead of rows. Default for a
    /// condition on the "one" side of a join: that table's key, so that nothing counts twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<TimeUnit>,
    /// Decimal places, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u8>,
    /// The output column's name; derived when absent (`avg_discount`).
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    #[default]
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
    Median,
    Stddev,
    /// Percentage (0 to 100) of rows, or of distinct `per` keys, that meet `where`.
    Rate,
}

/// `(anchor - amount units, anchor]`, where the anchor is the dataset's newest timestamp; for a DATE
/// column "last 7 days" is therefore seven dates, the newest included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TimeWindow {
    pub column: String,
    /// 1 to 10,000.
    pub last: u32,
    pub unit: TimeUnit,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LatestPer {
    pub key: Vec<String>,
    /// Date or timestamp column.
    pub by: String,
}

/// "The three best-selling products of each category": rows of the answer, before `limit`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TopPer {
    /// At least 1.
    pub n: u64,
    /// Outputs or columns.
    pub per: Vec<String>,
    pub order_by: Vec<OrderBy>,
    /// Rows that tie with the last one kept are kept, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ties: bool,
}

/// Exactly one of `expr` and `expression`; nulls come last in either direction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderBy {
    /// An alias of a select item or a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<Expression>,
    #[serde(default)]
    pub dir: Direction,
}

impl OrderBy {
    /// By an alias or a column.
    pub fn by(name: impl Into<String>, dir: Direction) -> Self {
        Self {
            expr: Some(name.into()),
            expression: None,
            dir,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Asc,
    Desc,
}

/// The plan's published JSON Schema, also used for structured output of language models.
#[cfg(feature = "schema")]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(QueryPlan).to_value()
}
