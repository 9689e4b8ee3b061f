//! The few calls that the server makes of the API, all in the runners' namespace. `role.yaml` beside this
//! file grants exactly them.

use super::board::Board;
use super::names::{OWNER, selector};
use super::patience::{AskError, ask};
use super::trouble::{Doing, of_call};
use crate::sandbox::janitor::{self, Ground, Marks};
use crate::sandbox::{SandboxError, owner};
use async_trait::async_trait;
use k8s_openapi::api::batch::v1::Job as ClusterJob;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams, ObjectMeta, PostParams};
use kube::{Api, Client};
use serde::de::DeserializeOwned;
use std::fmt::Debug;

pub type Job = ClusterJob;
pub type Janitor = janitor::Janitor<Namespace>;

/// What every sandbox of this installation shares.
#[derive(Clone)]
pub struct Cluster {
    pub pods: Api<Pod>,
    pub board: Board,
    pub janitor: Janitor,
    home: Namespace,
}

/// Where this installation's sandboxes are found by label.
#[derive(Clone)]
pub struct Namespace {
    jobs: Api<ClusterJob>,
    pods: Api<Pod>,
    instance: String,
}

const CREATE_JOBS: Doing = Doing::new("create", "jobs");
const DELETE_JOBS: Doing = Doing::new("delete", "jobs");
const LIST_JOBS: Doing = Doing::new("list", "jobs");
const DELETE_PODS: Doing = Doing::new("delete", "pods");
const LIST_PODS: Doing = Doing::new("list", "pods");

impl Cluster {
    /// Says what is wrong before anything is made: no answer, credentials that are not known, no right to
    /// look. A namespace that is missing is found out by the first Job: looked at, it is like an empty one.
    pub async fn open(client: &Client, namespace: &str, instance: &str) -> Result<Self, SandboxError> {
        let home = Namespace {
            jobs: Api::namespaced(client.clone(), namespace),
            pods: Api::namespaced(client.clone(), namespace),
            instance: instance.to_owned(),
        };
        let few = ListParams::default().limit(1).labels(&selector(instance));
        let looked = ask(|| home.pods.list_metadata(&few)).await;
        looked.map_err(|error| of_call(LIST_PODS, &error))?;
        Ok(Self {
            pods: home.pods.clone(),
            board: Board::open(client, namespace, instance),
            janitor: Janitor::new(home.clone()),
            home,
        })
    }

    pub async fn create_job(&self, job: &ClusterJob) -> Result<(), SandboxError> {
        let parameters = PostParams::default();
        match ask(|| self.home.jobs.create(&parameters, job)).await {
            Ok(_) => Ok(()),
            // The name is this call's own.
            Err(error) if error.exists_already() => Ok(()),
            Err(error) => Err(of_call(CREATE_JOBS, &error)),
        }
    }

    pub async fn delete_job(&self, name: &str) -> Result<(), SandboxError> {
        let deleted = self.home.delete_job(name).await;
        deleted.map_err(|error| of_call(DELETE_JOBS, &error))
    }

    pub async fn delete_pod(&self, name: &str, grace_seconds: Option<u32>) -> Result<(), SandboxError> {
        let deleted = self.home.delete_pod(name, grace_seconds).await;
        deleted.map_err(|error| of_call(DELETE_PODS, &error))
    }

    /// Ends what other servers of this installation left, whose owners live no more.
    pub async fn remove_leftovers(&self) -> Result<u64, SandboxError> {
        let orphaned = |metadata: &ObjectMeta| !owner_of(metadata).is_some_and(owner::is_alive);
        let jobs = self.home.names_where(&self.home.jobs, orphaned).await;
        let jobs = jobs.map_err(|error| of_call(LIST_JOBS, &error))?;
        for name in &jobs {
            tracing::warn!(job = name, "removing a left-over sandbox");
            self.delete_job(name).await?;
        }
        // A Job that was gone before its pod could be deleted, or by its time to live.
        let pods = self.home.names_where(&self.home.pods, orphaned).await;
        for name in pods.map_err(|error| of_call(LIST_PODS, &error))? {
            self.delete_pod(&name, None).await?;
        }
        Ok(jobs.len() as u64)
    }
}

impl Namespace {
    /// Of this installation's objects of one kind.
    async fn names_where<Kind>(
        &self,
        api: &Api<Kind>,
        wanted: impl Fn(&ObjectMeta) -> bool,
    ) -> Result<Vec<String>, AskError>
    where
        Kind: Clone + DeserializeOwned + Debug,
    {
        let ours = ListParams::default().labels(&selector(&self.instance));
        let listed = ask(|| api.list_metadata(&ours)).await?;
        let wanted = listed.items.into_iter().filter(|object| wanted(&object.metadata));
        Ok(wanted.filter_map(|object| object.metadata.name).collect())
    }

    /// The cluster removes its pod with it.
    async fn delete_job(&self, name: &str) -> Result<(), AskError> {
        let parameters = DeleteParams::background();
        unless_gone(ask(|| self.jobs.delete(name, &parameters)).await)
    }

    async fn delete_pod(&self, name: &str, grace_seconds: Option<u32>) -> Result<(), AskError> {
        let parameters = DeleteParams {
            grace_period_seconds: grace_seconds,
            ..DeleteParams::background()
        };
        unless_gone(ask(|| self.pods.delete(name, &parameters)).await)
    }
}

fn owner_of(metadata: &ObjectMeta) -> Option<&str> {
    metadata.annotations.as_ref()?.get(OWNER).map(String::as_str)
}

fn unless_gone<T>(deleted: Result<T, AskError>) -> Result<(), AskError> {
    match deleted {
        Ok(_) => Ok(()),
        Err(error) if error.is_gone() => Ok(()),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl Ground for Namespace {
    async fn sweep(&self, marks: &Marks) -> Result<usize, String> {
        let this = owner::this_process();
        let unused = |metadata: &ObjectMeta| {
            let used = metadata.name.as_ref().is_some_and(|name| marks.contains(name));
            owner_of(metadata) == Some(this.as_str()) && !used
        };
        let jobs = self.names_where(&self.jobs, unused).await;
        let jobs = jobs.map_err(|error| error.to_string())?;
        for name in &jobs {
            self.delete_job(name).await.map_err(|error| error.to_string())?;
        }
        Ok(jobs.len())
    }
}
