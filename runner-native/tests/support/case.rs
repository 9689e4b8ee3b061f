//! One file, a word on how to read it, and what ingest makes of it.

use csv_analyst_protocol::ingest::{IngestError, IngestOutcome, IngestRequest, IngestTable, TableProfile};
use csv_analyst_protocol::reading::FileLimits;
use tempfile::TempDir;

/// One file on its way into a snapshot.
pub struct Case {
    pub folder: TempDir,
    pub request: IngestRequest,
}

impl Case {
    /// `reading` as JSON.
    pub fn new(name: &str, bytes: &[u8], reading: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        let out = folder.path().join("out");
        std::fs::create_dir(&out).expect("a folder");
        let request = IngestRequest {
            output: out.join("snapshot.duckdb").to_string_lossy().into_owned(),
            memory_bytes: 512 << 20,
            scratch: None,
            limits: FileLimits::default(),
            tables: vec![IngestTable {
                name: "data".into(),
                path: path.to_string_lossy().into_owned(),
                columns: Vec::new(),
                reading: serde_json::from_str(reading).expect("a reading"),
            }],
        };
        Self { folder, request }
    }

    pub fn limited(mut self, change: impl FnOnce(&mut FileLimits)) -> Self {
        change(&mut self.request.limits);
        self
    }

    pub fn table(&self) -> TableProfile {
        match super::ingest(&self.request).1 {
            IngestOutcome::Snapshot(mut profile) => profile.tables.remove(0),
            other => panic!("{other:?}"),
        }
    }

    pub fn refusal(&self) -> IngestError {
        match super::ingest(&self.request).1 {
            IngestOutcome::Error(error) => {
                let left = std::fs::read_dir(self.folder.path().join("out")).expect("it is there");
                assert_eq!(left.count(), 0, "a refused file leaves nothing");
                error
            }
            other => panic!("{other:?}"),
        }
    }
}
