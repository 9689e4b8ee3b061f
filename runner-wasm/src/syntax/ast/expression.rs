//! The part of the syntax tree that is expressions, calls and types.

use super::{Name, OrderItem, Place, Query, Window};

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    /// Of its first token, or of the operator or keyword that holds it together.
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Literal(Literal),
    /// `DATE '2026-01-31'`, `some_type 'text'`.
    Typed {
        kind: Type,
        text: String,
    },
    /// `INTERVAL '1 day'`, `INTERVAL 3 MONTHS`, `INTERVAL (a + b) DAY`.
    Interval {
        value: Box<Expr>,
        unit: Option<IntervalUnit>,
    },
    /// Dotted name of a column: table and structure in front, or fields behind. `current_date` and its
    /// kin without parentheses come as such, because DuckDB first looks for a column.
    Column(Vec<Name>),
    /// `#1`.
    Position(u64),
    /// `*`, `t.*`; an argument, too: `count(*)`.
    Star(Box<Star>),
    Columns(Box<Columns>),
    /// Operators of one rank, left to right: `a + b - c` is `(a + b) - c`.
    Chain {
        first: Box<Expr>,
        rest: Vec<Link>,
    },
    /// `left -> right`: a lambda where a function takes one, `json_extract` elsewhere. The left side of
    /// a lambda is a column of one part, or a row of such.
    Arrow {
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `lambda x, y: ..`.
    Lambda {
        parameters: Vec<Name>,
        body: Box<Expr>,
    },
    Unary {
        operator: UnaryOperator,
        value: Box<Expr>,
    },
    Is {
        value: Box<Expr>,
        negated: bool,
        test: IsTest,
    },
    Between {
        value: Box<Expr>,
        negated: bool,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    /// `x IN (a, b)`.
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
    /// `x IN [1, 2]`, `x IN column`: `contains(list, x)`.
    InValue {
        value: Box<Expr>,
        negated: bool,
        list: Box<Expr>,
    },
    Like {
        value: Box<Expr>,
        operator: LikeOperator,
        negated: bool,
        pattern: Box<Expr>,
        escape: Option<Box<Expr>>,
    },
    Case {
        operand: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    /// What stands behind a value, from left to right: `x.field[1].method()::INTEGER`.
    Postfix {
        base: Box<Expr>,
        steps: Vec<Step>,
    },
    /// `CAST(x AS type)`, `TRY_CAST(x AS type)`; `x::type` is a [`StepKind::Cast`].
    Cast {
        value: Box<Expr>,
        attempt: bool,
        kind: Type,
    },
    Collate {
        value: Box<Expr>,
        collation: Vec<Name>,
    },
    Call(Box<Call>),
    Exists(Box<Query>),
    /// `(SELECT ..)`.
    Subquery(Box<Query>),
    /// `ARRAY(SELECT ..)`.
    ArrayQuery(Box<Query>),
    /// `x = ANY (..)`; SOME is ANY. The right side is a [`ExprKind::Subquery`] or a list's expression.
    Quantified {
        left: Box<Expr>,
        operator: BinaryOperator,
        all: bool,
        right: Box<Expr>,
    },
    /// `(a, b)`, `ROW(a)`.
    Row(Vec<Expr>),
    /// `[a, b]`, `ARRAY[a, b]`.
    List(Vec<Expr>),
    /// `[result FOR x, i IN list IF filter]`.
    Comprehension(Box<Comprehension>),
    /// `{'a': 1}`.
    Struct(Vec<(Name, Expr)>),
    /// `MAP {'a': 1}`.
    Map(Vec<(Expr, Expr)>),
    /// `?`, `$1`, `$name`: never allowed.
    Parameter,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Null,
    Boolean(bool),
    /// Digits, at most one point, perhaps an exponent; no sign, no underscores.
    Number(String),
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalUnit {
    Millennium,
    Century,
    Decade,
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Star {
    /// Table, perhaps with schema in front; empty for `*`.
    pub qualifier: Vec<Name>,
    /// Columns, perhaps with a table in front.
    pub exclude: Vec<Vec<Name>>,
    pub replace: Vec<(Expr, Name)>,
    pub rename: Vec<(Vec<Name>, Name)>,
    /// `* LIKE 'a%'`.
    pub like: Option<StarLike>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct StarLike {
    pub operator: LikeOperator,
    pub negated: bool,
    pub pattern: Expr,
}

/// `COLUMNS(..)`: several columns where one may stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// `*COLUMNS(..)`: they become several arguments.
    pub unpacked: bool,
    /// `t.COLUMNS(..)`.
    pub qualifier: Vec<Name>,
    /// A pattern, a lambda, a list of names, or a [`Star`].
    pub selection: Expr,
}

/// An operator and what stands to its right.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub operator: BinaryOperator,
    pub place: Place,
    pub right: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    DistinctFrom,
    NotDistinctFrom,
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `//`.
    IntegerDivide,
    Modulo,
    /// `^` and `**`.
    Power,
    /// `||`.
    Concatenate,
    /// `->>`: `json_extract_string`.
    LongArrow,
    /// `^@`: `starts_with`.
    StartsWith,
    /// `~`: `regexp_full_match`.
    Regex,
    /// `!~`.
    NotRegex,
    /// `~~`: LIKE, but without its rank. `!~~` is its opposite.
    Like,
    NotLike,
    /// `~~*` and `!~~*`.
    ILike,
    NotILike,
    BitAnd,
    BitOr,
    ShiftLeft,
    ShiftRight,
    /// `@>`: `list_has_all`.
    Contains,
    /// `<@`: `list_has_all` with its arguments swapped.
    ContainedBy,
    /// `&&`: `list_has_any`.
    Overlaps,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    Not,
    Minus,
    Plus,
    BitNot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsTest {
    Null,
    True,
    False,
    /// The same as NULL.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LikeOperator {
    Like,
    ILike,
    SimilarTo,
    Glob,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub kind: StepKind,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    Field(Name),
    Index(Expr),
    Slice(Box<Slice>),
    /// `value.function(..)`: the value is its first argument.
    Method(Box<Call>),
    /// `::type`.
    Cast(Type),
}

/// `[low:high:step]`; a `-` in place of `high` is an end left open, as is nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    pub low: Option<Expr>,
    pub high: Option<Expr>,
    pub step: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Comprehension {
    pub result: Expr,
    /// The element, and perhaps its index.
    pub names: Vec<Name>,
    pub list: Expr,
    pub filter: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// With schema and catalog in front where they were written.
    pub name: Vec<Name>,
    pub distinct: bool,
    pub arguments: Vec<Argument>,
    pub order_by: Vec<OrderItem>,
    pub nulls: Option<NullTreatment>,
    pub within_group: Vec<OrderItem>,
    pub filter: Option<Expr>,
    pub over: Option<Over>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// `name := value` or `name => value`.
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullTreatment {
    Ignore,
    Respect,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    Named(Name),
    Window(Box<Window>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    pub kind: TypeKind,
    /// `[]` is `None`, `[3]` is a fixed length; from left to right.
    pub arrays: Vec<Option<u64>>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// Names of several words come as the one word that DuckDB takes them for: `DOUBLE PRECISION` is
    /// `double`, `TIMESTAMP WITH TIME ZONE` is `timestamptz`, `CHARACTER VARYING` is `varchar`.
    Named {
        name: Vec<Name>,
        modifiers: Vec<Expr>,
    },
    Struct(Vec<(Name, Type)>),
    Union(Vec<(Name, Type)>),
    Map(Box<Type>, Box<Type>),
}
