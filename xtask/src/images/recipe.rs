//! What an image is, beside the files in it: what starts, as whom, with what settings, where it may write.

use serde_json::{Value, json};

/// Nobody: what is in an image, this user can read and may not change.
pub const USER: u32 = 65_534;

/// Who may write in a folder of the image.
#[derive(Debug, Clone, Copy)]
pub struct Folder {
    pub mode: u32,
    pub owner: u32,
}

impl Folder {
    pub const OF_ROOT: Self = Self {
        mode: 0o755,
        owner: 0,
    };
}

#[derive(Debug)]
pub struct Recipe {
    pub name: &'static str,
    pub description: &'static str,
    pub entrypoint: &'static [&'static str],
    /// Made empty.
    pub folders: &'static [(&'static str, Folder)],
    /// What else the engine has to know, in the words of an image's configuration.
    pub settings: fn() -> Vec<(&'static str, Value)>,
}

/// Runs one query; the engine gives it its command line and mounts a snapshot into `/data`.
pub const RUNNER: Recipe = Recipe {
    name: "csv-analyst-runner",
    description: "Runs one checked query in DuckDB and ends",
    entrypoint: &["/runner-native"],
    folders: &[("data", Folder::OF_ROOT)],
    settings: Vec::new,
};

/// The whole service, and the engine proxy. An engine that makes a volume for a folder gives it the folder's
/// owner and mode, so that the service can write there without being root.
pub const SERVER: Recipe = Recipe {
    name: "csv-analyst",
    description: "Asks questions of CSV files: the service with its page, gate, runner and datasets",
    entrypoint: &["/app/csv-analyst"],
    folders: &[
        ("data", OWN),
        ("data/snapshots", OWN),
        // Of the engine proxy: the socket that it makes, what it copies, and what it copies from.
        ("engine", OWN),
        ("pinned", OWN),
        ("snapshots", OWN),
        ("tmp", TEMPORARY),
    ],
    settings: server_settings,
};

const OWN: Folder = Folder {
    mode: 0o700,
    owner: USER,
};

/// Spill files of runs; where the root is read-only, a memory file system is put here.
const TEMPORARY: Folder = Folder {
    mode: 0o1777,
    owner: 0,
};

const SECOND_NS: u64 = 1_000_000_000;

/// Without an engine proxy beside it (`compose.yml`), queries run in locked-down processes in here.
fn server_settings() -> Vec<(&'static str, Value)> {
    let environment = [
        "CSV_ANALYST_LISTEN=0.0.0.0:3000",
        "CSV_ANALYST_DATA_DIRECTORY=/data",
        "CSV_ANALYST_SANDBOX__KIND=process",
    ];
    // There is no shell and no other program inside: the service asks itself.
    let health = json!({
        "Test": ["CMD", "/app/csv-analyst", "health"],
        "Interval": 5 * SECOND_NS,
        "Timeout": 6 * SECOND_NS,
        "StartPeriod": 60 * SECOND_NS,
        "Retries": 3,
    });
    vec![
        ("Env", json!(environment)),
        ("Cmd", json!(["serve"])),
        ("ExposedPorts", json!({"3000/tcp": {}})),
        ("Volumes", json!({"/data": {}})),
        ("Healthcheck", health),
    ]
}
