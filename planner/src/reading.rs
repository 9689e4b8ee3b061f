//! A question's meaning, before it is written as a plan: metrics, groups, conditions, ranking.

use crate::lexicon::Contrast;
use crate::link::ColumnId;
use crate::sense::{ColumnCheck, Sense};
use crate::time_phrases::TimeRange;
use csv_analyst_protocol::plan::{Aggregate, DatePart, Direction, Operator, TimeUnit};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Metric {
    /// How many rows of a table.
    Rows(usize),
    /// How many things the rows observe.
    Entities(usize),
    Distinct(ColumnId),
    Column(ColumnId, Aggregate),
    Measure(usize, Option<Aggregate>),
    /// How many of one there are for each of the other, by their keys.
    Mean {
        counted: ColumnId,
        per: ColumnId,
        /// All rows count, for no column tells them apart.
        rows: bool,
    },
    /// What the rows that meet the check contribute to a sum, in percent.
    Part {
        metric: Box<Metric>,
        check: ColumnCheck,
    },
    /// A metric over one side of a comparison only.
    Sided {
        metric: Box<Metric>,
        side: Side,
    },
    /// One metric less, or divided by, the other.
    Contrast {
        kind: Contrast,
        left: Box<Metric>,
        right: Box<Metric>,
    },
    /// Percentage that meets the condition; `name` is the question's own word for it.
    Rate {
        check: ColumnCheck,
        name: String,
    },
}

/// What one side of a comparison is restricted to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Side {
    Check(ColumnCheck),
    Range(TimeRange),
}

/// A column has the value that it has in the row that meets the check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SameAs {
    pub column: ColumnId,
    pub of: ColumnCheck,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sides {
    pub kind: Contrast,
    pub left: Side,
    pub right: Side,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Group {
    Column(ColumnId),
    /// The rows of a table, by key and display columns.
    Rows(usize),
    Entity(usize),
    /// Of a time column; the table's own when absent.
    Bucket(Option<ColumnId>, Option<TimeUnit>),
    /// A number out of the table's time: its day of the week.
    Part(DatePart),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub check: ColumnCheck,
    /// Joined to the condition before it by "or".
    pub or: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RankBy {
    /// The first metric.
    Metric,
    Column(ColumnId),
    /// The age of a row: its time column.
    Age,
    /// The newest or oldest first.
    Time,
    Unstated,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranking {
    pub direction: Direction,
    pub by: RankBy,
    /// It keeps the best few ("top"), instead of only sorting.
    pub cuts: bool,
}

/// The noun that the question is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Focus {
    pub sense: Sense,
    pub plural: bool,
    /// It stands before the first metric.
    pub leads: bool,
}

/// A comparison with a number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bound {
    pub op: Operator,
    pub values: Vec<f64>,
    pub unit: Option<&'static str>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    pub base: usize,
    pub metrics: Vec<Metric>,
    pub groups: Vec<Group>,
    pub conditions: Vec<Condition>,
    /// Conditions on metrics, by position.
    pub having: Vec<(usize, Bound)>,
    pub range: Option<TimeRange>,
    /// A second stretch of time, to be compared with the first.
    pub other_range: Option<TimeRange>,
    pub sides: Option<Sides>,
    pub same_as: Vec<SameAs>,
    /// Each group's part of the whole is asked for; the item that says so.
    pub share: Option<usize>,
    /// The metric is to be added up along time; the item that says so.
    pub running: Option<usize>,
    /// So many of the first groups keep their best few each.
    pub top_per: usize,
    /// "who": somebody is asked for, without a noun; whether several are.
    pub who: Option<bool>,
    pub time_column: Option<ColumnId>,
    pub ranking: Option<Ranking>,
    pub limit: Option<u64>,
    /// "the second highest": one is left out before it.
    pub offset: Option<u64>,
    /// The ranking speaks of the size of the rows themselves: "biggest orders".
    pub by_size: bool,
    pub focus: Option<Focus>,
    /// "which month": a stretch of time is asked for; whether several are.
    pub time_focus: Option<bool>,
    /// "ever", "measured": all observations of an entity count, not only its latest.
    pub ever: bool,
    /// "current": the latest row of each entity.
    pub current: bool,
    /// "sensor status": what is asked for belongs to an entity, not to one observation of it.
    pub entity_owns: bool,
    /// Columns to show when rows are listed.
    pub columns: Vec<ColumnId>,
    pub assumptions: Vec<String>,
    /// Words or parts that could not be understood.
    pub problems: Vec<String>,
    /// Columns that were to be added up, averaged or ranked and hold nothing for it.
    pub not_numbers: Vec<String>,
    /// How well the words fit the table that was chosen.
    pub fit: f64,
}
