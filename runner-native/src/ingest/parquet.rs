//! A Parquet file into one table, by the engine's own reader.
//!
//! Its types are kept where the snapshot has them; what is nested becomes JSON text.

use super::Context;
use super::failure::engine;
use super::names;
use super::sql;
use super::table::{Loaded, LoadedColumn};
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::ingest::{IngestCause, IngestColumn, IngestError, IngestTable};
use csv_analyst_protocol::reading::{NoteKind, WantedType};
use csv_analyst_runner::reading::failure::{Placed, refuse};
use csv_analyst_runner::reading::file::Source;
use csv_analyst_runner::reading::notes::Notes;

pub fn load(context: &Context<'_>, table: &IngestTable, source: &Source) -> Result<Loaded, IngestError> {
    let mut notes = Notes::of(&source.name);
    // The engine would take the name for a pattern, and read other files.
    if table.path.contains(['*', '?', '[', ']']) {
        return Err(refuse(
            &source.name,
            "A Parquet file's path must not hold *, ? or brackets.",
        )
        .hint("Rename it."));
    }
    let found = describe(context, table).map_err(|error| unreadable(table, &error))?;
    let limit = context.limits.columns;
    if found.len() as u64 > limit {
        return Err(
            refuse(&source.name, format!("The table has more than {limit} columns."))
                .hint("Raise `datasets.limits.columns`."),
        );
    }
    let raw: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    let columns = match table.columns.is_empty() {
        true => inferred(
            table,
            source,
            &found,
            names::clean(&raw, None, &mut notes),
            &mut notes,
        )?,
        false => declared(table, source, &found)?,
    };
    let casts: Vec<String> = columns
        .iter()
        .map(|column| format!("{} AS {}", column.expression, sql::identifier(&column.name)))
        .collect();
    let script = format!(
        "CREATE TABLE {} AS SELECT {} FROM read_parquet({})",
        sql::identifier(&table.name),
        casts.join(", "),
        sql::text(&table.path)
    );
    context.run(&script).map_err(|error| unreadable(table, &error))?;
    context.progress.tick(0);
    check_rows(context, table, source)?;
    Ok(Loaded {
        name: table.name.clone(),
        columns: columns.into_iter().map(Column::loaded).collect(),
        notes: notes.finish(),
    })
}

struct Column {
    name: String,
    kind: ColumnType,
    expression: String,
}

impl Column {
    fn loaded(self) -> LoadedColumn {
        LoadedColumn {
            column: IngestColumn {
                name: self.name,
                kind: self.kind,
                nullable: true,
            },
            unit: None,
        }
    }
}

