//! The gate as the server runs it: the real component in its real cage. Skipped, loudly, where the
//! component has not been built (`cargo xtask wasm`).

mod gate_support;

use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::{Place, UntrustedQuery};
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::plan::{Aggregate, QueryPlan, SelectItem};
use csv_analyst_server::gate::{Gate, GateSettings};
use gate_support::{cache, component, gate, orders, schema, sql};

#[test]
fn a_question_in_sql_comes_back_as_the_gates_own_text() {
    let Some(gate) = gate() else { return };
    let decision = gate.check(
        &sql("select STATUS, count(*) n from Orders group by status"),
        &schema(),
        &Limits::default(),
    );
    let validated = decision.outcome.expect("an ordinary query passes");
    assert_eq!(
        validated.sql(),
        "SELECT status, count(*) AS n\nFROM orders\nGROUP BY status\nLIMIT 10000"
    );
    assert_eq!(validated.claims().tables, ["orders"]);
    assert_eq!(validated.claims().columns, ["orders.status"]);
    assert_eq!(validated.claims().functions, ["count_star"]);
    assert_eq!(
        (validated.dataset_id(), validated.dataset_version()),
        ("shop", "v1")
    );
    let report = decision.report;
    assert!(report.accepted && report.rejection.is_none() && !report.rules.is_empty());
    assert!(report.fuel > 0 && report.memory_bytes > 0);
    assert_eq!(report.component_hash, gate.component_hash());
}

#[test]
fn a_plan_comes_back_as_sql() {
    let Some(gate) = gate() else { return };
    let plan = QueryPlan {
        version: 1,
        dataset_id: "shop".into(),
        table: "orders".into(),
        select: vec![SelectItem {
            column: Some("total".into()),
            agg: Some(Aggregate::Sum),
            ..SelectItem::default()
        }],
        group_by: vec!["status".into()],
        ..QueryPlan::default()
    };
    let decision = gate.check(
        &UntrustedQuery::Plan(Box::new(plan)),
        &schema(),
        &Limits::default(),
    );
    let validated = decision.outcome.expect("the plan compiles");
    assert!(
        validated
            .sql()
            .starts_with("SELECT status, sum(total) AS sum_total\nFROM orders"),
        "{}",
        validated.sql()
    );
}

#[test]
fn a_refusal_names_rule_place_and_fix() {
    let Some(gate) = gate() else { return };
    let decision = gate.check(
        &sql("SELECT *\nFROM read_text('/etc/passwd')"),
        &schema(),
        &Limits::default(),
    );
    let rejection = decision.outcome.expect_err("files are out of reach");
    assert_eq!(rejection.code, ErrorCode::SqlPolicyViolation);
    assert_eq!(rejection.rule, "table-function-not-allowed");
    assert_eq!(rejection.place, Some(Place::Text { line: 2, column: 6 }));
    assert_eq!(rejection.details.token.as_deref(), Some("read_text"));
    assert_eq!(
        rejection.details.excerpt.as_deref(),
        Some("FROM read_text('/etc/passwd')\n     ^^^^^^^^^")
    );
    assert!(rejection.hint.is_some());
    assert!(!decision.report.accepted);
}

#[test]
fn names_that_are_close_and_names_that_fit_leave_the_guest() {
    let Some(gate) = gate() else { return };
    let decision = gate.check(&sql("SELECT statsu FROM orders"), &schema(), &Limits::default());
    let rejection = decision.outcome.expect_err("no such column");
    assert_eq!(rejection.details.suggestions, ["status"]);
    assert!(rejection.details.allowed.contains(&"total".to_string()));
    assert_eq!(rejection.details.length, 6);
}

#[test]
fn a_query_of_a_megabyte_does_not_enter_the_guest() {
    let Some(gate) = gate() else { return };
    let decision = gate.check(&sql(&"x".repeat(1 << 20)), &schema(), &Limits::default());
    assert_eq!(decision.outcome.expect_err("too large").rule, "query-size");
    assert_eq!(decision.report.fuel, 0);
}

