//! Measures the gate's verdict: p50, p95 and p99 in milliseconds, and fuel, with the component given as the
//! only argument. Prints one line of JSON per kind: a text that is refused at its second character (what
//! a store and a call cost), the smallest query (what reading the schema costs beside), a query of about
//! 300 bytes, and a plan.

use csv_analyst_protocol::dataset::{Dataset, Registry};
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_server::gate::{Gate, GateSchema, GateSettings};
use std::error::Error;
use std::io::Write;
use std::time::Instant;

const ROUNDS: usize = 1_000;

const SQL: &str = "SELECT o.status, i.category, count(DISTINCT o.order_id) AS orders, \
    round(sum(i.price * i.quantity * (1 - i.discount / 100)), 2) AS revenue \
    FROM orders AS o JOIN order_items AS i ON i.order_id = o.order_id \
    WHERE o.order_date >= DATE '2026-01-01' AND o.total > 20 \
    GROUP BY o.status, i.category HAVING count(*) > 5 ORDER BY revenue DESC LIMIT 20";

const PLAN: &str = r#"{"dataset_id": "ecommerce", "table": "order_items",
    "select": [{"column": "product_id"}, {"column": "inventory.name"}, {"measure": "revenue"}],
    "group_by": ["product_id", "inventory.name"], "order_by": [{"expr": "revenue", "dir": "desc"}], "limit": 10}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("usage: gate_latency GATE.wasm [CACHE_DIRECTORY]")?;
    let cache = std::env::args().nth(2);
    let component = std::fs::read(&path)?;
    let started = Instant::now();
    let gate = Gate::load(
        &component,
        cache.as_deref().map(std::path::Path::new),
        GateSettings::default(),
    )?;
    let load_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let schema = GateSchema::new(&ecommerce()?);
    let mut output = std::io::stdout().lock();
    writeln!(
        output,
        "{}",
        serde_json::json!({"component_bytes": component.len(), "load_ms": load_ms})
    )?;
    let plan = UntrustedQuery::Plan(Box::new(serde_json::from_str(PLAN)?));
    let sql = |text: &str| UntrustedQuery::Sql(text.into());
    for (kind, query) in [
        ("refused", sql("'")),
        ("smallest", sql("SELECT 1")),
        ("sql", sql(SQL)),
        ("plan", plan),
    ] {
        writeln!(output, "{}", measure(kind, &gate, &query, &schema)?)?;
    }
    Ok(())
}

fn ecommerce() -> Result<Dataset, Box<dyn Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/registry.json");
    let registry: Registry = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let mut dataset = registry
        .datasets
        .into_iter()
        .find(|dataset| dataset.id == "ecommerce")
        .ok_or("no ecommerce")?;
    dataset.now = Some("2026-02-01 00:00:00".into());
    Ok(dataset)
}

fn measure(
    kind: &str,
    gate: &Gate,
    query: &UntrustedQuery,
    schema: &GateSchema,
) -> Result<serde_json::Value, Box<dyn Error>> {
    let mut times = Vec::with_capacity(ROUNDS);
    let mut last = gate.check(query, schema, &Limits::default());
    for _ in 0..ROUNDS {
        last = gate.check(query, schema, &Limits::default());
        times.push(last.report.elapsed_ms);
    }
    times.sort_by(f64::total_cmp);
    let canonical_bytes = match last.outcome {
        Ok(validated) => validated.sql().len(),
        Err(_) if kind == "refused" => 0,
        Err(rejection) => return Err(rejection.message.into()),
    };
    Ok(serde_json::json!({
        "kind": kind,
        "p50_ms": times[ROUNDS / 2],
        "p95_ms": times[ROUNDS * 95 / 100],
        "p99_ms": times[ROUNDS * 99 / 100],
        "fuel": last.report.fuel,
        "memory_bytes": last.report.memory_bytes,
        "canonical_bytes": canonical_bytes,
    }))
}
