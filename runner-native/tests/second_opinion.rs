//! The second opinion, in every place where a query can hide another: whatever stands there that was not
//! claimed is refused, and the same place with what was claimed agrees. So no kind of node that can hold
//! a query is one that the check does not look into.

use csv_analyst_protocol::gate::Claims;
use csv_analyst_runner::check::{Difference, agrees};
use duckdb::Connection;

/// `{}` is where a query stands, in parentheses: a value, a table or a set, as the place needs.
const PLACES: &[(&str, &str)] = &[
    ("the SELECT list", "SELECT {} FROM t"),
    ("an argument", "SELECT abs({}) FROM t"),
    ("a named argument", "SELECT struct_pack(a := {}) FROM t"),
    ("an aggregate", "SELECT sum({}) FROM t"),
    ("FILTER", "SELECT sum(a) FILTER (WHERE a = {}) FROM t"),
    ("an aggregate's ORDER BY", "SELECT list(a ORDER BY {}) FROM t"),
    (
        "WITHIN GROUP",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY {}) FROM t",
    ),
    ("PARTITION BY", "SELECT sum(a) OVER (PARTITION BY {}) FROM t"),
    ("a window's ORDER BY", "SELECT sum(a) OVER (ORDER BY {}) FROM t"),
    (
        "a window's frame",
        "SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN {} PRECEDING AND CURRENT ROW) FROM t",
    ),
    (
        "a window's FILTER",
        "SELECT sum(a) FILTER (WHERE a = {}) OVER () FROM t",
    ),
    ("a window's offset", "SELECT lag(a, {}) OVER (ORDER BY a) FROM t"),
    (
        "a named window",
        "SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY {})",
    ),
    ("CASE WHEN", "SELECT CASE WHEN {} THEN 1 END FROM t"),
    ("CASE THEN", "SELECT CASE a WHEN 1 THEN {} ELSE 2 END FROM t"),
    ("CASE ELSE", "SELECT CASE a WHEN 1 THEN 2 ELSE {} END FROM t"),
    ("a cast", "SELECT CAST({} AS VARCHAR) FROM t"),
    ("a list", "SELECT [1, {}] FROM t"),
    ("a struct", "SELECT {'a': {}} FROM t"),
    ("a map", "SELECT MAP {'a': {}} FROM t"),
    ("a row", "SELECT (1, {}) FROM t"),
    ("an index", "SELECT ([1, 2])[{}] FROM t"),
    ("a slice", "SELECT ([1, 2])[1:{}] FROM t"),
    ("a field's base", "SELECT ({'a': {}}).a FROM t"),
    ("a lambda", "SELECT list_transform([1], lambda x: x + {}) FROM t"),
    (
        "a list comprehension",
        "SELECT list_apply(list_filter([1], lambda x: x = {}), lambda x: x) FROM t",
    ),
    ("ARRAY", "SELECT ARRAY(SELECT {}) FROM t"),
    ("COALESCE", "SELECT coalesce(a, {}) FROM t"),
    ("TRY", "SELECT TRY({}) FROM t"),
    ("a collation", "SELECT ({}) COLLATE NOCASE FROM t"),
    ("an interval", "SELECT INTERVAL ({}) DAY FROM t"),
    ("WHERE", "SELECT a FROM t WHERE a = {}"),
    ("BETWEEN", "SELECT a FROM t WHERE a BETWEEN 1 AND {}"),
    ("IN a list", "SELECT a FROM t WHERE a IN (1, {})"),
    ("IN a query", "SELECT a FROM t WHERE a IN {}"),
    ("IN, on the left", "SELECT a FROM t WHERE {} IN (SELECT 1)"),
    ("EXISTS", "SELECT a FROM t WHERE EXISTS {}"),
    ("NOT EXISTS", "SELECT a FROM t WHERE NOT EXISTS {}"),
    ("ANY", "SELECT a FROM t WHERE a = ANY {}"),
    ("ALL", "SELECT a FROM t WHERE a <> ALL {}"),
    ("IS NULL", "SELECT a FROM t WHERE {} IS NULL"),
    ("LIKE", "SELECT a FROM t WHERE 'x' LIKE {}"),
    ("GROUP BY", "SELECT count(*) FROM t GROUP BY {}"),
    ("ROLLUP", "SELECT count(*) FROM t GROUP BY ROLLUP ({})"),
    (
        "GROUPING SETS",
        "SELECT count(*) FROM t GROUP BY GROUPING SETS (({}), ())",
    ),
    ("HAVING", "SELECT count(*) FROM t HAVING count(*) > {}"),
    ("QUALIFY", "SELECT a FROM t QUALIFY row_number() OVER () = {}"),
    ("ORDER BY", "SELECT a FROM t ORDER BY {}"),
    ("DISTINCT ON", "SELECT DISTINCT ON ({}) a FROM t"),
    ("LIMIT", "SELECT a FROM t LIMIT {}"),
    ("OFFSET", "SELECT a FROM t OFFSET {}"),
    ("REPLACE", "SELECT * REPLACE ({} AS a) FROM t"),
    ("VALUES", "VALUES (1, {})"),
    ("FROM", "SELECT * FROM {} AS q"),
    ("FROM VALUES", "SELECT * FROM (VALUES ({})) AS v(x)"),
    ("a join's right side", "SELECT t.a FROM t JOIN {} AS q ON true"),
    (
        "a join's left side",
        "SELECT t.a FROM {} AS q LEFT JOIN t ON true",
    ),
    ("a join's condition", "SELECT t.a FROM t JOIN t AS u ON t.a = {}"),
    ("a SEMI JOIN", "SELECT a FROM t SEMI JOIN {} AS q ON true"),
    ("LATERAL", "SELECT t.a FROM t, LATERAL {} AS q"),
    (
        "a nested join",
        "SELECT t.a FROM t JOIN (t AS u JOIN {} AS q ON true) ON true",
    ),
    ("a table function's argument", "SELECT * FROM range({})"),
    ("UNNEST", "SELECT * FROM t, unnest([{}])"),
    ("the left of a UNION", "{} UNION ALL SELECT 1"),
    ("the right of a UNION", "SELECT 1 UNION {}"),
    ("EXCEPT", "SELECT 1 EXCEPT {}"),
    (
        "INTERSECT in INTERSECT",
        "SELECT 1 INTERSECT (SELECT 1 INTERSECT {})",
    ),
    (
        "a set operation's ORDER BY",
        "(SELECT 1 AS a UNION SELECT 2) ORDER BY (SELECT max(z) FROM {} AS q(z))",
    ),
    ("a common table", "WITH c AS {} SELECT * FROM c"),
    (
        "a materialised common table",
        "WITH c AS MATERIALIZED {} SELECT * FROM c",
    ),
    ("a common table that nobody names", "WITH c AS {} SELECT 1"),
    (
        "a common table of a common table",
        "WITH c AS (WITH d AS {} SELECT * FROM d) SELECT * FROM c",
    ),
    (
        "a common table of a subquery",
        "SELECT (WITH c AS {} SELECT max(1) FROM c) FROM t",
    ),
    (
        "a recursion's start",
        "WITH RECURSIVE r AS ({} UNION ALL SELECT 1 FROM r) SELECT * FROM r",
    ),
    (
        "a recursion's step",
        "WITH RECURSIVE r AS (SELECT 1 UNION ALL (SELECT 1 FROM r WHERE 1 = {})) SELECT * FROM r",
    ),
    ("a subquery of a subquery", "SELECT (SELECT (SELECT {})) FROM t"),
];

