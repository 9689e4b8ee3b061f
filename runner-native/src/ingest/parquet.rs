//! A Parquet file into one table, by the engine's own reader.
//!
//! Its types are kept where the snapshot has them; what is nested becomes JSON text. A column that somebody
//! wants in another type is read as its text, by the same rules and with the same words as any other file's.

mod stream;

use super::Context;
use super::failure::{changed, engine};
use super::names;
use super::rows::{Shape, ShortRows};
use super::sql;
use super::table::{Job, Loaded, Plan};
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::ingest::{IngestCause, IngestError, IngestTable};
use csv_analyst_protocol::reading::{NoteKind, WantedType};
use csv_analyst_runner::reading::failure::{Placed, refuse};
use csv_analyst_runner::reading::file::Source;
use csv_analyst_runner::reading::infer::wanted::declared;
use csv_analyst_runner::reading::infer::{Column, Evidence};
use csv_analyst_runner::reading::notes::Notes;
use duckdb::arrow::array::Array;
use stream::Stream;

pub fn load(context: &Context<'_>, table: &IngestTable, source: &Source) -> Result<Loaded, IngestError> {
    // The engine would take the name for a pattern, and read other files.
    if table.path.contains(['*', '?', '[', ']']) {
        let message = "A Parquet file's path must not hold *, ? or brackets.";
        return Err(refuse(&source.name, message).hint("Rename it."));
    }
    let found = describe(context, table).map_err(|error| unreadable(table, &error))?;
    let job = Job {
        context,
        table,
        file: &source.name,
        name: table.name.clone(),
        shape: Shape {
            raw_names: found.iter().map(|field| field.name.clone()).collect(),
            header_line: None,
            data_after: 0,
            short_rows: ShortRows::Usual,
            keeps_blank_rows: true,
            noun: "row",
        },
        delimiter: None,
        is_one_of_several: false,
    };
    job.check_width()?;
    let mut notes = Notes::of(&source.name);
    let plans = match table.columns.is_empty() {
        true => inferred(&job, source, &found, &mut notes)?,
        false => job.declared()?,
    };
    job.create(&plans)?;
    stream::fill(&job, source, &found, &plans, &mut notes)?;
    // The engine opens the path by itself.
    if !source.is_at(&table.path) {
        return Err(changed(&table.path));
    }
    Ok(job.loaded(plans, notes))
}

/// A column as the file has it.
pub struct Field {
    name: String,
    /// The snapshot's type for its values.
    kind: ColumnType,
    /// The SQL that makes them.
    value: String,
    /// The SQL that makes their texts.
    text: String,
}

impl Field {
    fn new(name: String, engine_type: &str) -> Self {
        let own = sql::identifier(&name);
        let (kind, value) = stored(engine_type, &own);
        let text = match engine_type {
            // As a double it has digits that nobody wrote.
            "FLOAT" => format!("CAST({own} AS VARCHAR)"),
            _ => format!("CAST({value} AS VARCHAR)"),
        };
        Self {
            name,
            kind,
            value,
            text,
        }
    }

    fn is_nested(&self) -> bool {
        self.value.starts_with("to_json")
    }

    fn has(&self, wanted: WantedType) -> bool {
        match wanted {
            WantedType::Exactly(kind) => kind == self.kind,
            WantedType::Decimal => matches!(self.kind, ColumnType::Decimal { .. }),
        }
    }
}

fn describe(context: &Context<'_>, table: &IngestTable) -> duckdb::Result<Vec<Field>> {
    let query = format!(
        "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {})",
        file(table)
    );
    let mut statement = context.connection.prepare(&query)?;
    let rows = statement.query_map([], |row| {
        let engine_type: String = row.get(1)?;
        Ok(Field::new(row.get(0)?, &engine_type))
    })?;
    rows.collect()
}

fn file(table: &IngestTable) -> String {
    format!("read_parquet({})", sql::text(&table.path))
}

fn inferred(
    job: &Job<'_>,
    source: &Source,
    found: &[Field],
    notes: &mut Notes,
) -> Result<Vec<Plan>, IngestError> {
    let clean = names::clean(&job.shape.raw_names, None, notes);
    names::check_known(job, &clean)?;
    let mut plans = Vec::new();
    let mut retyped = Vec::new();
    for (place, (field, name)) in found.iter().zip(clean).enumerate() {
        if field.is_nested() {
            let message = format!("The values of `{name}` are nested and kept as JSON text.");
            notes.say(NoteKind::Nested, None, message, None);
        }
        if let Some(text) = job.reading().types.get(&name)
            && !field.has(job.wanted_type(&name, text)?)
        {
            retyped.push(place);
        }
        plans.push(Plan {
            place,
            name,
            nullable: true,
            choice: declared(field.kind, job.reading()),
        });
    }
    if retyped.is_empty() {
        return Ok(plans);
    }
    let columns = look(job, source, found, &retyped)?;
    let evidence = Evidence::gather(&columns, job.reading(), None);
    for (place, column) in retyped.into_iter().zip(&columns) {
        let plan = &mut plans[place];
        plan.choice = job.choose(&plan.name, column, evidence)?;
    }
    Ok(plans)
}

/// What all values of these columns have in common.
fn look(
    job: &Job<'_>,
    source: &Source,
    found: &[Field],
    places: &[usize],
) -> Result<Vec<Column>, IngestError> {
    let mut columns = vec![Column::default(); places.len()];
    let texts: Vec<&str> = places.iter().map(|place| found[*place].text.as_str()).collect();
    let stream = Stream::of(job, source, 1)?;
    stream.each(&texts, |batch, first| {
        for (index, (column, place)) in columns.iter_mut().zip(places).enumerate() {
            let cells = stream::Cells::of(job, batch.column(index), &found[*place])?;
            for row in 0..batch.len() {
                job.show(column, cells.cell(row), first + row as u64);
            }
        }
        job.context.progress.tick(0);
        Ok(())
    })?;
    Ok(columns)
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
