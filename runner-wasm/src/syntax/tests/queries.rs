//! Whole queries: clauses, set operations, sources, joins, pivots.

use super::{accepted, refused_by, same, tree};

#[test]
fn short_queries_mean_the_long_ones() {
    for (short, long) in [
        ("FROM t", "SELECT * FROM t"),
        ("FROM t SELECT a WHERE b", "SELECT a FROM t WHERE b"),
        ("TABLE t", "SELECT * FROM t"),
        ("SELECT ALL a,", "SELECT a"),
        ("SELECT a FROM t, u,", "SELECT a FROM t, u"),
        ("SELECT a FROM x: t", "SELECT a FROM t AS x"),
        ("SELECT a OFFSET 2 LIMIT 1", "SELECT a LIMIT 1 OFFSET 2"),
        ("SELECT a FETCH FIRST 3 ROWS ONLY", "SELECT a LIMIT 3"),
        ("SELECT a FETCH NEXT ROW ONLY", "SELECT a LIMIT 1"),
        ("SELECT a LIMIT ALL", "SELECT a"),
        ("((SELECT a))", "SELECT a"),
        ("(SELECT a) ORDER BY a", "SELECT a ORDER BY a"),
        ("(SELECT a ORDER BY a) LIMIT 1", "SELECT a ORDER BY a LIMIT 1"),
        (";SELECT a;;", "SELECT a"),
        ("SELECT /* x */ a -- y", "SELECT a"),
        ("SELECT a UNION DISTINCT SELECT b", "SELECT a UNION SELECT b"),
        ("PIVOT_WIDER t ON a", "PIVOT t ON a"),
        ("PIVOT t ON a GROUP BY (b)", "PIVOT t ON a GROUP BY b"),
        (
            "SELECT a FROM ((t JOIN u USING (a)))",
            "SELECT a FROM ((t JOIN u USING (a)))",
        ),
    ] {
        same(short, long);
    }
}

#[test]
fn intersect_takes_its_queries_before_union() {
    same(
        "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3",
        "SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)",
    );
    assert_ne!(
        tree("SELECT 1 EXCEPT SELECT 2 UNION SELECT 3"),
        tree("SELECT 1 EXCEPT (SELECT 2 UNION SELECT 3)")
    );
    accepted("SELECT 1 UNION ALL BY NAME SELECT 2 ORDER BY 1 LIMIT 1");
    refused_by("syntax", "SELECT 1 ORDER BY 1 UNION SELECT 2");
    refused_by("syntax", "SELECT 1 EXCEPT BY NAME SELECT 2");
}

#[test]
fn clauses_that_would_move_into_brackets_are_refused() {
    for text in [
        "(SELECT a LIMIT 1) ORDER BY a",
        "(SELECT a LIMIT 1) LIMIT 2",
        "(SELECT a ORDER BY a) ORDER BY b",
        "WITH x AS (SELECT 1) (WITH y AS (SELECT 2) SELECT 3)",
    ] {
        refused_by("unclear-precedence", text);
    }
}

#[test]
fn common_tables_are_read() {
    for text in [
        "WITH x AS (SELECT 1), y(a, b) AS MATERIALIZED (FROM x) FROM y",
        "WITH x AS NOT MATERIALIZED (VALUES (1)) FROM x",
        "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 9) FROM x",
        "WITH RECURSIVE x(a, b) USING KEY (a) AS (SELECT 1, 2 UNION SELECT 3, 4) FROM x",
        "WITH recursive AS (SELECT 1) FROM recursive",
        "WITH x AS (PIVOT t ON a USING sum(b)) FROM x",
        "WITH x AS (SELECT 1) (SELECT 2)",
    ] {
        accepted(text);
    }
    refused_by("syntax", "WITH x AS (SELECT 1), SELECT 2");
    refused_by("syntax", "WITH x AS (COPY t TO 'x') SELECT 1");
    refused_by("syntax", "SELECT 1 UNION WITH x AS (SELECT 1) SELECT 2");
}

#[test]
fn clauses_are_read_in_their_order() {
    accepted(
        "SELECT DISTINCT ON (a, b) a, b: c FROM t, u WHERE a GROUP BY ALL HAVING c WINDOW w AS (), v AS (w) \
         QUALIFY d USING SAMPLE 10% ORDER BY ALL DESC NULLS LAST LIMIT 1 OFFSET 2",
    );
    accepted(
        "SELECT 1 GROUP BY a, (b, c), ROLLUP (d, (e, f)), CUBE (g,), GROUPING SETS ((h), (), ROLLUP (i)), ()",
    );
    accepted("SELECT rollup, cube, grouping FROM t GROUP BY rollup, cube");
    for text in [
        "SELECT a FROM t QUALIFY b WINDOW w AS ()",
        "SELECT a FROM t WHERE b WHERE c",
        "SELECT a FROM t GROUP BY b WHERE c",
        "FROM t WHERE b SELECT a",
        "SELECT a FROM t ORDER BY ALL, b",
        "SELECT a FROM t ORDER BY b,",
        "SELECT a LIMIT 1, 2",
        "SELECT FROM t",
        "SELECT DISTINCT FROM t",
        "SELECT a GROUP BY ROLLUP ()",
        "SELECT a year FROM t",
        "SELECT left FROM t",
        "SELECT (a,)",
        "SELECT f(a,)",
    ] {
        refused_by("syntax", text);
    }
    for text in ["SELECT a INTO b FROM t", "SELECT a FROM t FOR UPDATE"] {
        refused_by("construct-not-allowed", text);
    }
}

