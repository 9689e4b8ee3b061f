//! Follow-ups and suggestions.

mod support;

use csv_analyst_planner::{Outcome, plan, suggest};
use serde_json::json;
use support::{built_in, built_in_dataset, followed, json as plan_json, planned, undescribed};

#[test]
fn only_last_month_adds_a_window() {
    let dataset = built_in_dataset("ecommerce");
    let before = planned("revenue by category", &dataset).plan;
    let after = plan_json(&followed("only last month", &dataset, &before));
    assert_eq!(
        after["window"],
        json!({"column": "orders.order_date", "last": 1, "unit": "month"})
    );
    assert_eq!(after["group_by"], json!(["category"]));
}

#[test]
fn by_something_instead_replaces_the_groups() {
    let dataset = built_in_dataset("support");
    let before = planned("average csat by category", &dataset).plan;
    let after = plan_json(&followed("by channel instead", &dataset, &before));
    assert_eq!(after["group_by"], json!(["channel"]));
    assert_eq!(after["select"][1]["as"], "avg_csat_score");
}

#[test]
fn another_value_replaces_the_condition() {
    let dataset = undescribed("employees");
    let before = planned("average salary in Engineering", &dataset).plan;
    let after = plan_json(&followed("what about Sales?", &dataset, &before));
    assert_eq!(
        after["filters"],
        json!([{"column": "department", "op": "=", "value": "Sales"}])
    );
}

#[test]
fn another_month_replaces_both_ends_of_the_range() {
    let dataset = built_in_dataset("ecommerce");
    let before = planned("how many orders in January by status", &dataset).plan;
    let after = plan_json(&followed("in December", &dataset, &before));
    assert_eq!(
        after["filters"],
        json!([
            {"column": "order_date", "op": ">=", "value": "2025-12-01"},
            {"column": "order_date", "op": "<", "value": "2026-01-01"},
        ])
    );
    let window = plan_json(&followed("only last week", &dataset, &before));
    assert_eq!(window["filters"], json!(null));
    assert_eq!(window["window"]["unit"], "week");
}

#[test]
fn a_day_replaces_a_window() {
    let dataset = built_in_dataset("sensors");
    let before = planned("anomalies by location in the last week", &dataset).plan;
    let after = plan_json(&followed("what about yesterday", &dataset, &before));
    assert_eq!(after["window"], json!(null));
    assert_eq!(after["filters"].as_array().map(Vec::len), Some(3));
}

#[test]
fn what_is_excluded_keeps_the_rest() {
    let dataset = built_in_dataset("ecommerce");
    let before = planned("number of orders by month", &dataset).plan;
    let after = plan_json(&followed("exclude cancelled", &dataset, &before));
    assert_eq!(
        after["filters"],
        json!([{"column": "status", "op": "!=", "value": "cancelled"}])
    );
    assert_eq!(after["group_by"], json!(["month"]));
}

#[test]
fn a_whole_question_starts_afresh() {
    let dataset = undescribed("employees");
    let before = planned("average salary by department", &dataset).plan;
    let question = "how many employees per office city";
    assert_eq!(
        followed(question, &dataset, &before),
        planned(question, &dataset).plan
    );
}

#[test]
fn another_aggregate_stands_beside_the_first_unless_instead_of_it() {
    let dataset = undescribed("employees");
    let before = planned("average salary by department", &dataset).plan;
    let both = plan_json(&followed("and the median?", &dataset, &before));
    assert_eq!(both["select"][1]["as"], "avg_salary");
    assert_eq!(both["select"][2]["as"], "median_salary");
    let one = plan_json(&followed("the median instead", &dataset, &before));
    assert_eq!(one["select"].as_array().map(Vec::len), Some(2));
    assert_eq!(one["order_by"], json!([{"expr": "median_salary", "dir": "desc"}]));
}

#[test]
fn what_is_left_out_next_keeps_what_was_left_out_before() {
    let dataset = built_in_dataset("ecommerce");
    let first = planned("revenue by category without Toys", &dataset).plan;
    let second = plan_json(&followed("exclude Books", &dataset, &first));
    assert_eq!(second["filters"].as_array().map(Vec::len), Some(2));
}

#[test]
fn those_over_a_number_keep_both_ends_of_a_range() {
    let dataset = built_in_dataset("ecommerce");
    let before = planned("orders with a total between 50 and 75 dollars", &dataset).plan;
    let after = plan_json(&followed("those over $60", &dataset, &before));
    assert_eq!(
        after["filters"].as_array().map(Vec::len),
        Some(before.filters.len() + 1)
    );
}

#[test]
fn a_change_that_cannot_be_made_is_declined_and_says_why() {
    let dataset = built_in_dataset("ecommerce");
    for (question, next, why) in [
        ("number of orders by status", "and the average?", "average"),
        ("number of orders by status", "just Clothing", "category"),
        ("average order total by status", "as a percentage", "percentage"),
        ("revenue of Books", "exclude Books", "left out"),
        (
            "top 5 orders by total",
            "how many of those are there?",
            "only some",
        ),
    ] {
        let before = planned(question, &dataset).plan;
        match plan(next, &dataset, Some(&before)) {
            Outcome::Declined(decline) => assert!(decline.reason.contains(why), "{}", decline.reason),
            Outcome::Plan(planned) => panic!("{question} > {next}: {}", planned.understood),
        }
    }
}

#[test]
fn another_number_keeps_the_conditions_unless_all_of_it_is_asked_for() {
    let dataset = built_in_dataset("ecommerce");
    let before = planned("revenue of Books by month", &dataset).plan;
    let after = followed("and how many orders?", &dataset, &before);
    assert_eq!(after.filters, before.filters);
    assert_eq!(after.select.len(), before.select.len() + 1);
    let all = followed("and how many orders are there in total?", &dataset, &before);
    assert!(all.filters.is_empty() && all.group_by.is_empty());
}

#[test]
fn what_a_change_drops_is_said() {
    let dataset = built_in_dataset("ecommerce");
    let before = planned("top 5 products by revenue", &dataset).plan;
    let Outcome::Plan(after) = plan("per month", &dataset, Some(&before)) else {
        panic!("declined");
    };
    assert_eq!(after.plan.limit, None);
    assert_eq!(after.assumptions.len(), 2, "{:?}", after.assumptions);
}

#[test]
fn undescribed_data_gets_six_prompts_that_can_be_answered() {
    for name in ["films", "employees"] {
        let dataset = undescribed(name);
        let prompts = suggest(&dataset, None);
        assert_eq!(prompts.len(), 6, "{prompts:?}");
        for prompt in &prompts {
            assert!(
                matches!(plan(prompt, &dataset, None), Outcome::Plan(_)),
                "{prompt}"
            );
        }
    }
}

#[test]
fn answers_come_with_three_follow_ups_that_can_be_answered() {
    for dataset in built_in() {
        for prompt in &dataset.prompts {
            let answered = planned(prompt, &dataset).plan;
            let offered = suggest(&dataset, Some(&answered));
            assert_eq!(offered.len(), 3, "{prompt}: {offered:?}");
            for question in &offered {
                assert!(
                    matches!(plan(question, &dataset, Some(&answered)), Outcome::Plan(_)),
                    "{prompt}: {question}"
                );
            }
        }
    }
}
