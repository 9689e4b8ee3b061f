//! Which columns point to which table: found by name, believed only when every value is there.

use super::sql;
use csv_analyst_protocol::dataset::{ColumnType, Relationship};
use csv_analyst_protocol::ingest::{ColumnProfile, TableProfile};
use duckdb::Connection;

/// Many to one, from any column to another table's single-column key, or to its first column where
/// that one could be a key and is pointed to under the same name.
pub fn find(connection: &Connection, tables: &[TableProfile]) -> duckdb::Result<Vec<Relationship>> {
    let mut found = Vec::new();
    for from in tables {
        for column in &from.columns {
            for to in tables.iter().filter(|to| to.name != from.name) {
                let Some(key) = single_key(to).or_else(|| likely_key(from, column, to)) else {
                    continue;
                };
                if names_match(column, to, key)
                    && column.kind == key.kind
                    && !is_own_key(from, column, to)
                    && contained(connection, from, column, to, key)?
                {
                    found.push(Relationship {
                        from_table: from.name.clone(),
                        from_column: column.name.clone(),
                        to_table: to.name.clone(),
                        to_column: key.name.clone(),
                    });
                }
            }
        }
    }
    Ok(found)
}

fn single_key(table: &TableProfile) -> Option<&ColumnProfile> {
    match &table.primary_key[..] {
        [key] => table.columns.iter().find(|column| &column.name == key),
        _ => None,
    }
}

/// A unique whole number in front that says by nothing but being pointed to, many to one, that it is
/// a key: `shop` in both `shops.csv` and `visits.csv`.
fn likely_key<'t>(
    from: &TableProfile,
    column: &ColumnProfile,
    to: &'t TableProfile,
) -> Option<&'t ColumnProfile> {
    let repeats = column.distinct_count < from.row_count;
    to.columns.first().filter(|first| {
        repeats
            && matches!(first.kind, ColumnType::Integer | ColumnType::Bigint)
            && !first.nullable
            && first.distinct_count == to.row_count
            && first.name.eq_ignore_ascii_case(&column.name)
    })
}

/// `customer_id` points to `customer_id`, and to `id` of `customer` or `customers`.
fn names_match(column: &ColumnProfile, to: &TableProfile, key: &ColumnProfile) -> bool {
    let name = column.name.to_lowercase();
    let key_name = key.name.to_lowercase();
    if name == key_name {
        return key_name != "id" && key_name != "name";
    }
    let table = to.name.to_lowercase();
    let singulars = [table.clone(), singular(&table)];
    let short_key = key_name == "id" || singulars.iter().any(|noun| key_name == format!("{noun}_id"));
    short_key
        && singulars
            .iter()
            .any(|noun| name == format!("{noun}_id") || name == format!("{noun}id"))
}

fn singular(table: &str) -> String {
    match table.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => table.strip_suffix('s').unwrap_or(table).to_string(),
    }
}

/// Two tables keyed by the same column would point at each other: only the one with fewer rows to
/// the one with more is a subset worth following.
fn is_own_key(from: &TableProfile, column: &ColumnProfile, to: &TableProfile) -> bool {
    single_key(from).is_some_and(|key| key.name == column.name) && from.row_count >= to.row_count
}

fn contained(
    connection: &Connection,
    from: &TableProfile,
    column: &ColumnProfile,
    to: &TableProfile,
    key: &ColumnProfile,
) -> duckdb::Result<bool> {
    let query = format!(
        "SELECT count(*) FROM {from} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {to})",
        from = sql::identifier(&from.name),
        column = sql::identifier(&column.name),
        key = sql::identifier(&key.name),
        to = sql::identifier(&to.name),
    );
    let strays: u64 = connection.query_row(&query, [], |row| row.get(0))?;
    Ok(strays == 0 && column.distinct_count > 0)
}
