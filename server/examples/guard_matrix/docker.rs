//! The container with one of its guards at a time. The hostile program is mounted over the runner of
//! the runner's image, so that the image is the real one.

use super::attacks::ATTACKS;
use super::matrix::{self, Matrix, Row};
use super::process::NONE;
use super::stage::Stage;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigCgroupnsModeEnum, Mount, MountType};
use csv_analyst_server::sandbox::{DockerProvider, SandboxProvider};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much of the matrix is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Whole,
    /// The control, and every cell that has to hold.
    #[allow(dead_code, reason = "for the test, which shares this file")]
    HeldOnly,
}

/// Puts one thing back as the service has it.
type Restore = fn(&mut ContainerCreateBody, &mut HostConfig, &ContainerCreateBody, &HostConfig);

const NETWORK: &str = "network none";
const ROOT: &str = "read-only root";
const CAPABILITIES: &str = "no capabilities";
const PRIVILEGES: &str = "no new privileges";
const SECCOMP: &str = "seccomp profile";
const MEMORY: &str = "memory limit";
const PROCESSES: &str = "pids limit";
const LIMITS: &str = "ulimits";
const SCRATCH: &str = "sized scratch";
const IPC: &str = "ipc none";
const NOBODY: &str = "user nobody";
const PID_NAMESPACE: &str = "own processes";

const ROWS: &[(&str, Restore)] = &[
    (NONE, |_, _, _, _| {}),
    (NETWORK, |body, host, strict, strict_host| {
        body.network_disabled = strict.network_disabled;
        host.network_mode.clone_from(&strict_host.network_mode);
    }),
    (ROOT, |_, host, _, strict| {
        host.readonly_rootfs = strict.readonly_rootfs
    }),
    (CAPABILITIES, |_, host, _, strict| {
        host.cap_drop.clone_from(&strict.cap_drop);
        host.cap_add.clone_from(&strict.cap_add);
    }),
    (PRIVILEGES, |_, host, _, strict| {
        take_option(host, strict, "no-new-privileges")
    }),
    (SECCOMP, |_, host, _, strict| {
        host.security_opt
            .get_or_insert_default()
            .retain(|option| !option.starts_with("seccomp"));
        // The engine filters itself, while it still makes the container, unless this comes with it.
        take_option(host, strict, "no-new-privileges");
        take_option(host, strict, "seccomp");
    }),
    (MEMORY, |_, host, _, strict| {
        host.memory = strict.memory;
        host.memory_swap = strict.memory_swap;
    }),
    (PROCESSES, |_, host, _, strict| {
        host.pids_limit = strict.pids_limit
    }),
    (LIMITS, |_, host, _, strict| {
        host.ulimits.clone_from(&strict.ulimits)
    }),
    (SCRATCH, |_, host, _, strict| host.tmpfs.clone_from(&strict.tmpfs)),
    (IPC, |_, host, _, strict| {
        host.ipc_mode.clone_from(&strict.ipc_mode)
    }),
    (NOBODY, |body, _, strict, _| body.user.clone_from(&strict.user)),
    (PID_NAMESPACE, |_, host, _, strict| {
        host.pid_mode.clone_from(&strict.pid_mode)
    }),
];

/// What the container holds by being one can't be taken away: its own files.
const BY_BEING_A_CONTAINER: &[&str] = &["read-file", "leave-daemon"];

const EVERY: &[&str] = &[
    NONE,
    NETWORK,
    ROOT,
    CAPABILITIES,
    PRIVILEGES,
    SECCOMP,
    MEMORY,
    PROCESSES,
    LIMITS,
    SCRATCH,
    IPC,
    NOBODY,
    PID_NAMESPACE,
];

const EXPECTED: &[(&str, &[&str])] = &[
    ("read-file", EVERY),
    ("write-outside", &[ROOT, NOBODY]),
    (
        "read-environment-of-others",
        &[CAPABILITIES, NOBODY, PID_NAMESPACE],
    ),
    ("fill-scratch", &[SCRATCH]),
    ("write-large-file", &[SCRATCH, LIMITS]),
    ("open-socket", &[SECCOMP]),
    ("connect", &[NETWORK, SECCOMP]),
    ("connect-abstract", &[NETWORK, SECCOMP]),
    ("share-memory", &[IPC, SECCOMP]),
    ("fork", &[SECCOMP, PROCESSES]),
    ("run-program", &[SECCOMP]),
    ("leave-daemon", EVERY),
    ("trace", &[CAPABILITIES, SECCOMP, NOBODY, PID_NAMESPACE]),
    ("signal", &[SECCOMP, NOBODY, PID_NAMESPACE]),
    ("signal-thread", &[NOBODY, PID_NAMESPACE]),
    ("fill-memory", &[MEMORY]),
    ("fill-memory-in-processes", &[MEMORY, SECCOMP]),
    ("mount", &[SECCOMP]),
    ("new-namespace", &[SECCOMP]),
    ("change-root", &[CAPABILITIES, SECCOMP, NOBODY]),
    ("gain-privileges", &[PRIVILEGES, SECCOMP]),
    ("kernel-interfaces", &[SECCOMP]),
];

