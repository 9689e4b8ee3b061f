//! The whole of what a runner's container is given, in one place. Everything not named is denied or
//! absent; nothing comes from the query.

use crate::sandbox::owner;
use crate::sandbox::process::{required, serve_arguments};
use crate::sandbox::{SandboxClass, SandboxSettings};
use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig, Mount,
    MountType, ResourcesUlimits,
};
use csv_analyst_protocol::limits::Resources;
use csv_analyst_protocol::runner::GuardReport;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What all labels of ours begin with.
pub const LABEL_PREFIX: &str = "csv-analyst.";
/// Marks a container as a sandbox of one installation, and names the server that started it.
pub const INSTANCE_LABEL: &str = "csv-analyst.instance";
pub const OWNER_LABEL: &str = "csv-analyst.owner";

const SNAPSHOT_INSIDE: &str = "/data/snapshot.duckdb";
const SCRATCH_INSIDE: &str = "/scratch";
/// `nobody` of the image.
const USER: &str = "65534:65534";
/// As the runner's own limits.
const OPEN_FILES: i64 = 64;
const LEAST_FILE_BYTES: u64 = 1 << 20;
/// The first to be ended when the machine itself runs out of memory.
const FIRST_VICTIM: i64 = 1_000;

/// What tells of the machine or reaches into it. Those of current engines, whatever the engine's age.
const MASKED: &[&str] = &[
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
];
const READ_ONLY: &[&str] = &[
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
];

pub type Alteration = Arc<dyn Fn(&mut ContainerCreateBody) + Send + Sync>;

pub struct Specification {
    /// Does nothing but in tests.
    alter: Alteration,
    image: String,
    runtime: Option<String>,
    snapshot_host_directory: Option<PathBuf>,
    longest_run_ms: u64,
    pub instance: String,
}

impl Specification {
    pub fn new(settings: &SandboxSettings, image: &str, alter: Alteration) -> Self {
        Self {
            alter,
            image: image.into(),
            runtime: settings.docker.runtime.clone(),
            snapshot_host_directory: settings.docker.snapshot_host_directory.clone(),
            longest_run_ms: settings.longest_run_ms,
            instance: settings.instance_label.clone(),
        }
    }

    /// A runner that waits for one request over one snapshot.
    pub fn serve(&self, class: &SandboxClass, guards: &GuardReport) -> ContainerCreateBody {
        let scratch = (class.resources.scratch_bytes > 0).then_some(Path::new(SCRATCH_INSIDE));
        let arguments = serve_arguments(
            Path::new(SNAPSHOT_INSIDE),
            &class.resources,
            self.longest_run_ms,
            scratch,
        );
        let command = arguments.into_iter().chain(required(guards));
        let mut host = self.host(&class.resources);
        host.mounts = Some(vec![self.snapshot_mount(&class.snapshot)]);
        self.container(
            command.map(|word| word.to_string_lossy().into_owned()).collect(),
            host,
        )
    }

    /// A runner that says which guards hold.
    pub fn probe(&self) -> ContainerCreateBody {
        self.container(vec!["guards".into()], self.host(&Resources::default()))
    }

    fn container(&self, command: Vec<String>, host: HostConfig) -> ContainerCreateBody {
        let mut body = ContainerCreateBody {
            image: Some(self.image.clone()),
            cmd: Some(command),
            user: Some(USER.into()),
            env: Some(Vec::new()),
            // Not the container's id, which the engine's socket knows it by.
            hostname: Some("runner".into()),
            working_dir: Some("/".into()),
            healthcheck: Some(HealthConfig {
                test: Some(vec!["NONE".into()]),
                ..HealthConfig::default()
            }),
            labels: Some(HashMap::from([
                (INSTANCE_LABEL.into(), self.instance.clone()),
                (OWNER_LABEL.into(), owner::this_process()),
            ])),
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            open_stdin: Some(true),
            stdin_once: Some(true),
            tty: Some(false),
            network_disabled: Some(true),
            host_config: Some(host),
            ..ContainerCreateBody::default()
        };
        (self.alter)(&mut body);
        body
    }

    fn host(&self, resources: &Resources) -> HostConfig {
        let memory = signed(resources.memory_bytes);
        HostConfig {
            network_mode: Some("none".into()),
            // The engine would show the machine's own name servers and domain.
            dns: Some(vec!["127.0.0.1".into()]),
            dns_search: Some(vec![".".into()]),
            ipc_mode: Some("none".into()),
            cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
            masked_paths: Some(owned(MASKED)),
            readonly_paths: Some(owned(READ_ONLY)),
            readonly_rootfs: Some(true),
            privileged: Some(false),
            cap_drop: Some(vec!["ALL".into()]),
            security_opt: Some(vec![
                "no-new-privileges".into(),
                format!("seccomp={SECCOMP_PROFILE}"),
            ]),
            memory: Some(memory),
            // No swap beyond memory.
            memory_swap: Some(memory),
            memory_swappiness: Some(0),
            oom_kill_disable: Some(false),
            oom_score_adj: Some(FIRST_VICTIM),
            nano_cpus: Some(signed(resources.cpu_millis.saturating_mul(1_000_000))),
            pids_limit: Some(signed(resources.max_processes)),
            ulimits: Some(ulimits(resources)),
            tmpfs: Some(scratch_mount(resources)),
            log_config: Some(HostConfigLogConfig {
                typ: Some("none".into()),
                config: None,
            }),
            runtime: self.runtime.clone(),
            ..HostConfig::default()
        }
    }

