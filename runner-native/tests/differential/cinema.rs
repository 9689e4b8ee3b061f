//! The corpus' dataset with rows in it: small, so that joins of everything with everything stay so, and
//! with what makes readings differ: nulls, ties, quotes, case, empty texts, negative numbers.

use csv_analyst_protocol::dataset::{Dataset, Table};
use csv_analyst_protocol::limits::Limits;
use duckdb::{Config, Connection};

const DATASET: &str = include_str!("../../../runner-wasm/cases/dataset.json");

/// Limits that never cut: what the gate adds to a query must not hide what it does to it.
pub const LIMITS: Limits = Limits {
    timeout_ms: 10_000,
    memory_bytes: 512 << 20,
    cpu_millis: 1_000,
    max_processes: 64,
    scratch_bytes: 0,
    max_rows: 1_000_000,
    row_cap: 1_000_000,
    max_result_bytes: 8 << 20,
    max_cell_bytes: 64 << 10,
};

const ROWS: &str = r#"
INSERT INTO films SELECT i, title, genre, DATE '2023-11-05' + 41 * i::INTEGER, budget, rating, dubbed FROM (VALUES
    (1, 'The Long War', 'Drama', 1000000, 'Adult', true),
    (2, 'It''s "Quiet"', 'Comedy', 5, 'Teen', false),
    (3, 'the long war', 'drama', 5, 'Universal', NULL),
    (4, 'A_b%c', 'Drama', NULL, 'Teen', true),
    (5, 'Größer 日本', NULL, -1, 'Adult', false),
    (6, '', 'Thriller', 0, NULL, false),
    (7, 'Anna; DROP', 'Comedy', 250000, 'Universal', true),
    (8, NULL, 'Drama', 9007199254740993, 'Teen', NULL),
    (9, 'Back\slash', 'Comedy', 1000000, 'Adult', false),
    (10, '42', 'x', 42, 'Teen', true)) AS v(i, title, genre, budget, rating, dubbed);
INSERT INTO cinemas VALUES (1, 'Rex', 'Oslo', 120), (2, 'Apollo', 'Bergen', 80), (3, 'rex', 'Oslo', NULL), (4, 'Odeon', NULL, 300);
INSERT INTO screenings SELECT i, 1 + i * 7 % 11, CASE WHEN i % 9 = 0 THEN NULL ELSE 1 + i % 4 END,
    TIMESTAMP '2025-12-20 18:30:00' + to_hours(31 * i), CASE WHEN i % 8 = 3 THEN NULL ELSE i * 37 % 90 END,
    CAST(9.5 + i % 3 AS DECIMAL(6, 2)), i % 7 = 0 FROM range(1, 31) AS r(i);
INSERT INTO reviews SELECT i, 1 + i * 3 % 9, 1 + i * 5 % 6, CASE i % 3 WHEN 0 THEN 'Ada' WHEN 1 THEN 'Bo "the pen"' END
    FROM range(1, 19) AS r(i);
"#;

pub fn dataset() -> Dataset {
    serde_json::from_str(DATASET).expect("the dataset is valid")
}

/// One thread: two executions of one meaning then visit rows in one order.
pub fn engine() -> Connection {
    let config = Config::default()
        .threads(1)
        .and_then(|config| config.with("memory_limit", "400MB"))
        .expect("the settings exist");
    let engine = Connection::open_in_memory_with_flags(config).expect("DuckDB opens");
    for table in &dataset().tables {
        engine
            .execute_batch(&create(table))
            .expect("the table can be made");
    }
    engine.execute_batch(ROWS).expect("the rows fit");
    engine
        .execute_batch(
            "SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true;",
        )
        .expect("the settings exist");
    engine
}

fn create(table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("\"{}\" {}", column.name, column.kind.sql_name()))
        .collect();
    format!("CREATE TABLE {} ({});", table.name, columns.join(", "))
}
