//! Records into one table: types from every value, then every value into the table. All rows or an error
//! with the place of the first that does not fit.

use super::Context;
use super::batch::Batch;
use super::failure::{changed, engine};
use super::rows::{Shape, Sieve};
use super::values::{Value, value, what};
use super::{names, sql};
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::ingest::{IngestColumn, IngestError, IngestTable};
use csv_analyst_protocol::reading::{Note, Reading, WantedType};
use csv_analyst_runner::reading::failure::{Placed, refuse};
use csv_analyst_runner::reading::infer::choice::{Remark, infer};
use csv_analyst_runner::reading::infer::wanted::{declared, wanted};
use csv_analyst_runner::reading::infer::{Choice, Column, Evidence, trim};
use csv_analyst_runner::reading::notes::Notes;
use csv_analyst_runner::reading::record::{Cell, Record, Records};

/// A table that is in the snapshot.
pub struct Loaded {
    pub name: String,
    pub columns: Vec<LoadedColumn>,
    pub notes: Vec<Note>,
}

pub struct LoadedColumn {
    pub name: String,
    pub kind: ColumnType,
    pub unit: Option<String>,
}

/// A column of the file on its way into the table.
pub struct Plan {
    /// Its place in a record.
    pub place: usize,
    pub name: String,
    pub nullable: bool,
    pub choice: Choice,
}

/// One file's records, and what is known about them.
pub struct Job<'a> {
    pub context: &'a Context<'a>,
    pub table: &'a IngestTable,
    /// Without its folder.
    pub file: &'a str,
    /// In the snapshot.
    pub name: String,
    pub shape: Shape,
    pub delimiter: Option<u8>,
    /// Of one file's tables: what is said of the file need not fit each.
    pub is_one_of_several: bool,
}

