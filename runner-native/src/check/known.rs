//! What the second opinion knows of DuckDB's syntax tree: kinds of nodes, and names with a meaning of
//! their own. What is not listed here is refused.

/// Nodes of a query, of its FROM clause, of its modifiers and of types that carry nothing hidden.
pub const KNOWN_NODES: &[&str] = &[
    "SELECT_NODE",
    "SET_OPERATION_NODE",
    "RECURSIVE_CTE_NODE",
    "CTE_NODE",
    "BASE_TABLE",
    "SUBQUERY",
    "JOIN",
    "EMPTY",
    "TABLE_FUNCTION",
    "EXPRESSION_LIST",
    "ORDER_MODIFIER",
    "LIMIT_MODIFIER",
    "LIMIT_PERCENT_MODIFIER",
    "DISTINCT_MODIFIER",
    "ORDER_DEFAULT",
    "ASCENDING",
    "DESCENDING",
    "ARRAY_TYPE_INFO",
    "DECIMAL_TYPE_INFO",
    "LIST_TYPE_INFO",
    "STRUCT_TYPE_INFO",
    "UNBOUND_TYPE_INFO",
];

/// Expressions by class, with the types of each that the gate's text can become.
pub const KNOWN_EXPRESSIONS: &[(&str, &[&str])] = &[
    ("BETWEEN", &["COMPARE_BETWEEN"]),
    ("CASE", &["CASE_EXPR"]),
    ("CAST", &["OPERATOR_CAST"]),
    ("COLLATE", &["COLLATE"]),
    ("COLUMN_REF", &["COLUMN_REF"]),
    (
        "COMPARISON",
        &[
            "COMPARE_EQUAL",
            "COMPARE_NOTEQUAL",
            "COMPARE_LESSTHAN",
            "COMPARE_LESSTHANOREQUALTO",
            "COMPARE_GREATERTHAN",
            "COMPARE_GREATERTHANOREQUALTO",
            "COMPARE_DISTINCT_FROM",
            "COMPARE_NOT_DISTINCT_FROM",
        ],
    ),
    ("CONJUNCTION", &["CONJUNCTION_AND", "CONJUNCTION_OR"]),
    ("CONSTANT", &["VALUE_CONSTANT"]),
    ("FUNCTION", &["FUNCTION"]),
    ("LAMBDA", &["LAMBDA"]),
    (
        "OPERATOR",
        &[
            "ARRAY_EXTRACT",
            "ARRAY_SLICE",
            "COMPARE_IN",
            "COMPARE_NOT_IN",
            "GROUPING_FUNCTION",
            "OPERATOR_COALESCE",
            "OPERATOR_IS_NOT_NULL",
            "OPERATOR_IS_NULL",
            "OPERATOR_NOT",
            "OPERATOR_TRY",
            "STRUCT_EXTRACT",
        ],
    ),
    ("POSITIONAL_REFERENCE", &["POSITIONAL_REFERENCE"]),
    ("STAR", &["STAR"]),
    ("SUBQUERY", &["SUBQUERY"]),
    (
        "WINDOW",
        &[
            "WINDOW_AGGREGATE",
            "WINDOW_CUME_DIST",
            "WINDOW_FILL",
            "WINDOW_FIRST_VALUE",
            "WINDOW_LAG",
            "WINDOW_LAST_VALUE",
            "WINDOW_LEAD",
            "WINDOW_NTH_VALUE",
            "WINDOW_NTILE",
            "WINDOW_PERCENT_RANK",
            "WINDOW_RANK",
            "WINDOW_RANK_DENSE",
            "WINDOW_ROW_NUMBER",
        ],
    ),
];

/// Names that are a value of the engine's own where no column has them: the clock, the session, a row's
/// place in storage.
pub const ENGINE_NAMES: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "rowid",
    "session_user",
    "user",
];

/// Functions that call the aggregate which their second argument names.
pub const CALLS_BY_NAME: &[&str] = &[
    "aggregate",
    "array_aggr",
    "array_aggregate",
    "list_aggr",
    "list_aggregate",
];

/// The function that DuckDB collects the rows of `ARRAY(SELECT ..)` with: only inside of it columns have
/// a position instead of a name.
pub const COLLECTS_ROWS: &str = "array_agg";

/// Ways of drawing a sample.
pub const SAMPLE_METHODS: &[&str] = &["Bernoulli", "Reservoir", "System"];
