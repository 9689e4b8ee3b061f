//! What must hold for whatever the gate accepts, whoever wrote it. The host's own look at a verdict is
//! compiled from the service's files: the service as a whole would take a quarter of an hour.
#![allow(dead_code, reason = "each target uses its own share")]

#[path = "../../../server/src/gate/recheck.rs"]
pub mod recheck;
#[path = "../../../server/src/gate/schema.rs"]
mod schema;

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::Acceptance;
use csv_analyst_protocol::limits::{Limits, MAX_QUERY_BYTES};
use schema::GateSchema;
use std::sync::LazyLock;

pub static DATASET: LazyLock<Dataset> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../runner-wasm/cases/dataset.json"))
        .expect("the dataset is valid")
});

pub static SCHEMA: LazyLock<GateSchema> = LazyLock::new(|| GateSchema::new(&DATASET));

/// Why the gate may refuse its own canonical text when that comes in as SQL: it has more parentheses
/// than the query, and a plan's values may hold characters (a no-break space) that SQL may not.
const CAPS: [&str; 5] = [
    "query-size",
    "nesting",
    "query-too-deep",
    "chain-length",
    "character",
];

pub fn holds(query: &UntrustedQueryText) {
    let limits = Limits::default();
    let by_hand = matches!(query, UntrustedQueryText::Sql(_));
    let Ok(acceptance) = check(query, &DATASET, &limits) else {
        return;
    };
    believed_by_the_host(&acceptance);
    if acceptance.sql.len() > MAX_QUERY_BYTES {
        return;
    }
    match check(&UntrustedQueryText::Sql(&acceptance.sql), &DATASET, &limits) {
        Ok(again) => {
            assert_eq!(
                again.sql, acceptance.sql,
                "the canonical text has another canonical text"
            );
            assert_eq!(
                again.claims, acceptance.claims,
                "the canonical text claims something else"
            );
        }
        Err(rejection) => assert!(
            CAPS.contains(&rejection.rule.as_str()) && !(by_hand && rejection.rule == "character"),
            "the canonical text is refused by {}: {}\n{}",
            rejection.rule,
            rejection.message,
            acceptance.sql
        ),
    }
}

fn believed_by_the_host(acceptance: &Acceptance) {
    let believed = recheck::verdict(Ok(acceptance.clone()), &SCHEMA);
    let believed = believed.unwrap_or_else(|refused| panic!("{}\n{}", refused.message, acceptance.sql));
    assert_eq!(&believed, acceptance, "the host had to cut the gate's own words");
}
