//! What plans mean: joins that never count a row twice, windows anchored to the data, orders that are
//! the same every time, and errors that point at the field.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::{Acceptance, Place, Rejection};
use csv_analyst_protocol::limits::Limits;
use serde_json::{Value, json};

fn decide(table: &str, mut plan: Value) -> Result<Acceptance, Rejection> {
    let dataset: Dataset = serde_json::from_str(include_str!("../cases/dataset.json")).expect("valid");
    plan["dataset_id"] = json!("cinema");
    plan["table"] = json!(table);
    check(
        &UntrustedQueryText::Plan(&plan.to_string()),
        &dataset,
        &Limits::default(),
    )
}

fn accepted(table: &str, plan: Value) -> Acceptance {
    decide(table, plan).unwrap_or_else(|rejection| panic!("{}: {}", rejection.rule, rejection.message))
}

fn refused(table: &str, plan: Value) -> Rejection {
    match decide(table, plan) {
        Ok(acceptance) => panic!("accepted: {}", acceptance.sql),
        Err(rejection) => rejection,
    }
}

#[track_caller]
fn compiles_to(table: &str, plan: Value, lines: &[&str]) {
    assert_eq!(accepted(table, plan).sql.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn a_plan_without_items_lists_its_table_by_primary_key() {
    compiles_to(
        "cinemas",
        json!({"limit": 7}),
        &[
            "SELECT cinema_id, name, city, seats",
            "FROM cinemas",
            "ORDER BY cinema_id",
            "LIMIT 7",
        ],
    );
}

#[test]
fn a_film_shown_twice_counts_once_per_city() {
    let rate = json!({"agg": "rate", "where": {"column": "dubbed", "op": "=", "value": true}});
    let answer = accepted("films", json!({"select": [{"column": "cinemas.city"}, rate]}));
    assert_eq!(
        answer.sql.lines().collect::<Vec<_>>(),
        [
            "SELECT cinemas.city, 100.0 * count(DISTINCT films.film_id) FILTER (WHERE films.dubbed = TRUE) / \
         nullif(count(DISTINCT films.film_id), 0) AS rate",
            "FROM screenings",
            "LEFT JOIN cinemas ON screenings.cinema_id = cinemas.cinema_id",
            "JOIN films ON screenings.film_id = films.film_id",
            "GROUP BY cinemas.city",
            "ORDER BY cinemas.city",
            "LIMIT 10000",
        ]
    );
    assert_eq!(
        answer.notes,
        ["Each film counts once per group, however many rows of `screenings` belong to it."]
    );
}

#[test]
fn a_sum_over_the_one_side_adds_each_row_once() {
    let answer = accepted(
        "films",
        json!({"select": [{"column": "cinemas.city"}, {"column": "budget", "agg": "sum"}]}),
    );
    assert!(
        answer.sql.contains(
            "list_sum(list_transform(list(DISTINCT {'key': films.film_id, 'value': films.budget}), \
             lambda entry: (entry).value)) AS sum_budget"
        ),
        "{}",
        answer.sql
    );
}

#[test]
fn a_sum_over_the_many_side_needs_no_such_care() {
    compiles_to(
        "screenings",
        json!({"select": [{"column": "films.genre"}, {"measure": "takings"}],
        "order_by": [{"expr": "takings", "dir": "desc"}]}),
        &[
            "SELECT films.genre, sum(screenings.price * screenings.visitors) AS takings",
            "FROM screenings",
            "LEFT JOIN films ON screenings.film_id = films.film_id",
            "GROUP BY films.genre",
            "ORDER BY takings DESC NULLS LAST, films.genre",
            "LIMIT 10000",
        ],
    );
}

#[test]
fn a_filter_over_the_many_side_asks_whether_one_row_meets_it() {
    compiles_to(
        "films",
        json!({"select": [{"agg": "count", "as": "n"}], "filters": [
        {"column": "cinemas.city", "op": "=", "value": "Oslo"},
        {"column": "screenings.visitors", "op": ">", "value": 100},
        {"column": "dubbed", "op": "=", "value": false}]}),
        &[
            "SELECT count(*) AS n",
            "FROM films",
            "WHERE films.dubbed = FALSE AND films.film_id IN (",
            "  SELECT screenings.film_id",
            "  FROM screenings",
            "  LEFT JOIN cinemas ON screenings.cinema_id = cinemas.cinema_id",
            "  WHERE cinemas.city = 'Oslo' AND screenings.visitors > 100",
            ")",
            "LIMIT 10000",
        ],
    );
}

#[test]
fn two_many_sides_are_refused_together_and_named() {
    let rejection = refused(
        "films",
        json!({"select": [{"column": "screenings.visitors", "agg": "sum"}, {"column": "reviews.stars", "agg": "avg"}]}),
    );
    assert_eq!(rejection.rule, "chasm-trap");
    assert!(
        rejection.message.contains("reviews") && rejection.message.contains("screenings"),
        "{}",
        rejection.message
    );
}

#[test]
fn last_days_of_a_timestamp_end_at_the_newest_moment() {
    let answer = accepted(
        "screenings",
        json!({"select": [{"agg": "count"}], "window": {"column": "starts", "last": 7, "unit": "day"}}),
    );
    assert!(
        answer.sql.contains(
            "WHERE starts > TIMESTAMP '2026-01-25 22:30:00' AND starts <= TIMESTAMP '2026-02-01 22:30:00'"
        ),
        "{}",
        answer.sql
    );
    assert_eq!(
        answer.notes,
        ["Last 7 days of the data: 25 Jan 2026 22:30 to 1 Feb 2026 22:30."]
    );
}

#[test]
fn last_days_of_a_date_are_whole_days() {
    let answer = accepted(
        "films",
        json!({"select": [{"agg": "count"}], "window": {"column": "released", "last": 7, "unit": "day"}}),
    );
    assert!(
        answer
            .sql
            .contains("WHERE released > DATE '2026-01-25' AND released <= DATE '2026-02-01'"),
        "{}",
        answer.sql
    );
    assert_eq!(answer.notes, ["Last 7 days of the data: 26 Jan to 1 Feb 2026."]);
}

#[test]
fn a_day_compared_with_a_timestamp_means_the_whole_day() {
    let filter = |op: &str, value: Value| {
        let plan = json!({"select": [{"agg": "count"}], "filters": [{"column": "starts", "op": op, "value": value}]});
        let sql = accepted("screenings", plan).sql;
        sql.lines()
            .find_map(|line| line.strip_prefix("WHERE "))
            .expect("a filter")
            .to_string()
    };
    assert_eq!(
        filter("=", json!("2026-01-31")),
        "starts >= TIMESTAMP '2026-01-31 00:00:00' AND starts < TIMESTAMP '2026-02-01 00:00:00'"
    );
    assert_eq!(
        filter("<=", json!("2026-01-31")),
        "starts < TIMESTAMP '2026-02-01 00:00:00'"
    );
    assert_eq!(
        filter(">", json!("2026-01-31")),
        "starts >= TIMESTAMP '2026-02-01 00:00:00'"
    );
    assert_eq!(
        filter("between", json!(["2026-01-01", "2026-01-31"])),
        "starts >= TIMESTAMP '2026-01-01 00:00:00' AND starts < TIMESTAMP '2026-02-01 00:00:00'"
    );
    assert_eq!(
        filter(">", json!("2026-01-31 12:00:00")),
        "starts > TIMESTAMP '2026-01-31 12:00:00'"
    );
}

#[test]
fn the_latest_row_per_key_is_chosen_before_the_filters() {
    let answer = accepted(
        "screenings",
        json!({"select": [{"column": "cinema_id"}, {"column": "visitors"}],
        "latest": {"key": ["cinema_id"], "by": "starts"}, "filters": [{"column": "cancelled", "op": "=", "value": true}]}),
    );
    let inner = answer.sql.find(
        "QUALIFY row_number() OVER (PARTITION BY cinema_id ORDER BY starts DESC NULLS LAST, screening_id",
    );
    let outer = answer.sql.find(") AS screenings\nWHERE cancelled = TRUE");
    assert!(inner.is_some() && inner < outer, "{}", answer.sql);
}

#[test]
fn one_row_per_key_is_no_listing_of_everything() {
    let newest = accepted(
        "screenings",
        json!({"latest": {"key": ["cinema_id"], "by": "starts"}}),
    );
    let cap = format!("\nLIMIT {}", Limits::default().row_cap);
    assert!(newest.sql.ends_with(&cap), "{}", newest.sql);
}

#[test]
fn ordered_categories_sort_and_compare_by_their_meaning() {
    let rank = "CASE rating WHEN 'Universal' THEN 1 WHEN 'Teen' THEN 2 WHEN 'Adult' THEN 3 END";
    let answer = accepted(
        "films",
        json!({"group_by": ["rating"], "filters": [{"column": "rating", "op": ">=", "value": "Teen"}]}),
    );
    assert!(
        answer.sql.contains(&format!("WHERE {rank} >= 2")),
        "{}",
        answer.sql
    );
    assert!(
        answer.sql.contains(&format!("ORDER BY {rank}\n")),
        "{}",
        answer.sql
    );
}

#[test]
fn division_by_zero_is_nothing_and_not_an_error() {
    let mean = json!({"expression": {"divide": [{"aggregate": {"agg": "sum", "of": {"column": "visitors"}}},
        {"aggregate": {"agg": "count_distinct", "of": {"column": "film_id"}}}]}, "as": "per_film", "round": 1});
    compiles_to(
        "screenings",
        json!({"select": [mean]}),
        &[
            "SELECT round(sum(visitors) / nullif(count(DISTINCT film_id), 0), 1) AS per_film",
            "FROM screenings",
            "LIMIT 10000",
        ],
    );
}

#[test]
fn names_are_derived_and_stay_unique() {
    let answer = accepted(
        "screenings",
        json!({"select": [{"column": "starts", "bucket": "month"}, {"column": "price", "agg": "avg"},
        {"agg": "count"}, {"column": "films.film_id"}, {"column": "film_id"}, {"column": "visitors", "agg": "count_distinct"}]}),
    );
    let select = answer.sql.lines().next().expect("a line");
    for name in [
        "AS starts_month",
        "AS avg_price",
        "AS count,",
        "films.film_id,",
        "AS screenings_film_id",
        "AS count_distinct_visitors",
    ] {
        assert!(select.contains(name), "{name} in {select}");
    }
}

#[test]
fn having_repeats_the_aggregate_that_it_names() {
    let answer = accepted(
        "films",
        json!({"select": [{"column": "genre"}, {"column": "budget", "agg": "sum", "as": "budget"}],
        "having": [{"column": "budget", "op": ">", "value": 10}], "order_by": [{"expr": "budget", "dir": "desc"}]}),
    );
    assert!(
        answer
            .sql
            .contains("HAVING sum(budget) > 10\nORDER BY budget DESC NULLS LAST, genre"),
        "{}",
        answer.sql
    );
}

#[test]
fn errors_point_at_the_field_and_suggest_the_fix() {
    let cases = [
        (
            json!({"filters": [{"and": [{"column": "titel", "op": "=", "value": "x"}]}]}),
            "/filters/0/and/0/column",
            "did you mean `title`?",
        ),
        (
            json!({"select": [{"column": "budget"}, {"colum": "title"}]}),
            "/select/1/colum",
            "did you mean `column`?",
        ),
        (
            json!({"filters": [{"column": "budget", "op": "<", "value": "20"}]}),
            "/filters/0/value",
            "It takes a number, such as 20.",
        ),
        (
            json!({"filters": [{"column": "budget", "op": "in", "value": [1, "2"]}]}),
            "/filters/0/value/1",
            "It takes a number, such as 20.",
        ),
        (
            json!({"order_by": [{"expr": "bugdet"}]}),
            "/order_by/0/expr",
            "did you mean `budget`?",
        ),
        (
            json!({"group_by": ["gener"]}),
            "/group_by/0",
            "did you mean `genre`?",
        ),
        (
            json!({"select": [{"measure": "taking"}]}),
            "/select/0/measure",
            "did you mean `takings`?",
        ),
    ];
    for (plan, pointer, hint) in cases {
        let rejection = refused("films", plan);
        assert_eq!(
            rejection.place,
            Some(Place::Pointer(pointer.into())),
            "{}",
            rejection.message
        );
        assert_eq!(rejection.hint.as_deref(), Some(hint));
    }
}

#[test]
fn a_column_that_shares_its_name_with_another_output_is_ordered_by_with_its_table() {
    compiles_to(
        "films",
        json!({"select": [{"column": "genre", "as": "budget"}, {"column": "budget", "as": "x"}],
        "order_by": [{"expr": "X", "dir": "desc"}], "limit": 5}),
        &[
            "SELECT genre AS budget, budget AS x",
            "FROM films",
            "ORDER BY films.budget DESC NULLS LAST, genre",
            "LIMIT 5",
        ],
    );
    compiles_to(
        "films",
        json!({"select": [{"column": "title", "as": "Rating"}, {"column": "rating", "as": "x"}],
        "order_by": [{"expr": "x"}], "limit": 5}),
        &[
            "SELECT title AS Rating, rating AS x",
            "FROM films",
            "ORDER BY CASE films.rating WHEN 'Universal' THEN 1 WHEN 'Teen' THEN 2 WHEN 'Adult' THEN 3 END \
             NULLS LAST, title",
            "LIMIT 5",
        ],
    );
    compiles_to(
        "films",
        json!({"select": [{"column": "title", "as": "budget"}],
        "order_by": [{"expr": "films.budget", "dir": "desc"}], "limit": 5}),
        &[
            "SELECT title AS budget",
            "FROM films",
            "ORDER BY films.budget DESC NULLS LAST, title",
            "LIMIT 5",
        ],
    );
}

#[test]
fn a_plan_that_lists_a_whole_table_is_cut_like_sql() {
    let listed = accepted("films", json!({}));
    assert!(
        listed
            .sql
            .ends_with(&format!("\nLIMIT {}", Limits::default().max_rows)),
        "{}",
        listed.sql
    );
    assert_eq!(listed.notes.len(), 1);
    let dataset: Dataset = serde_json::from_str(include_str!("../cases/dataset.json")).expect("valid");
    let by_hand = check(
        &UntrustedQueryText::Sql("FROM films"),
        &dataset,
        &Limits::default(),
    )
    .expect("accepted");
    assert_eq!(listed.notes, by_hand.notes);
    let narrow = accepted("films", json!({"select": [{"column": "title"}]}));
    assert!(
        narrow
            .sql
            .ends_with(&format!("\nLIMIT {}", Limits::default().row_cap)),
        "{}",
        narrow.sql
    );
    assert!(narrow.notes.is_empty());
}
