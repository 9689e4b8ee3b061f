//! Conditions of a plan: trees of comparisons.

use super::Expression;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A condition, or a tree of conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "nearly every filter is a condition")]
pub enum Filter {
    All(AllOf),
    Any(AnyOf),
    Not(NotOf),
    Condition(ColumnCondition),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AllOf {
    pub and: Vec<Filter>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AnyOf {
    pub or: Vec<Filter>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotOf {
    pub not: Box<Filter>,
}

/// Exactly one of `column` and `expression`, and at most one of `value` and `value_of`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ColumnCondition {
    /// In `having`: an alias of an aggregated select item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<Expression>,
    pub op: Operator,
    /// A scalar; a list for `in` and `not_in`; `[low, high]` for `between` (both included); absent
    /// for `is_null` and `is_not_null`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
    /// Instead of `value`: another column, a lookup, something computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_of: Option<Expression>,
}

impl ColumnCondition {
    /// A column against a written value.
    pub fn on(column: impl Into<String>, op: Operator, value: Value) -> Self {
        Self {
            column: Some(column.into()),
            op,
            value,
            ..Self::default()
        }
    }
}

/// A condition whose column is known from where it stands (a registry term).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub op: Operator,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    #[default]
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "!=")]
    NotEqual,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    LessOrEqual,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = ">=")]
    GreaterOrEqual,
    In,
    NotIn,
    Between,
    /// Case-insensitive, as are `startswith` and `endswith`.
    Contains,
    #[serde(rename = "startswith")]
    StartsWith,
    #[serde(rename = "endswith")]
    EndsWith,
    IsNull,
    IsNotNull,
}
