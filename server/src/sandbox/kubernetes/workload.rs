//! One Job and its pod from creation to certain removal.

use super::attach;
use super::board::Follower;
use super::cluster::{Cluster, Job};
use super::sight::Sight;
use super::specification::CONTAINER;
use super::trouble::{Doing, Trouble, of_call};
use crate::sandbox::SandboxError;
use crate::sandbox::janitor::InUse;
use crate::sandbox::judge::{self, Ending};
use crate::sandbox::wire::Wire;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// For a pod whose runner has closed its output to be known as ended: kubelets look once a second.
const END_DEADLINE: Duration = Duration::from_secs(5);
/// For a pod to be gone after it was deleted.
const GONE_DEADLINE: Duration = Duration::from_secs(20);
/// For a quota that is used up by pods on their way out.
const QUOTA_PATIENCE: Duration = Duration::from_secs(10);
/// For a runner that was told that nobody needs it to end by itself.
const QUIET_END: Duration = Duration::from_millis(500);

pub struct Workload {
    cluster: Cluster,
    name: String,
    follower: Follower,
    removed: bool,
    /// Given back when it is removed, or when that is left to the janitor.
    in_use: Option<InUse>,
}

impl Workload {
    /// Creates the Job; from here on it is removed, whatever happens.
    pub async fn create(cluster: &Cluster, job: Job) -> Result<Self, SandboxError> {
        // In its own task, so that giving up in the middle can't lose what is being made.
        let creating = tokio::spawn(create(cluster.clone(), job));
        match creating.await {
            Ok(created) => created,
            Err(error) => Err(SandboxError::broken("the sandbox can't be created", error)),
        }
    }

    /// Waits until its container runs, and talks with it.
    pub async fn start(&mut self, deadline: Instant) -> Result<Wire, SandboxError> {
        let pod = self.running(deadline).await?;
        let pods = &self.cluster.pods;
        let attached = timeout_at(deadline, pods.attach(&pod, &attach::parameters(CONTAINER))).await;
        let attached = match attached {
            Ok(Ok(attached)) => attached,
            Ok(Err(error)) => return Err(self.not_attached(error).await),
            Err(_) => return Err(Trouble::NoAnswer.with("the pod can't be attached in time")),
        };
        attach::wire(attached).ok_or_else(|| SandboxError::broken("the pod can't be attached", "no pipes"))
    }

    /// One that has ended meanwhile ended for a reason.
    async fn not_attached(&mut self, error: kube::Error) -> SandboxError {
        let error = super::patience::AskError::Api(Box::new(error));
        if error.refusal().is_some_and(|(code, _)| code == 403) {
            return of_call(ATTACH, &error);
        }
        match timeout(END_DEADLINE, self.ended()).await {
            Ok(ending) => judge::ending(ending, "", 0, 0),
            Err(_) => of_call(ATTACH, &error),
        }
    }

    async fn running(&mut self, deadline: Instant) -> Result<String, SandboxError> {
        let mut hindrance = Hindrance::default();
        loop {
            match self.follower.now().sight() {
                Sight::Running(pod) => return Ok(pod),
                Sight::Ended(ending) => return Err(judge::ending(ending, "", 0, 0)),
                Sight::Coming(Some((trouble, detail))) if trouble.is_final() => {
                    return Err(trouble.with(detail));
                }
                Sight::Coming(told) => hindrance.becomes(told),
            }
            let patience = hindrance.patience(deadline);
            if timeout_at(patience, self.follower.news()).await.is_err() {
                return Err(self.late(hindrance.told));
            }
        }
    }

    fn late(&mut self, told: Option<(Trouble, String)>) -> SandboxError {
        match told {
            Some((trouble, detail)) => trouble.with(detail),
            None if self.follower.now().pod.is_some() => Trouble::NotStarted.with(&self.name),
            None => Trouble::NoPod.with(&self.name),
        }
    }