#[test]
fn the_same_query_burns_the_same_fuel() {
    let Some(gate) = gate() else { return };
    let query = sql(
        "SELECT customer_id, sum(total) AS spent FROM orders WHERE status <> 'x' GROUP BY ALL ORDER BY spent DESC",
    );
    let fuel: Vec<u64> = (0..5)
        .map(|_| gate.check(&query, &schema(), &Limits::default()).report.fuel)
        .collect();
    assert!(fuel.iter().all(|spent| *spent == fuel[0]), "{fuel:?}");
}

/// The caps of the guest's lexical pass, from inside: its stack, fuel and memory hold what it lets in.
#[test]
fn the_largest_queries_that_the_caps_allow_are_answered_and_not_trapped() {
    let Some(gate) = gate() else { return };
    let chain = |operator: &str, times: usize| format!("SELECT 1{}", format!(" {operator} 1").repeat(times));
    let largest = [
        format!("SELECT {}1{}", "(".repeat(31), ")".repeat(31)),
        format!(
            "{}SELECT 1 AS a{}",
            "SELECT * FROM (".repeat(31),
            ") q".repeat(31)
        ),
        format!("SELECT {}1{}", "(1 + 2 * -(SELECT ".repeat(15), "))".repeat(15)),
        format!(
            "SELECT {}1{}",
            "CASE WHEN 1 < abs(".repeat(15),
            ") THEN 1 END".repeat(15)
        ),
        format!(
            "SELECT {}1{}",
            "1 OR 1 AND NOT 1 = 1 + 2 * -(".repeat(30),
            ")".repeat(30)
        ),
        format!("SELECT {}1{}", "coalesce(".repeat(31), ")".repeat(31)),
        chain("+", 499),
        chain("OR", 499),
        chain("UNION ALL SELECT", 499),
        format!("SELECT 1{}", "::INTEGER".repeat(499)),
        format!(
            "SELECT status FROM orders WHERE total IN (1{})",
            ", 1".repeat(6_000)
        ),
        format!("SELECT status{} FROM orders", ", status".repeat(1_500)),
        format!("SELECT '{}'", "'' ".repeat(33_000)),
        format!("SELECT 1 {}", "/* */".repeat(19_000)),
    ];
    for text in &largest {
        let decision = gate.check(&sql(text), &schema(), &Limits::default());
        let trapped = decision
            .outcome
            .as_ref()
            .err()
            .filter(|rejection| rejection.code == ErrorCode::GateResourceExceeded);
        assert!(trapped.is_none(), "{}: {trapped:?}", &text[..60]);
        let spent = decision.report.fuel;
        assert!(
            spent < GateSettings::default().fuel / 2,
            "{}: {spent}",
            &text[..60]
        );
    }
}

#[test]
fn too_little_fuel_or_memory_is_a_rejection() {
    // The first gate fills the cache that the others load from.
    let (Some(_), Some(bytes)) = (gate(), component()) else {
        return;
    };
    let query = sql("SELECT status FROM orders");
    for (settings, rule) in [
        (
            GateSettings {
                fuel: 10_000,
                ..GateSettings::default()
            },
            "gate-fuel",
        ),
        (
            GateSettings {
                memory_bytes: 1 << 20,
                ..GateSettings::default()
            },
            "gate-trap",
        ),
    ] {
        let gate = Gate::load(&bytes, Some(&cache()), settings).expect("the component loads");
        let rejection = gate
            .check(&query, &schema(), &Limits::default())
            .outcome
            .expect_err("it can't finish");
        assert_eq!(
            (rejection.code, rejection.rule.as_str()),
            (ErrorCode::GateResourceExceeded, rule)
        );
    }
}

#[test]
fn checks_run_side_by_side() {
    let Some(gate) = gate() else { return };
    let workers: Vec<_> = (0..8)
        .map(|number| {
            let gate = gate.clone();
            std::thread::spawn(move || {
                let query = sql(&format!("SELECT {number} AS n FROM orders LIMIT 1"));
                gate.check(&query, &schema(), &Limits::default())
                    .outcome
                    .map(|validated| validated.sql().to_string())
            })
        })
        .collect();
    for (number, worker) in workers.into_iter().enumerate() {
        let text = worker.join().expect("no panic").expect("accepted");
        assert!(text.starts_with(&format!("SELECT {number} AS n")));
    }
    assert_eq!(orders().tables.len(), 1);
}
