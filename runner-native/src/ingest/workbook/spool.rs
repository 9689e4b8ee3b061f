//! Rows of a sheet in a file of our own, to be read as often as needed. Removed when it is dropped; what a
//! killed ingest leaves lies in a folder that is removed whole.

use crate::ingest::Context;
use crate::ingest::failure::{changed, publishing};
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_runner::reading::infer::column::Tally;
use csv_analyst_runner::reading::record::{Cell, Record, Records};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;

pub struct Spool {
    file_name: String,
    path: PathBuf,
    writer: Option<BufWriter<File>>,
    reader: Option<BufReader<File>>,
    limit: u64,
    written: u64,
    pub rows: u64,
    /// Cells of the longest row.
    pub width: usize,
    pub errors: Tally,
}

/// A cell on its way into the spool.
#[derive(Clone, Debug, Default)]
pub struct SheetCell {
    pub text: String,
    pub is_number: bool,
}

impl SheetCell {
    pub fn text(text: String) -> Self {
        Self {
            text,
            is_number: false,
        }
    }

    pub fn number(text: String) -> Self {
        Self {
            text,
            is_number: true,
        }
    }
}

/// Enough to find the header.
const FIRST_ROWS: usize = 500;

impl Spool {
    pub fn create(context: &Context<'_>, file_name: &str) -> Result<Self, IngestError> {
        let path = context.temporary_file();
        let file = File::create_new(&path).map_err(|error| publishing(&error))?;
        Ok(Self {
            file_name: file_name.into(),
            path,
            writer: Some(BufWriter::new(file)),
            reader: None,
            limit: context.limits.expanded_bytes,
            written: 0,
            rows: 0,
            width: 0,
            errors: Tally::default(),
        })
    }

    /// Takes the cells; a row without any is none.
    pub fn write(&mut self, line: u64, cells: &mut Vec<SheetCell>) -> Result<(), IngestError> {
        while cells.last().is_some_and(|cell| cell.text.is_empty()) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        self.rows += 1;
        self.width = self.width.max(cells.len());
        self.put(&line.to_le_bytes())?;
        self.put(&(cells.len() as u64).to_le_bytes())?;
        for cell in cells.drain(..) {
            self.put(&(cell.text.len() as u64).to_le_bytes())?;
            self.put(&[u8::from(cell.is_number)])?;
            self.put(cell.text.as_bytes())?;
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), IngestError> {
        self.written += bytes.len() as u64;
        if self.written > self.limit {
            let message = format!("The sheet has more than {} bytes.", self.limit);
            return Err(csv_analyst_runner::reading::failure::refuse(
                &self.file_name,
                message,
            ));
        }
        match &mut self.writer {
            Some(writer) => writer.write_all(bytes).map_err(|error| publishing(&error)),
            None => Ok(()),
        }
    }

    pub fn finish(&mut self) -> Result<(), IngestError> {
        if let Some(mut writer) = self.writer.take() {
            writer.flush().map_err(|error| publishing(&error))?;
        }
        self.restart()
    }

    pub fn first_rows(&mut self) -> Result<Vec<Record>, IngestError> {
        let mut rows = Vec::new();
        let mut record = Record::default();
        self.restart()?;
        while rows.len() < FIRST_ROWS && self.next(&mut record)? {
            rows.push(record.clone());
        }
        Ok(rows)
    }

    fn number(&mut self) -> Option<u64> {
        let mut bytes = [0; 8];
        let reader = self.reader.as_mut()?;
        reader.read_exact(&mut bytes).ok()?;
        Some(u64::from_le_bytes(bytes))
    }

    fn flag(&mut self) -> Result<bool, IngestError> {
        let mut byte = [0];
        let reader = self.reader.as_mut().ok_or_else(|| changed(&self.file_name))?;
        reader.read_exact(&mut byte).map_err(|error| publishing(&error))?;
        Ok(byte == [1])
    }
}

impl Records for Spool {
    fn restart(&mut self) -> Result<(), IngestError> {
        let mut file = File::open(&self.path).map_err(|error| publishing(&error))?;
        file.rewind().map_err(|error| publishing(&error))?;
        self.reader = Some(BufReader::with_capacity(256 << 10, file));
        Ok(())
    }

    fn next(&mut self, record: &mut Record) -> Result<bool, IngestError> {
        record.clear();
        let Some(line) = self.number() else {
            return Ok(false);
        };
        record.line = line;
        let cells = self.number().ok_or_else(|| changed(&self.file_name))?;
        let mut cell = Vec::new();
        for _ in 0..cells {
            let length = self.number().ok_or_else(|| changed(&self.file_name))?;
            let is_number = self.flag()?;
            cell.clear();
            let reader = self.reader.as_mut().ok_or_else(|| changed(&self.file_name))?;
            let read = reader.take(length).read_to_end(&mut cell);
            read.map_err(|error| publishing(&error))?;
            record.push(Cell {
                text: &cell,
                is_number,
            });
        }
        Ok(true)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // Its folder is removed in any case.
        let _ = std::fs::remove_file(&self.path);
    }
}
