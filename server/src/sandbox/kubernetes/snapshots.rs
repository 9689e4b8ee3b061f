//! Snapshots in the runners' claim: each is brought there once, by a pod of the runner image that takes
//! its bytes from the server's own hands, and is removed when no dataset has it any more.
//!
//! A folder is named by the installation and by the hash of what lies in it, so the same bytes are the
//! same folder, and a runner is given one folder and sees no other.

use super::cluster::{Cluster, Job};
use super::loader;
use super::specification::Specification;
use crate::sandbox::{SandboxClass, SandboxError};
use csv_analyst_protocol::transfer::{FOLDER_DIGITS, SweepRequest, TransferRequest};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

const BLOCK_BYTES: usize = 1 << 20;

pub struct Snapshots {
    cluster: Cluster,
    instance: String,
    start_deadline: Duration,
    known: Mutex<HashMap<PathBuf, Arc<Snapshot>>>,
    /// One loader at a time: a sweep must not meet a snapshot that is on its way.
    loading: tokio::sync::Mutex<()>,
}

/// One file of the server's. Its content never changes: versions are hashes.
#[derive(Default)]
struct Snapshot {
    content: OnceCell<TransferRequest>,
    in_claim: AtomicBool,
}

impl Snapshots {
    pub fn new(cluster: &Cluster, instance: &str, start_deadline: Duration) -> Self {
        Self {
            cluster: cluster.clone(),
            instance: instance.to_owned(),
            start_deadline,
            known: Mutex::default(),
            loading: tokio::sync::Mutex::default(),
        }
    }

    /// The class's folder in the claim, in which its snapshot lies now.
    pub async fn folder(
        &self,
        specification: &Specification,
        class: &SandboxClass,
    ) -> Result<String, SandboxError> {
        let snapshot = self.known(&class.snapshot);
        let content = snapshot.content(&class.snapshot).await?;
        let folder = self.folder_name(content);
        if snapshot.in_claim.load(Ordering::Acquire) {
            return Ok(folder);
        }
        let _one_at_a_time = self.loading.lock().await;
        if !snapshot.in_claim.load(Ordering::Acquire) {
            self.bring(specification.receive(&folder), content, &class.snapshot)
                .await?;
            snapshot.in_claim.store(true, Ordering::Release);
        }
        Ok(folder)
    }

    /// Somebody has emptied the claim: the next start brings it again.
    pub fn forget(&self, file: &Path) {
        self.known(file).in_claim.store(false, Ordering::Release);
    }

    /// Removes the folders of all other files, also those that earlier servers have filled.
    pub async fn keep(&self, specification: &Specification, files: &[PathBuf]) -> Result<u64, SandboxError> {
        let mut keep = Vec::new();
        for file in files {
            keep.push(self.folder_name(self.known(file).content(file).await?));
        }
        let _one_at_a_time = self.loading.lock().await;
        self.lock().retain(|file, _| files.contains(file));
        let request = SweepRequest {
            prefix: self.prefix(),
            keep,
        };
        loader::sweep(
            &self.cluster,
            specification.sweep(),
            self.start_deadline,
            &request,
        )
        .await
    }

    async fn bring(&self, job: Job, content: &TransferRequest, file: &Path) -> Result<(), SandboxError> {
        let stored = loader::send(&self.cluster, job, self.start_deadline, content, file).await?;
        tracing::info!(
            bytes = content.bytes,
            stored,
            "the snapshot is in the runners' claim"
        );
        Ok(())
    }

    fn prefix(&self) -> String {
        format!("{}-", self.instance)
    }

    fn folder_name(&self, content: &TransferRequest) -> String {
        format!("{}{}", self.prefix(), &content.sha256[..FOLDER_DIGITS])
    }

    fn known(&self, file: &Path) -> Arc<Snapshot> {
        self.lock().entry(file.to_owned()).or_default().clone()
    }

    /// Each use leaves the map whole, so a panic elsewhere does no harm to it.
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Arc<Snapshot>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshot {
    async fn content(&self, file: &Path) -> Result<&TransferRequest, SandboxError> {
        let unread = |error: &dyn std::fmt::Display| {
            SandboxError::broken("the dataset's snapshot can't be read", error)
        };
        let found = self.content.get_or_try_init(|| async {
            let file = file.to_owned();
            let hashing = tokio::task::spawn_blocking(move || hash(&file)).await;
            hashing
                .map_err(|error| unread(&error))?
                .map_err(|error| unread(&error))
        });
        found.await
    }
}

fn hash(file: &Path) -> std::io::Result<TransferRequest> {
    let mut file = File::open(file)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut block)? {
            0 => break,
            count => {
                hash.update(&block[..count]);
                bytes += count as u64;
            }
        }
    }
    let sha256 = hex::encode(hash.finalize());
    Ok(TransferRequest { bytes, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_known_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "abc").unwrap();
        let content = hash(&file).unwrap();
        assert_eq!(content.bytes, 3);
        assert!(content.sha256.starts_with("ba7816bf"), "{}", content.sha256);
    }
}
