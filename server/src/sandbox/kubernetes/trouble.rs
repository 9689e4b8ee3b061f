//! Why there is no sandbox, in words for who runs the service: what to do, without a name or a value of
//! the cluster. Those go to the log.

use super::patience::AskError;
use crate::sandbox::error::chain;
use crate::sandbox::{SandboxError, SandboxFailure};

/// What the server was about to do, as the cluster's rules call it.
#[derive(Clone, Copy, Debug)]
pub struct Doing {
    pub verb: &'static str,
    pub resource: &'static str,
}

impl Doing {
    pub const fn new(verb: &'static str, resource: &'static str) -> Self {
        Self { verb, resource }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    NoAnswer,
    Unauthorized,
    Forbidden,
    NoNamespace,
    NamespaceEnds,
    Quota,
    Size,
    PodSecurity,
    Admission,
    NotAccepted,
    ImagePull,
    ImageName,
    ImageNeverPulled,
    Container,
    Unschedulable,
    NoPod,
    NotStarted,
}

impl Trouble {
    /// Nothing that the cluster does by itself will mend it.
    pub fn is_final(self) -> bool {
        !matches!(
            self,
            Self::NoAnswer | Self::Quota | Self::Unschedulable | Self::NoPod | Self::NotStarted
        )
    }

    fn words(self) -> &'static str {
        match self {
            Self::NoAnswer => "the Kubernetes API does not answer: see whether the server can reach it",
            Self::Unauthorized => {
                "the Kubernetes API does not know the server's credentials: renew its token or kubeconfig"
            }
            Self::Forbidden => "the server lacks a right in the runners' namespace",
            Self::NoNamespace => {
                "the runners' namespace is missing: make it, or set sandbox.kubernetes.namespace"
            }
            Self::NamespaceEnds => "the runners' namespace is being removed",
            Self::Quota => {
                "the quota of the runners' namespace is used up: raise it, or lower queue.max_running and pool.max_idle"
            }
            Self::Size => {
                "the runners' namespace (its LimitRange) allows no pod of this size: raise it there, or lower \
                 limits.cpu_millis and limits.memory_bytes"
            }
            Self::PodSecurity => {
                "the cluster's Pod Security refuses the runner's pod: see the log, and sandbox.kubernetes"
            }
            Self::Admission => "the cluster's admission refuses the runner's pod: see the log",
            Self::NotAccepted => {
                "the cluster does not accept the runner's description: see the log, and sandbox.kubernetes"
            }
            Self::ImagePull => {
                "the cluster can't pull the runner image: see sandbox.kubernetes.image and image_pull_secrets"
            }
            Self::ImageName => "sandbox.kubernetes.image is no name of an image",
            Self::ImageNeverPulled => {
                "the runner image is not on the node, and sandbox.kubernetes.image_pull_policy is Never"
            }
            Self::Container => "the node can't make the runner's container: see the log",
            Self::Unschedulable => {
                "no node of the cluster has room for the runner, or may take it: see the log"
            }
            Self::NoPod => "the cluster made no pod for the runner's Job in time: see its controller manager",
            Self::NotStarted => "the runner's pod did not start in time",
        }
    }

    /// The detail is for the log.
    pub fn with(self, detail: impl std::fmt::Display) -> SandboxError {
        tracing::error!(trouble = ?self, %detail, "no sandbox in the cluster");
        SandboxFailure::Unavailable(self.words().to_owned()).into()
    }
}

pub fn of_call(doing: Doing, error: &AskError) -> SandboxError {
    let AskError::Api(error) = error else {
        return Trouble::NoAnswer.with(error);
    };
    let kube::Error::Api(status) = &**error else {
        return Trouble::NoAnswer.with(chain(&**error));
    };
    let detail = format!("{} {}: {}", doing.verb, doing.resource, status.message);
    match (status.code, of_message(&status.message)) {
        (401, _) => Trouble::Unauthorized.with(detail),
        (403, Trouble::Forbidden) => lacks_right(doing, &detail),
        (403, trouble) => trouble.with(detail),
        (404, _) if status.message.contains("namespaces") => Trouble::NoNamespace.with(detail),
        (400 | 413 | 422, _) => Trouble::NotAccepted.with(detail),
        (429 | 500.., _) => Trouble::NoAnswer.with(detail),
        _ => SandboxError::broken("the cluster refused what it was asked", detail),
    }
}

fn lacks_right(doing: Doing, detail: &str) -> SandboxError {
    tracing::error!(detail, "a right is lacking in the cluster");
    let Doing { verb, resource } = doing;
    SandboxError::unavailable(format!(
        "the server may not {verb} {resource} in the runners' namespace: give its service account the Role of docs/hosting.md"
    ))
}

/// What a refusal says, be it of a call or of the Job controller's when it makes the pod.
pub fn of_message(message: &str) -> Trouble {
    let has = |text: &str| message.contains(text);
    if has("exceeded quota") || has("must specify limits") || has("must specify requests") {
        Trouble::Quota
    } else if has(" usage per Pod is ") || has(" usage per Container is ") {
        Trouble::Size
    } else if has("violates PodSecurity") {
        Trouble::PodSecurity
    } else if has("being terminated") {
        Trouble::NamespaceEnds
    } else if has(" cannot ") && has("resource") {
        Trouble::Forbidden
    } else {
        Trouble::Admission
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart_by_what_api_servers_write() {
        for (message, trouble) in [
            (
                r#"pods "csv-analyst-runner-0-abcde" is forbidden: exceeded quota: runners, requested: pods=1, used: pods=4, limited: pods=4"#,
                Trouble::Quota,
            ),
            (
                r#"pods "x" is forbidden: maximum cpu usage per Container is 500m, but limit is 1"#,
                Trouble::Size,
            ),
            (
                r#"pods "x" is forbidden: violates PodSecurity "restricted:latest": seccompProfile (pod or container "runner" must set ..)"#,
                Trouble::PodSecurity,
            ),
            (
                r#"jobs.batch is forbidden: User "system:serviceaccount:chat:server" cannot create resource "jobs" in API group "batch" in the namespace "runners""#,
                Trouble::Forbidden,
            ),
            (
                r#"jobs.batch "x" is forbidden: unable to create new content in namespace runners because it is being terminated"#,
                Trouble::NamespaceEnds,
            ),
            (
                r#"admission webhook "policy.example" denied the request: no"#,
                Trouble::Admission,
            ),
        ] {
            assert_eq!(of_message(message), trouble, "{message}");
        }
    }

    #[test]
    fn no_words_name_anything_of_the_cluster() {
        let detail = "namespaces \"secret-place\" not found";
        let told = Trouble::NoNamespace.with(detail).to_string();
        assert!(!told.contains("secret-place"), "{told}");
    }
}
