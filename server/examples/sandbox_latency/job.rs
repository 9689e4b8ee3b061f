//! The least that a Job costs: made of the same image, its pod does nothing, its end is seen by a watch over
//! pods, and both are removed. (The Job's own end comes later: its controller takes its time.)

use super::floor::Failure;
use csv_analyst_server::sandbox::SandboxSettings;
use futures::TryStreamExt;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, Config};
use serde_json::json;
use std::pin::pin;

/// As the other floors: it is loaded with its libraries, and no more.
const NOTHING: &str = "--help";

pub struct DoNothingJob {
    jobs: Api<Job>,
    pods: Api<Pod>,
    image: String,
}

impl DoNothingJob {
    pub async fn new(settings: &SandboxSettings) -> Result<Self, Failure> {
        let settings = &settings.kubernetes;
        let read = settings.kubeconfig.as_ref().map(Kubeconfig::read_from);
        let kubeconfig = read.unwrap_or_else(Kubeconfig::read)?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        let client = Client::try_from(config)?;
        Ok(Self {
            jobs: Api::namespaced(client.clone(), &settings.namespace),
            pods: Api::namespaced(client, &settings.namespace),
            image: settings.image.clone(),
        })
    }

    pub async fn run(&self) -> Result<(), Failure> {
        let name = format!("do-nothing-{}", uuid::Uuid::new_v4().simple());
        let confined = json!({
            "allowPrivilegeEscalation": false, "runAsNonRoot": true, "runAsUser": 65534,
            "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"},
        });
        let job: Job = serde_json::from_value(json!({
            "metadata": {"name": name},
            "spec": {"backoffLimit": 0, "template": {"spec": {
                "restartPolicy": "Never", "automountServiceAccountToken": false,
                "containers": [{
                    "name": "nothing", "image": self.image, "args": [NOTHING],
                    "imagePullPolicy": "IfNotPresent", "securityContext": confined,
                    "resources": {"limits": {"cpu": "1", "memory": "512Mi", "ephemeral-storage": "64Mi"},
                        "requests": {"cpu": "10m", "memory": "32Mi", "ephemeral-storage": "64Mi"}},
                }],
            }}},
        }))?;
        self.create(&job).await?;
        let pod = self.ended_pod(&name).await?;
        self.jobs.delete(&name, &DeleteParams::background()).await?;
        let at_once = DeleteParams::default().grace_period(0);
        match self.pods.delete(&pod, &at_once).await {
            // The Job's own removal was quicker.
            Err(kube::Error::Api(told)) if told.code == 404 => Ok(()),
            deleted => Ok(deleted.map(drop)?),
        }
    }

    /// As the service does: a quota that was counted meanwhile is asked again.
    async fn create(&self, job: &Job) -> Result<(), Failure> {
        loop {
            match self.jobs.create(&PostParams::default(), job).await {
                Err(kube::Error::Api(told)) if told.code == 409 => {}
                created => return Ok(created.map(drop)?),
            }
        }
    }

    async fn ended_pod(&self, job: &str) -> Result<String, Failure> {
        let of_job = watcher::Config::default().labels(&format!("batch.kubernetes.io/job-name={job}"));
        let mut seen = pin!(watcher(self.pods.clone(), of_job).applied_objects());
        while let Some(pod) = seen.try_next().await? {
            if let (true, Some(name)) = (has_ended(&pod), pod.metadata.name) {
                return Ok(name);
            }
        }
        Err("the watch ended".into())
    }
}

fn has_ended(pod: &Pod) -> bool {
    let statuses = pod
        .status
        .iter()
        .flat_map(|status| status.container_statuses.iter().flatten());
    let mut states = statuses.filter_map(|container| container.state.as_ref());
    states.any(|state| state.terminated.is_some())
}
