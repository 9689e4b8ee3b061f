//! A Parquet file's rows, a batch at a time and never the whole: columns that are kept go through as the
//! engine gives them, texts are read, and rows that do not fit are refused or left out.

use super::{Field, file, unreadable};
use crate::engine::beside;
use crate::ingest::batch::{Batch, schema};
use crate::ingest::failure::{changed, engine};
use crate::ingest::rows::Sieve;
use crate::ingest::table::{Job, Plan};
use crate::ingest::values::Value;
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_runner::reading::file::Source;
use csv_analyst_runner::reading::notes::Notes;
use csv_analyst_runner::reading::record::Cell;
use duckdb::Connection;
use duckdb::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray, StructArray};
use duckdb::arrow::compute::filter;
use duckdb::arrow::datatypes::Schema;
use std::cell::Cell as Counter;
use std::sync::Arc;

/// The file's rows, on a connection of their own: the other one writes meanwhile.
pub struct Stream<'a> {
    job: &'a Job<'a>,
    source: &'a Source,
    connection: Connection,
    /// Of the passes that a file of text takes, so many are this one: for showing progress.
    passes: u8,
    rows: u64,
    done: Counter<u64>,
}

impl<'a> Stream<'a> {
    pub fn of(job: &'a Job<'a>, source: &'a Source, passes: u8) -> Result<Self, IngestError> {
        let connection = beside(job.context.connection).map_err(|error| engine(&job.table.path, &error))?;
        let count = format!("SELECT count(*) FROM {}", file(job.table));
        let rows = connection.query_row(&count, [], |row| row.get(0));
        Ok(Self {
            job,
            source,
            connection,
            passes,
            rows: rows.map_err(|error| unreadable(job.table, &error))?,
            done: Counter::new(0),
        })
    }

    /// Calls `take` with the values of these expressions and the number of the batch's first row, from 1.
    pub fn each(
        &self,
        expressions: &[&str],
        mut take: impl FnMut(&StructArray, u64) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let failed = |error: duckdb::Error| unreadable(self.job.table, &error);
        let query = format!("SELECT {} FROM {}", expressions.join(", "), file(self.job.table));
        let mut statement = self.connection.prepare(&query).map_err(failed)?;
        // Its iterator panics where a step says what is wrong.
        let _ = statement.stream_arrow([]).map_err(failed)?;
        let mut first = 1;
        while let Some(batch) = statement.step().map_err(failed)? {
            take(&batch, first)?;
            first += batch.len() as u64;
            self.advance(batch.len() as u64);
        }
        Ok(())
    }

    /// So much of the file was read, as if it were read in order.
    fn advance(&self, rows: u64) {
        let all = u128::from(self.source.bytes) * u128::from(self.passes);
        let share = |rows: u64| (all * u128::from(rows.min(self.rows)) / u128::from(self.rows.max(1))) as u64;
        let before = share(self.done.get());
        self.done.set(self.done.get() + rows);
        self.source.count(share(self.done.get()) - before);
    }
}

/// The texts of one column.
pub struct Cells<'b> {
    texts: &'b StringArray,
    are_numbers: bool,
}

impl<'b> Cells<'b> {
    pub fn of(job: &Job<'_>, column: &'b ArrayRef, field: &Field) -> Result<Self, IngestError> {
        let texts = column.as_any().downcast_ref();
        Ok(Self {
            texts: texts.ok_or_else(|| changed(&job.table.path))?,
            are_numbers: field.kind.is_number(),
        })
    }

    pub fn cell(&self, row: usize) -> Cell<'b> {
        match self.texts.is_null(row) {
            true => Cell::default(),
            false => Cell {
                text: self.texts.value(row).as_bytes(),
                is_number: self.are_numbers,
            },
        }
    }
}

struct Fill<'a> {
    job: &'a Job<'a>,
    found: &'a [Field],
    plans: &'a [Plan],
    schema: Arc<Schema>,
    /// Of the columns that are read, not kept.
    read: Option<Batch>,
}

pub fn fill(
    job: &Job<'_>,
    source: &Source,
    found: &[Field],
    plans: &[Plan],
    notes: &mut Notes,
) -> Result<(), IngestError> {
    let failed = |error: duckdb::Error| engine(&job.table.path, &error);
    let mut fill = Fill::new(job, found, plans);
    let expressions = fill.expressions();
    let mut sieve = job.sieve();
    job.context.run("BEGIN TRANSACTION").map_err(failed)?;
    let mut appender = job.context.connection.appender(&job.name).map_err(failed)?;
    Stream::of(job, source, 2)?.each(&expressions, |batch, first| {
        let made = fill.take(batch, first, &mut sieve)?;
        let rows = made.num_rows() as u64;
        appender.append_record_batch(made).map_err(failed)?;
        job.context.progress.tick(rows);
        Ok(())
    })?;
    appender.flush().map_err(failed)?;
    drop(appender);
    job.context.run("COMMIT").map_err(failed)?;
    sieve.remark(notes);
    Ok(())
}

