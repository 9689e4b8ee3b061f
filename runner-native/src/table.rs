//! Running the query and collecting its table within the caps: rows are sent up to a number and
//! counted beyond it, bytes and single cells end the run when they pass theirs.
//!
//! Results are streamed from the engine in chunks, so a long one is never held as a whole.

use crate::cells;
use crate::failure;
use csv_analyst_protocol::run::{Cell, ResultColumn};
use csv_analyst_protocol::runner::{ResultTable, RunRequest, RunnerError, RunnerErrorKind};
use duckdb::arrow::array::{Array, StructArray};
use duckdb::{Connection, Statement};

pub fn collect(connection: &Connection, request: &RunRequest) -> Result<ResultTable, RunnerError> {
    let columns = describe(connection, &request.sql).map_err(|error| failure::clean(&error))?;
    let mut statement = connection
        .prepare(&request.sql)
        .map_err(|error| failure::clean(&error))?;
    // The iterator that this returns panics on a late error; `step` reports it instead.
    statement
        .stream_arrow([])
        .map(drop)
        .map_err(|error| failure::clean(&error))?;
    let mut collector = Collector::new(request, columns);
    while let Some(chunk) = next_chunk(&statement)? {
        collector.take(&chunk)?;
    }
    Ok(collector.finish())
}

fn next_chunk(statement: &Statement<'_>) -> Result<Option<StructArray>, RunnerError> {
    statement.step().map_err(|error| failure::clean(&error))
}

/// Names and DuckDB's own type names, which Arrow's types no longer tell apart.
fn describe(connection: &Connection, sql: &str) -> duckdb::Result<Vec<ResultColumn>> {
    let mut statement = connection.prepare(&format!("DESCRIBE {sql}"))?;
    let columns = statement.query_map([], |row| {
        Ok(ResultColumn {
            name: row.get(0)?,
            kind: row.get(1)?,
        })
    })?;
    columns.collect()
}

struct Collector<'a> {
    request: &'a RunRequest,
    table: ResultTable,
    bytes: u64,
}

impl<'a> Collector<'a> {
    fn new(request: &'a RunRequest, columns: Vec<ResultColumn>) -> Self {
        let table = ResultTable {
            columns,
            ..ResultTable::default()
        };
        Self {
            request,
            table,
            bytes: 0,
        }
    }

    fn take(&mut self, chunk: &StructArray) -> Result<(), RunnerError> {
        let room = self.request.max_rows.saturating_sub(self.table.rows.len() as u64);
        let wanted = chunk.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        for row in 0..wanted {
            let cells = chunk
                .columns()
                .iter()
                .enumerate()
                .map(|(index, column)| self.cell(index, column.as_ref(), row));
            let cells = cells.collect::<Result<Vec<(Cell, u64)>, RunnerError>>()?;
            // Brackets and commas.
            self.bytes += cells.iter().map(|(_, bytes)| bytes + 1).sum::<u64>() + 2;
            self.check_size()?;
            self.table
                .rows
                .push(cells.into_iter().map(|(cell, _)| cell).collect());
        }
        self.table.row_count += chunk.len() as u64;
        Ok(())
    }

    fn cell(&self, index: usize, column: &dyn Array, row: usize) -> Result<(Cell, u64), RunnerError> {
        let limit = self.request.max_cell_bytes;
        if cells::least_bytes(column, row) as u64 > limit {
            return Err(self.too_long(index));
        }
        let cell = cells::cell(column, row);
        let bytes = json_bytes(&cell);
        if bytes > limit {
            Err(self.too_long(index))
        } else {
            Ok((cell, bytes))
        }
    }

    fn too_long(&self, index: usize) -> RunnerError {
        let name = self
            .table
            .columns
            .get(index)
            .map_or("?", |column| column.name.as_str());
        let message = format!(
            "A cell of column `{name}` is larger than {} bytes.",
            self.request.max_cell_bytes
        );
        failure::error(RunnerErrorKind::Resource, message)
    }

    fn check_size(&self) -> Result<(), RunnerError> {
        let limit = self.request.max_result_bytes;
        if self.bytes <= limit {
            return Ok(());
        }
        let message = format!("The result is larger than {limit} bytes.");
        Err(failure::error(RunnerErrorKind::Resource, message))
    }

    fn finish(mut self) -> ResultTable {
        self.table.truncated = self.table.row_count > self.table.rows.len() as u64;
        self.table
    }
}

/// Length as JSON, without a buffer for the common kinds.
fn json_bytes(cell: &Cell) -> u64 {
    match cell {
        Cell::Null => 4,
        Cell::Bool(_) => 5,
        other => serde_json::to_vec(other).map_or(u64::MAX / 2, |text| text.len() as u64),
    }
}
