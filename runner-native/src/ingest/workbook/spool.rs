//! Rows of a sheet in a file of our own, to be read as often as needed. It has no name: nothing is left of it,
//! however ingest ends.

use crate::ingest::failure::publishing;
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_runner::reading::failure::refuse;
use csv_analyst_runner::reading::infer::column::Tally;
use csv_analyst_runner::reading::record::{Cell, Record, Records};
use std::fs::{self, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

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

/// What is known of the rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent {
    pub rows: u64,
    /// Cells of the longest row.
    pub width: usize,
    /// Cells that show an error.
    pub errors: Tally,
}

/// A spool that takes rows.
pub struct Spooling<F: Write> {
    writer: BufWriter<F>,
    file_name: String,
    limit: u64,
    written: u64,
    pub extent: Extent,
}

/// A spool that gives them.
pub struct Spool<F> {
    reader: BufReader<F>,
    read_rows: u64,
    /// Of the cell that is being read.
    text: Vec<u8>,
    pub extent: Extent,
}

/// Open for both, and without a name already.
pub fn nameless(path: &Path) -> Result<fs::File, IngestError> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).open(path);
    file.and_then(|file| fs::remove_file(path).map(|()| file))
        .map_err(|error| publishing(&error))
}

impl<F: Read + Write + Seek> Spooling<F> {
    /// `file_name` is the workbook's, and `limit` how many bytes a sheet may have.
    pub fn into(file: F, file_name: &str, limit: u64) -> Self {
        Self {
            writer: BufWriter::new(file),
            file_name: file_name.into(),
            limit,
            written: 0,
            extent: Extent::default(),
        }
    }

    /// Takes the cells; a row without any is none.
    pub fn write(&mut self, line: u64, cells: &mut Vec<SheetCell>) -> Result<(), IngestError> {
        while cells.last().is_some_and(|cell| cell.text.is_empty()) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        self.extent.rows += 1;
        self.extent.width = self.extent.width.max(cells.len());
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
            return Err(refuse(&self.file_name, message));
        }
        self.writer.write_all(bytes).map_err(|error| publishing(&error))
    }

    pub fn finish(self) -> Result<Spool<F>, IngestError> {
        let file = self
            .writer
            .into_inner()
            .map_err(|error| publishing(error.error()))?;
        let mut spool = Spool {
            reader: BufReader::with_capacity(256 << 10, file),
            read_rows: 0,
            text: Vec::new(),
            extent: self.extent,
        };
        spool.restart()?;
        Ok(spool)
    }
}

/// Enough to find the header.
const FIRST_ROWS: usize = 500;

impl<F: Read + Seek> Spool<F> {
    pub fn first_rows(&mut self) -> Result<Vec<Record>, IngestError> {
        let mut rows = Vec::new();
        let mut record = Record::default();
        self.restart()?;
        while rows.len() < FIRST_ROWS && self.next(&mut record)? {
            rows.push(record.clone());
        }
        Ok(rows)
    }

    fn row(&mut self, record: &mut Record) -> std::io::Result<()> {
        record.line = self.number()?;
        for _ in 0..self.number()? {
            let length = self.number()?;
            let is_number = self.bytes::<1>()? == [1];
            self.text.resize(length as usize, 0);
            self.reader.read_exact(&mut self.text)?;
            record.push(Cell {
                text: &self.text,
                is_number,
            });
        }
        Ok(())
    }

    fn number(&mut self) -> std::io::Result<u64> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl<F: Read + Seek> Records for Spool<F> {
    fn restart(&mut self) -> Result<(), IngestError> {
        self.read_rows = 0;
        self.reader.rewind().map_err(|error| publishing(&error))
    }

    /// The end is where the last row was, not where reading fails.
    fn next(&mut self, record: &mut Record) -> Result<bool, IngestError> {
        record.clear();
        if self.read_rows == self.extent.rows {
            return Ok(false);
        }
        self.read_rows += 1;
        self.row(record).map_err(|error| publishing(&error))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::ingest::IngestCause;
    use std::io::{Cursor, SeekFrom};

    fn row(text: &str) -> Vec<SheetCell> {
        vec![SheetCell::text(text.into()), SheetCell::number("1.5".into())]
    }

    fn spool<F: Read + Write + Seek>(file: F) -> Spool<F> {
        let mut spooling = Spooling::into(file, "book.xlsx", 1 << 20);
        for (line, text) in [(1, "a"), (2, "b"), (5, "c")] {
            spooling.write(line, &mut row(text)).expect("memory");
        }
        spooling.finish().expect("memory")
    }

    #[test]
    fn rows_come_back_as_often_as_they_are_asked_for() {
        let mut spool = spool(Cursor::new(Vec::new()));
        for _ in 0..2 {
            spool.restart().expect("memory");
            let (mut record, mut told) = (Record::default(), Vec::new());
            while spool.next(&mut record).expect("memory") {
                told.push((
                    record.line,
                    record.cell(0).to_vec(),
                    record.typed_cell(1).is_number,
                ));
            }
            assert_eq!(
                told,
                [
                    (1, b"a".to_vec(), true),
                    (2, b"b".to_vec(), true),
                    (5, b"c".to_vec(), true)
                ]
            );
        }
    }

    /// A disk that gives the first so many bytes only.
    struct Failing {
        inner: Cursor<Vec<u8>>,
        readable: u64,
    }

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let left = self.readable.saturating_sub(self.inner.position());
            match left {
                0 => Err(std::io::ErrorKind::TimedOut.into()),
                _ => Read::by_ref(&mut self.inner).take(left).read(buffer),
            }
        }
    }

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.inner.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Failing {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.inner.seek(to)
        }
    }

    #[test]
    fn a_disk_that_fails_between_two_rows_is_not_the_end_of_the_table() {
        let one_row = 8 + 8 + (8 + 1 + 1) + (8 + 1 + 3);
        let mut spool = spool(Failing {
            inner: Cursor::new(Vec::new()),
            readable: 2 * one_row,
        });
        let mut record = Record::default();
        assert!(spool.next(&mut record).expect("readable"));
        assert!(spool.next(&mut record).expect("readable"));
        let error = spool.next(&mut record).expect_err("a row is missing");
        assert_eq!(error.cause, IngestCause::Storage);
    }
}