impl<'a> Fill<'a> {
    fn new(job: &'a Job<'a>, found: &'a [Field], plans: &'a [Plan]) -> Self {
        let column = |plan: &Plan| (plan.name.clone(), plan.choice.kind);
        let all: Vec<_> = plans.iter().map(column).collect();
        let mut fill = Self {
            job,
            found,
            plans,
            schema: schema(&all),
            read: None,
        };
        let read: Vec<_> = plans
            .iter()
            .filter(|plan| !fill.keeps(plan))
            .map(column)
            .collect();
        fill.read = (!read.is_empty()).then(|| Batch::new(&read));
        fill
    }

    fn field(&self, plan: &Plan) -> &'a Field {
        &self.found[plan.place]
    }

    fn keeps(&self, plan: &Plan) -> bool {
        self.field(plan).kind == plan.choice.kind
    }

    fn expressions(&self) -> Vec<&'a str> {
        let expression = |plan: &Plan| match self.keeps(plan) {
            true => self.field(plan).value.as_str(),
            false => self.field(plan).text.as_str(),
        };
        self.plans.iter().map(expression).collect()
    }

    /// The batch as it goes into the table.
    fn take(
        &mut self,
        batch: &StructArray,
        first: u64,
        sieve: &mut Sieve<'_>,
    ) -> Result<RecordBatch, IngestError> {
        let watched = self.watched(batch)?;
        let fits = match watched.is_empty() {
            true => sieve.count_rows(batch.len() as u64).map(|()| None)?,
            false => Some(self.read_rows(&watched, batch.len(), first, sieve)?),
        };
        let path = &self.job.table.path;
        let read = self
            .read
            .as_mut()
            .map(|read| read.take().map_err(|_| changed(path)));
        let read = read.transpose()?;
        let mut read = read.iter().flat_map(|made| made.columns().iter().cloned());
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.plans.len());
        for (plan, column) in self.plans.iter().zip(batch.columns()) {
            columns.push(match (self.keeps(plan), &fits) {
                (false, _) => read.next().ok_or_else(|| changed(path))?,
                (true, Some(fits)) if fits.has_false() => filter(column, fits).map_err(|_| changed(path))?,
                (true, _) => column.clone(),
            });
        }
        RecordBatch::try_new(self.schema.clone(), columns).map_err(|_| changed(path))
    }

    /// The columns in which a row may turn out not to fit.
    fn watched<'b>(&self, batch: &'b StructArray) -> Result<Vec<Watched<'a, 'b>>, IngestError> {
        let mut watched = Vec::new();
        for (plan, column) in self.plans.iter().zip(batch.columns()) {
            match self.keeps(plan) {
                true if plan.nullable => {}
                true => watched.push(Watched::Kept(plan, column)),
                false => watched.push(Watched::Read(
                    plan,
                    Cells::of(self.job, column, self.field(plan))?,
                )),
            }
        }
        Ok(watched)
    }

    /// Which rows fit; their values that are read go into the batch.
    fn read_rows(
        &mut self,
        watched: &[Watched<'_, '_>],
        rows: usize,
        first: u64,
        sieve: &mut Sieve<'_>,
    ) -> Result<BooleanArray, IngestError> {
        let mut fits = Vec::with_capacity(rows);
        for row in 0..rows {
            sieve.count_rows(1)?;
            let values = watched
                .iter()
                .filter_map(|column| column.value(self.job, row, first + row as u64).transpose());
            let values: Result<Vec<Value<'_>>, IngestError> = values.collect();
            fits.push(values.is_ok());
            match (values, &mut self.read) {
                (Ok(values), Some(read)) => read.push(&values),
                (Ok(_), None) => {}
                (Err(error), _) => sieve.take_back(error)?,
            }
        }
        Ok(fits.into())
    }
}

enum Watched<'p, 'b> {
    Kept(&'p Plan, &'b ArrayRef),
    Read(&'p Plan, Cells<'b>),
}

impl<'b> Watched<'_, 'b> {
    /// `None`: the row fits, and its value is kept.
    fn value(&self, job: &Job<'_>, row: usize, number: u64) -> Result<Option<Value<'b>>, IngestError> {
        match self {
            Self::Kept(plan, column) if column.is_null(row) => {
                job.present(Value::Null, plan, number, number).map(|_| None)
            }
            Self::Kept(..) => Ok(None),
            Self::Read(plan, cells) => {
                let value = job.value(cells.cell(row), plan, number)?;
                job.present(value, plan, number, number).map(Some)
            }
        }
    }
}