    /// A mount, not a "bind": of a bind that is missing the daemon would make a folder.
    fn snapshot_mount(&self, snapshot: &Path) -> Mount {
        Mount {
            typ: Some(MountType::BIND),
            source: Some(self.on_host(snapshot).to_string_lossy().into_owned()),
            target: Some(SNAPSHOT_INSIDE.into()),
            read_only: Some(true),
            ..Mount::default()
        }
    }

    /// The daemon's path of a snapshot, which differs when the server is in a container itself.
    fn on_host(&self, snapshot: &Path) -> PathBuf {
        match (&self.snapshot_host_directory, snapshot.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => snapshot.to_owned(),
        }
    }
}

/// The daemon's own profile denies more than these, but engines before 23 also deny landlock.
const SECCOMP_PROFILE: &str = include_str!("seccomp.json");

fn scratch_mount(resources: &Resources) -> HashMap<String, String> {
    if resources.scratch_bytes == 0 {
        return HashMap::new();
    }
    let options = format!(
        "rw,noexec,nosuid,nodev,size={},mode=0700,uid=65534,gid=65534",
        resources.scratch_bytes
    );
    HashMap::from([(SCRATCH_INSIDE.into(), options)])
}

/// Processes are counted by `pids_limit`: `nproc` would count those of all containers together.
fn ulimits(resources: &Resources) -> Vec<ResourcesUlimits> {
    let largest_file = signed(resources.scratch_bytes.max(LEAST_FILE_BYTES));
    vec![
        ulimit("nofile", OPEN_FILES),
        ulimit("fsize", largest_file),
        ulimit("core", 0),
        ulimit("memlock", 0),
        ulimit("msgqueue", 0),
        ulimit("nice", 0),
        ulimit("rtprio", 0),
    ]
}

fn owned(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

fn ulimit(name: &str, value: i64) -> ResourcesUlimits {
    ResourcesUlimits {
        name: Some(name.into()),
        soft: Some(value),
        hard: Some(value),
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> ContainerCreateBody {
        let class = SandboxClass {
            snapshot: "/srv/data/abc.duckdb".into(),
            dataset_version: "abc".into(),
            resources: Resources::default(),
        };
        let guards = GuardReport {
            in_force: vec!["seccomp".into()],
            missing: Vec::new(),
            wakes: false,
        };
        Specification::new(&SandboxSettings::default(), "sha256:0", Arc::new(|_| {})).serve(&class, &guards)
    }

    #[test]
    fn a_container_is_given_nothing_but_the_snapshot() {
        let body = body();
        let host = body.host_config.unwrap();
        assert_eq!(body.env, Some(Vec::new()));
        assert_eq!(body.user.as_deref(), Some("65534:65534"));
        assert_eq!(host.network_mode.as_deref(), Some("none"));
        assert_eq!(host.readonly_rootfs, Some(true));
        assert_eq!(host.cap_drop, Some(vec!["ALL".to_string()]));
        assert_eq!(host.memory, host.memory_swap);
        let mounts = host.mounts.unwrap();
        assert_eq!(mounts.len(), 1);
        assert_eq!(
            (mounts[0].source.as_deref(), mounts[0].read_only),
            (Some("/srv/data/abc.duckdb"), Some(true))
        );
        assert!(host.devices.is_none() && host.binds.is_none() && host.cap_add.is_none());
        assert!(host.pid_mode.is_none() && host.userns_mode.is_none() && host.uts_mode.is_none());
        assert_eq!(host.cgroupns_mode, Some(HostConfigCgroupnsModeEnum::PRIVATE));
        assert!(host.masked_paths.unwrap().contains(&"/proc/kcore".to_string()));
    }

    #[test]
    fn what_held_at_the_probe_is_required_of_every_runner() {
        let command = body().cmd.unwrap();
        assert!(
            command.windows(2).any(|pair| pair == ["--require", "seccomp"]),
            "{command:?}"
        );
    }

    #[test]
    fn the_seccomp_profile_denies_by_default() {
        let profile: serde_json::Value = serde_json::from_str(SECCOMP_PROFILE).unwrap();
        assert_eq!(profile["defaultAction"], "SCMP_ACT_ERRNO");
        let allowed = profile["syscalls"][0]["names"].as_array().unwrap();
        for denied in [
            "socket",
            "connect",
            "ptrace",
            "mount",
            "unshare",
            "bpf",
            "io_uring_setup",
            "keyctl",
            "clone",
            "clone3",
            "setuid",
            "rt_sigqueueinfo",
        ] {
            assert!(!allowed.iter().any(|name| name == denied), "{denied}");
        }
        // A thread, and in no namespace of its own: everything else is refused.
        let clone = &profile["syscalls"][1];
        assert_eq!(clone["names"][0], "clone");
        const CLONE_THREAD: u64 = 0x1_0000;
        assert_eq!(clone["args"][0]["valueTwo"], CLONE_THREAD);
    }
}
