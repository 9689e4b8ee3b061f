//! The sealed record of one run. Immutable; chained by hash; signed with Ed25519.

use crate::run::{Run, RunState};
use serde::{Deserialize, Serialize};

/// What is hashed: the canonical JSON of this (fields in this order, no spaces).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapsuleContent {
    /// Version of this layout.
    pub version: u32,
    /// Place in the chain, from 1.
    pub sequence: u64,
    /// The run as it ended; `rows` holds the preview only.
    pub run: Run,
    /// SHA-256 (hex) over columns and all returned rows, so that a replay can be compared.
    pub result_hash: Option<String>,
    /// Bounded, cleaned.
    pub stderr: String,
    /// SHA-256 (hex) of the capsule before this one; 64 zeros for the first.
    pub previous_hash: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capsule {
    pub content: CapsuleContent,
    /// SHA-256 (hex) of the content.
    pub hash: String,
    /// Ed25519 (hex) over the hash.
    pub signature: String,
    /// Public key (hex).
    pub public_key: String,
}

/// The answer of `POST /runs/{id}/verify`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub run_id: String,
    /// All of the below.
    pub valid: bool,
    pub hash_matches: bool,
    pub signature_valid: bool,
    /// This capsule's predecessor has the hash that this one names.
    pub chain_intact: bool,
    pub hash: String,
    pub public_key: String,
}

/// The answer of `POST /runs/{id}/replay`: the same query again, its end compared with the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    pub run_id: String,
    pub replay_run_id: String,
    pub original_hash: Option<String>,
    pub replay_hash: Option<String>,
    /// How the replay ended.
    pub replay_status: RunState,
    /// Both ended in the same state with the same error code, and if with a result, their hashes agree.
    pub matches: bool,
    /// The data is the same as then; if not, a difference says nothing about the run.
    pub same_dataset_version: bool,
}
