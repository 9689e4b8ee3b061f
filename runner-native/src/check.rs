//! The second opinion: what DuckDB's own parser reads in the canonical SQL must be what the gate
//! claimed. It refuses on any difference and on any kind of node it does not know; it allows
//! nothing that the gate did not claim, and decides nothing else. The claims name functions as this
//! parser does (`count_star`, `date_part`); only operators, whose names hold no letter, are not claimed.

mod known;

use csv_analyst_protocol::gate::Claims;
use duckdb::Connection;
use known::{CALLS_BY_NAME, COLLECTS_ROWS, ENGINE_NAMES, KNOWN_EXPRESSIONS, KNOWN_NODES, SAMPLE_METHODS};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Why DuckDB's reading differs; for the log, and as a short word for people.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    #[error("the engine can't read it: {0}")]
    Unreadable(String),
    #[error("the engine reads {0} statements")]
    StatementCount(usize),
    #[error("table `{0}` was not claimed")]
    Table(String),
    #[error("function `{0}` was not claimed")]
    Function(String),
    #[error("`{0}` is a value of the engine, and no column that was claimed")]
    EngineName(String),
    #[error("node `{0}` is not known to the check")]
    Node(String),
    #[error("the tree has an unexpected shape at `{0}`")]
    Shape(&'static str),
}

/// A syntax tree is as deep as its expressions; reading it recursively needs more than the stack
/// that a thread gets by default.
const STACK_BYTES: usize = 48 << 20;

/// Does `work` where the stack has room for [`agrees_here`]; `None` where no thread can be had for it.
pub fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        thread.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

/// From wherever it is called.
pub fn agrees(connection: &Connection, sql: &str, claims: &Claims) -> Result<(), Difference> {
    let json = serialised(connection, sql)?;
    with_room(|| compare(&json, claims)).unwrap_or(Err(Difference::Shape("thread")))
}

/// The same inside [`with_room`], where no further thread has to be started and waited for.
pub fn agrees_here(connection: &Connection, sql: &str, claims: &Claims) -> Result<(), Difference> {
    compare(&serialised(connection, sql)?, claims)
}

fn serialised(connection: &Connection, sql: &str) -> Result<String, Difference> {
    connection
        .query_row("SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", [sql], |row| {
            row.get(0)
        })
        .map_err(|_| Difference::Unreadable("serialising fails".into()))
}

fn compare(json: &str, claims: &Claims) -> Result<(), Difference> {
    let mut reader = serde_json::Deserializer::from_str(json);
    reader.disable_recursion_limit();
    let tree = Value::deserialize(&mut reader).map_err(|_| Difference::Shape("json"))?;
    if tree["error"] != Value::Bool(false) {
        return Err(Difference::Unreadable(
            tree["error_type"].as_str().unwrap_or("unknown").into(),
        ));
    }
    match tree["statements"].as_array().map(Vec::as_slice) {
        Some([statement]) => Walk {
            claims,
            scope: Vec::new(),
            collecting: false,
        }
        .value(statement),
        Some(statements) => Err(Difference::StatementCount(statements.len())),
        None => Err(Difference::Shape("statements")),
    }
}