/// What must hold; nothing is run.
pub fn outline() -> Matrix {
    Matrix {
        title: "Docker",
        columns: ATTACKS.iter().map(|attack| attack.name).collect(),
        rows: ROWS.iter().map(|(name, _)| Row::empty(name)).collect(),
        expected: EXPECTED.to_vec(),
    }
}

pub async fn matrix(stage: &Stage, extent: Extent) -> Matrix {
    let mut rows = Vec::new();
    for (name, restore) in ROWS {
        let holds = |attack: &str| {
            EXPECTED
                .iter()
                .any(|(each, guards)| *each == attack && guards.contains(name))
        };
        let wanted = |attack: &str| {
            extent == Extent::Whole
                || *name == NONE
                || (holds(attack) && !BY_BEING_A_CONTAINER.contains(&attack))
        };
        let provider = provider(stage, *restore).await;
        rows.push(matrix::row(stage, name, provider, true, wanted).await);
    }
    Matrix { rows, ..outline() }
}

pub async fn without_guards(stage: &Stage) -> Result<Arc<dyn SandboxProvider>, String> {
    provider(stage, |_, _, _, _| {}).await
}

async fn provider(stage: &Stage, restore: Restore) -> Result<Arc<dyn SandboxProvider>, String> {
    let hostile = stage.hostile.clone();
    let alter = move |body: &mut ContainerCreateBody| weaken(body, &hostile, restore);
    match DockerProvider::open_altered(&stage.settings(), alter).await {
        Ok(provider) => Ok(Arc::new(provider)),
        Err(error) => Err(error.to_string()),
    }
}

/// Everything that keeps a container in is taken off, then one thing put back. It stays a container:
/// not privileged, without devices, and gone after its run.
fn weaken(body: &mut ContainerCreateBody, hostile: &Path, restore: Restore) {
    let strict = body.clone();
    let strict_host = strict.host_config.clone().unwrap_or_default();
    let mut host = strict_host.clone();
    body.user = Some("0:0".into());
    body.network_disabled = None;
    // The program inside puts up nothing.
    if let Some(command) = &mut body.cmd {
        let asked = command.iter().position(|word| word == "--require");
        command.truncate(asked.unwrap_or(command.len()));
        let none = super::process::RUNNER_GUARDS.iter();
        command.extend(none.flat_map(|guard| ["--without".to_owned(), (*guard).to_owned()]));
    }
    host.network_mode = Some("host".into());
    host.pid_mode = Some("host".into());
    host.ipc_mode = Some("host".into());
    host.cgroupns_mode = Some(HostConfigCgroupnsModeEnum::HOST);
    host.readonly_rootfs = Some(false);
    host.cap_drop = None;
    host.cap_add = Some(
        ["SYS_ADMIN", "SYS_PTRACE", "SYS_CHROOT"]
            .map(String::from)
            .to_vec(),
    );
    host.security_opt = Some(vec!["seccomp=unconfined".into(), "apparmor=unconfined".into()]);
    (host.memory, host.memory_swap, host.memory_swappiness) = (None, None, None);
    (host.pids_limit, host.ulimits) = (None, None);
    host.dns = None;
    host.dns_search = None;
    host.tmpfs = Some([("/scratch".into(), "rw,mode=0777".into())].into());
    host.mounts
        .get_or_insert_default()
        .push(over_the_runner(hostile.to_owned()));
    restore(body, &mut host, &strict, &strict_host);
    body.hostname = strict
        .hostname
        .filter(|_| host.network_mode.as_deref() != Some("host"));
    body.host_config = Some(host);
}

fn over_the_runner(hostile: PathBuf) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(hostile.to_string_lossy().into_owned()),
        target: Some("/runner-native".into()),
        read_only: Some(true),
        ..Mount::default()
    }
}

fn take_option(host: &mut HostConfig, strict: &HostConfig, name: &str) {
    let options = strict.security_opt.iter().flatten();
    let wanted = options.filter(|option| option.starts_with(name)).cloned();
    host.security_opt.get_or_insert_default().extend(wanted);
}
