//! What every reader of a file works with.

use super::progress::Progress;
use csv_analyst_protocol::ingest::IngestRequest;
use csv_analyst_protocol::reading::FileLimits;
use csv_analyst_runner::reading::names::unique;
use duckdb::Connection;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub struct Context<'a> {
    pub connection: &'a Connection,
    pub progress: &'a Progress,
    pub limits: FileLimits,
    pub memory_bytes: u64,
    /// The unfinished snapshot; temporary files stand beside it.
    partial: &'a Path,
    temporary_files: Cell<u32>,
    table_names: RefCell<HashMap<String, usize>>,
}

impl<'a> Context<'a> {
    pub fn new(
        request: &IngestRequest,
        connection: &'a Connection,
        progress: &'a Progress,
        partial: &'a Path,
    ) -> Self {
        let names = request.tables.iter().map(|table| (table.name.to_lowercase(), 1));
        Self {
            connection,
            progress,
            limits: request.limits,
            memory_bytes: request.memory_bytes,
            partial,
            temporary_files: Cell::new(0),
            table_names: RefCell::new(names.collect()),
        }
    }

    pub fn run(&self, script: &str) -> duckdb::Result<()> {
        self.connection.execute_batch(script)
    }

    pub fn temporary_file(&self) -> PathBuf {
        let number = self.temporary_files.get();
        self.temporary_files.set(number + 1);
        let mut name = self.partial.as_os_str().to_owned();
        name.push(format!(".{number}.rows"));
        PathBuf::from(name)
    }

    /// Lower case letters, digits and underscores; with the file's name in front where it is taken.
    pub fn name_of_sheet(&self, file: &str, sheet: &str) -> String {
        let words: Vec<String> = sheet
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let own: String = words.join("_").chars().take(64).collect();
        let mut taken = self.table_names.borrow_mut();
        match own.as_str() {
            "" => unique(&format!("{file}_sheet"), &mut taken),
            own if taken.contains_key(own) => unique(&format!("{file}_{own}"), &mut taken),
            own => unique(own, &mut taken),
        }
    }
}
