//! The gate's example dataset, filled.

use csv_analyst_protocol::dataset::Dataset;
use duckdb::Connection;

pub fn cinema() -> Dataset {
    serde_json::from_str(include_str!("../../../runner-wasm/cases/dataset.json")).expect("a dataset")
}

/// Every table of the dataset, with a few rows: some values are missing, some zero, some repeated.
pub fn engine() -> Connection {
    let engine = Connection::open_in_memory().expect("DuckDB opens");
    for table in cinema().tables {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("\"{}\" {}", column.name, column.kind.sql_name()))
            .collect();
        let create = format!("CREATE TABLE {} ({})", table.name, columns.join(", "));
        engine.execute_batch(&create).expect("the table is made");
    }
    engine.execute_batch(ROWS).expect("the rows fit");
    engine
}

const ROWS: &str = "
INSERT INTO films VALUES
    (1, 'Sea', 'Drama', '2024-03-01', 1000, 'Universal', true), (2, 'Snow 2', 'Drama', '2025-06-15', 0, 'Teen', false),
    (3, 'May 5, 1999', 'Comedy', NULL, NULL, 'Adult', NULL), (4, 'Dust', NULL, '2026-02-01', 2500, NULL, true),
    (5, '$1,200', 'Comedy', '2026-01-20', 700, 'Teen', false);
INSERT INTO cinemas VALUES (1, 'Roxy', 'Oslo', 100), (2, 'Odeon', 'Turku', 0), (3, 'Apollo', 'Oslo', NULL);
INSERT INTO screenings
    SELECT range, 1 + range % 4, 1 + range % 3, TIMESTAMP '2026-02-01 22:30:00' - INTERVAL (range * 13) HOUR,
        CASE WHEN range % 7 = 0 THEN NULL ELSE range * 3 % 50 END, (range % 5) * 2.5, range % 4 = 0
    FROM range(1, 60);
INSERT INTO reviews SELECT range, 1 + range % 3, 1 + range % 5, 'Critic ' || range % 4 FROM range(1, 20);";