    /// As far as the watch has told, it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.follower.now().sight(), Sight::Running(_))
    }

    /// How it ended by itself.
    pub async fn ending(&mut self) -> Ending {
        timeout(END_DEADLINE, self.ended())
            .await
            .unwrap_or(Ending::OutOfHearing)
    }

    async fn ended(&mut self) -> Ending {
        loop {
            if let Sight::Ended(ending) = self.follower.now().sight() {
                return ending;
            }
            self.follower.news().await;
        }
    }

    /// The image that the node runs, by its content.
    pub fn image_id(&mut self) -> Option<String> {
        self.follower.now().image_id()
    }

    /// Kills and removes it. A runner whose output has ended has ended itself: its pod is struck off
    /// at once; of any other, the cluster has to tell that it is gone.
    pub async fn remove(&mut self, wire: Option<&mut Wire>) -> Result<(), SandboxError> {
        let ended = match wire {
            Some(wire) => timeout(QUIET_END, wire.hang_up()).await.is_ok(),
            None => false,
        };
        let removed = self.strike_off(ended).await;
        self.in_use = None;
        if removed.is_err() {
            self.cluster.janitor.sweep_later();
        }
        removed?;
        self.removed = true;
        Ok(())
    }

    async fn strike_off(&mut self, ended: bool) -> Result<(), SandboxError> {
        self.cluster.delete_job(&self.name).await?;
        let seen = self.follower.now();
        let Some(pod) = seen.pod_name().map(str::to_owned) else {
            // Its controller may be making one, which the cluster removes with its Job.
            self.cluster.janitor.sweep_later();
            return Ok(());
        };
        if seen.gone {
            return Ok(());
        }
        self.cluster.delete_pod(&pod, ended.then_some(0)).await?;
        match ended {
            true => Ok(()),
            false => self.gone().await,
        }
    }

    async fn gone(&mut self) -> Result<(), SandboxError> {
        let gone = timeout(GONE_DEADLINE, async {
            while !self.follower.now().gone {
                self.follower.news().await;
            }
        });
        gone.await
            .map_err(|_| SandboxError::broken("a pod can't be removed", "it is still there"))
    }
}

/// What holds a pod up now. What did before is over, and neither told nor waited for any more.
#[derive(Default)]
struct Hindrance {
    told: Option<(Trouble, String)>,
    /// The end of the patience with a quota, from when it was first seen to be used up.
    quota_until: Option<Instant>,
}

impl Hindrance {
    fn becomes(&mut self, told: Option<(Trouble, String)>) {
        self.quota_until = match told {
            Some((Trouble::Quota, _)) => self.quota_until.or(Some(Instant::now() + QUOTA_PATIENCE)),
            _ => None,
        };
        self.told = told;
    }

    fn patience(&self, deadline: Instant) -> Instant {
        self.quota_until.map_or(deadline, |quota| quota.min(deadline))
    }
}

const ATTACH: Doing = Doing::new("attach to", "pods");

async fn create(cluster: Cluster, job: Job) -> Result<Workload, SandboxError> {
    let name = job.metadata.name.clone().unwrap_or_default();
    // Before there is anything.
    let in_use = cluster.janitor.mark(name.clone());
    let follower = cluster.board.follow(&name);
    match cluster.create_job(&job).await {
        Ok(()) => Ok(Workload {
            cluster,
            name,
            follower,
            removed: false,
            in_use: Some(in_use),
        }),
        Err(error) => {
            drop(in_use);
            // An answer that does not come is no proof that nothing was made.
            cluster.janitor.sweep_later();
            Err(error)
        }
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        if self.removed {
            return;
        }
        let (cluster, name, in_use) = (self.cluster.clone(), self.name.clone(), self.in_use.take());
        let pod = self.follower.now().pod_name().map(str::to_owned);
        // Without a runtime the process is ending; the next start removes it by its label.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let removed = remove(&cluster, &name, pod.as_deref()).await;
                drop(in_use);
                if removed.is_err() {
                    cluster.janitor.sweep_later();
                }
            });
        }
    }
}

async fn remove(cluster: &Cluster, name: &str, pod: Option<&str>) -> Result<(), SandboxError> {
    cluster.delete_job(name).await?;
    match pod {
        Some(pod) => cluster.delete_pod(pod, None).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(trouble: Trouble) -> Option<(Trouble, String)> {
        Some((trouble, "in the cluster's words".into()))
    }

    #[test]
    fn a_quota_is_waited_for_from_its_first_sight_and_only_while_it_holds_the_pod_up() {
        let deadline = Instant::now() + 10 * QUOTA_PATIENCE;
        let mut hindrance = Hindrance::default();
        hindrance.becomes(None);
        assert_eq!(hindrance.patience(deadline), deadline);
        hindrance.becomes(told(Trouble::Quota));
        let shorter = hindrance.patience(deadline);
        assert!(shorter < deadline);
        hindrance.becomes(told(Trouble::Quota));
        let again = hindrance.patience(deadline);
        assert_eq!(again, shorter, "not anew with each refusal");
        let near = shorter - QUOTA_PATIENCE;
        assert_eq!(hindrance.patience(near), near, "not longer than a start");
        hindrance.becomes(told(Trouble::Unschedulable));
        assert_eq!(hindrance.patience(deadline), deadline);
    }

    #[test]
    fn what_held_a_pod_up_before_is_told_no_more() {
        let mut hindrance = Hindrance::default();
        hindrance.becomes(told(Trouble::Quota));
        hindrance.becomes(None);
        assert_eq!(hindrance.told, None);
    }
}
