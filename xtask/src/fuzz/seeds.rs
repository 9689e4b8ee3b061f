//! Where a fuzzer begins: the gate's cases, in the form that each target reads.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace::Workspace;

const CASES: [&str; 2] = ["attacks.jsonl", "legitimate.jsonl"];

/// Longer cases only slow a fuzzer down.
const LONGEST: usize = 2_000;

/// What a runner says: a table, a failure, and nonsense near both.
const RESPONSES: [&str; 4] = [
    r#"{"run_id":"run-1","outcome":{"table":{"columns":[{"name":"n","type":"INTEGER"}],"rows":[[1],[null]],"row_count":2,"truncated":false}},"timings":{"open_ms":1.5,"wait_ms":1,"check_ms":1,"execute_ms":1,"serialise_ms":0},"peak_memory_bytes":1}"#,
    r#"{"run_id":"run-1","outcome":{"table":{"columns":[{"name":"a","type":"STRUCT(x VARCHAR)"},{"name":"b","type":"DECIMAL(38,2)"}],"rows":[[{"x":["y",true]},"12345678901234567890.12"]],"row_count":9,"truncated":true}},"timings":{"open_ms":0,"wait_ms":0,"check_ms":0,"execute_ms":0,"serialise_ms":0},"peak_memory_bytes":1048576}"#,
    r#"{"run_id":"run-1","outcome":{"error":{"kind":"execution","message":"A value can't be converted to INT32."}},"timings":{"open_ms":0,"wait_ms":0,"check_ms":0,"execute_ms":0,"serialise_ms":0},"peak_memory_bytes":0}"#,
    r#"{"run_id":"run-2","outcome":{"error":{"kind":"policy","message":""}},"timings":{"open_ms":0,"wait_ms":0,"check_ms":0,"execute_ms":0,"serialise_ms":0},"peak_memory_bytes":0}"#,
];

/// Writes one file per seed into the folder, afresh.
pub fn write(workspace: &Workspace, target: &str, folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).context("cannot clear the old seeds")?;
    }
    fs::create_dir_all(folder).context("cannot make the folder of seeds")?;
    let seeds: Vec<Vec<u8>> = match target {
        "files" => of_files(workspace)?,
        "response" => RESPONSES.map(Into::into).to_vec(),
        _ => of_cases(workspace, target)?.into_iter().map(Into::into).collect(),
    };
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(number.to_string()), seed).context("cannot write a seed")?;
    }
    Ok(folder.to_owned())
}

/// The nasty files of the runner's tests.
fn of_files(workspace: &Workspace) -> Result<Vec<Vec<u8>>> {
    let folder = workspace.root.join("runner-native/tests/files");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let texts = ["csv", "json", "ndjson"];
    let is_text = |path: &PathBuf| {
        path.extension()
            .is_some_and(|ending| texts.iter().any(|text| ending == *text))
    };
    paths
        .filter(is_text)
        .map(|path| fs::read(&path).with_context(|| format!("cannot read {}", path.display())))
        .collect()
}

fn of_cases(workspace: &Workspace, target: &str) -> Result<Vec<String>> {
    let mut seeds = Vec::new();
    for file in CASES {
        let path = workspace.root.join("runner-wasm/cases").join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for line in text.lines() {
            seeds.extend(seed(&serde_json::from_str(line)?, target));
        }
    }
    seeds.retain(|seed| seed.len() <= LONGEST);
    Ok(seeds)
}

fn seed(case: &Value, target: &str) -> Option<String> {
    let sql = case["sql"].as_str();
    match target {
        "plan" => (!case["plan"].is_null()).then(|| case["plan"].to_string()),
        // The text as if a gate had accepted it, with claims, rules and notes.
        "verdict" => sql.map(|sql| {
            format!("{sql}\u{1f}films\u{1e}reviews\u{1f}films.title\u{1f}sum\u{1f}limit\u{1f}note")
        }),
        _ => sql.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::seed;

    #[test]
    fn a_case_becomes_a_seed_of_the_targets_that_read_its_kind() {
        let sql = json!({"name": "a", "sql": "SELECT 1"});
        assert_eq!(seed(&sql, "sql").as_deref(), Some("SELECT 1"));
        assert_eq!(seed(&sql, "plan"), None);
        assert!(seed(&sql, "verdict").is_some_and(|seed| seed.starts_with("SELECT 1\u{1f}films")));
        let plan = json!({"name": "b", "plan": {"table": "films"}});
        assert_eq!(seed(&plan, "plan").as_deref(), Some(r#"{"table":"films"}"#));
        assert_eq!(seed(&plan, "sql"), None);
    }
}
