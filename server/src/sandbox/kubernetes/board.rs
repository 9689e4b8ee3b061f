//! Where all pods of this installation are looked at: one watch for all sandboxes, and one for why pods
//! could not be made. Whoever waits for a pod follows it here instead of asking the API.

use super::names::{JOB_LABEL, selector};
use super::sight::Seen;
use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::{Event as ClusterEvent, Pod};
use kube::runtime::watcher::{self, Event, watcher};
use kube::runtime::{WatchStreamExt, watcher::Config};
use kube::{Api, Client};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What the Job controller calls a pod that it could not make.
const NOT_MADE: &str = "involvedObject.kind=Job,reason=FailedCreate";

#[derive(Clone)]
pub struct Board {
    followed: Followed,
    /// Ends the watches when nobody holds the board any more.
    _stop: Arc<DropGuard>,
}

type ByJob = HashMap<String, watch::Sender<Seen>>;

#[derive(Clone, Default)]
struct Followed(Arc<Mutex<ByJob>>);

/// One Job's pod, as long as this is kept.
pub struct Follower {
    followed: Followed,
    job: String,
    seen: watch::Receiver<Seen>,
}

impl Board {
    pub fn open(client: &Client, namespace: &str, instance: &str) -> Self {
        let followed = Followed::default();
        let stop = CancellationToken::new();
        let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
        let events: Api<ClusterEvent> = Api::namespaced(client.clone(), namespace);
        let pods = watcher(pods, Config::default().labels(&selector(instance)));
        let events = watcher(events, Config::default().fields(NOT_MADE));
        let watching = watch_pods(followed.clone(), pods.default_backoff());
        let listening = watch_refusals(followed.clone(), events.default_backoff());
        let stopped = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                ((), ()) = futures::future::join(watching, listening) => {}
            }
        });
        Self {
            followed,
            _stop: Arc::new(stop.drop_guard()),
        }
    }

    /// From before the Job is made, so that nothing of its pod is missed.
    pub fn follow(&self, job: &str) -> Follower {
        let (sender, seen) = watch::channel(Seen::default());
        self.followed.lock().insert(job.to_owned(), sender);
        Follower {
            followed: self.followed.clone(),
            job: job.to_owned(),
            seen,
        }
    }
}

impl Follower {
    pub fn now(&mut self) -> Seen {
        self.seen.borrow_and_update().clone()
    }

    /// Returns when there is news; for ever if there can't be any.
    pub async fn news(&mut self) {
        if self.seen.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.followed.lock().remove(&self.job);
    }
}

impl Followed {
    /// Each use leaves the map whole, so a panic elsewhere does no harm to it.
    fn lock(&self) -> MutexGuard<'_, ByJob> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, job: &str, change: impl FnOnce(&mut Seen)) {
        if let Some(sender) = self.lock().get(job) {
            sender.send_modify(change);
        }
    }

    fn apply(&self, pod: Pod) {
        if let Some(job) = job_of(&pod).map(str::to_owned) {
            self.tell(&job, |seen| {
                seen.pod = Some(Arc::new(pod));
                seen.gone = false;
            });
        }
    }

    fn delete(&self, pod: Pod) {
        if let Some(job) = job_of(&pod).map(str::to_owned) {
            self.tell(&job, |seen| {
                seen.pod = Some(Arc::new(pod));
                seen.gone = true;
            });
        }
    }

    /// After a watch was begun anew: what had a pod and is not on the list is gone.
    fn keep_only(&self, listed: &HashSet<String>) {
        for (job, sender) in self.lock().iter() {
            if !listed.contains(job) && sender.borrow().pod.is_some() {
                sender.send_modify(|seen| seen.gone = true);
            }
        }
    }
}

fn job_of(pod: &Pod) -> Option<&str> {
    pod.metadata.labels.as_ref()?.get(JOB_LABEL).map(String::as_str)
}

async fn watch_pods(followed: Followed, events: impl Stream<Item = watcher::Result<Event<Pod>>>) {
    let mut listed = HashSet::new();
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(pod)) => {
                listed.extend(job_of(&pod).map(str::to_owned));
                followed.apply(pod);
            }
            Ok(Event::InitDone) => followed.keep_only(&listed),
            Ok(Event::Apply(pod)) => followed.apply(pod),
            Ok(Event::Delete(pod)) => followed.delete(pod),
            Err(error) => tracing::warn!(%error, "the runners' pods can't be watched, and are tried again"),
        }
    }
}

async fn watch_refusals(
    followed: Followed,
    events: impl Stream<Item = watcher::Result<Event<ClusterEvent>>>,
) {
    let mut told = false;
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Apply(event) | Event::InitApply(event)) => {
                let job = event.involved_object.name.unwrap_or_default();
                followed.tell(&job, |seen| seen.refusal = event.message);
            }
            Ok(_) => {}
            // Without it only reasons are missing.
            Err(error) if !told => {
                told = true;
                tracing::warn!(%error, "the runners' events can't be watched: why a pod is not made will not be known");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::kubernetes::sight::Sight;
    use futures::stream;
    use serde_json::json;

    fn pod(job: &str, state: &str) -> Pod {
        let status = json!({"containerStatuses": [{
            "name": "runner", "image": "", "imageID": "", "ready": true, "restartCount": 0, "state": {state: {}},
        }]});
        let pod =
            json!({"metadata": {"name": format!("{job}-x"), "labels": {JOB_LABEL: job}}, "status": status});
        serde_json::from_value(pod).unwrap()
    }

    fn following(job: &str) -> (Followed, Follower) {
        let followed = Followed::default();
        let board = Board {
            followed: followed.clone(),
            _stop: Arc::new(CancellationToken::new().drop_guard()),
        };
        let follower = board.follow(job);
        (followed, follower)
    }

    #[tokio::test]
    async fn a_follower_sees_its_own_pod_only() {
        let (followed, mut follower) = following("a");
        let events = [
            Ok(Event::Apply(pod("b", "running"))),
            Ok(Event::Apply(pod("a", "waiting"))),
        ];
        watch_pods(followed.clone(), stream::iter(events)).await;
        assert_eq!(follower.now().pod_name(), Some("a-x"));
        watch_pods(followed, stream::iter([Ok(Event::Apply(pod("a", "running")))])).await;
        follower.news().await;
        assert_eq!(follower.now().sight(), Sight::Running("a-x".into()));
    }

    #[tokio::test]
    async fn what_vanished_while_nobody_watched_is_gone() {
        let (followed, mut follower) = following("a");
        let events = [
            Ok(Event::Apply(pod("a", "running"))),
            Ok(Event::Init),
            Ok(Event::InitApply(pod("b", "running"))),
            Ok(Event::InitDone),
        ];
        watch_pods(followed, stream::iter(events)).await;
        assert!(follower.now().gone);
    }

    #[tokio::test]
    async fn one_that_is_not_made_yet_is_not_gone() {
        let (followed, mut follower) = following("a");
        watch_pods(followed, stream::iter([Ok(Event::Init), Ok(Event::InitDone)])).await;
        assert!(!follower.now().gone);
    }

    #[test]
    fn one_that_nobody_follows_is_forgotten() {
        let (followed, follower) = following("a");
        drop(follower);
        assert!(followed.lock().is_empty());
    }
}
