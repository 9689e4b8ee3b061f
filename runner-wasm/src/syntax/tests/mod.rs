//! The grammar, construct by construct. What a text means is told by another text: the same one with
//! all its brackets, or the long form of a short one.

mod forms;
mod grouping;
mod limits;
mod queries;
mod refusals;

use super::untrusted;
use csv_analyst_protocol::gate::{Place, Rejection};

/// The tree of a query without its places, and without what is only spelling.
fn tree(sql: &str) -> String {
    let query = untrusted(sql).unwrap_or_else(|rejection| panic!("{sql}: {rejection:?}"));
    let text = format!("{query:?}");
    let mut parts = text.split("Place {");
    let mut tree = parts.next().unwrap_or_default().to_string();
    for part in parts {
        tree.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
    }
    tree.replace("quoted: true", "quoted: false")
}

/// Both texts mean the same.
#[track_caller]
fn same(left: &str, right: &str) {
    assert_eq!(tree(left), tree(right), "{left}\n{right}");
}

#[track_caller]
fn same_expression(left: &str, right: &str) {
    same(&format!("SELECT {left}"), &format!("SELECT {right}"));
}

#[track_caller]
fn accepted(sql: &str) {
    if let Err(rejection) = untrusted(sql) {
        panic!("{sql}: {rejection:?}");
    }
}

#[track_caller]
fn refused(sql: &str) -> Rejection {
    match untrusted(sql) {
        Ok(query) => panic!("{sql}: {query:?}"),
        Err(rejection) => *rejection,
    }
}

#[track_caller]
fn refused_by(rule: &str, sql: &str) {
    assert_eq!(refused(sql).rule, rule, "{sql}");
}

/// Line and column of a rejection.
fn place(rejection: &Rejection) -> (u64, u64) {
    match rejection.place {
        Some(Place::Text { line, column }) => (line, column),
        _ => (0, 0),
    }
}
