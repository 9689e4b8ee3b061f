//! The engine, as far as the proxy goes: its own containers, one image, and nothing else. What the engine
//! answers is cut down to what the provider reads.

use super::admission::PROXY_LABEL;
use super::call::ContainerId;
use super::refusal::Refusal;
use crate::sandbox::docker::{LABEL_PREFIX, image_id};
use bollard::Docker;
use bollard::container::AttachContainerResults;
use bollard::models::{ContainerCreateBody, ContainerInspectResponse, ContainerSummary};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub struct Engine {
    docker: Docker,
    /// As it is configured.
    image: String,
    /// The value of the proxy's label.
    pub mark: String,
    max_containers: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Content address of the image when it was last asked.
    image_id: Option<String>,
    /// Containers of the proxy, also of the one before it that were asked about.
    known: HashSet<ContainerId>,
    being_made: usize,
}

impl Engine {
    pub fn new(docker: Docker, image: &str, mark: String, max_containers: usize) -> Self {
        Self {
            docker,
            image: image.to_owned(),
            mark,
            max_containers,
            state: Mutex::default(),
        }
    }

    pub fn version(&self) -> Value {
        let version = self.docker.client_version().to_string();
        json!({"ApiVersion": version, "MinAPIVersion": version})
    }

    pub async fn ping(&self) -> Result<(), Refusal> {
        self.docker.ping().await?;
        Ok(())
    }

    /// By the configured name, or by the content address that has this name now.
    pub async fn image(&self, name: &str) -> Result<Value, Refusal> {
        let id = self.present_image().await?;
        match name == self.image || name == id {
            true => Ok(json!({"Id": id})),
            false => Err(Refusal::forbidden("another image than the runner's")),
        }
    }

    /// Whether a container may be made of it: the operator may have moved the name meanwhile.
    pub async fn require_image(&self, id: &str) -> Result<(), Refusal> {
        let before = self.lock().image_id.clone();
        if before.is_some_and(|before| before == id) || self.present_image().await? == id {
            return Ok(());
        }
        Err(Refusal::forbidden("another image than the runner's"))
    }

    async fn present_image(&self) -> Result<String, Refusal> {
        let found = image_id(&self.docker, &self.image).await;
        let id = found.map_err(|error| {
            tracing::warn!(%error, "the runner image can't be asked for");
            Refusal::NotFound("image")
        })?;
        self.lock().image_id = Some(id.clone());
        Ok(id)
    }

    /// Goes on when whoever asked hangs up: what the engine was asked to make is counted all the same.
    pub async fn create(self: &Arc<Self>, body: ContainerCreateBody) -> Result<Value, Refusal> {
        let place = self.take_place().await?;
        let engine = self.clone();
        let making = tokio::spawn(async move {
            let made = engine.make(body).await;
            drop(place);
            made
        });
        making.await.unwrap_or_else(|_| Err(Refusal::NoAnswer))
    }

    async fn make(&self, body: ContainerCreateBody) -> Result<Value, Refusal> {
        let created = self.docker.create_container(None, body).await;
        let created = created.inspect_err(|_| self.lock().image_id = None)?;
        self.lock().known.insert(ContainerId::parse(&created.id)?);
        Ok(json!({"Id": created.id, "Warnings": []}))
    }

    /// Containers that somebody else removed are found out only when the places are all taken.
    async fn take_place(self: &Arc<Self>) -> Result<Place, Refusal> {
        if let Some(place) = self.free_place() {
            return Ok(place);
        }
        let before = self.lock().known.clone();
        let found = self.summaries(Vec::new()).await?;
        let ids = found
            .iter()
            .filter_map(|one| ContainerId::parse(one.id.as_deref()?).ok());
        let found: HashSet<ContainerId> = ids.collect();
        // One that was made since may be missing in the list, and is there.
        let mut state = self.lock();
        state
            .known
            .retain(|id| found.contains(id) || !before.contains(id));
        state.known.extend(found);
        drop(state);
        self.free_place().ok_or(Refusal::TooMany(self.max_containers))
    }