struct Walk<'a> {
    claims: &'a Claims,
    /// Names of the common table expressions that are visible here, innermost last.
    scope: Vec<String>,
    /// Inside the call that collects the rows of `ARRAY(SELECT ..)`.
    collecting: bool,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value) -> Result<(), Difference> {
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.value(item)),
            Value::Object(object) => self.object(object),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    fn object(&mut self, object: &Map<String, Value>) -> Result<(), Difference> {
        self.kind(object)?;
        if object.contains_key("function_name") {
            self.function(object)?;
        }
        let depth = self.scope.len();
        let outside = self.collecting;
        self.collecting = text(object, "function_name") == COLLECTS_ROWS || (outside && !is_query(object));
        if let Some(expressions) = object.get("cte_map") {
            self.common_tables(expressions)?;
        }
        if text(object, "type") == "RECURSIVE_CTE_NODE" {
            self.scope.push(text(object, "cte_name").to_lowercase());
        }
        let rest = object.iter().filter(|(name, _)| *name != "cte_map");
        let result = rest
            .map(|(_, child)| child)
            .try_for_each(|child| self.value(child));
        self.scope.truncate(depth);
        self.collecting = outside;
        result
    }

    /// Each expression sees those before it; the query sees all of them.
    fn common_tables(&mut self, expressions: &Value) -> Result<(), Difference> {
        let entries = expressions["map"]
            .as_array()
            .ok_or(Difference::Shape("cte_map"))?;
        for entry in entries {
            let name = entry["key"].as_str().ok_or(Difference::Shape("cte_map"))?;
            self.value(&entry["value"])?;
            self.scope.push(name.to_lowercase());
        }
        Ok(())
    }

    /// Expressions have a `class`; queries, table references, modifiers and types only a `type`. A written
    /// value's `type` is an object of its own; other objects have none and only hold these.
    fn kind(&self, object: &Map<String, Value>) -> Result<(), Difference> {
        let kind = text(object, "type");
        if let Some(sample) = object.get("sample")
            && !(sample.is_null() || is_repeatable(sample))
        {
            return Err(Difference::Node("sample".into()));
        }
        if object.contains_key("class") {
            return self.expression(text(object, "class"), kind, object);
        }
        match object.get("type") {
            None | Some(Value::Object(_)) => Ok(()),
            Some(_) if kind == "BASE_TABLE" => self.table(object),
            Some(_) if KNOWN_NODES.contains(&kind) => Ok(()),
            Some(_) => Err(Difference::Node(kind.into())),
        }
    }

    fn expression(&self, class: &str, kind: &str, object: &Map<String, Value>) -> Result<(), Difference> {
        let known = KNOWN_EXPRESSIONS
            .iter()
            .any(|(known, kinds)| *known == class && kinds.contains(&kind));
        match class {
            _ if !known => Err(Difference::Node(kind.into())),
            "COLUMN_REF" => self.column(object),
            "POSITIONAL_REFERENCE" if !self.collecting => Err(Difference::Node(kind.into())),
            // ORDER BY ALL is a COLUMNS without a pattern.
            "STAR" if !object.get("expr").is_none_or(Value::is_null) => {
                Err(Difference::Node("COLUMNS".into()))
            }
            _ => Ok(()),
        }
    }

    /// A name without a table, which DuckDB may read as something else than a column.
    fn column(&self, object: &Map<String, Value>) -> Result<(), Difference> {
        let Some([Value::String(name)]) = object
            .get("column_names")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
        else {
            return Ok(());
        };
        let folded = name.to_lowercase();
        let claimed = |column: &String| {
            column
                .split_once('.')
                .is_some_and(|(_, column)| column.to_lowercase() == folded)
        };
        if ENGINE_NAMES.contains(&folded.as_str()) && !self.claims.columns.iter().any(claimed) {
            return Err(Difference::EngineName(folded));
        }
        Ok(())
    }

    fn table(&self, object: &Map<String, Value>) -> Result<(), Difference> {
        let name = text(object, "table_name");
        let qualified =
            !text(object, "catalog_name").is_empty() || !matches!(text(object, "schema_name"), "" | "main");
        let folded = name.to_lowercase();
        let known = self.scope.contains(&folded) || contains(&self.claims.tables, &folded);
        if qualified || !known || !object.get("at_clause").is_none_or(Value::is_null) {
            return Err(Difference::Table(name.into()));
        }
        Ok(())
    }

    fn function(&self, object: &Map<String, Value>) -> Result<(), Difference> {
        let name = text(object, "function_name").to_lowercase();
        let qualified = !text(object, "catalog").is_empty() || !matches!(text(object, "schema"), "" | "main");
        let operator = object
            .get("is_operator")
            .and_then(Value::as_bool)
            .unwrap_or(false)
            && is_symbol(&name);
        let known = operator || contains(&self.claims.functions, &name);
        if qualified || !known {
            return Err(Difference::Function(name));
        }
        if CALLS_BY_NAME.contains(&name.as_str()) {
            self.called_by_name(object)?;
        }
        Ok(())
    }

    /// The second argument names another function: it must be written out, and claimed.
    fn called_by_name(&self, object: &Map<String, Value>) -> Result<(), Difference> {
        let arguments = object.get("children").and_then(Value::as_array);
        let called = arguments
            .and_then(|arguments| arguments.get(1)?.pointer("/value/value")?.as_str())
            .unwrap_or("?")
            .to_lowercase();
        if contains(&self.claims.functions, &called) {
            Ok(())
        } else {
            Err(Difference::Function(called))
        }
    }
}

/// Drawn by a known method from a written seed: the same rows each time.
fn is_repeatable(sample: &Value) -> bool {
    let method = sample["method"].as_str().unwrap_or_default();
    SAMPLE_METHODS.contains(&method) && sample["seed"].as_i64().is_some_and(|seed| seed >= 0)
}

fn is_query(object: &Map<String, Value>) -> bool {
    text(object, "type").ends_with("_NODE")
}

fn is_symbol(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_punctuation())
}