impl Job<'_> {
    pub fn load(&self, records: &mut dyn Records, mut notes: Notes) -> Result<Loaded, IngestError> {
        self.check_width()?;
        let plans = match self.table.columns.is_empty() {
            true => self.infer(records, &mut notes)?,
            false => self.declared()?,
        };
        self.create(&plans)?;
        self.fill(records, &plans, &mut notes)?;
        Ok(self.loaded(plans, notes))
    }

    pub fn loaded(&self, plans: Vec<Plan>, notes: Notes) -> Loaded {
        let column = |plan: Plan| LoadedColumn {
            name: plan.name,
            kind: plan.choice.kind,
            unit: plan.choice.unit,
        };
        Loaded {
            name: self.name.clone(),
            columns: plans.into_iter().map(column).collect(),
            notes: notes.finish(),
        }
    }

    pub fn reading(&self) -> &Reading {
        &self.table.reading
    }

    fn refuse(&self, message: impl Into<String>) -> IngestError {
        refuse(self.file, message)
    }

    pub fn check_width(&self) -> Result<(), IngestError> {
        let (count, limit) = (self.shape.raw_names.len() as u64, self.context.limits.columns);
        if count <= limit {
            return Ok(());
        }
        let message = format!("The table has {count} columns, more than the {limit} that one may have.");
        let error = self.refuse(message).on(self.shape.header_line.unwrap_or(1));
        Err(error.hint(match self.delimiter {
            Some(_) => "Check the delimiter, or raise `datasets.limits.columns`.",
            None => "Raise `datasets.limits.columns`.",
        }))
    }

    pub fn declared(&self) -> Result<Vec<Plan>, IngestError> {
        names::check_declared(self)?;
        let plan = |(place, column): (usize, &IngestColumn)| Plan {
            place: names::place(self, place, &column.name),
            name: column.name.clone(),
            nullable: column.nullable,
            choice: declared(column.kind, self.reading()),
        };
        Ok(self.table.columns.iter().enumerate().map(plan).collect())
    }

    fn infer(&self, records: &mut dyn Records, notes: &mut Notes) -> Result<Vec<Plan>, IngestError> {
        let columns = self.look(records)?;
        let is_nameless = |place: usize| self.shape.raw_names[place].trim().is_empty();
        let is_filler = |place: usize| {
            let column = &columns[place];
            is_nameless(place)
                && self.shape.header_line.is_some()
                && column.values + column.nullish.count == 0
        };
        let kept: Vec<usize> = (0..columns.len()).filter(|place| !is_filler(*place)).collect();
        if kept.is_empty() {
            return Err(self.refuse("The file has no columns."));
        }
        let raw: Vec<String> = kept
            .iter()
            .map(|place| self.shape.raw_names[*place].clone())
            .collect();
        let clean = names::clean(&raw, self.shape.header_line, notes);
        names::check_known(self, &clean)?;
        let evidence = Evidence::gather(&columns, self.reading(), self.delimiter);
        let mut plans = Vec::with_capacity(kept.len());
        for (place, name) in kept.into_iter().zip(clean) {
            let choice = self.choose(&name, &columns[place], evidence)?;
            plans.push(Plan {
                place,
                name,
                nullable: true,
                choice,
            });
        }
        remark(&plans, notes);
        Ok(plans)
    }

    /// The first pass: what all values of each column have in common.
    fn look(&self, records: &mut dyn Records) -> Result<Vec<Column>, IngestError> {
        let mut columns = vec![Column::default(); self.shape.raw_names.len()];
        let mut sieve = self.sieve();
        let mut record = Record::default();
        records.restart()?;
        while records.next(&mut record)? {
            if !sieve.lets_pass(&record)? {
                continue;
            }
            for (place, column) in columns.iter_mut().enumerate() {
                self.show(column, record.typed_cell(place), record.line);
            }
            if sieve.rows.is_multiple_of(TICK_ROWS) {
                self.context.progress.tick(0);
            }
        }
        Ok(columns)
    }

    pub fn show(&self, column: &mut Column, cell: Cell<'_>, line: u64) {
        if !cell.text.is_empty() && !is_null(cell.text, self.nulls()) {
            column.see(cell, line, self.reading().null_values.is_none());
        }
    }

    pub fn choose(&self, name: &str, column: &Column, evidence: Evidence) -> Result<Choice, IngestError> {
        let Some(text) = self.reading().types.get(name) else {
            return Ok(infer(column, evidence, self.reading()));
        };
        let refused = |message: String| self.refuse(message).in_column(name);
        let kind = self.wanted_type(name, text)?;
        wanted(column, kind, evidence, self.reading()).map_err(|reason| {
            refused(format!("It can't be read as {text}: {reason}."))
                .hint("Say which with `date_format = \"dmy\"` or `\"mdy\"`.")
        })
    }

    pub fn wanted_type(&self, name: &str, text: &str) -> Result<WantedType, IngestError> {
        WantedType::parse(text).map_err(|reason| self.refuse(format!("`types`: {reason}.")).in_column(name))
    }

    pub fn create(&self, plans: &[Plan]) -> Result<(), IngestError> {
        let column = |plan: &Plan| format!("{} {}", sql::identifier(&plan.name), plan.choice.kind.sql_name());
        let columns: Vec<String> = plans.iter().map(column).collect();
        let script = format!(
            "CREATE TABLE {} ({})",
            sql::identifier(&self.name),
            columns.join(", ")
        );
        self.context
            .run(&script)
            .map_err(|error| engine(&self.table.path, &error))
    }

    /// The second pass.
    fn fill(&self, records: &mut dyn Records, plans: &[Plan], notes: &mut Notes) -> Result<(), IngestError> {
        let failed = |error: duckdb::Error| engine(&self.table.path, &error);
        self.context.run("BEGIN TRANSACTION").map_err(failed)?;
        let mut appender = self.context.connection.appender(&self.name).map_err(failed)?;
        let columns: Vec<_> = plans
            .iter()
            .map(|plan| (plan.name.clone(), plan.choice.kind))
            .collect();
        let mut batch = Batch::new(&columns);
        let mut sieve = self.sieve();
        let mut record = Record::default();
        records.restart()?;
        loop {
            let has_more = records.next(&mut record)?;
            if has_more && sieve.lets_pass(&record)? {
                match self.row(&record, plans, sieve.rows) {
                    Ok(row) => batch.push(&row),
                    Err(error) => sieve.take_back(error)?,
                }
            }
            if batch.is_full() || (!has_more && batch.rows > 0) {
                let rows = batch.rows as u64;
                let made = batch.take().map_err(|_| changed(&self.table.path))?;
                appender.append_record_batch(made).map_err(failed)?;
                self.context.progress.tick(rows);
            }
            if !has_more {
                break;
            }
        }
        appender.flush().map_err(failed)?;
        drop(appender);
        self.context.run("COMMIT").map_err(failed)?;
        sieve.remark(notes);
        Ok(())
    }

    fn row<'r>(
        &self,
        record: &'r Record,
        plans: &[Plan],
        number: u64,
    ) -> Result<Vec<Value<'r>>, IngestError> {
        let mut row = Vec::with_capacity(plans.len());
        for plan in plans {
            let value = self.value(record.typed_cell(plan.place), plan, record.line);
            row.push(value.and_then(|value| self.present(value, plan, record.line, number))?);
        }
        Ok(row)
    }

    pub fn value<'r>(&self, cell: Cell<'r>, plan: &Plan, line: u64) -> Result<Value<'r>, IngestError> {
        value(cell, &plan.choice, self.nulls()).ok_or_else(|| self.misfit(line, plan))
    }

    /// Refuses "no value" where there must be one.
    pub fn present<'r>(
        &self,
        value: Value<'r>,
        plan: &Plan,
        line: u64,
        number: u64,
    ) -> Result<Value<'r>, IngestError> {
        if plan.nullable || value != Value::Null {
            return Ok(value);
        }
        let message = format!("Row {number} has no value, but the column must have one.");
        Err(self.refuse(message).on(line).in_column(&plan.name))
    }

    fn misfit(&self, line: u64, plan: &Plan) -> IngestError {
        let error = self
            .refuse(format!("The value is not {}.", what(plan.choice.kind)))
            .on(line)
            .in_column(&plan.name);
        match self.reading().types.get(&plan.name) {
            Some(text) => error.hint(format!(
                "`types` says that the column is {text}; set `max_bad_rows` to leave such rows out, or name \
                 what means \"no value\" in `null_values`."
            )),
            None => error,
        }
    }

    pub fn sieve(&self) -> Sieve<'_> {
        Sieve::new(self.file, &self.shape, self.reading(), self.context.limits.rows)
    }

    fn nulls(&self) -> &[String] {
        self.reading().null_values.as_deref().unwrap_or_default()
    }
}

