//! Containers that could not be removed, or whose making was never confirmed, since the daemon hung, was
//! gone or was being started again: looked for by label until none is left.
//!
//! It never touches a container that is in use, or one that another server has started.

use super::container::{labelled, remove};
use super::owner;
use super::specification::OWNER_LABEL;
use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, ContainerSummary};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Tells the containers of one server apart, from before they have an id.
const SANDBOX_LABEL: &str = "csv-analyst.sandbox";

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A daemon that goes on after it hung still carries out what it was asked before, perhaps behind the
/// first look.
const CLEAN_PASSES: u32 = 4;

#[derive(Clone)]
pub struct Janitor {
    docker: Docker,
    instance: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    in_use: HashSet<String>,
    /// A task is looking.
    sweeping: bool,
    /// Something failed since it has begun.
    asked_again: bool,
}

/// A container that is in use, or being made, as long as this is kept.
pub struct InUse {
    janitor: Janitor,
    mark: String,
}

impl Janitor {
    pub fn new(docker: &Docker, instance: &str) -> Self {
        Self {
            docker: docker.clone(),
            instance: instance.to_owned(),
            state: Arc::default(),
        }
    }

    pub fn mark(&self, body: &mut ContainerCreateBody) -> InUse {
        let mark = uuid::Uuid::new_v4().to_string();
        let labels = body.labels.get_or_insert_default();
        labels.insert(SANDBOX_LABEL.into(), mark.clone());
        self.lock().in_use.insert(mark.clone());
        InUse {
            janitor: self.clone(),
            mark,
        }
    }

    /// Somebody's container may be left. Without a runtime the process is ending, and the next start
    /// looks for what it left.
    pub fn sweep_later(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let mut state = self.lock();
        state.asked_again = true;
        if !std::mem::replace(&mut state.sweeping, true) {
            runtime.spawn(self.clone().sweep_until_clean());
        }
    }

    async fn sweep_until_clean(self) {
        let (mut pause, mut clean) = (FIRST_PAUSE, 0);
        while clean < CLEAN_PASSES || !self.rest() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if std::mem::take(&mut self.lock().asked_again) {
                (pause, clean) = (FIRST_PAUSE, 0);
            }
            clean = match self.sweep().await {
                Ok(0) => clean + 1,
                Ok(removed) => {
                    tracing::warn!(removed, "containers that had to wait are removed");
                    0
                }
                Err(error) => {
                    tracing::warn!(%error, "containers may be left, and are looked for again");
                    0
                }
            };
        }
    }

    /// Whether the looking may end.
    fn rest(&self) -> bool {
        let mut state = self.lock();
        state.sweeping = state.asked_again;
        !state.asked_again
    }

    /// Removes this server's containers that nobody uses; answers how many there were.
    async fn sweep(&self) -> Result<usize, Error> {
        let own = format!("{OWNER_LABEL}={}", owner::this_process());
        let found = labelled(&self.docker, &self.instance, Some(own)).await?;
        let unused: Vec<String> = found
            .into_iter()
            .filter(|one| !self.uses(one))
            .filter_map(|one| one.id)
            .collect();
        for id in &unused {
            remove(&self.docker, id).await?;
        }
        Ok(unused.len())
    }

    fn uses(&self, container: &ContainerSummary) -> bool {
        let mark = container
            .labels
            .as_ref()
            .and_then(|labels| labels.get(SANDBOX_LABEL));
        mark.is_some_and(|mark| self.lock().in_use.contains(mark))
    }

    /// Each use leaves the state whole, so a panic elsewhere does no harm to it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.janitor.lock().in_use.remove(&self.mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn janitor() -> Janitor {
        let docker =
            Docker::connect_with_http("http://127.0.0.1:9", 1, bollard::API_DEFAULT_VERSION).unwrap();
        Janitor::new(&docker, "test")
    }

    #[test]
    fn a_container_is_in_use_from_before_it_is_made_until_it_is_let_go() {
        let janitor = janitor();
        let mut body = ContainerCreateBody::default();
        let in_use = janitor.mark(&mut body);
        let container = ContainerSummary {
            labels: body.labels,
            ..Default::default()
        };
        assert!(janitor.uses(&container));
        drop(in_use);
        assert!(!janitor.uses(&container));
        assert!(!janitor.uses(&ContainerSummary::default()));
    }

    #[tokio::test]
    async fn one_looks_at_a_time_and_rests_only_when_nothing_failed_since() {
        let janitor = janitor();
        janitor.sweep_later();
        assert!(!janitor.rest(), "it was asked, and has not looked yet");
        janitor.lock().asked_again = false;
        assert!(janitor.rest());
        assert!(!janitor.lock().sweeping);
    }
}
