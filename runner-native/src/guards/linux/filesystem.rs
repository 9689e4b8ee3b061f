//! Landlock: of the whole file system, only the named files can be opened.
//!
//! Full enforcement or none: a kernel that knows only part of the access rights asked for counts as
//! a missing guard. The rights asked for are those of Linux 5.19 (ABI 2), which long-term kernels in
//! use have; newer rights (truncation, TCP, signals, abstract sockets) are added where known.

use crate::guards::{GuardFailure, Reach};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
};
use std::path::Path;

const REQUIRED: ABI = ABI::V2;
const BEST: ABI = ABI::V6;

pub fn restrict(reach: &Reach<'_>) -> Result<(), GuardFailure> {
    let status = build(reach).map_err(|error| GuardFailure::Other(error.to_string()))?;
    match status {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
        RulesetStatus::NotEnforced => Err(GuardFailure::Other("not enforced by this kernel".into())),
    }
}

/// With the hard requirement on ABI 2, "partially" can only mean that newer rights are unknown.
fn build(reach: &Reach<'_>) -> Result<RulesetStatus, landlock::RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(REQUIRED))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(BEST))?
        .handle_access(AccessNet::from_all(BEST))?
        .scope(Scope::from_all(BEST))?
        .create()?
        .no_new_privs(false);
    for file in &reach.readable {
        ruleset = allow(ruleset, file, AccessFs::ReadFile.into())?;
    }
    let in_folder = AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::WriteFile
        | AccessFs::MakeReg
        | AccessFs::RemoveFile
        | AccessFs::Truncate;
    for folder in reach
        .writable
        .iter()
        .copied()
        .chain(reach.scratch.map(|(folder, _)| folder))
    {
        ruleset = allow(ruleset, folder, in_folder)?;
    }
    let clearing = AccessFs::ReadDir | AccessFs::RemoveFile | AccessFs::RemoveDir;
    for folder in &reach.clearable {
        ruleset = allow(ruleset, folder, clearing)?;
    }
    Ok(ruleset.restrict_self()?.ruleset)
}

fn allow(
    ruleset: landlock::RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<landlock::RulesetCreated, landlock::RulesetError> {
    match PathFd::new(path) {
        Ok(descriptor) => ruleset.add_rule(PathBeneath::new(descriptor, access)),
        // What can't be opened now can't be opened later either; DuckDB then says so.
        Err(_) => Ok(ruleset),
    }
}