const TICK_ROWS: u64 = 4_096;

fn is_null(cell: &[u8], nulls: &[String]) -> bool {
    !nulls.is_empty() && nulls.iter().any(|null| null.as_bytes() == trim(cell))
}

/// Notes of columns; where many columns say the same, the first speaks for all.
fn remark(plans: &[Plan], notes: &mut Notes) {
    let mut said: Vec<(Note, u64)> = Vec::new();
    for plan in plans {
        for remark in &plan.choice.remarks {
            let is_same = |note: &Note| note.kind == remark.kind && note.message == remark.message;
            match said.iter_mut().find(|(note, _)| is_same(note)) {
                Some((_, others)) => *others += 1,
                None => said.push((note(remark, &plan.name), 0)),
            }
        }
    }
    for (note, others) in said {
        let others = match others {
            0 => String::new(),
            1 => " So is one more column.".into(),
            _ => format!(" So are {others} more columns."),
        };
        notes.add(Note {
            message: note.message + &others,
            ..note
        });
    }
}

fn note(remark: &Remark, column: &str) -> Note {
    Note {
        kind: remark.kind,
        line: remark.line,
        column: Some(column.into()),
        message: remark.message.clone(),
        instead: remark.instead.as_ref().map(|text| text.replace("COLUMN", column)),
        ..Note::default()
    }
}
