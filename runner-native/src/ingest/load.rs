//! One CSV file into one table: every line fits, or the file is refused with the place of the first
//! misfit. The engine's reject table gives line and column; its message, which quotes the value,
//! is not used.

use super::failure::{At, at, engine, file_name, hinted};
use super::header::{self, Header};
use super::{infer, sql};
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::ingest::{IngestColumn, IngestError, IngestTable};
use duckdb::Connection;

/// Loads the file and returns its columns.
pub fn table(connection: &Connection, table: &IngestTable) -> Result<Vec<IngestColumn>, IngestError> {
    let header = header::read(&table.path)?;
    if table.columns.is_empty() {
        return inferred(connection, table, &header);
    }
    check_header(&table.path, &header, &table.columns)?;
    let types: Vec<_> = table
        .columns
        .iter()
        .map(|column| (column.name.clone(), column.kind))
        .collect();
    read_csv(connection, table, &header, &types, &table.name)?;
    for column in table.columns.iter().filter(|column| !column.nullable) {
        check_not_null(connection, table, &column.name)?;
    }
    Ok(table.columns.clone())
}

/// All columns as text first, then the narrowest type that every value has.
fn inferred(
    connection: &Connection,
    table: &IngestTable,
    header: &Header,
) -> Result<Vec<IngestColumn>, IngestError> {
    const RAW: &str = "raw text of the file";
    let texts: Vec<_> = header
        .names
        .iter()
        .map(|name| (name.clone(), ColumnType::Text))
        .collect();
    read_csv(connection, table, header, &texts, RAW)?;
    let columns =
        infer::columns(connection, RAW, &header.names).map_err(|error| engine(&table.path, &error))?;
    let casts: Vec<String> = columns
        .iter()
        .map(|column| format!("{} AS {}", column.cast, sql::identifier(&column.name)))
        .collect();
    let script = format!(
        "CREATE TABLE {} AS SELECT {} FROM {raw}; DROP TABLE {raw};",
        sql::identifier(&table.name),
        casts.join(", "),
        raw = sql::identifier(RAW),
    );
    connection
        .execute_batch(&script)
        .map_err(|error| engine(&table.path, &error))?;
    Ok(columns
        .into_iter()
        .map(|column| IngestColumn {
            name: column.name,
            kind: column.kind,
            nullable: true,
        })
        .collect())
}

fn check_header(path: &str, header: &Header, expected: &[IngestColumn]) -> Result<(), IngestError> {
    let file = file_name(path);
    for (index, column) in expected.iter().enumerate() {
        let found = header.names.get(index);
        if found != Some(&column.name) {
            let found = found.map_or("nothing".to_string(), |name| format!("`{name}`"));
            let message = format!(
                "Column {} should be `{}`, but the header has {found}.",
                index + 1,
                column.name
            );
            let names: Vec<&str> = expected.iter().map(|column| column.name.as_str()).collect();
            return Err(hinted(
                at(
                    At {
                        file,
                        line: Some(1),
                        column: Some(&column.name),
                    },
                    message,
                ),
                format!("The header must be: {}", names.join(",")),
            ));
        }
    }
    match header.names.get(expected.len()) {
        Some(extra) => {
            let message = format!("The header has a column `{extra}` that the dataset does not know.");
            Err(at(
                At {
                    file,
                    line: Some(1),
                    column: Some(extra),
                },
                message,
            ))
        }
        None => Ok(()),
    }
}

fn read_csv(
    connection: &Connection,
    table: &IngestTable,
    header: &Header,
    columns: &[(String, ColumnType)],
    target: &str,
) -> Result<(), IngestError> {
    let types: Vec<String> = columns
        .iter()
        .map(|(name, kind)| format!("{}: {}", sql::text(name), sql::text(&kind.sql_name())))
        .collect();
    let script = format!(
        "CREATE TABLE {target} AS SELECT * FROM read_csv({path}, auto_detect = false, header = true, \
         delim = {delimiter}, quote = '\"', escape = '\"', strict_mode = true, max_line_size = 16777216, \
         columns = {{{types}}}, store_rejects = true, rejects_table = 'rejected', rejects_scan = 'scanned', \
         rejects_limit = 1)",
        target = sql::identifier(target),
        path = sql::text(&table.path),
        delimiter = sql::text(&header.delimiter.to_string()),
        types = types.join(", "),
    );
    connection
        .execute_batch(&script)
        .map_err(|error| unreadable(table, &error))?;
    let verdict = first_reject(connection, table, columns);
    connection
        .execute_batch("DROP TABLE IF EXISTS rejected; DROP TABLE IF EXISTS scanned")
        .map_err(|error| engine(&table.path, &error))?;
    verdict
}

