//! What is in a loaded table: counts, ranges, values, and which column identifies a row.

use super::sql;
use super::table::{Loaded, LoadedColumn};
use csv_analyst_protocol::dataset::{ColumnType, MAX_LISTED_VALUES, Relationship};
use csv_analyst_protocol::ingest::{ColumnProfile, TableProfile, names_a_key, names_a_numbering};
use duckdb::Connection;

pub fn table(connection: &Connection, file: &str, loaded: Loaded) -> duckdb::Result<TableProfile> {
    let name = loaded.name.as_str();
    let count = format!("SELECT count(*) FROM {}", sql::identifier(name));
    let row_count = connection.query_row(&count, [], |row| row.get(0))?;
    let columns = loaded
        .columns
        .iter()
        .map(|each| column(connection, name, each))
        .collect::<duckdb::Result<Vec<_>>>()?;
    let primary_key = primary_key(connection, name, row_count, &columns)?;
    Ok(TableProfile {
        name: name.into(),
        file: file.into(),
        row_count,
        primary_key,
        columns,
        notes: loaded.notes,
    })
}

fn column(connection: &Connection, table: &str, loaded: &LoadedColumn) -> duckdb::Result<ColumnProfile> {
    let kind = loaded.kind;
    let name = sql::identifier(&loaded.name);
    let ranged = kind.is_number() || kind.is_temporal() || kind == ColumnType::Time;
    let range = if ranged {
        format!("min({name})::VARCHAR, max({name})::VARCHAR")
    } else {
        "NULL, NULL".into()
    };
    let query = format!(
        "SELECT count(DISTINCT {name}), count(*) > count({name}), {range} FROM {}",
        sql::identifier(table)
    );
    let mut profile = connection.query_row(&query, [], |row| {
        Ok(ColumnProfile {
            name: loaded.name.clone(),
            kind,
            distinct_count: row.get(0)?,
            nullable: row.get(1)?,
            min: row.get(2)?,
            max: row.get(3)?,
            values: Vec::new(),
            unit: loaded.unit.clone(),
        })
    })?;
    let listable = kind == ColumnType::Text || kind.is_number();
    if listable && profile.distinct_count <= MAX_LISTED_VALUES as u64 {
        profile.values = values(connection, table, &name)?;
    }
    Ok(profile)
}

fn values(connection: &Connection, table: &str, column: &str) -> duckdb::Result<Vec<String>> {
    let query = format!(
        "SELECT DISTINCT {column}::VARCHAR FROM {} WHERE {column} IS NOT NULL ORDER BY 1",
        sql::identifier(table)
    );
    let mut statement = connection.prepare(&query)?;
    let values = statement.query_map([], |row| row.get(0))?;
    values.collect()
}

/// How many columns, from the left, are tried in pairs: keys stand in front.
const PAIR_CANDIDATES: usize = 4;

/// The first column that is unique and never NULL, else the first such pair. A measured number or a
/// timestamp that happens to be unique does not identify anything: a whole number is believed to be a
/// key by its name, or where it numbers the rows.
fn primary_key(
    connection: &Connection,
    table: &str,
    row_count: u64,
    columns: &[ColumnProfile],
) -> duckdb::Result<Vec<String>> {
    let unique = |column: &&ColumnProfile| {
        row_count > 0
            && column.distinct_count == row_count
            && !column.nullable
            && column.kind != ColumnType::Timestamp
            && can_identify(column.kind)
    };
    for (place, column) in columns.iter().enumerate().filter(|(_, column)| unique(column)) {
        let numbers_the_rows = place == 0 && columns.len() > 1;
        if !column.kind.is_number()
            || names_a_key(&column.name)
            || names_a_numbering(&column.name)
            || (numbers_the_rows && counts_up(connection, table, column)?)
        {
            return Ok(vec![column.name.clone()]);
        }
    }
    let candidates: Vec<&ColumnProfile> = columns
        .iter()
        .filter(|column| !column.nullable && can_identify(column.kind))
        .filter(|column| !column.kind.is_number() || names_a_key(&column.name))
        .collect();
    let front = &candidates[..candidates.len().min(PAIR_CANDIDATES)];
    for (index, first) in front.iter().enumerate() {
        for second in &front[index + 1..] {
            if first.distinct_count.saturating_mul(second.distinct_count) >= row_count
                && pair_is_unique(connection, table, row_count, &first.name, &second.name)?
            {
                return Ok(vec![first.name.clone(), second.name.clone()]);
            }
        }
    }
    Ok(Vec::new())
}

/// Each row's number is the one before it plus one, in the order of the file.
fn counts_up(connection: &Connection, table: &str, column: &ColumnProfile) -> duckdb::Result<bool> {
    let bound = |text: &Option<String>| text.as_ref()?.parse::<i128>().ok();
    let dense = match (bound(&column.min), bound(&column.max)) {
        (Some(low), Some(high)) => high - low + 1 == i128::from(column.distinct_count),
        _ => false,
    };
    if !dense || column.distinct_count < 2 {
        return Ok(false);
    }
    let name = sql::identifier(&column.name);
    let query = format!(
        "SELECT count(*) FROM (SELECT {name} - lag({name}) OVER (ORDER BY rowid) AS step FROM {}) \
         WHERE step <> 1",
        sql::identifier(table)
    );
    let other_steps: u64 = connection.query_row(&query, [], |row| row.get(0))?;
    Ok(other_steps == 0)
}

/// A column that another table points to identifies the rows of its own.
pub fn adopt_keys(tables: &mut [TableProfile], relationships: &[Relationship]) {
    for table in tables.iter_mut().filter(|table| table.primary_key.len() != 1) {
        let pointed_to = relationships.iter().find(|link| link.to_table == table.name);
        if let Some(link) = pointed_to {
            table.primary_key = vec![link.to_column.clone()];
        }
    }
}

fn can_identify(kind: ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Integer
            | ColumnType::Bigint
            | ColumnType::Text
            | ColumnType::Date
            | ColumnType::Timestamp
    )
}

fn pair_is_unique(
    connection: &Connection,
    table: &str,
    row_count: u64,
    first: &str,
    second: &str,
) -> duckdb::Result<bool> {
    let query = format!(
        "SELECT count(*) FROM (SELECT DISTINCT {}, {} FROM {})",
        sql::identifier(first),
        sql::identifier(second),
        sql::identifier(table)
    );
    let distinct: u64 = connection.query_row(&query, [], |row| row.get(0))?;
    Ok(row_count > 0 && distinct == row_count)
}

/// The newest date or timestamp, as a timestamp. ISO texts sort as the times they say.
pub fn newest(tables: &[TableProfile]) -> Option<String> {
    let columns = tables
        .iter()
        .flat_map(|table| &table.columns)
        .filter(|column| column.kind.is_temporal());
    let newest = columns.filter_map(|column| column.max.clone()).max()?;
    let seconds = newest.split('.').next().unwrap_or_default().to_string();
    Some(if seconds.len() == "YYYY-MM-DD".len() {
        format!("{seconds} 00:00:00")
    } else {
        seconds
    })
}
