//! The whole of what a sandbox is given in a cluster, in one place: a Job of one pod that fits Pod
//! Security *restricted* and is denied more. Everything not named is absent; nothing comes from a query.

use super::names::{Part, annotations, labels};
use super::settings::{KubernetesSettings, Toleration};
use crate::sandbox::process::{required, serve_arguments};
use crate::sandbox::{SandboxClass, SandboxSettings};
use csv_analyst_protocol::limits::Resources;
use csv_analyst_protocol::runner::GuardReport;
use csv_analyst_protocol::transfer::SNAPSHOT_FILE;
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

pub const CONTAINER: &str = "runner";

const DATA_INSIDE: &str = "/data";
const SCRATCH_INSIDE: &str = "/scratch";
const SNAPSHOTS_INSIDE: &str = "/snapshots";
/// `nobody` of the image.
const USER: i64 = 65_534;
/// What a node keeps of a container's output: an answer is a few MiB, a flood is evicted.
const LOG_BYTES: u64 = 64 << 20;
/// After its answer a runner has ended by itself; one that does not is killed after so long.
const GRACE_SECONDS: i64 = 1;
/// For a Job whose server is gone.
const KEPT_SECONDS: i32 = 120;
/// Beyond everything that has a deadline of its own.
const SPARE_SECONDS: u64 = 30;
/// For bringing a snapshot to the claim: as long as the receiver's own processor time.
const LOADING_SECONDS: u64 = 2 * 3_600;

pub type Alteration = Arc<dyn Fn(&mut Job) + Send + Sync>;

pub struct Specification {
    /// Does nothing but in tests.
    alter: Alteration,
    settings: KubernetesSettings,
    instance: String,
    longest_run_ms: u64,
    /// Of pods that run no query: no more than a run's, since the namespace may allow no more.
    own_resources: Resources,
}

/// What differs between the parts.
struct Shape {
    part: Part,
    arguments: Vec<String>,
    resources: Resources,
    claim: Option<Mounted>,
    version: Option<String>,
    deadline_seconds: u64,
}

struct Mounted {
    /// A folder of the claim; the whole claim if absent.
    folder: Option<String>,
    at: &'static str,
    read_only: bool,
}

impl Specification {
    pub fn new(settings: &SandboxSettings, alter: Alteration) -> Self {
        Self {
            alter,
            settings: settings.kubernetes.clone(),
            instance: settings.instance_label.clone(),
            longest_run_ms: settings.longest_run_ms,
            own_resources: Resources::default().at_most(settings.run_resources),
        }
    }

    /// A runner that waits for one request over the snapshot in one folder of the claim. It sees no
    /// other.
    pub fn serve(&self, class: &SandboxClass, folder: &str, guards: &GuardReport) -> Job {
        let scratch = (class.resources.scratch_bytes > 0).then_some(Path::new(SCRATCH_INSIDE));
        let snapshot = Path::new(DATA_INSIDE).join(SNAPSHOT_FILE);
        let arguments = serve_arguments(&snapshot, &class.resources, self.longest_run_ms, scratch);
        let settings = &self.settings;
        let waiting = settings.start_deadline_seconds + settings.max_waiting_seconds;
        self.job(Shape {
            part: Part::Runner,
            arguments: words(arguments.into_iter().chain(required(guards)), &["--greeted"]),
            resources: class.resources,
            claim: Some(Mounted {
                folder: Some(folder.to_owned()),
                at: DATA_INSIDE,
                read_only: true,
            }),
            version: Some(class.dataset_version.clone()),
            deadline_seconds: waiting + self.longest_run_ms.div_ceil(1_000) + SPARE_SECONDS,
        })
    }

    /// A runner that says which guards hold.
    pub fn probe(&self) -> Job {
        self.job(Shape {
            part: Part::Probe,
            arguments: words([], &["guards", "--greeted"]),
            resources: self.own_resources,
            claim: None,
            version: None,
            deadline_seconds: self.settings.start_deadline_seconds + SPARE_SECONDS,
        })
    }

    /// Takes one snapshot into its folder, and sees no other.
    pub fn receive(&self, folder: &str) -> Job {
        self.loader("receive", Some(folder.to_owned()))
    }

