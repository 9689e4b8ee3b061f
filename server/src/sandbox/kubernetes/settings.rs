//! Configuration of sandboxes as pods: where they run, from which image, and what the cluster is told of
//! them. What a run may take comes from its limits.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KubernetesSettings {
    /// Where runners live, and nothing else: the server's rights end there.
    pub namespace: String,
    pub image: String,
    /// The cluster's own rule if absent.
    pub image_pull_policy: Option<PullPolicy>,
    /// Names of secrets in the runners' namespace.
    pub image_pull_secrets: Vec<String>,
    /// The claim in the runners' namespace that holds the snapshots.
    pub claim: String,
    /// Absent: the cluster that the server is in, else `KUBECONFIG` or `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// Of the kubeconfig; its current one if absent.
    pub context: Option<String>,
    /// Of the runners, without rights; its token is never mounted. The namespace's default if absent.
    pub service_account: Option<String>,
    /// Another container runtime, such as gVisor's or Kata's class.
    pub runtime_class: Option<String>,
    pub priority_class: Option<String>,
    pub node_selector: BTreeMap<String, String>,
    pub tolerations: Vec<Toleration>,
    /// `false`: each pod has users of its own, none of which is one of the node's. `true` where nodes
    /// can't do that.
    pub host_users: bool,
    /// What the scheduler sets aside, when that is less than the limit; absent: the limit.
    pub cpu_request_millis: Option<u64>,
    pub memory_request_bytes: Option<u64>,
    /// One that waited longer for its request is replaced: its deadline counts from its start.
    pub max_waiting_seconds: u64,
    /// From a Job's creation until its runner is ready, with scheduling and pulling.
    pub start_deadline_seconds: u64,
}

/// Written as in a pod's description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PullPolicy {
    Always,
    IfNotPresent,
    Never,
}

impl PullPolicy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}

/// As in a pod's description.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Toleration {
    pub key: Option<String>,
    pub operator: Option<String>,
    pub value: Option<String>,
    pub effect: Option<String>,
    pub toleration_seconds: Option<i64>,
}

impl Default for KubernetesSettings {
    fn default() -> Self {
        Self {
            namespace: "csv-analyst-runners".into(),
            image: "csv-analyst-runner:latest".into(),
            image_pull_policy: None,
            image_pull_secrets: Vec::new(),
            claim: "csv-analyst-snapshots".into(),
            kubeconfig: None,
            context: None,
            service_account: None,
            runtime_class: None,
            priority_class: None,
            node_selector: BTreeMap::new(),
            tolerations: Vec::new(),
            host_users: false,
            cpu_request_millis: None,
            memory_request_bytes: None,
            max_waiting_seconds: 600,
            start_deadline_seconds: 60,
        }
    }
}

impl KubernetesSettings {
    pub fn max_waiting(&self) -> Duration {
        Duration::from_secs(self.max_waiting_seconds)
    }

    pub fn start_deadline(&self) -> Duration {
        Duration::from_secs(self.start_deadline_seconds)
    }

    /// What makes no sense, in words for whoever wrote it.
    pub fn check(&self) -> Result<(), &'static str> {
        let rules = [
            (
                is_name(&self.namespace),
                "sandbox.kubernetes.namespace is no name of a namespace",
            ),
            (
                is_name(&self.claim),
                "sandbox.kubernetes.claim is no name of a claim",
            ),
            (!self.image.trim().is_empty(), "sandbox.kubernetes.image is empty"),
            (
                (1..=86_400).contains(&self.max_waiting_seconds),
                "sandbox.kubernetes.max_waiting_seconds must be from 1 to 86400",
            ),
            (
                (1..=3_600).contains(&self.start_deadline_seconds),
                "sandbox.kubernetes.start_deadline_seconds must be from 1 to 3600",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, message)) => Err(message),
            None => Ok(()),
        }
    }
}

const LONGEST_NAME: usize = 63;

/// A label of DNS (RFC 1123), which the names of most objects are.
fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = !text.starts_with('-') && !text.ends_with('-');
    (1..=LONGEST_NAME).contains(&text.len()) && ends && text.bytes().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_make_sense_and_names_that_are_none_do_not() {
        assert_eq!(KubernetesSettings::default().check(), Ok(()));
        for name in ["", "-a", "a-", "A", "a_b", "a.b", "../x", &"a".repeat(64)] {
            let settings = KubernetesSettings {
                namespace: name.into(),
                ..KubernetesSettings::default()
            };
            assert!(settings.check().is_err(), "{name}");
        }
    }
}