fn describe(context: &Context<'_>, table: &IngestTable) -> duckdb::Result<Vec<(String, String)>> {
    let query = format!(
        "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet({}))",
        sql::text(&table.path)
    );
    let mut statement = context.connection.prepare(&query)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn inferred(
    table: &IngestTable,
    source: &Source,
    found: &[(String, String)],
    clean: Vec<String>,
    notes: &mut Notes,
) -> Result<Vec<Column>, IngestError> {
    let mut columns = Vec::new();
    for ((raw, engine_type), name) in found.iter().zip(clean) {
        let own = sql::identifier(raw);
        let (mut kind, mut expression) = stored(engine_type, &own);
        if expression.starts_with("to_json") {
            let message = format!("The values of `{name}` are nested and kept as JSON text.");
            notes.say(NoteKind::Nested, None, message, None);
        }
        if let Some(text) = table.reading.types.get(&name) {
            let refused = |reason: String| refuse(&source.name, reason).in_column(&name);
            kind = match WantedType::parse(text).map_err(refused)? {
                WantedType::Exactly(kind) => kind,
                WantedType::Decimal => ColumnType::Decimal {
                    precision: 18,
                    scale: 2,
                },
            };
            expression = format!("CAST({expression} AS {})", kind.sql_name());
        }
        columns.push(Column {
            name,
            kind,
            expression,
        });
    }
    if let Some(unknown) = table
        .reading
        .types
        .keys()
        .find(|name| !columns.iter().any(|it| it.name == **name))
    {
        return Err(refuse(
            &source.name,
            "`types` names a column that the file does not have.",
        )
        .in_column(unknown));
    }
    Ok(columns)
}

fn declared(
    table: &IngestTable,
    source: &Source,
    found: &[(String, String)],
) -> Result<Vec<Column>, IngestError> {
    let column = |column: &IngestColumn| {
        if !found.iter().any(|(name, _)| *name == column.name) {
            let message = format!("There is no column `{}`.", column.name);
            return Err(refuse(&source.name, message).in_column(&column.name));
        }
        Ok(Column {
            name: column.name.clone(),
            kind: column.kind,
            expression: format!(
                "CAST({} AS {})",
                sql::identifier(&column.name),
                column.kind.sql_name()
            ),
        })
    };
    table.columns.iter().map(column).collect()
}

/// The snapshot's type for one of the engine's, and the SQL that makes it.
fn stored(engine_type: &str, column: &str) -> (ColumnType, String) {
    let same = |kind| (kind, column.to_owned());
    let cast = |kind: ColumnType| (kind, format!("CAST({column} AS {})", kind.sql_name()));
    match engine_type {
        "BOOLEAN" => same(ColumnType::Boolean),
        "INTEGER" => same(ColumnType::Integer),
        "BIGINT" => same(ColumnType::Bigint),
        "DOUBLE" => same(ColumnType::Double),
        "DATE" => same(ColumnType::Date),
        "TIME" => same(ColumnType::Time),
        "TIMESTAMP" => same(ColumnType::Timestamp),
        "VARCHAR" => same(ColumnType::Text),
        "TINYINT" | "SMALLINT" | "UTINYINT" | "USMALLINT" => cast(ColumnType::Integer),
        "UINTEGER" => cast(ColumnType::Bigint),
        "UBIGINT" | "HUGEINT" | "UHUGEINT" => cast(ColumnType::Decimal {
            precision: 38,
            scale: 0,
        }),
        "FLOAT" => cast(ColumnType::Double),
        "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS" | "TIMESTAMP WITH TIME ZONE" => {
            cast(ColumnType::Timestamp)
        }
        other => match decimal(other) {
            Some(kind) => same(kind),
            None if is_nested(other) => (ColumnType::Text, format!("to_json({column})::VARCHAR")),
            None => cast(ColumnType::Text),
        },
    }
}

fn decimal(engine_type: &str) -> Option<ColumnType> {
    let inside = engine_type.strip_prefix("DECIMAL(")?.strip_suffix(')')?;
    let (precision, scale) = inside.split_once(',')?;
    Some(ColumnType::Decimal {
        precision: precision.trim().parse().ok()?,
        scale: scale.trim().parse().ok()?,
    })
}

fn is_nested(engine_type: &str) -> bool {
    engine_type.ends_with(']')
        || ["STRUCT", "MAP", "UNION"]
            .iter()
            .any(|kind| engine_type.starts_with(kind))
}

fn check_rows(context: &Context<'_>, table: &IngestTable, source: &Source) -> Result<(), IngestError> {
    let query = format!("SELECT count(*) FROM {}", sql::identifier(&table.name));
    let rows: u64 = context
        .connection
        .query_row(&query, [], |row| row.get(0))
        .map_err(|error| engine(&table.path, &error))?;
    if rows <= context.limits.rows {
        return Ok(());
    }
    let message = format!("The file has more than {} rows.", context.limits.rows);
    Err(refuse(&source.name, message).hint("Split it, or raise `datasets.limits.rows`."))
}

/// Whatever the engine says about the content of a file that could be opened is the file's fault.
fn unreadable(table: &IngestTable, error: &duckdb::Error) -> IngestError {
    let error = engine(&table.path, error);
    match error.cause {
        IngestCause::Memory => error,
        IngestCause::Storage if error.message.contains("disk is full") => error,
        _ => IngestError {
            cause: IngestCause::File,
            message: "The file can't be read as Parquet.".into(),
            hint: Some("Write it again with the program that made it; encrypted files can't be read.".into()),
            ..error
        },
    }
}
