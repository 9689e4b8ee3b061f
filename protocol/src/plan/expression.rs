//! Computed values of a plan: a small typed tree, without any text of SQL.

use super::{Aggregate, Direction, Filter};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A computed value: a small typed tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expression {
    Column(String),
    /// A number, string or boolean.
    Literal(Value),
    Add(Box<Expression>, Box<Expression>),
    Subtract(Box<Expression>, Box<Expression>),
    Multiply(Box<Expression>, Box<Expression>),
    /// Division by zero gives NULL.
    Divide(Box<Expression>, Box<Expression>),
    /// An aggregate inside arithmetic: the ratio of two sums.
    Aggregate {
        agg: Aggregate,
        of: Box<Expression>,
        /// Only rows that meet this enter it: one side of a difference.
        #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
        condition: Option<Box<Filter>>,
    },
    /// Whole units between two dates or timestamps.
    Elapsed {
        unit: TimeUnit,
        from: Box<Expression>,
        to: Box<Expression>,
    },
    /// The dataset's newest timestamp.
    Now,
    /// The first number written in a text ("$1,234.50" is 1234.5), NULL if there is none. A number is
    /// itself.
    Number(Box<Expression>),
    /// The first date written in a text ("July 1, 1867", "1867-07-01", "12/31/1999"; "July 1867" and
    /// "1867" mean their first day), NULL if there is none. A date is itself.
    Date(Box<Expression>),
    /// The row's place in the file of the plan's table, from 1.
    Position,
    /// A number out of a date or timestamp.
    Part {
        part: DatePart,
        of: Box<Expression>,
    },
    /// One value out of the plan's own table, over the rows that meet `where`, whatever the plan's
    /// filters say: "more than Norway" compares with a lookup.
    Lookup {
        agg: Aggregate,
        of: Box<Expression>,
        /// All must hold.
        #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
        filters: Vec<Filter>,
    },
    Abs(Box<Expression>),
    Round {
        of: Box<Expression>,
        /// Decimal places, 0 to 10.
        #[serde(default)]
        digits: u8,
    },
    /// The lower edge of the bin that a number falls into: 37 with width 10 is 30.
    Bin {
        of: Box<Expression>,
        /// More than 0.
        width: f64,
    },
    /// Characters of a text.
    Length(Box<Expression>),
    /// The value below which this share of the rows lies: 50 is the median. An aggregate.
    Percentile {
        of: Box<Expression>,
        /// 0 to 100.
        percent: f64,
    },
    /// Percentage (0 to 100) of the total over all rows of the answer, or over those with the same values
    /// in `within`.
    Share {
        of: Box<Expression>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Vec<String>>,
    },
    /// The sum so far, along an output (a time bucket) or a column.
    Running {
        of: Box<Expression>,
        along: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Vec<String>>,
    },
    /// An aggregate over the last rows or periods, this one included.
    Moving {
        #[serde(default = "mean")]
        agg: Aggregate,
        of: Box<Expression>,
        /// Rows, or periods where `along` is a time bucket: 2 to 1,000.
        last: u32,
        along: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Vec<String>>,
    },
    /// The value in the row before; in the period before where `along` is a time bucket.
    Previous {
        of: Box<Expression>,
        along: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Vec<String>>,
    },
    /// The difference to that, or with `percent` its percentage.
    Change {
        of: Box<Expression>,
        #[serde(default)]
        percent: bool,
        along: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Vec<String>>,
    },
    /// 1 for the first; equals share a rank, and leave as many out behind them.
    Rank {
        by: Box<Expression>,
        #[serde(default)]
        dir: Direction,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Vec<String>>,
    },
}

/// What [`Expression::series`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series<'e> {
    pub name: &'static str,
    pub along: Option<&'e str>,
    /// Absent: of what is followed along something, all other groups of the plan; of the rest, nothing.
    pub within: Option<&'e [String]>,
}

fn mean() -> Aggregate {
    Aggregate::Avg
}

impl Default for Expression {
    fn default() -> Self {
        Self::Literal(Value::Null)
    }
}

impl Expression {
    /// The expressions directly inside, each with its place as the tail of a JSON pointer. Those of a
    /// lookup are about rows of its own, and not among them.
    pub fn parts(&self) -> Vec<(&'static str, &Expression)> {
        match self {
            Self::Column(_) | Self::Literal(_) | Self::Now | Self::Position | Self::Lookup { .. } => {
                Vec::new()
            }
            Self::Add(left, right) => vec![("add/0", left), ("add/1", right)],
            Self::Subtract(left, right) => vec![("subtract/0", left), ("subtract/1", right)],
            Self::Multiply(left, right) => vec![("multiply/0", left), ("multiply/1", right)],
            Self::Divide(left, right) => vec![("divide/0", left), ("divide/1", right)],
            Self::Aggregate { of, .. } => vec![("aggregate/of", of)],
            Self::Elapsed { from, to, .. } => vec![("elapsed/from", from), ("elapsed/to", to)],
            Self::Number(of) => vec![("number", of)],
            Self::Date(of) => vec![("date", of)],
            Self::Part { of, .. } => vec![("part/of", of)],
            Self::Abs(of) => vec![("abs", of)],
            Self::Round { of, .. } => vec![("round/of", of)],
            Self::Bin { of, .. } => vec![("bin/of", of)],
            Self::Length(of) => vec![("length", of)],
            Self::Percentile { of, .. } => vec![("percentile/of", of)],
            Self::Share { of, .. } => vec![("share/of", of)],
            Self::Running { of, .. } => vec![("running/of", of)],
            Self::Moving { of, .. } => vec![("moving/of", of)],
            Self::Previous { of, .. } => vec![("previous/of", of)],
            Self::Change { of, .. } => vec![("change/of", of)],
            Self::Rank { by, .. } => vec![("rank/by", by)],
        }
    }

    /// For what compares rows of the answer with one another: its name, the output or column that the
    /// rows are followed along, and those whose values keep them apart.
    pub fn series(&self) -> Option<Series<'_>> {
        let (name, along, within) = match self {
            Self::Share { within, .. } => ("share", None, within),
            Self::Rank { within, .. } => ("rank", None, within),
            Self::Running { along, within, .. } => ("running", Some(along), within),
            Self::Moving { along, within, .. } => ("moving", Some(along), within),
            Self::Previous { along, within, .. } => ("previous", Some(along), within),
            Self::Change { along, within, .. } => ("change", Some(along), within),
            _ => return None,
        };
        Some(Series {
            name,
            along: along.map(String::as_str),
            within: within.as_deref(),
        })
    }

    /// Whether it, or anything inside it but a lookup, is such.
    pub fn any(&self, is: &dyn Fn(&Expression) -> bool) -> bool {
        is(self) || self.parts().into_iter().any(|(_, part)| part.any(is))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl TimeUnit {
    /// As people and the engine call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// Parts of a date. Days of the week count from 1, Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DatePart {
    Year,
    Quarter,
    Month,
    Day,
    Weekday,
    Hour,
}