/// What may be named in the places above.
const TABLES: &[&str] = &["t"];
const FUNCTIONS: &[&str] = &[
    "abs",
    "struct_pack",
    "sum",
    "list",
    "quantile_cont",
    "lag",
    "list_value",
    "map",
    "row",
    "list_transform",
    "list_apply",
    "list_filter",
    "array_agg",
    "to_days",
    "trunc",
    "count_star",
    "row_number",
    "range",
    "unnest",
    "max",
];

struct Engine(Connection);

impl Engine {
    fn new() -> Self {
        Self(Connection::open_in_memory().expect("DuckDB opens"))
    }

    fn check(&self, place: &str, query: &str) -> Result<(), Difference> {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        let claims = Claims {
            tables: own(TABLES),
            columns: Vec::new(),
            functions: own(FUNCTIONS),
        };
        // Structs have braces of their own.
        agrees(&self.0, &place.replacen("{}", &format!("({query})"), 1), &claims)
    }

    /// Places where this query is let through, or refused for another reason.
    fn wrong(&self, query: &str, expected: impl Fn(&Difference) -> bool) -> Vec<String> {
        let verdicts = PLACES
            .iter()
            .map(|(name, place)| (name, self.check(place, query)));
        let wrong = verdicts.filter(|(_, verdict)| !verdict.as_ref().is_err_and(&expected));
        wrong
            .map(|(name, verdict)| format!("{name}: {verdict:?}"))
            .collect()
    }
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn what_was_claimed_agrees_in_every_place() {
    let engine = Engine::new();
    let refused: Vec<_> = PLACES
        .iter()
        .filter_map(|(name, place)| Some((name, engine.check(place, "SELECT max(a) FROM t").err()?)))
        .collect();
    // Positions and sizes that DuckDB allows to be queries; no gate prints them, and they do no harm.
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn a_table_that_was_not_claimed_is_refused_in_every_place() {
    let table =
        |name: &'static str| move |difference: &Difference| *difference == Difference::Table(name.into());
    let engine = Engine::new();
    assert_eq!(engine.wrong("SELECT max(a) FROM u", table("u")), nothing());
    assert_eq!(engine.wrong("SELECT max(a) FROM t, u", table("u")), nothing());
    assert_eq!(
        engine.wrong("SELECT max(a) FROM other.main.t", table("t")),
        nothing()
    );
}

#[test]
fn a_file_named_as_a_table_is_refused_in_every_place() {
    let engine = Engine::new();
    for file in [
        "'secret.csv'",
        "\"secret.csv\"",
        "'https://example.org/x.parquet'",
        "secret.csv",
    ] {
        let refused = |difference: &Difference| matches!(difference, Difference::Table(_));
        assert_eq!(
            engine.wrong(&format!("SELECT max(a) FROM {file}"), refused),
            nothing(),
            "{file}"
        );
    }
}

#[test]
fn a_function_that_was_not_claimed_is_refused_in_every_place() {
    let engine = Engine::new();
    for (query, name) in [
        ("SELECT getenv('HOME')", "getenv"),
        ("SELECT ('HOME').getenv()", "getenv"),
        ("SELECT max(a) FILTER (WHERE nextval('s') = 1) FROM t", "nextval"),
        ("SELECT system.main.current_setting('x')", "current_setting"),
    ] {
        let refused = |difference: &Difference| *difference == Difference::Function(name.into());
        assert_eq!(engine.wrong(query, refused), nothing(), "{query}");
    }
}

#[test]
fn a_table_function_that_was_not_claimed_is_refused_in_every_place() {
    let engine = Engine::new();
    for name in [
        "read_text",
        "read_csv",
        "glob",
        "duckdb_settings",
        "query",
        "query_table",
        "sniff_csv",
    ] {
        let refused = |difference: &Difference| *difference == Difference::Function(name.into());
        let query = format!("SELECT max(1) FROM {name}('x')");
        assert_eq!(engine.wrong(&query, refused), nothing(), "{name}");
    }
}

#[test]
fn a_value_of_the_engine_is_refused_in_every_place() {
    let refused = |difference: &Difference| matches!(difference, Difference::EngineName(_));
    assert_eq!(
        Engine::new().wrong("SELECT max(current_date) FROM t", refused),
        nothing()
    );
}

#[test]
fn a_statement_that_writes_is_no_query_in_any_place() {
    let engine = Engine::new();
    for statement in [
        "INSERT INTO t VALUES (1) RETURNING a",
        "DELETE FROM t RETURNING a",
        "UPDATE t SET a = 1 RETURNING a",
        "COPY t TO 'x.csv'",
        "CREATE TABLE u AS SELECT 1",
        "DROP TABLE t",
        "SET threads = 1",
        "ATTACH 'x.db' AS y",
        "EXPLAIN SELECT 1",
    ] {
        let refused = |difference: &Difference| matches!(difference, Difference::Unreadable(_));
        assert_eq!(engine.wrong(statement, refused), nothing(), "{statement}");
    }
}

#[test]
fn descriptions_and_pivots_are_refused_in_every_place() {
    let engine = Engine::new();
    let refused =
        |difference: &Difference| matches!(difference, Difference::Node(_) | Difference::Unreadable(_));
    for query in [
        "DESCRIBE t",
        "SUMMARIZE t",
        "SHOW TABLES",
        "PIVOT t ON a IN (1) USING sum(a)",
        "SELECT * FROM t PIVOT (sum(a) FOR a IN (1))",
        "SELECT * FROM u PIVOT (sum(a) FOR a IN (1))",
        "UNPIVOT t ON a",
        "SELECT max(a) FROM t USING SAMPLE 10%",
        "SELECT max(?) FROM t",
    ] {
        assert_eq!(engine.wrong(query, refused), nothing(), "{query}");
    }
}

#[test]
fn a_second_statement_is_counted_wherever_the_first_ends() {
    let engine = Engine::new();
    for (name, place) in PLACES {
        let first = place.replacen("{}", "(SELECT max(a) FROM t)", 1);
        for second in ["SELECT 1", "SELECT max(a) FROM t"] {
            let verdict = engine.check(&format!("{first}; {second}"), "SELECT 1");
            assert_eq!(verdict, Err(Difference::StatementCount(2)), "{name}");
        }
        for second in ["DROP TABLE t", "SET threads = 1", "COPY t TO 'x'"] {
            let verdict = engine.check(&format!("{first}; {second}"), "SELECT 1");
            assert!(
                matches!(verdict, Err(Difference::Unreadable(_))),
                "{name}: {verdict:?}"
            );
        }
    }
}
