//! Which sources changed since the last look: by asking the file system, a few hundred files.
//!
//! Asking is portable and cheap at this size; no watcher has to be installed or can overflow.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::fingerprint::files_under;
use crate::workspace::Workspace;

/// What the service is made from; tests and documents are not.
const WATCHED: [&str; 13] = [
    "Cargo.toml",
    "Cargo.lock",
    "datasets/registry.json",
    "planner/src",
    "protocol/src",
    "runner-native/src",
    "runner-wasm/src",
    "runner-wasm/wit",
    "server/src",
    "server/migrations",
    "web/src",
    "web/style",
    "web/public",
];

/// An editor that saves several files at once is given time to finish.
const SETTLE: Duration = Duration::from_millis(200);

type Times = BTreeMap<PathBuf, SystemTime>;

pub struct Watch {
    inputs: Vec<PathBuf>,
    seen: Times,
}

impl Watch {
    pub fn begin(workspace: &Workspace) -> Result<Self> {
        let inputs: Vec<PathBuf> = WATCHED.iter().map(|name| workspace.root.join(name)).collect();
        let seen = times(&inputs)?;
        Ok(Self { inputs, seen })
    }

    /// Whether anything is new, gone or written since the last `true`.
    pub fn changed(&mut self) -> Result<bool> {
        let mut now = times(&self.inputs)?;
        if now == self.seen {
            return Ok(false);
        }
        loop {
            thread::sleep(SETTLE);
            let later = times(&self.inputs)?;
            if later == now {
                break;
            }
            now = later;
        }
        self.seen = now;
        Ok(true)
    }
}

fn times(inputs: &[PathBuf]) -> Result<Times> {
    let files = files_under(inputs)?.into_iter();
    // A file that vanished between the listing and the look shows up as gone the next time.
    Ok(files
        .filter_map(|file| Some((file.clone(), fs::metadata(&file).ok()?.modified().ok()?)))
        .collect())
}
