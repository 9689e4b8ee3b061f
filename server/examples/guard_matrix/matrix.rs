//! One attack against one guard: run, judged, compared with what is published.

use super::attacks::{ATTACKS, Attack};
use super::stage::Stage;
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_server::sandbox::{Execution, SandboxError, SandboxProvider};
use futures::{StreamExt, stream};
use std::sync::Arc;
use std::time::Duration;

/// Attacks that are under way at the same time.
const AT_ONCE: usize = 3;
/// For an attack; a loaded machine starts processes slowly.
const TIMEOUT_MS: u64 = 20_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Held,
    WentThrough,
    NotTried,
    /// This machine can't tell, and why.
    Unavailable(String),
    /// Not one of the ways in which an attack may end.
    Wrong(String),
}

pub struct Row {
    pub guard: &'static str,
    pub cells: Vec<Cell>,
}

impl Row {
    pub fn empty(guard: &'static str) -> Self {
        Self {
            guard,
            cells: Vec::new(),
        }
    }
}

pub struct Matrix {
    /// `process`, `Docker` or `host`.
    pub title: &'static str,
    pub columns: Vec<&'static str>,
    /// The first row is the control: no guard.
    pub rows: Vec<Row>,
    /// Guards that must hold, by attack.
    pub expected: Vec<(&'static str, &'static [&'static str])>,
}

/// All attacks, or those that are wanted, with only this provider's guards in force.
pub async fn row(
    stage: &Stage,
    guard: &'static str,
    provider: Result<Arc<dyn SandboxProvider>, String>,
    in_container: bool,
    wanted: impl Fn(&str) -> bool,
) -> Row {
    let provider = &provider;
    let wanted = &wanted;
    let running = stream::iter(ATTACKS).map(|attack| async move {
        match provider {
            _ if !wanted(attack.name) => Cell::NotTried,
            Err(reason) => Cell::Unavailable(reason.clone()),
            Ok(provider) => cell(stage, provider.as_ref(), attack, in_container).await,
        }
    });
    Row {
        guard,
        cells: running.buffered(AT_ONCE).collect().await,
    }
}

async fn cell(stage: &Stage, provider: &dyn SandboxProvider, attack: &Attack, in_container: bool) -> Cell {
    // The kernel keeps 15 bytes of a name.
    let daemon: String = uuid::Uuid::new_v4()
        .simple()
        .to_string()
        .chars()
        .take(15)
        .collect();
    let argument = stage.argument(attack.argument, in_container, &daemon);
    let order = stage.order(attack.name, &argument);
    let outcome = stage.run(provider, &order, TIMEOUT_MS).await;
    match judge(outcome) {
        // Its own word is not enough: does it live?
        Cell::WentThrough if attack.name == "leave-daemon" => daemon_outlives(&daemon).await,
        cell => cell,
    }
}

/// A refused attack is answered by the attacker; a killed one has a code, and the right one.
fn judge(outcome: Result<Execution, SandboxError>) -> Cell {
    match outcome {
        Ok(execution) => match execution.table.rows.first().and_then(|row| row.first()?.as_str()) {
            Some("went through") => Cell::WentThrough,
            Some(refusal) if refusal.starts_with("refused") => Cell::Held,
            other => Cell::Wrong(format!("answered {other:?}")),
        },
        Err(error) => match error.code() {
            ErrorCode::RunnerResourceExceeded | ErrorCode::RunnerInternalError => Cell::Held,
            other => Cell::Wrong(format!("{other:?}: {error}")),
        },
    }
}

async fn daemon_outlives(name: &str) -> Cell {
    // The dead take a moment to disappear.
    for _ in 0..20 {
        if process_called(name).is_none() {
            return Cell::Held;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    match process_called(name) {
        Some(process) => {
            // SAFETY: plain numbers; the name is of this attack alone.
            unsafe { libc::kill(process, libc::SIGKILL) };
            Cell::WentThrough
        }
        None => Cell::Held,
    }
}

fn process_called(name: &str) -> Option<i32> {
    let entries = std::fs::read_dir("/proc").ok()?.flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .find(|id| {
            // A number, the name in parentheses, the state; the dead may wait for their parent.
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            stat.contains(&format!("({name})")) && !stat.contains(") Z ")
        })
}

impl Matrix {
    pub fn is_expected(&self, guard: &str, attack: &str) -> bool {
        let holds = self.expected.iter().find(|(name, _)| *name == attack);
        holds.is_some_and(|(_, guards)| guards.contains(&guard))
    }

    /// Where what was seen is not what is published.
    pub fn differences(&self) -> Differences {
        let mut found = Differences::default();
        for row in &self.rows {
            for (attack, cell) in self.columns.iter().zip(&row.cells) {
                let place = format!("{}: {} against {attack}", self.title, row.guard);
                let expected = match self.is_expected(row.guard, attack) {
                    true => Cell::Held,
                    false => Cell::WentThrough,
                };
                match cell {
                    Cell::NotTried => {}
                    Cell::Unavailable(reason) => found.unavailable.push((place, reason.clone())),
                    cell if *cell == expected => {}
                    cell => found.wrong.push(format!("{place}: {cell:?}, not {expected:?}")),
                }
            }
        }
        found
    }
}

#[derive(Default)]
pub struct Differences {
    pub wrong: Vec<String>,
    /// Cells that this machine can't tell, and why.
    pub unavailable: Vec<(String, String)>,
}
