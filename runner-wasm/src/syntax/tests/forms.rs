//! Forms of values: short ones mean the same as long ones.

use super::{accepted, refused_by, same_expression, tree};

#[test]
fn keyword_syntax_is_the_function_that_duckdb_makes_of_it() {
    for (short, long) in [
        ("EXTRACT(year FROM a)", "date_part('year', a)"),
        ("EXTRACT(YEARS FROM a)", "date_part('year', a)"),
        ("EXTRACT('dow' FROM a)", "date_part('dow', a)"),
        ("SUBSTRING(a FROM 2 FOR 3)", "substring(a, 2, 3)"),
        ("SUBSTRING(a FOR 3 FROM 2)", "substring(a, 2, 3)"),
        ("SUBSTRING(a FOR 3)", "substring(a, 1, CAST(3 AS integer))"),
        ("TRIM(BOTH 'x' FROM a)", "trim(a, 'x')"),
        ("TRIM(LEADING FROM a)", "ltrim(a)"),
        ("TRIM(TRAILING 'x' FROM a)", "rtrim(a, 'x')"),
        ("a AT TIME ZONE 'UTC'", "timezone('UTC', a)"),
        ("a ISNULL", "a IS NULL"),
        ("a NOTNULL", "a IS NOT NULL"),
        ("a NOT NULL", "a IS NOT NULL"),
        ("a != b", "a <> b"),
        ("a ** b", "a ^ b"),
        ("a = SOME (SELECT 1)", "a = ANY (SELECT 1)"),
        ("ARRAY[1, 2]", "[1, 2]"),
        ("1_000", "1000"),
        ("$$it's$$", "'it''s'"),
        ("$$a$b$$", "'a$b'"),
        ("$$$$", "''"),
        ("$tag$a$$b$ta$tag$", "'a$$b$ta'"),
        ("a !~~* b = c", "(a !~~* b) = c"),
        ("f(a => 1)", "f(a := 1)"),
        ("sum(a) FILTER (b)", "sum(a) FILTER (WHERE b)"),
        ("a: b + 1", "b + 1 AS a"),
        ("INTERVAL 3 days", "INTERVAL 3 DAY"),
        ("CAST(a AS DOUBLE PRECISION)", "CAST(a AS double)"),
        ("CAST(a AS CHARACTER VARYING(10))", "CAST(a AS varchar(10))"),
        ("a::TIMESTAMP WITH TIME ZONE", "a::timestamptz"),
        ("a::TIME WITHOUT TIME ZONE", "a::time"),
    ] {
        same_expression(short, long);
    }
    assert!(tree("SELECT position('a' IN b)").contains("\"position\""));
}

