//! What the gate's tests share: the built component, a small dataset, and a query.

use csv_analyst_protocol::dataset::{Column, ColumnType, Dataset, Table};
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_server::gate::{Gate, GateSchema, GateSettings};
use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The component beside this build, if `cargo xtask wasm` has made it.
#[allow(dead_code, reason = "each test program uses its own share")]
pub fn component() -> Option<Vec<u8>> {
    let path = component_path()?;
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(_) => {
            skip(
                "gate component",
                "artefacts/gate.wasm is not built; run `cargo xtask wasm`",
            );
            None
        }
    }
}

/// `target/<profile>/deps/<test>` -> `target/artefacts/gate.wasm`.
fn component_path() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let target = program.ancestors().nth(3)?;
    Some(target.join("artefacts/gate.wasm"))
}

/// Where all test programs keep the compiled gate: compiling it takes most of a minute in an
/// unoptimised build.
#[allow(dead_code, reason = "each test program uses its own share")]
pub fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gate")
}

/// Says that something was not tested, to people and to the test command's count.
fn skip(what: &str, reason: &str) {
    let line = format!("SKIPPED: {what}: {reason}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("CSV_ANALYST_SKIP_LOG")
        && let Ok(mut log) = std::fs::OpenOptions::new().append(true).create(true).open(path)
    {
        let _ = log.write_all(format!("{what}: {reason}\n").as_bytes());
    }
}

/// One gate for all tests of a program: compiling takes seconds.
#[allow(dead_code, reason = "each test program uses its own share")]
pub fn gate() -> Option<Gate> {
    static GATE: OnceLock<Option<Gate>> = OnceLock::new();
    GATE.get_or_init(|| {
        let bytes = component()?;
        Some(Gate::load(&bytes, Some(&cache()), GateSettings::default()).expect("the component is a gate"))
    })
    .clone()
}

#[allow(dead_code, reason = "each test program uses its own share")]
pub fn orders() -> Dataset {
    let column = |name: &str, kind| Column {
        name: name.into(),
        kind,
        ..Column::default()
    };
    let table = Table {
        name: "orders".into(),
        file: "orders.csv".into(),
        primary_key: vec!["order_id".into()],
        columns: vec![
            column("order_id", ColumnType::Integer),
            column("customer_id", ColumnType::Integer),
            column("order_date", ColumnType::Date),
            column(
                "total",
                ColumnType::Decimal {
                    precision: 10,
                    scale: 2,
                },
            ),
            column("status", ColumnType::Text),
        ],
        ..Table::default()
    };
    Dataset {
        id: "shop".into(),
        name: "Shop".into(),
        version: "v1".into(),
        now: Some("2026-02-01 00:00:00".into()),
        tables: vec![table],
        ..Dataset::default()
    }
}

#[allow(dead_code, reason = "each test program uses its own share")]
pub fn schema() -> GateSchema {
    GateSchema::new(&orders())
}

#[allow(dead_code, reason = "each test program uses its own share")]
pub fn sql(text: &str) -> UntrustedQuery {
    UntrustedQuery::Sql(text.into())
}
