//! Aggregates over a join that repeats rows equal the same, computed by hand on rows that were made distinct
//! before.

use super::support::{cinema, engine};
use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::limits::Limits;
use duckdb::Connection;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

fn rows(engine: &Connection, sql: &str) -> Vec<Vec<Option<String>>> {
    let text = format!("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql}) AS answer ORDER BY ALL");
    let mut statement = engine
        .prepare(&text)
        .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    let mut rows = statement
        .query([])
        .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    let mut found = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        let width = row.as_ref().column_count();
        found.push((0..width).map(|index| row.get(index).expect("text")).collect());
    }
    found
}

/// Films, cinemas and screenings with whatever numbers there are.
fn fill(engine: &Connection, numbers: &[(u8, u8, u8)]) {
    let clear = "DELETE FROM screenings; DELETE FROM films; DELETE FROM cinemas;
        INSERT INTO cinemas VALUES (1, 'Roxy', 'Oslo', 100), (2, 'Odeon', 'Turku', 0), (3, 'Apollo', 'Oslo', NULL)";
    engine.execute_batch(clear).expect("the tables are there");
    for film in 0..6u8 {
        let budget = numbers.get(usize::from(film)).map(|(number, ..)| number / 16);
        let budget = budget
            .filter(|budget| *budget > 0)
            .map_or("NULL".into(), |budget| budget.to_string());
        let row = format!(
            "INSERT INTO films VALUES ({film}, 'F{film}', 'Drama', NULL, {budget}, NULL, {})",
            film % 2 == 0
        );
        engine.execute_batch(&row).expect("a film");
    }
    for (index, (film, cinema, visitors)) in numbers.iter().enumerate() {
        let row = format!(
            "INSERT INTO screenings VALUES ({index}, {}, {}, TIMESTAMP '2026-01-01', {visitors}, 1, false)",
            film % 6,
            1 + cinema % 3
        );
        engine.execute_batch(&row).expect("a screening");
    }
}

#[test]
fn whatever_the_rows_are_each_of_the_one_side_counts_once() {
    let engine = engine();
    let items = json!([{"column": "cinemas.city"}, {"column": "budget", "agg": "sum"}, {"column": "budget", "agg": "avg"},
        {"agg": "count"}, {"agg": "rate", "where": {"column": "dubbed", "op": "=", "value": true}, "round": 6},
        {"column": "screenings.visitors", "agg": "sum"}]);
    let plan = json!({"dataset_id": "cinema", "table": "films", "select": items}).to_string();
    let accepted = check(&UntrustedQueryText::Plan(&plan), &cinema(), &Limits::default()).expect("accepted");
    let by_hand = format!(
        "SELECT city, sum(budget), avg(budget), count(*), round(100.0 * count(*) FILTER (WHERE dubbed) / count(*), 6),
            any_value(visitors)
         FROM ({FILMS_PER_CITY}) JOIN (SELECT c.city, sum(s.visitors) AS visitors
            FROM screenings s JOIN cinemas c USING (cinema_id) GROUP BY c.city) USING (city) GROUP BY city"
    );
    let numbers = proptest::collection::vec(any::<(u8, u8, u8)>(), 0..40);
    let config = Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&numbers, |numbers| {
            fill(&engine, &numbers);
            prop_assert_eq!(rows(&engine, &accepted.sql), rows(&engine, &by_hand));
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}\n{}", accepted.sql));
}

#[track_caller]
fn equal(table: &str, select: Value, by_hand: &str) {
    let plan = json!({"dataset_id": "cinema", "table": table, "select": select}).to_string();
    let accepted = check(&UntrustedQueryText::Plan(&plan), &cinema(), &Limits::default())
        .unwrap_or_else(|rejection| panic!("{}", rejection.message));
    let engine = engine();
    let (found, expected) = (rows(&engine, &accepted.sql), rows(&engine, by_hand));
    assert!(!expected.is_empty());
    assert_eq!(found, expected, "{}", accepted.sql);
}

/// Films per city of the cinemas that show them: a film is shown many times in one city.
const FILMS_PER_CITY: &str = "SELECT DISTINCT c.city, f.* FROM screenings s JOIN films f USING (film_id) LEFT JOIN cinemas c USING (cinema_id)";

#[test]
fn values_of_the_one_side_count_once_per_group() {
    for (aggregate, by_hand) in [
        ("sum", "sum(budget)"),
        ("avg", "avg(budget)"),
        ("min", "min(budget)"),
        ("max", "max(budget)"),
        ("median", "median(budget)"),
        ("stddev", "stddev(budget)"),
        ("count", "count(budget)"),
        ("count_distinct", "count(DISTINCT budget)"),
    ] {
        equal(
            "films",
            json!([{"column": "cinemas.city"}, {"column": "budget", "agg": aggregate}]),
            &format!("SELECT city, {by_hand} FROM ({FILMS_PER_CITY}) GROUP BY city"),
        );
    }
}

#[test]
fn rows_of_the_one_side_are_counted_once_per_group() {
    equal(
        "films",
        json!([{"column": "cinemas.city"}, {"agg": "count"}]),
        &format!("SELECT city, count(*) FROM ({FILMS_PER_CITY}) GROUP BY city"),
    );
    equal(
        "films",
        json!([{"column": "cinemas.city"}, {"agg": "rate", "where": {"column": "dubbed", "op": "=", "value": true}}]),
        &format!(
            "SELECT city, 100.0 * count(*) FILTER (WHERE dubbed) / count(*) FROM ({FILMS_PER_CITY}) GROUP BY city"
        ),
    );
}

#[test]
fn percentiles_of_the_one_side_take_each_row_once() {
    equal(
        "films",
        json!([{"column": "cinemas.city"}, {"expression": {"percentile": {"of": {"column": "budget"}, "percent": 75}}}]),
        &format!("SELECT city, quantile_cont(budget, 0.75) FROM ({FILMS_PER_CITY}) GROUP BY city"),
    );
}

#[test]
fn conditions_on_the_many_side_choose_rows_of_the_one_side() {
    let crowded = json!({"column": "screenings.visitors", "op": ">", "value": 20});
    equal(
        "films",
        json!([{"column": "cinemas.city"}, {"column": "budget", "agg": "sum", "where": crowded}]),
        "SELECT city, sum(budget) FILTER (WHERE crowded) FROM (
            SELECT c.city, f.film_id, f.budget, bool_or(s.visitors > 20) AS crowded
            FROM screenings s JOIN films f USING (film_id) LEFT JOIN cinemas c USING (cinema_id)
            GROUP BY c.city, f.film_id, f.budget) GROUP BY city",
    );
}

#[test]
fn sums_of_both_sides_stand_beside_one_another() {
    equal(
        "screenings",
        json!([{"column": "films.genre"}, {"column": "visitors", "agg": "sum"}, {"column": "films.budget", "agg": "sum"}]),
        "SELECT f.genre, sum(s.visitors), any_value(b.budget) FROM screenings s LEFT JOIN films f USING (film_id)
         LEFT JOIN (SELECT genre, sum(budget) AS budget FROM films WHERE film_id IN (SELECT film_id FROM screenings)
            GROUP BY genre) b ON b.genre IS NOT DISTINCT FROM f.genre GROUP BY f.genre",
    );
}
