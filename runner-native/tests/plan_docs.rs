//! Every plan in `docs/plan.md` compiles and runs over the datasets that come with the service.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::{Dataset, Registry};
use csv_analyst_protocol::limits::Limits;
use duckdb::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn plans() -> Vec<Value> {
    let page = std::fs::read_to_string(repository().join("docs/plan.md")).expect("the page");
    let blocks = page.split("```json\n").skip(1);
    blocks
        .map(|block| {
            let json = block.split("```").next().unwrap_or_default();
            serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}\n{json}"))
        })
        .collect()
}

fn datasets() -> BTreeMap<String, (Dataset, Connection)> {
    let registry =
        std::fs::read_to_string(repository().join("datasets/registry.json")).expect("the registry");
    let registry: Registry = serde_json::from_str(&registry).expect("the registry fits the protocol");
    let opened = registry.datasets.into_iter().map(|mut dataset| {
        dataset.now = Some("2026-02-01 00:00:00".into());
        (dataset.id.clone(), (dataset.clone(), engine_with(&dataset)))
    });
    opened.collect()
}

fn engine_with(dataset: &Dataset) -> Connection {
    let engine = Connection::open_in_memory().expect("DuckDB opens");
    for table in &dataset.tables {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("'{}': '{}'", column.name, column.kind.sql_name()))
            .collect();
        let file = repository().join("datasets").join(&dataset.id).join(&table.file);
        let file = file
            .to_str()
            .expect("the checkout's path is UTF-8")
            .replace('\'', "''");
        let create = format!(
            "CREATE TABLE {} AS FROM read_csv('{file}', header = true, columns = {{{}}})",
            table.name,
            columns.join(", ")
        );
        engine
            .execute_batch(&create)
            .expect("the CSV fits its declared types");
    }
    engine
}

#[test]
fn every_plan_of_the_page_runs_and_answers() {
    let (plans, datasets) = (plans(), datasets());
    assert!(plans.len() >= 15, "the page has lost its examples");
    for plan in plans {
        let id = plan["dataset_id"].as_str().expect("a dataset");
        let (dataset, engine) = &datasets[id];
        let text = plan.to_string();
        let accepted = check(&UntrustedQueryText::Plan(&text), dataset, &Limits::default())
            .unwrap_or_else(|rejection| panic!("{:?} {}\n{plan:#}", rejection.place, rejection.message));
        csv_analyst_runner::check::agrees(engine, &accepted.sql, &accepted.claims)
            .unwrap_or_else(|difference| panic!("{difference}\n{}", accepted.sql));
        let rows: i64 = engine
            .query_row(&format!("SELECT count(*) FROM ({})", accepted.sql), [], |row| {
                row.get(0)
            })
            .unwrap_or_else(|error| panic!("{error}\n{}", accepted.sql));
        assert!(rows > 0, "an example without an answer shows nothing: {plan:#}");
    }
}
