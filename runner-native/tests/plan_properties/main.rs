//! What holds for every plan that the schema admits, over the gate's example dataset and DuckDB itself:
//! it runs, and DuckDB's own parser agrees with the gate's claims, or it is refused with a place in the plan; and it
//! compiles to the same text each time.

mod fan_out;
mod generate;
mod generate_expressions;
mod support;

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::gate::Place;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::plan::QueryPlan;
use csv_analyst_runner::check::agrees;
use generate::Choices;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::Value;
use support::{cinema, engine};

/// Enough that each construct meets each kind of column; more with `PROPTEST_CASES`.
const CASES: u32 = 1_500;

fn cases() -> Config {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    Config {
        cases: asked.unwrap_or(CASES),
        failure_persistence: None,
        ..Config::default()
    }
}

fn for_any_plan(test: impl Fn(&Value) -> Result<(), TestCaseError>) {
    let choices = proptest::collection::vec(any::<u8>(), 0..200);
    TestRunner::new(cases())
        .run(&choices, |bytes| test(&Choices::new(&bytes).plan()))
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn generated_plans_are_what_the_schema_admits() {
    for_any_plan(|plan| {
        let read: Result<QueryPlan, _> = serde_json::from_value(plan.clone());
        prop_assert!(read.is_ok(), "{read:?} {plan}");
        Ok(())
    });
}

#[test]
fn any_plan_runs_or_is_refused_with_a_place_in_it() {
    let (dataset, engine) = (cinema(), engine());
    let accepted = std::cell::Cell::new(0u32);
    for_any_plan(|plan| {
        let text = plan.to_string();
        match check(&UntrustedQueryText::Plan(&text), &dataset, &Limits::default()) {
            Ok(acceptance) => {
                accepted.set(accepted.get() + 1);
                let ran = engine.prepare(&acceptance.sql).and_then(|mut statement| {
                    let mut rows = statement.query([])?;
                    while rows.next()?.is_some() {}
                    Ok(())
                });
                prop_assert!(ran.is_ok(), "{ran:?}\n{plan}\n{}", acceptance.sql);
                let second = agrees(&engine, &acceptance.sql, &acceptance.claims);
                prop_assert!(second.is_ok(), "{second:?}\n{plan}\n{}", acceptance.sql);
            }
            Err(rejection) => {
                let Some(Place::Pointer(pointer)) = &rejection.place else {
                    return Err(TestCaseError::fail(format!("no place: {rejection:?}\n{plan}")));
                };
                prop_assert!(
                    plan.pointer(pointer).is_some(),
                    "{pointer} {}\n{plan}",
                    rejection.message
                );
                prop_assert!(rejection.rule != "reads-back-the-same", "{plan}");
            }
        }
        Ok(())
    });
    assert!(
        accepted.get() > CASES / 4,
        "only {} plans were accepted",
        accepted.get()
    );
}

#[test]
fn compilation_is_deterministic() {
    let dataset = cinema();
    for_any_plan(|plan| {
        let text = plan.to_string();
        let decide = || check(&UntrustedQueryText::Plan(&text), &dataset, &Limits::default());
        prop_assert_eq!(decide(), decide());
        Ok(())
    });
}
