//! The process sandbox with one guard at a time.

use super::attacks::ATTACKS;
use super::matrix::{self, Matrix, Row};
use super::stage::Stage;
use csv_analyst_server::sandbox::{ProcessProvider, SandboxProvider, Weakened};
use std::sync::Arc;

/// All that the runner puts up itself, but for the engine's settings.
pub const RUNNER_GUARDS: [&str; 7] = [
    "resource-limits",
    "namespaces",
    "own-root",
    "no-capabilities",
    "no-new-privileges",
    "landlock",
    "seccomp",
];

/// A row's name and what stays in force.
struct Alone {
    name: &'static str,
    runner_guards: &'static [&'static str],
    control_group: bool,
    memory_watch: bool,
}

const fn of_runner(name: &'static str, runner_guards: &'static [&'static str]) -> Alone {
    Alone {
        name,
        runner_guards,
        control_group: false,
        memory_watch: false,
    }
}

pub const NONE: &str = "(none)";
const LIMITS: &str = "resource limits";
const NAMESPACES: &str = "namespaces";
const OWN_ROOT: &str = "own root";
const CAPABILITIES: &str = "no capabilities";
const PRIVILEGES: &str = "no new privileges";
const LANDLOCK: &str = "landlock";
const SECCOMP: &str = "seccomp";
const GROUP: &str = "control group";
const WATCH: &str = "memory watch";

/// A root of one's own needs the mount namespace.
const ROWS: &[Alone] = &[
    of_runner(NONE, &[]),
    of_runner(LIMITS, &["resource-limits"]),
    of_runner(NAMESPACES, &["namespaces"]),
    of_runner(OWN_ROOT, &["namespaces", "own-root"]),
    of_runner(CAPABILITIES, &["no-capabilities"]),
    of_runner(PRIVILEGES, &["no-new-privileges"]),
    of_runner(LANDLOCK, &["landlock"]),
    of_runner(SECCOMP, &["seccomp"]),
    Alone {
        control_group: true,
        ..of_runner(GROUP, &[])
    },
    Alone {
        memory_watch: true,
        ..of_runner(WATCH, &[])
    },
];

/// Which guards stop which attack alone.
const EXPECTED: &[(&str, &[&str])] = &[
    ("read-file", &[OWN_ROOT, LANDLOCK]),
    ("write-outside", &[OWN_ROOT, LANDLOCK]),
    (
        "read-environment-of-others",
        &[NAMESPACES, OWN_ROOT, CAPABILITIES, LANDLOCK],
    ),
    ("fill-scratch", &[OWN_ROOT]),
    ("write-large-file", &[OWN_ROOT, LIMITS]),
    ("open-socket", &[SECCOMP]),
    ("connect", &[NAMESPACES, OWN_ROOT, LANDLOCK, SECCOMP]),
    ("connect-abstract", &[NAMESPACES, OWN_ROOT, LANDLOCK, SECCOMP]),
    ("share-memory", &[NAMESPACES, OWN_ROOT, SECCOMP]),
    ("fork", &[SECCOMP, GROUP, WATCH]),
    ("run-program", &[OWN_ROOT, LANDLOCK, SECCOMP]),
    ("leave-daemon", &[NAMESPACES, OWN_ROOT, SECCOMP, GROUP]),
    ("trace", &[NAMESPACES, OWN_ROOT, CAPABILITIES, LANDLOCK, SECCOMP]),
    ("signal", &[NAMESPACES, OWN_ROOT, LANDLOCK, SECCOMP]),
    ("signal-thread", &[NAMESPACES, OWN_ROOT, LANDLOCK, SECCOMP]),
    ("fill-memory", &[LIMITS, GROUP, WATCH]),
    ("fill-memory-in-processes", &[SECCOMP, GROUP, WATCH]),
    ("mount", &[LANDLOCK, SECCOMP]),
    ("new-namespace", &[SECCOMP]),
    ("change-root", &[CAPABILITIES, SECCOMP]),
    ("gain-privileges", &[PRIVILEGES, SECCOMP]),
    ("kernel-interfaces", &[SECCOMP]),
];

/// What must hold; nothing is run.
pub fn outline() -> Matrix {
    Matrix {
        title: "process",
        columns: ATTACKS.iter().map(|attack| attack.name).collect(),
        rows: ROWS.iter().map(|alone| Row::empty(alone.name)).collect(),
        expected: EXPECTED.to_vec(),
    }
}

pub async fn matrix(stage: &Stage) -> Matrix {
    let mut rows = Vec::new();
    for alone in ROWS {
        let provider = provider(stage, alone).await;
        rows.push(matrix::row(stage, alone.name, provider, false, |_| true).await);
    }
    Matrix { rows, ..outline() }
}

pub async fn without_guards(stage: &Stage) -> Result<Arc<dyn SandboxProvider>, String> {
    provider(stage, &of_runner(NONE, &[])).await
}

/// Capabilities can be lost only by who has some, and locks that bind for good are root's or need the
/// promise to gain no privileges.
fn needs_root(alone: &Alone) -> bool {
    // SAFETY: a plain question.
    let is_root = unsafe { libc::geteuid() } == 0;
    !is_root && [CAPABILITIES, LANDLOCK].contains(&alone.name)
}

async fn provider(stage: &Stage, alone: &Alone) -> Result<Arc<dyn SandboxProvider>, String> {
    if needs_root(alone) {
        return Err("only root can have this guard alone".into());
    }
    let left_out = RUNNER_GUARDS
        .iter()
        .filter(|guard| !alone.runner_guards.contains(guard));
    let weakened = Weakened {
        runner_guards: left_out.map(|guard| (*guard).to_owned()).collect(),
        control_group: !alone.control_group,
        memory_watch: !alone.memory_watch,
    };
    let opened = ProcessProvider::open_weakened(&stage.settings(), weakened).await;
    let provider = opened.map_err(|error| error.to_string())?;
    let missing = provider.missing_guards();
    let wanted = alone.runner_guards.iter().copied();
    let wanted = wanted.chain(alone.control_group.then_some("control-group"));
    match wanted
        .into_iter()
        .find(|guard| missing.iter().any(|each| each == guard))
    {
        Some(guard) => Err(format!("this machine does not give {guard}")),
        None => Ok(Arc::new(provider)),
    }
}