    /// Removes folders of snapshots that are not needed.
    pub fn sweep(&self) -> Job {
        self.loader("sweep", None)
    }

    fn loader(&self, command: &str, folder: Option<String>) -> Job {
        self.job(Shape {
            part: Part::Loader,
            arguments: words([], &[command, "--folder", SNAPSHOTS_INSIDE]),
            resources: Resources {
                scratch_bytes: 0,
                ..self.own_resources
            },
            claim: Some(Mounted {
                folder,
                at: SNAPSHOTS_INSIDE,
                read_only: false,
            }),
            version: None,
            deadline_seconds: self.settings.start_deadline_seconds + LOADING_SECONDS,
        })
    }

    fn job(&self, shape: Shape) -> Job {
        let metadata = |name| ObjectMeta {
            name,
            labels: Some(labels(shape.part, &self.instance, shape.version.as_deref())),
            annotations: Some(annotations()),
            ..ObjectMeta::default()
        };
        let deadline = i64::try_from(shape.deadline_seconds).unwrap_or(i64::MAX);
        let mut job = Job {
            metadata: metadata(Some(shape.part.job_name())),
            spec: Some(JobSpec {
                backoff_limit: Some(0),
                parallelism: Some(1),
                completions: Some(1),
                active_deadline_seconds: Some(deadline),
                ttl_seconds_after_finished: Some(KEPT_SECONDS),
                template: core::PodTemplateSpec {
                    metadata: Some(metadata(None)),
                    spec: Some(self.pod(&shape, deadline)),
                },
                ..JobSpec::default()
            }),
            status: None,
        };
        (self.alter)(&mut job);
        job
    }

    fn pod(&self, shape: &Shape, deadline: i64) -> core::PodSpec {
        let settings = &self.settings;
        let secret = |name: &String| core::LocalObjectReference { name: name.clone() };
        core::PodSpec {
            containers: vec![self.container(shape)],
            volumes: some(volumes(settings, shape)),
            restart_policy: Some("Never".into()),
            // The kubelet's own count, where the Job's keeper is gone.
            active_deadline_seconds: Some(deadline),
            termination_grace_period_seconds: Some(GRACE_SECONDS),
            automount_service_account_token: Some(false),
            service_account_name: settings.service_account.clone(),
            enable_service_links: Some(false),
            host_users: (!settings.host_users).then_some(false),
            // Not the pod's name, which the cluster knows it by.
            hostname: Some("runner".into()),
            // Nothing here looks up names: not the cluster's servers, nor the node's.
            dns_policy: Some("None".into()),
            dns_config: Some(core::PodDNSConfig {
                nameservers: Some(vec!["127.0.0.1".into()]),
                ..core::PodDNSConfig::default()
            }),
            security_context: Some(pod_security(shape)),
            runtime_class_name: settings.runtime_class.clone(),
            priority_class_name: settings.priority_class.clone(),
            node_selector: (!settings.node_selector.is_empty()).then(|| settings.node_selector.clone()),
            tolerations: some(settings.tolerations.iter().map(toleration).collect()),
            image_pull_secrets: some(settings.image_pull_secrets.iter().map(secret).collect()),
            ..core::PodSpec::default()
        }
    }

    fn container(&self, shape: &Shape) -> core::Container {
        core::Container {
            name: CONTAINER.into(),
            image: Some(self.settings.image.clone()),
            image_pull_policy: self
                .settings
                .image_pull_policy
                .map(|policy| policy.as_str().into()),
            args: Some(shape.arguments.clone()),
            stdin: Some(true),
            stdin_once: Some(true),
            tty: Some(false),
            security_context: Some(container_security()),
            resources: Some(self.resources(&shape.resources)),
            volume_mounts: some(mounts(shape)),
            ..core::Container::default()
        }
    }