fn first_reject(
    connection: &Connection,
    table: &IngestTable,
    columns: &[(String, ColumnType)],
) -> Result<(), IngestError> {
    let found = connection.query_row(
        "SELECT line, column_name, error_type::VARCHAR FROM rejected ORDER BY line, column_idx LIMIT 1",
        [],
        |row| {
            Ok((
                row.get::<_, u64>(0)?,
                row.get::<_, Option<String>>(1)?,
                row.get::<_, String>(2)?,
            ))
        },
    );
    match found {
        Ok((line, column, kind)) => Err(rejected(table, line, column.as_deref(), &kind, columns)),
        Err(duckdb::Error::QueryReturnedNoRows) => Ok(()),
        Err(error) => Err(engine(&table.path, &error)),
    }
}

fn rejected(
    table: &IngestTable,
    line: u64,
    column: Option<&str>,
    kind: &str,
    columns: &[(String, ColumnType)],
) -> IngestError {
    let file = file_name(&table.path);
    let place = |column| At {
        file,
        line: Some(line),
        column,
    };
    let count = columns.len();
    match kind {
        "CAST" => {
            let expected = columns
                .iter()
                .find(|(name, _)| Some(name.as_str()) == column)
                .map(|(_, kind)| *kind);
            let expected = expected.map_or("the column's type", what);
            at(place(column), format!("The value is not {expected}."))
        }
        "TOO MANY COLUMNS" => hinted(
            at(place(None), format!("The line has more than {count} values.")),
            "Put values that hold the delimiter in double quotes.",
        ),
        "MISSING COLUMNS" => at(place(None), format!("The line has fewer than {count} values.")),
        "UNQUOTED VALUE" => hinted(
            at(place(column), "A quoted value is followed by other text."),
            "Double a quote that stands inside a value (\"\").",
        ),
        "LINE SIZE OVER MAXIMUM" => at(place(None), "The line is longer than 16 MiB."),
        "INVALID ENCODING" => hinted(
            at(place(column), "The text is not UTF-8."),
            "Save the file as CSV in UTF-8.",
        ),
        _ => at(place(column), "The line can't be read as CSV."),
    }
}

/// For people: "The value is not …".
fn what(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean => "true or false",
        ColumnType::Integer => "a whole number of at most 32 bits",
        ColumnType::Bigint => "a whole number of at most 64 bits",
        ColumnType::Decimal { .. } => "a decimal number that fits the column",
        ColumnType::Double => "a number",
        ColumnType::Date => "a date (YYYY-MM-DD)",
        ColumnType::Time => "a time (HH:MM:SS)",
        ColumnType::Timestamp => "a timestamp (YYYY-MM-DD HH:MM:SS)",
        ColumnType::Text => "text",
    }
}

fn unreadable(table: &IngestTable, error: &duckdb::Error) -> IngestError {
    let raw = error.to_string();
    let line = raw
        .split_once("CSV Error on Line: ")
        .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    if line.is_none() {
        return engine(&table.path, error);
    }
    at(
        At {
            file: file_name(&table.path),
            line,
            column: None,
        },
        "The line can't be read as CSV.",
    )
}

fn check_not_null(connection: &Connection, table: &IngestTable, column: &str) -> Result<(), IngestError> {
    let sql = format!(
        "SELECT min(rowid) FROM {} WHERE {} IS NULL",
        sql::identifier(&table.name),
        sql::identifier(column)
    );
    let row: Option<i64> = connection
        .query_row(&sql, [], |row| row.get(0))
        .map_err(|error| engine(&table.path, &error))?;
    match row {
        // Rows are lines unless a value holds a line break: then the place would be wrong.
        Some(row) => {
            let message = format!("Row {} has no value, but the column must have one.", row + 1);
            let line = u64::try_from(row)
                .ok()
                .filter(|_| !has_line_breaks(&table.path))
                .map(|row| row + 2);
            Err(at(
                At {
                    file: file_name(&table.path),
                    line,
                    column: Some(column),
                },
                message,
            ))
        }
        None => Ok(()),
    }
}

/// More quotes than none is enough to stop trusting line numbers.
fn has_line_breaks(path: &str) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.contains(&b'"'))
}
