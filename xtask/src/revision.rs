//! Which commit this is, and when it was made: what artefacts say of themselves instead of the clock, so
//! that the same commit gives the same bytes.

use std::env;
use std::process::Command;

use crate::process;
use crate::workspace::Workspace;

/// Overrides the commit's time, as for other tools (reproducible-builds' `SOURCE_DATE_EPOCH`).
const TIME_VARIABLE: &str = "SOURCE_DATE_EPOCH";

#[derive(Debug, Clone)]
pub struct Revision {
    /// `unknown` in an archive without git.
    pub commit: String,
    /// Since 1970; 0 where nobody knows.
    pub seconds: u64,
    /// Nothing is changed or added that git does not know.
    pub is_clean: bool,
}

impl Revision {
    pub fn of(workspace: &Workspace) -> Self {
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(&workspace.root).args(arguments);
            process::capture(&mut git)
                .ok()
                .map(|printed| printed.trim().to_owned())
        };
        let by_hand = env::var(TIME_VARIABLE).ok();
        let time = by_hand.or_else(|| git(&["log", "-1", "--format=%ct"]));
        Self {
            commit: git(&["rev-parse", "HEAD"]).unwrap_or_else(|| "unknown".to_owned()),
            seconds: time.and_then(|time| time.parse().ok()).unwrap_or_default(),
            is_clean: git(&["status", "--porcelain"]).is_some_and(|changes| changes.is_empty()),
        }
    }
}
