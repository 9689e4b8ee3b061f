//! What a pod's status says of one sandbox. A pure function of what the API tells: nothing is asked here.

use super::trouble::{Trouble, of_message};
use crate::sandbox::judge::Ending;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod};
use std::sync::Arc;

/// All that is known of one Job's pod.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub pod: Option<Arc<Pod>>,
    /// It was there, and is gone.
    pub gone: bool,
    /// Why the Job controller could not make it, in its words.
    pub refusal: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Not running yet; what holds it up, if that is known, and what the cluster says of it.
    Coming(Option<(Trouble, String)>),
    /// By the pod's name.
    Running(String),
    /// The container has ended, or somebody is taking the pod away.
    Ended(Ending),
}

impl Seen {
    pub fn sight(&self) -> Sight {
        match &self.pod {
            _ if self.gone => Sight::Ended(Ending::TakenAway),
            Some(pod) => of_pod(pod),
            None => Sight::Coming(self.refusal.as_ref().map(|why| (of_message(why), why.clone()))),
        }
    }

    pub fn pod_name(&self) -> Option<&str> {
        self.pod.as_ref()?.metadata.name.as_deref()
    }

    /// The image that the node runs, by its content.
    pub fn image_id(&self) -> Option<String> {
        let container = container(self.pod.as_ref()?)?;
        (!container.image_id.is_empty()).then(|| container.image_id.clone())
    }
}

fn of_pod(pod: &Pod) -> Sight {
    if let Some(ending) = ending(pod) {
        return Sight::Ended(ending);
    }
    let running = container(pod)
        .and_then(|container| container.state.as_ref())
        .is_some_and(|state| state.running.is_some());
    match (running, &pod.metadata.name) {
        (true, Some(name)) => Sight::Running(name.clone()),
        _ => Sight::Coming(hindrance(pod)),
    }
}

fn container(pod: &Pod) -> Option<&ContainerStatus> {
    pod.status.as_ref()?.container_statuses.as_ref()?.first()
}

fn ending(pod: &Pod) -> Option<Ending> {
    let status = pod.status.as_ref()?;
    // The kubelet's word on the pod comes before the container's exit status, which follows from it.
    match status.reason.as_deref() {
        Some("Evicted") => return Some(evicted(status.message.as_deref().unwrap_or_default())),
        Some("DeadlineExceeded") => return Some(Ending::OutOfTime),
        Some("NodeLost" | "NodeAffinity" | "Shutdown" | "NodeShutdown" | "Terminated") => {
            return Some(Ending::TakenAway);
        }
        _ => {}
    }
    let state = container(pod).and_then(|container| container.state.as_ref());
    if let Some(ended) = state.and_then(|state| state.terminated.as_ref()) {
        let ending = Ending::Exit(ended.exit_code);
        return Some(match ended.reason.as_deref() {
            Some("OOMKilled") => Ending::OutOfMemory,
            // The node tells its own killing for memory apart.
            _ => ending.told_apart(false),
        });
    }
    if pod.metadata.deletion_timestamp.is_some() {
        return Some(Ending::TakenAway);
    }
    matches!(status.phase.as_deref(), Some("Failed" | "Succeeded")).then_some(Ending::Unknown)
}

/// For what it has used itself, or since the node has too little for all.
fn evicted(message: &str) -> Ending {
    let own = [
        "exceeds the limit",
        "exceeds the total limit",
        "exceeded its local",
    ];
    match own.iter().any(|text| message.contains(text)) {
        true => Ending::OutOfStorage,
        false => Ending::TakenAway,
    }
}

fn hindrance(pod: &Pod) -> Option<(Trouble, String)> {
    let waiting = container(pod)
        .and_then(|container| container.state.as_ref())
        .and_then(of_waiting);
    waiting.or_else(|| of_scheduling(pod))
}

fn of_waiting(state: &ContainerState) -> Option<(Trouble, String)> {
    let waiting = state.waiting.as_ref()?;
    let reason = waiting.reason.as_deref()?;
    let trouble = match reason {
        "ImagePullBackOff" | "RegistryUnavailable" | "ImageInspectError" | "SignatureValidationFailed" => {
            Trouble::ImagePull
        }
        "InvalidImageName" => Trouble::ImageName,
        "ErrImageNeverPull" => Trouble::ImageNeverPulled,
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" | "CrashLoopBackOff" => {
            Trouble::Container
        }
        // Tried once more before it counts (`ImagePullBackOff`), or on its way.
        _ => return None,
    };
    let message = waiting.message.as_deref().unwrap_or_default();
    Some((trouble, format!("{reason}: {message}")))
}

fn of_scheduling(pod: &Pod) -> Option<(Trouble, String)> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let unscheduled = conditions
        .iter()
        .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False")?;
    Some((
        Trouble::Unschedulable,
        unscheduled.message.clone().unwrap_or_default(),
    ))
}

#[cfg(test)]
#[path = "sight_tests.rs"]
mod tests;
