//! What can't be read or is not let through, and what is said about it.

use super::{accepted, place, refused, refused_by};

#[test]
fn other_statements_do_not_begin_a_query() {
    for text in [
        "DROP TABLE t",
        "COPY t TO 'x'",
        "EXPLAIN SELECT 1",
        "DESCRIBE t",
        "(INSERT INTO t VALUES (1))",
        "1",
        "'x'",
    ] {
        refused_by("only-queries", text);
    }
    for text in [
        "WITH x AS (DELETE FROM t RETURNING *) FROM x",
        "WITH x AS (SELECT 1) INSERT INTO t FROM x",
        "SELECT * FROM (DELETE FROM t)",
        "FROM (UPDATE t SET a = 1)",
    ] {
        refused_by("read-only", text);
    }
    accepted("SELECT delete, \"insert\" FROM update merge");
    refused_by("empty", " ; -- nothing");
    refused_by("one-statement", "SELECT 1; SELECT 2");
    assert!(
        refused("SHOW TABLES")
            .hint
            .is_some_and(|hint| hint.contains("/schema"))
    );
}

#[test]
fn forms_that_lexers_cut_differently_are_refused() {
    for text in [
        "E'a'",
        "x'41'",
        "B'1'",
        "N'a'",
        "U&'a'",
        "$1a$a$1a$",
        "0xFF",
        "1a",
        "1.a",
        "1e",
        "1__0",
    ] {
        refused_by("literal-form", &format!("SELECT {text}"));
    }
    for text in [
        "a||-1", "a^-1", "a//-1", "a->-1", "a!=-1", "a ~~~ b", "a !~~~ b", "a =~ b", "a *** b",
    ] {
        refused_by("operator-form", &format!("SELECT {text}"));
    }
    for text in ["a=-1", "a*-1", "a<-1", "a- -1", "a+-1", "a>=-1", "a<>+1", "10%3"] {
        accepted(&format!("SELECT {text}"));
    }
    refused_by("adjacent-strings", "SELECT 'a' 'b'");
    refused_by("adjacent-strings", "SELECT 'a'\n'b'");
    refused_by("nested-comment", "SELECT 1 /* a /* b */ c */");
    for text in [
        "SELECT 'a",
        "SELECT \"a",
        "SELECT \"\"",
        "SELECT /* a",
        "SELECT `a`",
        "SELECT !a",
        "SELECT @a",
    ] {
        refused_by("syntax", text);
    }
    for text in [
        "SELECT\u{a0}1",
        "SELECT 1\u{0}",
        "SELECT 1 -- a\rFROM t",
        "SELECT '\u{202e}'",
    ] {
        refused_by("character", text);
    }
    accepted("SELECT 1\r\n\t-- a\r\n");
}

#[test]
fn a_misspelled_keyword_is_named_where_it_stands() {
    for (text, meant, column) in [
        ("SELCT a FROM t", "SELECT", 1),
        ("SELECT a FORM t", "FROM", 10),
        ("SELECT a FROM t WHER b = 1", "WHERE", 17),
        ("SELECT a FROM t GRUOP BY a", "GROUP", 17),
        ("SELECT a FROM t ODER BY a", "ORDER", 17),
        ("SELECT a FROM t LIMT 3", "LIMIT", 17),
    ] {
        let rejection = refused(text);
        let hint = rejection.hint.clone().unwrap_or_default();
        assert!(hint.contains(&format!("`{meant}`")), "{text}: {rejection:?}");
        assert_eq!(place(&rejection), (1, column), "{text}");
    }
}

#[test]
fn forms_of_other_dialects_are_explained() {
    for (text, part) in [
        ("SELECT TOP 10 a FROM t", "LIMIT"),
        ("SELECT a FROM t LIMIT 1, 2", "OFFSET"),
        ("SELECT * EXCEPT (a) FROM t", "EXCLUDE"),
        ("SELECT `a` FROM t", "double quotes"),
        ("SELECT [a b] FROM t", ""),
        (
            "SELECT last_value(a) IGNORE NULLS OVER () FROM t",
            "inside the brackets",
        ),
        ("SELECT a year FROM t", "AS"),
        ("SELECT order FROM t", "double quotes"),
        ("SELECT a LIKE ANY ('x') FROM t", "OR"),
        ("SELECT a FROM t WHERE b = c = d", "AND"),
    ] {
        let rejection = refused(text);
        let hint = rejection.hint.clone().unwrap_or_default();
        assert!(hint.contains(part), "{text}: {rejection:?}");
    }
}

#[test]
fn places_count_lines_and_characters_from_one() {
    assert_eq!(place(&refused("SELECT a\nFROM t WHERE\n  )")), (3, 3));
    assert_eq!(place(&refused("SELECT 'äöü', )")), (1, 15));
    assert_eq!(place(&refused("SELECT a FROM")), (1, 14));
}

#[test]
fn a_comparison_as_an_argument_is_no_named_argument() {
    let tree = super::tree("SELECT sum(a = 1 AND b), f(c := 2)");
    assert_eq!(tree.matches("Argument { name: None").count(), 1, "{tree}");
    assert_eq!(tree.matches("Argument { name: Some").count(), 1, "{tree}");
}