    fn free_place(self: &Arc<Self>) -> Option<Place> {
        let mut state = self.lock();
        let is_free = state.known.len() + state.being_made < self.max_containers;
        is_free.then(|| {
            state.being_made += 1;
            Place(self.clone())
        })
    }

    pub async fn list(&self, labels: Vec<String>) -> Result<Value, Refusal> {
        let found = self.summaries(labels).await?;
        Ok(found.iter().map(summary).collect())
    }

    async fn summaries(&self, mut labels: Vec<String>) -> Result<Vec<ContainerSummary>, Refusal> {
        labels.push(format!("{PROXY_LABEL}={}", self.mark));
        let filters = HashMap::from([("label".to_owned(), labels)]);
        let options = ListContainersOptionsBuilder::default()
            .all(true)
            .filters(&filters);
        Ok(self.docker.list_containers(Some(options.build())).await?)
    }

    pub async fn inspect(&self, id: &ContainerId) -> Result<Value, Refusal> {
        let found = self.docker.inspect_container(id.as_str(), None).await;
        let found = found.map_err(|error| self.gone(id, error))?;
        self.require_mark(&found)?;
        let state = found.state.unwrap_or_default();
        let state = json!({
            "Running": state.running, "OOMKilled": state.oom_killed, "ExitCode": state.exit_code,
        });
        Ok(json!({"Id": id.as_str(), "State": state}))
    }

    pub async fn attach(&self, id: &ContainerId) -> Result<AttachContainerResults, Refusal> {
        self.require_own(id).await?;
        let options = AttachContainerOptionsBuilder::default()
            .stdin(true)
            .stdout(true)
            .stderr(true)
            .stream(true);
        Ok(self
            .docker
            .attach_container(id.as_str(), Some(options.build()))
            .await?)
    }

    pub async fn start(&self, id: &ContainerId) -> Result<(), Refusal> {
        self.require_own(id).await?;
        Ok(self.docker.start_container(id.as_str(), None).await?)
    }

    pub async fn remove(&self, id: &ContainerId) -> Result<(), Refusal> {
        self.require_own(id).await?;
        let options = RemoveContainerOptionsBuilder::default()
            .force(true)
            .v(true)
            .build();
        let removed = self.docker.remove_container(id.as_str(), Some(options)).await;
        removed.map_err(|error| self.gone(id, error))?;
        self.lock().known.remove(id);
        Ok(())
    }

    /// Made here, or by the proxy before this one: then its label says so, which only a proxy writes.
    async fn require_own(&self, id: &ContainerId) -> Result<(), Refusal> {
        if self.lock().known.contains(id) {
            return Ok(());
        }
        let found = self.docker.inspect_container(id.as_str(), None).await;
        self.require_mark(&found.map_err(|error| self.gone(id, error))?)?;
        self.lock().known.insert(id.clone());
        Ok(())
    }

    fn require_mark(&self, found: &ContainerInspectResponse) -> Result<(), Refusal> {
        let labels = found.config.as_ref().and_then(|config| config.labels.as_ref());
        match labels.and_then(|labels| labels.get(PROXY_LABEL)) {
            Some(mark) if *mark == self.mark => Ok(()),
            // As for one that is not there: whether it is, is nobody's business.
            _ => Err(Refusal::NotFound("container")),
        }
    }

    fn gone(&self, id: &ContainerId, error: bollard::errors::Error) -> Refusal {
        match error {
            bollard::errors::Error::DockerResponseServerError { status_code: 404, .. } => {
                self.lock().known.remove(id);
                Refusal::NotFound("container")
            }
            other => other.into(),
        }
    }

    /// Each use leaves the state whole, so a panic elsewhere does no harm to it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of a container that is being made.
struct Place(Arc<Engine>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.lock().being_made -= 1;
    }
}

fn summary(found: &ContainerSummary) -> Value {
    let labels: HashMap<&String, &String> = found
        .labels
        .iter()
        .flatten()
        .filter(|(name, _)| name.starts_with(LABEL_PREFIX))
        .collect();
    json!({"Id": found.id, "Labels": labels})
}
