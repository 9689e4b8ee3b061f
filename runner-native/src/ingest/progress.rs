//! How far ingest is, told on standard output while it goes on. Nobody needs to listen.

use csv_analyst_protocol::ingest::{IngestOutcome, IngestProgress, IngestTable};
use csv_analyst_runner::reading::file::Meter;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Often enough for a bar, seldom enough for a log.
const PAUSE: Duration = Duration::from_millis(250);
/// A file is read for its encoding, for its types, and for its values.
const PASSES: u64 = 3;
/// Profiling and writing follow.
const SHARE_OF_READING: u64 = 90;

pub struct Progress {
    pub meter: Meter,
    expected_bytes: u64,
    rows: Cell<u64>,
    told_at: Cell<Instant>,
}

impl Progress {
    pub fn of(tables: &[IngestTable]) -> Self {
        let size = |table: &IngestTable| std::fs::metadata(&table.path).map_or(0, |data| data.len());
        Self {
            meter: Meter::default(),
            expected_bytes: tables.iter().map(size).sum::<u64>() * PASSES,
            rows: Cell::new(0),
            told_at: Cell::new(Instant::now()),
        }
    }

    /// So many rows more are stored; 0: work went on.
    pub fn tick(&self, rows: u64) {
        self.rows.set(self.rows.get() + rows);
        if self.told_at.get().elapsed() < PAUSE {
            return;
        }
        self.told_at.set(Instant::now());
        let percent = self.meter.get() * SHARE_OF_READING / self.expected_bytes.max(1);
        crate::serve::print_line(&IngestOutcome::Progress(IngestProgress {
            percent: percent.min(SHARE_OF_READING) as u8,
            rows: self.rows.get(),
        }));
    }
}