fn contains(names: &[String], folded: &str) -> bool {
    names.iter().any(|name| name.to_lowercase() == folded)
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, tables: &[&str], functions: &[&str]) -> Result<(), Difference> {
        let own = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        let claims = Claims {
            tables: own(tables),
            columns: Vec::new(),
            functions: own(functions),
        };
        agrees(&Connection::open_in_memory().unwrap(), sql, &claims)
    }

    #[test]
    fn what_was_claimed_agrees() {
        check(
            "SELECT category, sum(price * quantity) FROM order_items GROUP BY 1 LIMIT 5",
            &["order_items"],
            &["sum"],
        )
        .unwrap();
        check(
            "SELECT count(*), extract(year FROM d), d - INTERVAL 7 DAY FROM t WHERE s LIKE 'a%'",
            &["t"],
            &["count_star", "date_part", "to_days", "trunc"],
        )
        .unwrap();
        check(
            "SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t",
            &["t"],
            &["row_number"],
        )
        .unwrap();
        check(
            "SELECT CAST(a AS DECIMAL(18,2)), CASE WHEN a > 1 THEN 'x' END FROM t JOIN u USING (id)",
            &["t", "u"],
            &[],
        )
        .unwrap();
    }

    #[test]
    fn common_tables_are_seen_only_in_their_own_scope() {
        check(
            "WITH a AS (SELECT 1 x), b AS (SELECT * FROM a) SELECT * FROM b",
            &[],
            &[],
        )
        .unwrap();
        check(
            "WITH RECURSIVE r AS (SELECT 1 x UNION ALL SELECT x + 1 FROM r) SELECT * FROM r",
            &[],
            &[],
        )
        .unwrap();
        let leak = "(WITH \"secret.csv\" AS (SELECT 1) SELECT * FROM \"secret.csv\") UNION ALL SELECT * FROM \"secret.csv\"";
        assert_eq!(check(leak, &[], &[]), Err(Difference::Table("secret.csv".into())));
        let early = "WITH b AS (SELECT * FROM a), a AS (SELECT 1) SELECT * FROM b";
        assert_eq!(check(early, &[], &[]), Err(Difference::Table("a".into())));
    }

    #[test]
    fn what_was_not_claimed_is_refused() {
        let table = |name: &str| Err(Difference::Table(name.into()));
        let function = |name: &str| Err(Difference::Function(name.into()));
        assert_eq!(check("SELECT * FROM u", &["t"], &[]), table("u"));
        assert_eq!(
            check("SELECT * FROM 'secret.csv'", &["t"], &[]),
            table("secret.csv")
        );
        assert_eq!(check("SELECT * FROM other.main.t", &["t"], &[]), table("t"));
        assert_eq!(
            check("SELECT (SELECT max(a) FROM u) FROM t", &["t"], &["max"]),
            table("u")
        );
        assert_eq!(
            check("SELECT * FROM read_text('/etc/passwd')", &["t"], &[]),
            function("read_text")
        );
        assert_eq!(
            check("SELECT getenv('HOME') FROM t", &["t"], &["sum"]),
            function("getenv")
        );
        assert_eq!(
            check("SELECT a.getenv() FROM t a", &["t"], &[]),
            function("getenv")
        );
        assert_eq!(
            check(
                "SELECT sum(a) FILTER (WHERE getenv('A') = '') FROM t",
                &["t"],
                &["sum"]
            ),
            function("getenv")
        );
    }

    #[test]
    fn only_one_plain_query_is_read() {
        assert_eq!(
            check("SELECT 1; SELECT 2", &[], &[]),
            Err(Difference::StatementCount(2))
        );
        for statement in [
            "DROP TABLE t",
            "INSERT INTO t VALUES (1)",
            "SELEC 1",
            "PRAGMA version",
            "COPY t TO 'x'",
        ] {
            assert!(
                matches!(check(statement, &["t"], &[]), Err(Difference::Unreadable(_))),
                "{statement}"
            );
        }
        for statement in ["DESCRIBE t", "SHOW TABLES", "SUMMARIZE t"] {
            assert_eq!(
                check(statement, &["t"], &[]),
                Err(Difference::Node("SHOW_REF".into())),
                "{statement}"
            );
        }
    }

    #[test]
    fn names_that_the_engine_resolves_itself_are_columns_that_were_claimed() {
        let own = |name: &str| Err(Difference::EngineName(name.into()));
        assert_eq!(
            check("SELECT 1 AS \"user\", (SELECT \"user\")", &[], &[]),
            own("user")
        );
        assert_eq!(
            check("SELECT Current_Date FROM t", &["t"], &[]),
            own("current_date")
        );
        assert_eq!(check("SELECT max(rowid) FROM t", &["t"], &["max"]), own("rowid"));
        check("SELECT x.\"user\" FROM t x", &["t"], &[]).unwrap();
        let claims = Claims {
            tables: vec!["t".into()],
            columns: vec!["t.User".into()],
            functions: Vec::new(),
        };
        let connection = Connection::open_in_memory().unwrap();
        agrees(&connection, "SELECT \"user\" FROM t", &claims).unwrap();
    }

    #[test]
    fn a_function_named_by_an_argument_must_be_claimed_too() {
        let sql = "SELECT list_aggregate(a, 'Sum') FROM t";
        check(sql, &["t"], &["list_aggregate", "sum"]).unwrap();
        let function = |name: &str| Err(Difference::Function(name.into()));
        assert_eq!(check(sql, &["t"], &["list_aggregate"]), function("sum"));
        assert_eq!(
            check("SELECT list_aggregate(a, b) FROM t", &["t"], &["list_aggregate"]),
            function("?")
        );
    }

    #[test]
    fn kinds_that_no_gate_prints_are_refused() {
        let node = |name: &str| Err(Difference::Node(name.into()));
        for (sql, kind) in [
            ("SELECT #1 FROM t", "POSITIONAL_REFERENCE"),
            ("SELECT COLUMNS('a') FROM t", "COLUMNS"),
            ("SELECT array_agg((SELECT #1)) FROM t", "POSITIONAL_REFERENCE"),
            ("SELECT a FROM t TABLESAMPLE 10%", "sample"),
            ("SELECT a FROM t USING SAMPLE 10", "sample"),
            ("PIVOT t ON a IN (1) USING sum(b)", "PIVOT"),
            ("SELECT *COLUMNS('a') FROM t", "OPERATOR_UNPACK"),
            ("SELECT ? FROM t", "VALUE_PARAMETER"),
        ] {
            assert_eq!(check(sql, &["t"], &["array_agg", "sum"]), node(kind), "{sql}");
        }
    }

    #[test]
    fn every_kind_that_the_gate_prints_is_known() {
        for sql in [
            "SELECT a NOT BETWEEN 1 AND 2, a NOT IN (1, 2), a IS NOT TRUE, NOT a, a IS NOT NULL, -a FROM t",
            "SELECT a IS DISTINCT FROM 1, 1 <> ALL (SELECT 2), EXISTS (SELECT 1), a IN (SELECT 1) FROM t",
            "SELECT (s).f, (a)[1], (a)[1:2], TRY_CAST(a AS JSON[]), CAST(a AS DECIMAL(5,2)), grouping(a) FROM t \
             GROUP BY ROLLUP (a), CUBE (b), GROUPING SETS ((a), (b))",
            "SELECT DISTINCT ON (a) * EXCLUDE (b) REPLACE (1 AS c) FROM t ORDER BY a DESC NULLS LAST, b ASC OFFSET 2",
            "SELECT last_value(a) OVER w, fill(a) OVER w, dense_rank() OVER w, nth_value(a, 2) OVER w, \
             ntile(2) OVER w FROM t WINDOW w AS (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
            "SELECT a, t.* FROM t GROUP BY ALL ORDER BY ALL DESC",
            "VALUES (DATE '2026-01-01', INTERVAL '1 day', INTERVAL (1) DECADE)",
            "SELECT TRY(a), ~a, (a & 1), (a GLOB 'x*'), (a COLLATE NOCASE), (a)[1:-:2] FROM t",
            "SELECT CAST(a AS STRUCT(\"x\" INTEGER)), CAST(a AS MAP(INTEGER, VARCHAR)), CAST(a AS INTEGER[3]) FROM t",
            "SELECT ARRAY(SELECT a FROM t ORDER BY a DESC), ARRAY(SELECT a FROM t UNION SELECT 2 ORDER BY 1)",
            "SELECT * FROM t TABLESAMPLE reservoir(10 ROWS) REPEATABLE (42)",
            "SELECT * RENAME (a AS b) FROM t USING SAMPLE bernoulli(10%) REPEATABLE (42) LIMIT 10%",
            "SELECT t.* EXCLUDE (t.a) FROM t ASOF LEFT JOIN t AS u USING (a) POSITIONAL JOIN t AS v",
            "SELECT lag(a IGNORE NULLS) OVER (ORDER BY a ROWS 1 PRECEDING EXCLUDE TIES) FROM t",
            "SELECT a FROM t GROUP BY GROUPING SETS ((a), (), ROLLUP (a))",
            "SELECT list_transform(a, lambda x, i: x) FROM t, range(3) WITH ORDINALITY",
            "WITH x AS MATERIALIZED (SELECT 1), y AS NOT MATERIALIZED (SELECT 2) SELECT * FROM x, y",
        ] {
            let functions = [
                "-",
                "last_value",
                "fill",
                "dense_rank",
                "nth_value",
                "ntile",
                "to_decades",
                "trunc",
                "array_agg",
                "list_value",
                "lag",
                "list_transform",
                "row",
                "range",
            ];
            assert_eq!(check(sql, &["t"], &functions), Ok(()), "{sql}");
        }
    }

    #[test]
    fn a_deep_expression_does_not_overflow_the_stack() {
        let sum = vec!["a"; 400].join(" + ");
        check(&format!("SELECT {sum} FROM t"), &["t"], &[]).unwrap();
    }
}
