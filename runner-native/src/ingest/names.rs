//! Columns that somebody named, held against those that the file has.

use super::table::Job;
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_runner::reading::failure::{Placed, refuse};
pub use csv_analyst_runner::reading::names::clean;

/// A described file has the columns of its description: in their order where its format has one.
pub fn check_declared(job: &Job<'_>) -> Result<(), IngestError> {
    match job.shape.header_line {
        Some(line) => in_order(job, line),
        None => by_name(job),
    }
}

fn in_order(job: &Job<'_>, line: u64) -> Result<(), IngestError> {
    let expected = &job.table.columns;
    let found: Vec<&str> = job.shape.raw_names.iter().map(|name| name.trim()).collect();
    for (index, column) in expected.iter().enumerate() {
        if found.get(index) != Some(&column.name.as_str()) {
            let instead = found
                .get(index)
                .map_or("nothing".into(), |name| format!("`{name}`"));
            let place = index + 1;
            let message = format!(
                "Column {place} should be `{}`, but the header has {instead}.",
                column.name
            );
            let names: Vec<&str> = expected.iter().map(|column| column.name.as_str()).collect();
            return Err(refuse(job.file, message)
                .on(line)
                .in_column(&column.name)
                .hint(format!("The header must be: {}", names.join(","))));
        }
    }
    match found.get(expected.len()) {
        None => Ok(()),
        Some(extra) => {
            let message = format!("The header has a column `{extra}` that the dataset does not know.");
            Err(refuse(job.file, message).on(line).in_column(*extra))
        }
    }
}

fn by_name(job: &Job<'_>) -> Result<(), IngestError> {
    let names = &job.shape.raw_names;
    let is_unnamed = names.iter().all(String::is_empty);
    let missing = job
        .table
        .columns
        .iter()
        .find(|column| !is_unnamed && !names.contains(&column.name));
    match missing {
        Some(column) => {
            Err(refuse(job.file, format!("There is no column `{}`.", column.name)).in_column(&column.name))
        }
        None if is_unnamed && names.len() != job.table.columns.len() => {
            let message = format!(
                "The file has {} columns, and the dataset {}.",
                names.len(),
                job.table.columns.len()
            );
            Err(refuse(job.file, message).on(1))
        }
        None => Ok(()),
    }
}

/// Where the column of a described file is in a record.
pub fn place(job: &Job<'_>, index: usize, name: &str) -> usize {
    match job.shape.header_line {
        Some(_) => index,
        None => job
            .shape
            .raw_names
            .iter()
            .position(|raw| raw == name)
            .unwrap_or(index),
    }
}

/// `types` must not speak of a column that is not there: it would look as if it were followed.
pub fn check_known(job: &Job<'_>, names: &[String]) -> Result<(), IngestError> {
    let mut wanted = job.table.reading.types.keys();
    let unknown = wanted.find(|name| !job.is_one_of_several && !names.contains(name));
    let Some(unknown) = unknown else {
        return Ok(());
    };
    let some: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
    Err(
        refuse(job.file, "`types` names a column that the file does not have.")
            .on(job.shape.header_line.unwrap_or(1))
            .in_column(unknown)
            .hint(format!("Its columns are: {}", some.join(", "))),
    )
}
