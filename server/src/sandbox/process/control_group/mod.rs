//! Control groups: the kernel itself counts a sandbox's memory, processes and processor time, and
//! ends all of it at once, whatever session or parent its processes have chosen.
//!
//! A group is made for one sandbox, entered before the runner's first instruction, and removed with
//! it. Version 2 is used where it has the controllers, else version 1. Where neither can be written
//! this guard is missing, and the reason says what would give it.

mod delegation;
mod group;
mod hierarchy;
mod under_way;

pub use group::{ControlGroup, Doors, GroupLimits};
pub use under_way::{UnderWay, removals_have_ended};

use hierarchy::Hierarchies;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// As guards are called in reports.
pub const GUARD: &str = "control-group";

/// Names of groups begin so; label, server process and a number follow.
const PREFIX: &str = "csv-analyst-sandbox-";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    One,
    Two,
}

/// Where this server makes its groups: one folder in version 2, one for each controller in version 1.
#[derive(Clone, Debug)]
pub struct ControlGroups {
    version: Version,
    parents: Arc<Vec<PathBuf>>,
    /// `label:process`.
    label: String,
}

impl ControlGroups {
    /// Finds a place, and makes and removes a group there: what can't be done is missing.
    pub fn find(label: &str) -> Result<Self, String> {
        let (version, parents) = parents(&Hierarchies::of_this_process())?;
        let groups = Self {
            version,
            parents: Arc::new(parents),
            label: label.into(),
        };
        let limits = GroupLimits {
            memory_bytes: 64 << 20,
            processes: 8,
            cpu_millis: Some(1_000),
        };
        let trial = groups.create(&limits);
        trial.map_err(|error| format!("control groups can't be written: {error}"))?;
        Ok(groups)
    }

    pub fn create(&self, limits: &GroupLimits) -> io::Result<ControlGroup> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", self.label);
        ControlGroup::create(self.version, &self.parents, &name, limits)
    }

    /// Ends and removes the groups of servers that are gone. `owner` reads a label.
    pub fn remove_leftovers(&self, is_orphan: impl Fn(&str) -> bool) {
        for parent in self.parents.iter() {
            for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let label = name
                    .to_str()
                    .and_then(|name| name.strip_prefix(PREFIX)?.rsplit_once('-'));
                if label.is_some_and(|(label, _)| is_orphan(label)) {
                    drop(ControlGroup::existing(self.version, vec![entry.path()]));
                }
            }
        }
    }
}

fn parents(hierarchies: &Hierarchies) -> Result<(Version, Vec<PathBuf>), String> {
    if let Some(unified) = hierarchies.unified() {
        return Ok((Version::Two, vec![delegation::parent(unified)?]));
    }
    match hierarchies.separate() {
        Some(folders) => Ok((Version::One, folders)),
        None => Err("no control groups for memory, processes and processors are mounted here".into()),
    }
}
