//! The least that a Job costs: made of the same image, its pod does nothing, its end is seen by a watch,
//! and it is removed.

use super::floor::Failure;
use csv_analyst_server::sandbox::SandboxSettings;
use k8s_openapi::api::batch::v1::Job;
use kube::api::{DeleteParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Api, Client, Config};
use serde_json::json;

/// As the other floors: it is loaded with its libraries, and no more.
const NOTHING: &str = "--help";

pub struct DoNothingJob {
    jobs: Api<Job>,
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
            jobs: Api::namespaced(client, &settings.namespace),
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
        self.jobs.create(&PostParams::default(), &job).await?;
        await_condition(self.jobs.clone(), &name, conditions::is_job_completed()).await?;
        self.jobs.delete(&name, &DeleteParams::background()).await?;
        Ok(())
    }
}
