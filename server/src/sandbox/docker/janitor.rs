//! The engine as a place where containers are looked for by label.

use super::container::{labelled, remove};
use super::specification::OWNER_LABEL;
use crate::sandbox::janitor::{Ground, InUse, Marks};
use crate::sandbox::{janitor, owner};
use async_trait::async_trait;
use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, ContainerSummary};

/// Tells the containers of one server apart, from before they have an id.
pub const SANDBOX_LABEL: &str = "csv-analyst.sandbox";

pub type Janitor = janitor::Janitor<Engine>;

pub struct Engine {
    docker: Docker,
    instance: String,
}

pub fn janitor(docker: &Docker, instance: &str) -> Janitor {
    Janitor::new(Engine {
        docker: docker.clone(),
        instance: instance.to_owned(),
    })
}

pub fn mark(janitor: &Janitor, body: &mut ContainerCreateBody) -> InUse {
    let in_use = janitor.mark(uuid::Uuid::new_v4().to_string());
    let labels = body.labels.get_or_insert_default();
    labels.insert(SANDBOX_LABEL.into(), in_use.mark().to_owned());
    in_use
}

impl Engine {
    async fn remove_unused(&self, marks: &Marks) -> Result<usize, Error> {
        let own = format!("{OWNER_LABEL}={}", owner::this_process());
        let found = labelled(&self.docker, &self.instance, Some(own)).await?;
        let unused = found.into_iter().filter(|one| !is_used(marks, one));
        let unused: Vec<String> = unused.filter_map(|one| one.id).collect();
        for id in &unused {
            remove(&self.docker, id).await?;
        }
        Ok(unused.len())
    }
}

#[async_trait]
impl Ground for Engine {
    async fn sweep(&self, marks: &Marks) -> Result<usize, String> {
        self.remove_unused(marks).await.map_err(|error| error.to_string())
    }
}

fn is_used(marks: &Marks, container: &ContainerSummary) -> bool {
    let mark = container
        .labels
        .as_ref()
        .and_then(|labels| labels.get(SANDBOX_LABEL));
    mark.is_some_and(|mark| marks.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_known_by_its_mark() {
        let docker =
            Docker::connect_with_http("http://127.0.0.1:9", 1, bollard::API_DEFAULT_VERSION).unwrap();
        let janitor = janitor(&docker, "test");
        let mut body = ContainerCreateBody::default();
        let in_use = mark(&janitor, &mut body);
        let container = ContainerSummary {
            labels: body.labels,
            ..Default::default()
        };
        assert!(is_used(in_use.marks(), &container));
        assert!(!is_used(in_use.marks(), &ContainerSummary::default()));
    }
}
