//! The syntax tree of one query: pure data, as DuckDB reads the text, before anything is resolved.
//!
//! Parentheses are gone: the shape of the tree says what belongs together. Keyword syntax that DuckDB
//! itself turns into a function arrives as a [`Call`] of that function: `EXTRACT(year FROM d)` is
//! `date_part('year', d)`, `x AT TIME ZONE z` is `timezone(z, x)`. Whatever is repeated to the right of
//! something (operators of one rank, joins, subscripts) is a flat list, so no tree is deep because a
//! text is long.

mod expression;

pub use expression::*;

/// Where something begins in the text. Lines and columns count from one, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub line: u32,
    pub column: u32,
    /// In characters; for something that goes on over several tokens, of the first.
    pub length: u32,
}

/// A name as written, without its quotes. DuckDB compares names without regard to (ASCII) case, quoted
/// or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    pub text: String,
    pub quoted: bool,
    pub place: Place,
}

/// A query with everything round its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub with: Option<With>,
    pub body: Body,
    pub order_by: Option<OrderBy>,
    pub limit: Option<Limit>,
    pub offset: Option<Expr>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct With {
    pub recursive: bool,
    pub ctes: Vec<Cte>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cte {
    pub name: Name,
    pub columns: Vec<Name>,
    /// `USING KEY (..)` of a recursive one.
    pub using_key: Vec<Expr>,
    /// `MATERIALIZED` is true, `NOT MATERIALIZED` is false.
    pub materialized: Option<bool>,
    pub query: Query,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Select(Box<Select>),
    Values(Vec<Vec<Expr>>),
    /// Parenthesised, with clauses of its own.
    Query(Box<Query>),
    /// Set operations of one rank, left to right. INTERSECT ranks above UNION and EXCEPT.
    Operations {
        first: Box<Body>,
        rest: Vec<(SetOperation, Body)>,
    },
    /// The statement `PIVOT source ON ..`.
    Pivot(Box<Pivot>),
    /// The statement `UNPIVOT source ON ..`.
    Unpivot(Box<Unpivot>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetOperation {
    pub kind: SetKind,
    pub all: bool,
    pub by_name: bool,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetKind {
    Union,
    Except,
    Intersect,
}

/// `FROM t` alone and `TABLE t` are `SELECT * FROM t`.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    pub distinct: Distinct,
    pub items: Vec<Item>,
    /// The comma list.
    pub from: Vec<Joined>,
    pub filter: Option<Expr>,
    pub group_by: Option<GroupBy>,
    pub having: Option<Expr>,
    pub windows: Vec<(Name, Window)>,
    pub qualify: Option<Expr>,
    /// `USING SAMPLE ..`.
    pub sample: Option<Sample>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Distinct {
    No,
    Yes,
    On(Vec<Expr>),
}

/// An expression with a name, perhaps: what a SELECT puts out, what a PIVOT uses. Stars are
/// expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub value: Expr,
    pub alias: Option<Name>,
    /// Where it begins and where the next token does, when it has no alias and holds something that is
    /// printed in another form than it was written in; else both are nowhere.
    pub begin: Place,
    pub end: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum GroupBy {
    All(Place),
    Items(Vec<GroupItem>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum GroupItem {
    Expression(Expr),
    /// `()`.
    Empty(Place),
    Sets {
        sets: Vec<GroupItem>,
        place: Place,
    },
    /// Several columns in parentheses are a row.
    Rollup {
        items: Vec<Expr>,
        place: Place,
    },
    Cube {
        items: Vec<Expr>,
        place: Place,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    Rows(Expr),
    Percent(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub enum OrderBy {
    All { direction: Direction, place: Place },
    Items(Vec<OrderItem>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem {
    pub value: Expr,
    pub direction: Direction,
}

/// What was written; unwritten parts have DuckDB's defaults (ascending, NULLS LAST).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    pub descending: Option<bool>,
    pub nulls_first: Option<bool>,
}

/// A source and what is joined to it, left to right.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    pub first: Source,
    pub joins: Vec<Join>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub kind: JoinKind,
    pub asof: bool,
    pub source: Source,
    pub constraint: Constraint,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
    /// Has no constraint.
    Cross,
    /// Has no constraint.
    Positional,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    None,
    On(Expr),
    Using(Vec<Name>),
    Natural,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub kind: SourceKind,
    /// Written behind (`t AS a`) or in front (`a: t`).
    pub alias: Option<Alias>,
    /// `TABLESAMPLE ..`.
    pub sample: Option<Sample>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// One to three parts.
    Table(Vec<Name>),
    /// A string: to DuckDB the name of a file.
    File(String),
    /// VALUES lists, too.
    Query {
        query: Box<Query>,
        lateral: bool,
    },
    Function {
        call: Box<Call>,
        lateral: bool,
        ordinality: bool,
    },
    /// In parentheses, or in front of a second ON.
    Joined(Box<Joined>),
    Pivot(Box<Pivot>),
    Unpivot(Box<Unpivot>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    pub name: Name,
    pub columns: Vec<Name>,
}

/// `10%`, `100 ROWS`, `reservoir(20%) REPEATABLE (42)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub size: Expr,
    pub percent: bool,
    /// Lower case.
    pub method: Option<Name>,
    pub seed: Option<u64>,
    pub place: Place,
}

/// Of the statement, or of the suffix in FROM.
#[derive(Clone, Debug, PartialEq)]
pub struct Pivot {
    pub source: Source,
    pub columns: Vec<PivotColumn>,
    /// Empty: DuckDB counts rows.
    pub aggregates: Vec<Item>,
    /// `None`: all columns that are not used otherwise.
    pub groups: Option<Vec<Expr>>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PivotColumn {
    pub value: Expr,
    pub values: PivotValues,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PivotValues {
    /// No IN: the values are found in the data.
    Found,
    List(Vec<Item>),
    Query(Box<Query>),
    /// `IN name`: of an ENUM type.
    Enum(Name),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Unpivot {
    pub source: Source,
    pub include_nulls: bool,
    /// Columns of the values; not written in a statement without INTO: DuckDB calls it `value`.
    pub values: Vec<Name>,
    /// Column of the names; not written in a statement without INTO: DuckDB calls it `name`.
    pub name: Option<Name>,
    /// A [`ExprKind::Row`] where several columns make one row.
    pub columns: Vec<Item>,
    pub place: Place,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    pub base: Option<Name>,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<OrderItem>,
    pub frame: Option<Frame>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub units: FrameUnits,
    pub start: FrameBound,
    /// Not written: the current row.
    pub end: Option<FrameBound>,
    pub exclude: Option<FrameExclude>,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnits {
    Rows,
    Range,
    Groups,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FrameBound {
    CurrentRow,
    UnboundedPreceding,
    UnboundedFollowing,
    Preceding(Expr),
    Following(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameExclude {
    NoOthers,
    CurrentRow,
    Group,
    Ties,
}
