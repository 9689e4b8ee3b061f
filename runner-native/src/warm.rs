//! Pays for the first query before anybody waits for it.
//!
//! An engine that has just been opened plans and executes its first query several times slower than
//! its second: code pages of the library are touched for the first time, catalogues are read, memory
//! is asked of the system. So a locked-down runner asks itself queries of the kinds that come. They
//! are fixed texts over the snapshot alone; nothing of them is kept but the engine's warmth.

use crate::{check, table};
use csv_analyst_protocol::gate::Claims;
use csv_analyst_protocol::runner::RunRequest;
use duckdb::Connection;

/// Goes on without warmth when a query fails: the request will show what is wrong.
pub fn up(connection: &Connection) {
    let Some((name, column)) = smallest_table(connection) else {
        return;
    };
    let (table, column) = (quoted(&name), quoted(&column));
    let sql = format!(
        "SELECT {column}, count(*) AS n, min({column}) AS least FROM {table} WHERE {column} IS NOT NULL \
         GROUP BY {column} ORDER BY n DESC LIMIT 1"
    );
    let request = RunRequest {
        run_id: String::new(),
        sql,
        claims: Claims {
            tables: vec![name],
            columns: Vec::new(),
            functions: vec!["count_star".into(), "min".into()],
        },
        timeout_ms: 0,
        max_rows: 1,
        max_result_bytes: 1 << 20,
        max_cell_bytes: 1 << 20,
    };
    // What they come to does not matter here.
    let _ = check::agrees(connection, &request.sql, &request.claims);
    let _ = table::collect(connection, &request);
}

/// Its name and that of its first column.
fn smallest_table(connection: &Connection) -> Option<(String, String)> {
    connection.query_row(
        "SELECT t.table_name, c.column_name FROM duckdb_tables() t JOIN duckdb_columns() c USING (table_oid) \
         ORDER BY t.estimated_size, t.table_name, c.column_index LIMIT 1",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    ).ok()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