#[test]
fn sources_are_read() {
    for source in [
        "t",
        "s.t",
        "c.s.t x",
        "t AS x(a, b,)",
        "t AS 'x'",
        "'file.csv'",
        "(SELECT 1)",
        "((SELECT 1) UNION (SELECT 2)) x",
        "(FROM t) x(a)",
        "(VALUES (1, 2), (3, 4)) x(a, b)",
        "VALUES (1), (2) x, u",
        "x: (SELECT 1)",
        "LATERAL (SELECT 1) x",
        "t, LATERAL f(t.a) x",
        "range(3) r(a)",
        "f(1) WITH ORDINALITY AS x(a, b)",
        "s.f(1, b := 2)",
        "t TABLESAMPLE 10%",
        "t x TABLESAMPLE reservoir(20 ROWS) REPEATABLE (42)",
        "t TABLESAMPLE 10 PERCENT (bernoulli, 7)",
    ] {
        accepted(&format!("SELECT a FROM {source}"));
    }
    for source in [
        "(t)",
        "(t x)",
        "(t, u)",
        "t 'x'",
        "a.b.c.d",
        "VALUES (1)",
        "f(1).g(2)",
        "ONLY t",
        "x: t y",
        "LATERAL t",
        "(SHOW TABLES)",
        "(DESCRIBE t)",
        "t AT (VERSION => 1)",
    ] {
        refused_by("syntax", &format!("SELECT a FROM {source}"));
    }
}

#[test]
fn joins_are_read_with_what_belongs_to_them() {
    for source in [
        "t JOIN u ON a = b LEFT OUTER JOIN v USING (c,)",
        "t CROSS JOIN u NATURAL JOIN v POSITIONAL JOIN w",
        "t ASOF JOIN u ON a >= b",
        "t ASOF LEFT JOIN u USING (a, b)",
        "t SEMI JOIN u ON a ANTI JOIN v USING (b)",
        "t NATURAL FULL OUTER JOIN u",
        "t JOIN LATERAL (SELECT 1) x ON true",
        "t JOIN (u JOIN v ON a) ON b",
        "((SELECT 1) x JOIN u USING (a))",
        "(((SELECT 1) UNION (SELECT 2)) JOIN u ON a)",
    ] {
        accepted(&format!("SELECT a FROM {source}"));
    }
    for (short, long) in [
        ("t JOIN u JOIN v ON a ON b", "t JOIN (u JOIN v ON a) ON b"),
        ("t JOIN u CROSS JOIN v ON a", "t JOIN (u CROSS JOIN v) ON a"),
    ] {
        same(
            &format!("SELECT a FROM {short}"),
            &format!("SELECT a FROM {long}"),
        );
    }
    for source in [
        "t JOIN u",
        "t CROSS JOIN u ON a",
        "t NATURAL CROSS JOIN u",
        "t LEFT SEMI JOIN u ON a",
        "t OUTER JOIN u ON a",
        "t ASOF u",
    ] {
        refused_by("syntax", &format!("SELECT a FROM {source}"));
    }
    refused_by("construct-not-allowed", "SELECT a FROM (t JOIN u ON b) x");
}

#[test]
fn pivots_are_read_as_statements_and_in_from() {
    for text in [
        "PIVOT t ON a USING sum(b) AS s, max(c) GROUP BY d, e ORDER BY d LIMIT 1",
        "PIVOT t ON a IN (1, 2 AS two), b || c USING sum(d) + 1",
        "PIVOT t ON a IN (SELECT b FROM u) USING sum(c)",
        "PIVOT t ON a IN names USING sum(c)",
        "PIVOT t USING sum(a) GROUP BY b",
        "PIVOT (FROM t) x ON a UNION ALL PIVOT t ON b",
        "FROM (PIVOT t ON a) SELECT b",
        "SELECT * FROM t PIVOT (sum(a) AS s FOR b IN (1, 2) c IN ('x') GROUP BY d) p(e, f)",
        "SELECT * FROM t PIVOT (sum(a) FOR (b, c) IN ((1, 2))) PIVOT (max(d) FOR e IN (1))",
        "SELECT * FROM t JOIN u USING (a) PIVOT (sum(b) FOR c IN (1))",
        "UNPIVOT t ON a, b INTO NAME n VALUE v",
        "UNPIVOT t ON (a, b) AS x, (c, d) INTO NAME n VALUES v, w",
        "UNPIVOT t ON COLUMNS(* EXCLUDE (a))",
        "SELECT * FROM t UNPIVOT INCLUDE NULLS (v FOR n IN (a AS x, b)) u",
        "SELECT * FROM t UNPIVOT ((v, w) FOR n IN ((a, b), (c, d)))",
    ] {
        accepted(text);
    }
    for text in [
        "PIVOT t",
        "PIVOT t ON a GROUP BY t.b",
        "PIVOT t ON a WHERE b",
        "UNPIVOT t ON a INTO VALUE v NAME n",
        "UNPIVOT t INCLUDE NULLS ON a",
        "SELECT * FROM t PIVOT (sum(a) FOR b)",
        "SELECT * FROM t PIVOT (sum(a) FOR b IN (SELECT 1))",
        "SELECT * FROM t UNPIVOT (v FOR (n, m) IN (a))",
    ] {
        refused_by("syntax", text);
    }
    refused_by(
        "construct-not-allowed",
        "PIVOT t JOIN u USING (a) ON b USING sum(c)",
    );
}