    fn resources(&self, resources: &Resources) -> core::ResourceRequirements {
        let amounts = |cpu_millis: u64, memory_bytes: u64| {
            BTreeMap::from([
                ("cpu".to_owned(), Quantity(format!("{cpu_millis}m"))),
                ("memory".to_owned(), Quantity(memory_bytes.to_string())),
                ("ephemeral-storage".to_owned(), Quantity(LOG_BYTES.to_string())),
            ])
        };
        let (cpu, memory) = (resources.cpu_millis, resources.memory_bytes);
        let asked_cpu = self.settings.cpu_request_millis.unwrap_or(cpu).min(cpu);
        let asked_memory = self.settings.memory_request_bytes.unwrap_or(memory).min(memory);
        core::ResourceRequirements {
            limits: Some(amounts(cpu, memory)),
            requests: Some(amounts(asked_cpu, asked_memory)),
            claims: None,
        }
    }
}

fn words(first: impl IntoIterator<Item = OsString>, then: &[&str]) -> Vec<String> {
    let first = first.into_iter().map(|word| word.to_string_lossy().into_owned());
    first.chain(then.iter().map(|word| (*word).to_owned())).collect()
}

/// An empty list is left out.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn pod_security(shape: &Shape) -> core::PodSecurityContext {
    let writes = shape.claim.as_ref().is_some_and(|mounted| !mounted.read_only);
    core::PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(USER),
        run_as_group: Some(USER),
        seccomp_profile: Some(runtime_profile()),
        // Who writes to the claim has to be let in by its group; who reads is let in by everybody's.
        fs_group: writes.then_some(USER),
        fs_group_change_policy: writes.then(|| "OnRootMismatch".into()),
        ..core::PodSecurityContext::default()
    }
}

fn container_security() -> core::SecurityContext {
    core::SecurityContext {
        allow_privilege_escalation: Some(false),
        privileged: Some(false),
        read_only_root_filesystem: Some(true),
        run_as_non_root: Some(true),
        run_as_user: Some(USER),
        run_as_group: Some(USER),
        capabilities: Some(core::Capabilities {
            drop: Some(vec!["ALL".into()]),
            add: None,
        }),
        seccomp_profile: Some(runtime_profile()),
        ..core::SecurityContext::default()
    }
}

fn runtime_profile() -> core::SeccompProfile {
    core::SeccompProfile {
        type_: "RuntimeDefault".into(),
        localhost_profile: None,
    }
}

fn mounts(shape: &Shape) -> Vec<core::VolumeMount> {
    let claim = shape.claim.as_ref().map(|mounted| core::VolumeMount {
        name: "snapshots".into(),
        mount_path: mounted.at.into(),
        sub_path: mounted.folder.clone(),
        read_only: Some(mounted.read_only),
        ..core::VolumeMount::default()
    });
    let scratch = (shape.resources.scratch_bytes > 0).then(|| core::VolumeMount {
        name: "scratch".into(),
        mount_path: SCRATCH_INSIDE.into(),
        ..core::VolumeMount::default()
    });
    claim.into_iter().chain(scratch).collect()
}

/// Scratch is memory, as everywhere: nothing of a run's data reaches a node's disk by it.
fn volumes(settings: &KubernetesSettings, shape: &Shape) -> Vec<core::Volume> {
    let claim = shape.claim.as_ref().map(|mounted| core::Volume {
        name: "snapshots".into(),
        persistent_volume_claim: Some(core::PersistentVolumeClaimVolumeSource {
            claim_name: settings.claim.clone(),
            read_only: Some(mounted.read_only),
        }),
        ..core::Volume::default()
    });
    let scratch = (shape.resources.scratch_bytes > 0).then(|| core::Volume {
        name: "scratch".into(),
        empty_dir: Some(core::EmptyDirVolumeSource {
            medium: Some("Memory".into()),
            size_limit: Some(Quantity(shape.resources.scratch_bytes.to_string())),
        }),
        ..core::Volume::default()
    });
    claim.into_iter().chain(scratch).collect()
}

fn toleration(wanted: &Toleration) -> core::Toleration {
    core::Toleration {
        key: wanted.key.clone(),
        operator: wanted.operator.clone(),
        value: wanted.value.clone(),
        effect: wanted.effect.clone(),
        toleration_seconds: wanted.toleration_seconds,
    }
}

#[cfg(test)]
#[path = "specification_tests.rs"]
mod tests;
