//! The sentence above the table.

mod support;

use csv_analyst_planner::{Answered, count_rows, describe_answer};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::run::{Cell, ResultColumn};
use serde_json::json;
use support::{built_in_dataset, planned};

/// A result with so many rows was not counted any further.
const ROW_CAP: u64 = 10_000;

fn answer(
    question: &str,
    dataset: &Dataset,
    columns: &[&str],
    rows: serde_json::Value,
    row_count: u64,
) -> String {
    let plan = planned(question, dataset).plan;
    let columns: Vec<ResultColumn> = columns
        .iter()
        .map(|name| ResultColumn {
            name: (*name).to_owned(),
            kind: "VARCHAR".to_owned(),
        })
        .collect();
    let rows: Vec<Vec<Cell>> = serde_json::from_value(rows).expect("rows");
    let answered = Answered {
        columns: &columns,
        rows: &rows,
        row_count,
        capped: row_count == ROW_CAP,
    };
    describe_answer(&plan, dataset, answered)
}

#[test]
fn groups_are_told_by_their_extremes() {
    let rows = json!([["Clothing", 18.02], ["Toys", 11.4], ["Books", 5.11]]);
    let said = answer(
        "Show me the return rate by category",
        &built_in_dataset("ecommerce"),
        &["category", "return_rate"],
        rows,
        3,
    );
    assert_eq!(
        said,
        "Return rate is highest for Clothing (18.02 %) and lowest for Books (5.11 %)."
    );
}

#[test]
fn a_top_list_does_not_claim_to_know_the_lowest() {
    let rows = json!([["Desk lamp", 17, 10234.5], ["Kettle", 4, 9000]]);
    let said = answer(
        "What are the top 10 products by revenue?",
        &built_in_dataset("ecommerce"),
        &["name", "product_id", "revenue"],
        rows,
        2,
    );
    assert_eq!(said, "Revenue is highest for Desk lamp ($10,234.5).");
}

#[test]
fn windows_are_said_in_dates_and_truncation_is_said() {
    let dataset = Dataset {
        now: Some("2026-01-31 00:00:00".to_owned()),
        ..built_in_dataset("ecommerce")
    };
    let rows = json!([[1, 2, "2026-01-30", "101.00", "returned", true]]);
    let columns = [
        "order_id",
        "customer_id",
        "order_date",
        "total",
        "status",
        "returned",
    ];
    let said = answer(
        "Show me returned orders over $100 in the last month",
        &dataset,
        &columns,
        rows,
        1416,
    );
    assert_eq!(
        said,
        "1,416 orders match, last month of the data (1 Jan 2026 to 31 Jan 2026). Showing 1 of 1,416 rows."
    );
}

#[test]
fn one_number_is_one_sentence() {
    let said = answer(
        "how many orders were cancelled?",
        &built_in_dataset("ecommerce"),
        &["order_count"],
        json!([[1234]]),
        1,
    );
    assert_eq!(said, "The number of orders is 1,234.");
}

#[test]
fn nothing_found_is_said() {
    let columns = ["name", "product_id", "category", "stock"];
    let said = answer(
        "Which products are out of stock?",
        &built_in_dataset("ecommerce"),
        &columns,
        json!([]),
        0,
    );
    assert_eq!(said, "No products match.");
}

#[test]
fn a_missing_number_is_not_zero() {
    let said = answer(
        "median resolution time",
        &built_in_dataset("support"),
        &["median_resolution_time_hours"],
        json!([[null]]),
        1,
    );
    assert_eq!(said, "There is no median resolution time.");
}

#[test]
fn entities_are_called_by_their_noun() {
    let columns = ["sensor_id", "location", "zone", "battery_pct", "timestamp"];
    let rows = json!([["S-1", "Roof", "North", 3.2, "2026-01-31 12:00:00"]]);
    assert_eq!(
        answer(
            "Which sensors have battery below 20%?",
            &built_in_dataset("sensors"),
            &columns,
            rows,
            1
        ),
        "1 sensor matches."
    );
}

#[test]
fn a_table_unlike_its_plan_is_only_counted() {
    let said = answer(
        "revenue by category",
        &built_in_dataset("ecommerce"),
        &["only_one"],
        json!([["x"], ["y"]]),
        2,
    );
    assert_eq!(said, "2 items match.");
}

#[test]
fn an_acronym_is_written_as_the_data_writes_it() {
    let rows = json!([["critical", 95.475], ["low", 70.0]]);
    let said = answer(
        "What's our SLA compliance rate by priority level?",
        &built_in_dataset("support"),
        &["priority", "sla_compliance_rate"],
        rows,
        2,
    );
    assert_eq!(
        said,
        "SLA compliance rate is highest for critical (95.475 %) and lowest for low (70.0 %)."
    );
}

#[test]
fn months_are_called_by_name_and_half_a_month_is_not_the_lowest() {
    let rows = json!([
        ["2025-08-01", 5120.5],
        ["2025-09-01", 9120.25],
        ["2025-10-01", 12040],
        ["2025-11-01", 8800],
    ]);
    let said = answer(
        "What's our revenue per month?",
        &built_in_dataset("ecommerce"),
        &["month", "revenue"],
        rows,
        4,
    );
    assert_eq!(
        said,
        "Revenue is highest for October 2025 ($12,040) and lowest for November 2025 ($8,800). August 2025 is \
         left out of this comparison, because it is not complete."
    );
}

#[test]
fn an_average_of_half_a_month_is_an_average() {
    let rows = json!([["2025-08-01", 3.5], ["2025-09-01", 4.25], ["2025-10-01", 4]]);
    let said = answer(
        "average price per month",
        &built_in_dataset("ecommerce"),
        &["month", "avg_price"],
        rows,
        3,
    );
    assert_eq!(
        said,
        "Average price is highest for September 2025 ($4.25) and lowest for August 2025 ($3.5)."
    );
}

#[test]
fn a_count_that_ended_early_is_told_as_such() {
    let columns = ["sensor_id", "timestamp", "location", "zone"];
    let rows = json!([["S-1", "2026-01-31 12:00:00", "Roof", "North"]]);
    let said = answer(
        "Show me all readings",
        &built_in_dataset("sensors"),
        &columns,
        rows,
        ROW_CAP,
    );
    assert_eq!(
        said,
        "10,000 or more readings match. Showing 1 of 10,000 or more rows."
    );
}

#[test]
fn the_highest_of_a_part_is_not_the_highest_of_all() {
    let rows = json!([["2025-08-05", 20], ["2025-08-06", 40]]);
    let said = answer(
        "number of orders per day",
        &built_in_dataset("ecommerce"),
        &["day", "order_count"],
        rows,
        180,
    );
    assert_eq!(
        said,
        "Among the rows shown, number of orders is highest for 6 Aug 2025 (40) and lowest for 5 Aug 2025 \
         (20). Showing 2 of 180 rows."
    );
}

#[test]
fn rows_are_counted_in_good_grammar() {
    assert_eq!(count_rows(1, false), "1 row");
    assert_eq!(count_rows(0, false), "0 rows");
    assert_eq!(count_rows(1_416, false), "1,416 rows");
    assert_eq!(count_rows(10_000, true), "10,000 or more rows");
}
