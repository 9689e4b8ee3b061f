//! Datasets that nobody described: plain column names are vocabulary enough.

mod support;

use serde_json::{Value, json};
use support::{declined, json as plan_json, planned, undescribed};

/// Every field of `expected` is in the plan, with that value.
fn check(dataset: &str, question: &str, expected: Value) {
    let made = plan_json(&planned(question, &undescribed(dataset)).plan);
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(&made[field], value, "{question}: {field} of {made}");
    }
}

#[test]
fn averages_are_grouped() {
    check(
        "employees",
        "average salary by department",
        json!({"group_by": ["department"], "select": [{"column": "department"}, {"column": "salary", "agg": "avg", "round": 2, "as": "avg_salary"}]}),
    );
}

#[test]
fn rows_are_ranked_by_what_an_adjective_speaks_of() {
    check(
        "employees",
        "who are the 5 highest paid employees?",
        json!({"order_by": [{"expr": "salary", "dir": "desc"}], "limit": 5}),
    );
    check(
        "films",
        "longest films",
        json!({"order_by": [{"expr": "runtime_minutes", "dir": "desc"}], "limit": 10}),
    );
    check(
        "films",
        "shortest film",
        json!({"order_by": [{"expr": "runtime_minutes", "dir": "asc"}], "limit": 1}),
    );
}

#[test]
fn groups_of_another_table_show_its_name() {
    check(
        "films",
        "which director has the most films?",
        json!({"table": "films", "group_by": ["directors.name", "directors.director_id"], "limit": 1}),
    );
    check(
        "films",
        "total box office by country",
        json!({"group_by": ["directors.country"]}),
    );
}

#[test]
fn values_become_conditions() {
    check(
        "employees",
        "how many people work in Engineering?",
        json!({"filters": [{"column": "department", "op": "=", "value": "Engineering"}]}),
    );
    check(
        "films",
        "films by Hayao Miyazaki",
        json!({"filters": [{"column": "directors.name", "op": "=", "value": "Hayao Miyazaki"}]}),
    );
    check(
        "employees",
        "human resources staff in Lisbon or Oslo",
        json!({"filters": [
            {"column": "department", "op": "=", "value": "Human Resources"},
            {"column": "office_city", "op": "in", "value": ["Lisbon", "Oslo"]},
        ]}),
    );
}

#[test]
fn flags_become_conditions_and_rates() {
    check(
        "films",
        "films that did not win an oscar",
        json!({"filters": [{"column": "won_oscar", "op": "=", "value": false}]}),
    );
    let rate = plan_json(
        &planned(
            "what share of employees are remote in each department",
            &undescribed("employees"),
        )
        .plan,
    );
    assert_eq!(rate["select"][1]["agg"], "rate");
    assert_eq!(
        rate["select"][1]["where"],
        json!({"column": "remote", "op": "=", "value": true})
    );
}

#[test]
fn comparisons_find_their_column() {
    check(
        "films",
        "films longer than 120 minutes",
        json!({"filters": [{"column": "runtime_minutes", "op": ">", "value": 120}]}),
    );
    check(
        "employees",
        "staff between 30 and 40 years old",
        json!({"filters": [{"column": "age", "op": "between", "value": [30, 40]}]}),
    );
    check(
        "employees",
        "employees earning over 100k",
        json!({"filters": [{"column": "salary", "op": ">", "value": 100_000}]}),
    );
    check(
        "employees",
        "departments with more than 50 employees",
        json!({"having": [{"column": "employee_count", "op": ">", "value": 50}]}),
    );
}

#[test]
fn time_binds_the_column_that_is_named() {
    check(
        "employees",
        "employees hired in the last year",
        json!({"window": {"column": "hire_date", "last": 1, "unit": "year"}}),
    );
    check(
        "films",
        "how many films per year",
        json!({"group_by": ["year"], "order_by": [{"expr": "year", "dir": "asc"}]}),
    );
    check(
        "films",
        "films released after 2000",
        json!({"filters": [{"column": "release_date", "op": ">=", "value": "2001-01-01"}]}),
    );
    check(
        "employees",
        "employees without a termination date",
        json!({"filters": [{"column": "termination_date", "op": "is_null"}]}),
    );
}

#[test]
fn misspellings_are_read_and_said() {
    let planned = planned("avrage salery by departmnt", &undescribed("employees"));
    assert_eq!(plan_json(&planned.plan)["group_by"], json!(["department"]));
    assert!(
        planned
            .assumptions
            .iter()
            .any(|assumption| assumption.contains("salery")),
        "{:?}",
        planned.assumptions
    );
}

#[test]
fn a_value_that_is_not_there_is_not_dropped() {
    assert!(
        declined("employees in Paris", &undescribed("employees"))
            .reason
            .contains("Paris")
    );
    assert!(
        declined("films with the word love", &undescribed("films"))
            .reason
            .contains("love")
    );
}

#[test]
fn a_directory_of_tables_without_relationships_still_answers() {
    let mut films = undescribed("films");
    films.relationships.clear();
    assert_eq!(
        plan_json(&planned("average rating by genre", &films).plan)["table"],
        "films"
    );
}
