//! The image that sandboxes are made of: pinned by content, and found again by name when that content is
//! gone from the engine.

use super::connect;
use super::janitor::Janitor;
use super::sandbox::probe;
use super::specification::{Alteration, Specification};
use crate::sandbox::{SandboxError, SandboxSettings};
use bollard::Docker;
use csv_analyst_protocol::runner::GuardReport;
use std::sync::{Arc, PoisonError, RwLock};

pub struct Image {
    /// Content address.
    pub id: String,
    pub specification: Specification,
    /// What its runner said of this machine.
    pub guards: GuardReport,
}

/// The image in use.
pub struct Pinned {
    docker: Docker,
    janitor: Janitor,
    settings: SandboxSettings,
    alter: Alteration,
    present: RwLock<Arc<Image>>,
    /// One looks, the others wait for what he finds.
    looking: tokio::sync::Mutex<()>,
}

impl Pinned {
    /// Finds the image and asks a runner in a container which guards hold.
    pub async fn open(
        docker: Docker,
        janitor: Janitor,
        settings: SandboxSettings,
        alter: Alteration,
    ) -> Result<Self, SandboxError> {
        let id = connect::image_id(&docker, &settings.docker.image).await?;
        let present = examine(&docker, &janitor, &settings, &alter, id).await?;
        Ok(Self {
            docker,
            janitor,
            settings,
            alter,
            present: RwLock::new(Arc::new(present)),
            looking: tokio::sync::Mutex::default(),
        })
    }

    pub fn present(&self) -> Arc<Image> {
        let present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        present.clone()
    }

    /// The engine has `missing` no more. Under its name there may be another by now, or the same again.
    pub async fn look_again(&self, missing: &Image) -> Result<Arc<Image>, SandboxError> {
        let _one_at_a_time = self.looking.lock().await;
        let present = self.present();
        if present.id != missing.id {
            return Ok(present);
        }
        let id = connect::image_id(&self.docker, &self.settings.docker.image).await?;
        if id == missing.id {
            return Ok(present);
        }
        let found = Arc::new(examine(&self.docker, &self.janitor, &self.settings, &self.alter, id).await?);
        tracing::warn!(
            before = missing.id,
            now = found.id,
            "the runner image was replaced"
        );
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = found.clone();
        Ok(found)
    }
}

async fn examine(
    docker: &Docker,
    janitor: &Janitor,
    settings: &SandboxSettings,
    alter: &Alteration,
    id: String,
) -> Result<Image, SandboxError> {
    // The tag could move; the content can't.
    let specification = Specification::new(settings, &id, alter.clone());
    let guards = probe(docker, janitor, &specification).await?;
    Ok(Image {
        id,
        specification,
        guards,
    })
}