#[test]
fn values_of_every_form_are_read() {
    for text in [
        "1, 1., .5, 1.5, 1e6, 1.5E-3, 'it''s', \"a\"\"b\", NULL, TRUE, FALSE",
        "DATE '2026-01-01', date'2026-01-01', timestamptz '2026-01-01', DECIMAL(3, 1) '1.5', uuid 'x'",
        "INTERVAL 1 DAY, INTERVAL '1' MONTH, INTERVAL (a + b) HOUR, INTERVAL '1 day', INTERVAL (a)",
        "a, t.a, s.t.a, a[1], a[1:2], a[:], a[1:], a[:-1], a[1:9:2], a.b[1].c, (a).b, (a.b).c",
        "(1).f(), [1].f(2).g(), f(a).b, f(a)[1], f(a).g(), t.a.upper().lower(), (SELECT 1)[1]",
        "{'a': 1, b: 2,}, MAP {'a': 1}, MAP {}, [], [1, 2,], ROW(1), ROW(), (1, 2), ARRAY(SELECT 1)",
        "[x * 2 FOR x IN l], [x FOR x, i IN l IF i > 1], [x FOR x IN (l || m) IF x > 1]",
        "f(x -> x + 1), f((x, y) -> x), f(lambda x: x + 1), f(lambda x, y: x, 2)",
        "CASE WHEN a THEN b END, CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END",
        "CAST(a AS INTEGER), TRY_CAST(a AS INTEGER[]), a::INTEGER[3], a::STRUCT(x INTEGER, y TEXT[])",
        "a::MAP(TEXT, INTEGER), a::UNION(x INTEGER), a::foo.bar, a::DECIMAL(10, 2), a::INTEGER ARRAY",
        "EXISTS (SELECT 1), (SELECT 1), NOT EXISTS (FROM t), a = ANY ([1, 2]), a <> ALL (VALUES (1))",
        "COALESCE(a, b,), NULLIF(a, b), GROUPING(a), GROUPING_ID(a, b), OVERLAY(a PLACING b FROM 1)",
        "a IN (1, 2,), a IN (SELECT 1), a IN ((SELECT 1)), a IN ((SELECT 1), 2), a IN b.c, a NOT IN f(b)",
        "a LIKE 'x' ESCAPE '!', a NOT ILIKE 'x', a SIMILAR TO 'x', a GLOB 'x', a ~ 'x', a !~ 'x'",
        "a @> b, a <@ b, a && b, a ^@ b, a & b, a | b, a << b, a >> b, a -> 'x', a ->> '$.x'",
        "a IS TRUE, a IS NOT FALSE, a IS UNKNOWN, a IS NOT DISTINCT FROM b, a BETWEEN ASYMMETRIC 1 AND 2",
        "count(*), count(), count(DISTINCT a), f(ALL a), s.f(a), f(a ORDER BY b DESC NULLS LAST)",
        "f(a) WITHIN GROUP (ORDER BY b), f(a IGNORE NULLS) OVER w, f(a) FILTER (b) OVER (w ORDER BY c)",
        "#1, ?, $1, $name, a COLLATE nocase, current_date, a + 1 AS \"from\", b AS select, c AS 'text'",
        "left(a, 1), \"left\", year, year(a), date, values, replace(a, b, c), a AS \"b\", t.select, if(a, b, c)",
    ] {
        accepted(&format!("SELECT {text}"));
    }
}

#[test]
fn stars_and_columns_are_read() {
    for text in [
        "*",
        "t.*",
        "* EXCLUDE a",
        "* EXCLUDE (a, t.b,)",
        "* REPLACE (a + 1 AS a)",
        "* REPLACE a + 1 AS a",
        "* RENAME (a AS b)",
        "* EXCLUDE (a) REPLACE (b AS c) RENAME d AS e",
        "* LIKE 'a%'",
        "t.* NOT ILIKE 'a%'",
        "COLUMNS(*)",
        "COLUMNS('a.*') + 1",
        "COLUMNS(* EXCLUDE (a))",
        "COLUMNS(c -> c LIKE 'a%')",
        "COLUMNS(lambda c: c = 'a')",
        "COLUMNS([a, b])::INTEGER",
        "coalesce(*COLUMNS('a.*'))",
    ] {
        accepted(&format!("SELECT {text} FROM t"));
    }
    assert!(tree("SELECT * LIKE 'a%' FROM t").contains("like: Some"));
    refused_by("syntax", "SELECT * EXCEPT (a) FROM t");
    refused_by("syntax", "SELECT * RENAME (a AS b) EXCLUDE (c) FROM t");
}

#[test]
fn windows_are_read() {
    for text in [
        "()",
        "(w)",
        "(PARTITION BY a, b ORDER BY c)",
        "(ROWS 1 PRECEDING)",
        "(ORDER BY a RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND CURRENT ROW EXCLUDE TIES)",
        "(GROUPS UNBOUNDED PRECEDING EXCLUDE GROUP)",
        "(ROWS BETWEEN a + 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE NO OTHERS)",
        "rows",
    ] {
        accepted(&format!("SELECT sum(a) OVER {text} FROM t"));
    }
    for text in [
        "(ROWS UNBOUNDED FOLLOWING)",
        "(ROWS BETWEEN CURRENT ROW AND 1 PRECEDING)",
        "(ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW)",
        "(PARTITION BY a,)",
        "(ORDER BY ALL)",
    ] {
        refused_by("syntax", &format!("SELECT sum(a) OVER {text} FROM t"));
    }
    refused_by("syntax", "SELECT last(a IGNORE NULLS) FROM t");
}
