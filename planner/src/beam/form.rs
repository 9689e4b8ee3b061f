//! A candidate meaning of a question over one table, before it is written as a plan.

use super::mentions::Value;

/// A condition that a row meets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Check {
    pub column: usize,
    pub test: Test,
    /// The words of the question that say it.
    pub start: usize,
    pub end: usize,
    /// The mention that it was made of.
    pub mention: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Equal(Value),
    NotEqual(Value),
    OneOf(Vec<Value>),
    Compare(Order, f64),
    Between(f64, f64),
    /// A date's year, or its year and month as `year * 100 + month`.
    Dated(Order, DatePoint),
    /// Compared with the same column (or the place) of the rows that another check finds.
    Beyond(Order, Box<Check>),
    /// The same value as those rows have, but not those rows.
    SameAs(Box<Check>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

impl Order {
    /// What holds where this does not.
    pub fn opposite(self) -> Self {
        match self {
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::Equal => Self::Equal,
        }
    }

    #[cfg(feature = "training")]
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Equal => ordering.is_eq(),
        }
    }
}

/// A day, month or year that a question names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DatePoint {
    pub year: i32,
    pub month: Option<u32>,
    pub day: Option<u32>,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Column(usize),
    /// The row's place in the table.
    Position,
}

/// What is asked about the rows that meet the checks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// A column of each of them.
    Values(usize),
    Count,
    CountDistinct(usize),
    Total(Fold, usize),
    /// A column of the first rows by a key.
    Top {
        out: usize,
        key: Key,
        descending: bool,
        rows: u32,
        /// Rows left out before them: 1 for "the second highest".
        skipped: u32,
    },
    /// The value that most (or fewest) rows have.
    Frequent {
        out: usize,
        descending: bool,
    },
    /// The value whose rows have the largest (or smallest) total.
    TopGroup {
        out: usize,
        key: usize,
        descending: bool,
    },
    /// A column of the row so many places after the rows that meet the checks.
    Beside {
        out: usize,
        offset: i32,
    },
    /// How far apart two values are: the first check has two alternatives.
    Difference(usize),
    CountDifference,
    /// Between the largest and the smallest.
    Spread(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fold {
    Sum,
    Average,
    Maximum,
    Minimum,
}

impl Fold {
    pub const ALL: [Self; 4] = [Self::Sum, Self::Average, Self::Maximum, Self::Minimum];

    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Average => "average",
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
        }
    }
}

impl Ask {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Values(_) => "values",
            Self::Count => "count",
            Self::CountDistinct(_) => "count-distinct",
            Self::Total(fold, _) => fold.name(),
            Self::Top {
                descending: true,
                key: Key::Column(_),
                ..
            } => "top-largest",
            Self::Top {
                descending: false,
                key: Key::Column(_),
                ..
            } => "top-smallest",
            Self::Top {
                descending: true,
                key: Key::Position,
                ..
            } => "top-last",
            Self::Top {
                descending: false,
                key: Key::Position,
                ..
            } => "top-first",
            Self::Frequent { descending: true, .. } => "most-frequent",
            Self::Frequent {
                descending: false, ..
            } => "least-frequent",
            Self::TopGroup { descending: true, .. } => "largest-group",
            Self::TopGroup {
                descending: false, ..
            } => "smallest-group",
            Self::Beside { offset, .. } if *offset > 0 => "next",
            Self::Beside { .. } => "previous",
            Self::Difference(_) => "difference",
            Self::CountDifference => "count-difference",
            Self::Spread(_) => "spread",
        }
    }

    /// The column that the answer shows.
    pub fn out(&self) -> Option<usize> {
        match self {
            Self::Values(out)
            | Self::CountDistinct(out)
            | Self::Total(_, out)
            | Self::Top { out, .. }
            | Self::Frequent { out, .. }
            | Self::TopGroup { out, .. }
            | Self::Beside { out, .. }
            | Self::Difference(out)
            | Self::Spread(out) => Some(*out),
            Self::Count | Self::CountDifference => None,
        }
    }

    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Top { key, .. } => Some(*key),
            Self::TopGroup { key, .. } => Some(Key::Column(*key)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Form {
    pub checks: Vec<Check>,
    pub ask: Ask,
}
