//! The checked syntax tree: the SQL policy and the plan compiler end here, and only this is printed. It has
//! no statement but a query, no table but a dataset's or a CTE, and no escape hatch for text.

/// A query with everything round its body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    pub recursive: bool,
    pub ctes: Vec<Cte>,
    pub body: Body,
    pub order_by: OrderBy,
    pub limit: Option<u64>,
    /// `LIMIT 10%`, in digits; never together with a limit in rows.
    pub percent: Option<String>,
    pub offset: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cte {
    pub name: String,
    pub columns: Vec<String>,
    pub using_key: Vec<String>,
    /// `MATERIALIZED` or `NOT MATERIALIZED`, where it was written.
    pub materialized: Option<bool>,
    pub query: Query,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Select(Box<Select>),
    Values(Vec<Vec<Expr>>),
    /// Parenthesised, with clauses of its own.
    Query(Box<Query>),
    Operation {
        operation: SetOperation,
        left: Box<Body>,
        right: Box<Body>,
    },
}

impl Default for Body {
    fn default() -> Self {
        Self::Values(Vec::new())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperation {
    Union,
    UnionAll,
    UnionByName,
    UnionAllByName,
    Except,
    ExceptAll,
    Intersect,
    IntersectAll,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    pub distinct: Distinct,
    pub items: Vec<Item>,
    pub from: Vec<Joined>,
    pub filter: Option<Expr>,
    pub group_by: GroupBy,
    pub having: Option<Expr>,
    pub windows: Vec<(String, Window)>,
    pub qualify: Option<Expr>,
    pub sample: Option<Sample>,
}

/// Some of the rows, the same ones each time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Rows, or a share in per cent.
    pub size: String,
    pub percent: bool,
    pub method: SampleMethod,
    pub seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleMethod {
    /// Rows one by one.
    Bernoulli,
    /// A fixed number of rows.
    Reservoir,
    /// Blocks of rows.
    System,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Distinct {
    #[default]
    No,
    Yes,
    On(Vec<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Expression { value: Expr, alias: Option<String> },
    Star(Star),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Star {
    pub qualifier: Option<String>,
    pub exclude: Vec<ColumnName>,
    pub replace: Vec<(Expr, String)>,
    pub rename: Vec<(ColumnName, String)>,
}

/// A column among those of a star, perhaps of one table only.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnName {
    pub qualifier: Option<String>,
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum GroupBy {
    #[default]
    None,
    All,
    Items(Vec<GroupItem>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum GroupItem {
    Expression(Expr),
    /// `()`, or several columns of one grouping set.
    Set(Vec<Expr>),
    Sets(Vec<GroupItem>),
    Rollup(Vec<Vec<Expr>>),
    Cube(Vec<Vec<Expr>>),
}

/// A table and what is joined to it, left to right.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    pub first: Source,
    pub joins: Vec<Join>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub kind: JoinKind,
    /// The nearest earlier (or later) row instead of all that match.
    pub asof: bool,
    pub source: Source,
    pub constraint: Constraint,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
    Positional,
    Semi,
    Anti,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    None,
    On(Expr),
    Using(Vec<String>),
    Natural,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A dataset table or a CTE, by its exact name.
    Table {
        name: String,
        alias: Option<Alias>,
        sample: Option<Sample>,
    },
    Derived {
        query: Box<Query>,
        lateral: bool,
        alias: Option<Alias>,
        sample: Option<Sample>,
    },
    Function {
        name: String,
        arguments: Vec<Expr>,
        ordinality: bool,
        alias: Option<Alias>,
    },
    Nested(Box<Joined>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    pub name: String,
    pub columns: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum OrderBy {
    #[default]
    None,
    All(Direction),
    Items(Vec<OrderItem>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem {
    pub value: Expr,
    pub direction: Direction,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    pub descending: bool,
    pub nulls_first: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    pub base: Option<String>,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<OrderItem>,
    pub frame: Option<Frame>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub units: FrameUnits,
    pub start: FrameBound,
    pub end: Option<FrameBound>,
    pub exclude: Option<FrameExclude>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameExclude {
    NoOthers,
    CurrentRow,
    Group,
    Ties,
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
    Preceding(Box<Expr>),
    Following(Box<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Column {
        qualifier: Option<String>,
        name: String,
    },
    Field {
        base: Box<Expr>,
        name: String,
    },
    Index {
        base: Box<Expr>,
        index: Box<Expr>,
    },
    Slice {
        base: Box<Expr>,
        low: Option<Box<Expr>>,
        high: Option<Box<Expr>>,
        step: Option<Box<Expr>>,
    },
    Literal(Literal),
    /// `DATE '2026-01-31'`.
    Typed {
        kind: TypedKind,
        text: String,
    },
    /// `INTERVAL '1 day'`.
    IntervalText(String),
    /// `INTERVAL (value) DAY`.
    Interval {
        value: Box<Expr>,
        unit: &'static str,
    },
    /// Operators of one class, left to right: `a + b - c`.
    Chain {
        first: Box<Expr>,
        rest: Vec<(ChainOperator, Expr)>,
    },
    Compare {
        left: Box<Expr>,
        operator: Comparison,
        right: Box<Expr>,
    },
    /// `x = ANY (..)`.
    Quantified {
        left: Box<Expr>,
        operator: Comparison,
        all: bool,
        query: Box<Query>,
    },
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Plus(Box<Expr>),
    /// `~x`.
    BitNot(Box<Expr>),
    Collate {
        value: Box<Expr>,
        collations: Vec<&'static str>,
    },
    Is {
        value: Box<Expr>,
        test: &'static str,
    },
    Between {
        value: Box<Expr>,
        negated: bool,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    InList {
        value: Box<Expr>,
        negated: bool,
        list: Vec<Expr>,
    },
    InQuery {
        value: Box<Expr>,
        negated: bool,
        query: Box<Query>,
    },
    Like {
        value: Box<Expr>,
        operator: LikeOperator,
        negated: bool,
        pattern: Box<Expr>,
        escape: Option<char>,
    },
    Case {
        operand: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Cast {
        value: Box<Expr>,
        attempt: bool,
        kind: Type,
    },
    Call(Box<Call>),
    Exists {
        query: Box<Query>,
        negated: bool,
    },
    Subquery(Box<Query>),
    /// `ARRAY(SELECT ..)`.
    ArrayQuery(Box<Query>),
    /// At least two.
    Row(Vec<Expr>),
    List(Vec<Expr>),
    Struct(Vec<(String, Expr)>),
    Map(Vec<(Expr, Expr)>),
    Lambda {
        parameters: Vec<String>,
        body: Box<Expr>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Null,
    Boolean(bool),
    /// Digits, at most one point, perhaps an exponent; no sign.
    Number(String),
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedKind {
    Date,
    Time,
    Timestamp,
    TimestampWithZone,
}

/// Operators that may stand beside one another without parentheses, by class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainOperator {
    Or,
    And,
    Add,
    Subtract,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
    Concatenate,
    BitAnd,
    BitOr,
    ShiftLeft,
    ShiftRight,
}

/// Operators of one class continue one another; others stand in parentheses beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainClass {
    Or,
    And,
    BitAnd,
    BitOr,
    ShiftLeft,
    ShiftRight,
    Concatenate,
    Additive,
    Multiplicative,
}

impl ChainOperator {
    pub fn class(self) -> ChainClass {
        match self {
            Self::Or => ChainClass::Or,
            Self::And => ChainClass::And,
            Self::Concatenate => ChainClass::Concatenate,
            Self::BitAnd => ChainClass::BitAnd,
            Self::BitOr => ChainClass::BitOr,
            Self::ShiftLeft => ChainClass::ShiftLeft,
            Self::ShiftRight => ChainClass::ShiftRight,
            Self::Add | Self::Subtract => ChainClass::Additive,
            Self::Multiply | Self::Divide | Self::IntegerDivide | Self::Modulo => ChainClass::Multiplicative,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    DistinctFrom,
    NotDistinctFrom,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LikeOperator {
    Like,
    ILike,
    SimilarTo,
    Glob,
}

/// The types that a cast may name. No name of a type ever comes from the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Plain(&'static str),
    Decimal(u64, u64),
    List(Box<Type>),
    /// Of a fixed length.
    Array(Box<Type>, u64),
    Struct(Vec<(String, Type)>),
    Map(Box<Type>, Box<Type>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// Lower case, from the allow-list.
    pub name: &'static str,
    pub distinct: bool,
    /// `count(*)`.
    pub star: bool,
    pub arguments: Vec<Argument>,
    pub order_by: Vec<OrderItem>,
    pub ignore_nulls: bool,
    pub within_group: Vec<OrderItem>,
    pub filter: Option<Box<Expr>>,
    pub over: Option<Over>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    pub name: Option<String>,
    pub value: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    Named(String),
    Window(Window),
}
