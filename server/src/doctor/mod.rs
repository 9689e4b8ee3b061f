//! What this machine and this configuration give, what production needs beside it, and what to do.
//!
//! It looks and changes nothing. `csv-analyst doctor` shows all of it; a service in production mode
//! refuses to start while anything that production requires is lacking.

mod files;
mod kernel;
mod requirements;
mod sandboxes;

pub use requirements::lacking;

use crate::config::Config;
use serde::Serialize;

/// How a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Good,
    /// To be known; nothing depends on it.
    Note,
    /// Production mode refuses to start.
    Lacking,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub area: &'static str,
    pub level: Level,
    pub what: String,
    /// What to do, where something can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    fn good(area: &'static str, what: impl Into<String>) -> Self {
        Self::of(Level::Good, area, what)
    }

    fn note(area: &'static str, what: impl Into<String>) -> Self {
        Self::of(Level::Note, area, what)
    }

    fn lacking(area: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::of(Level::Lacking, area, what).with_remedy(remedy)
    }

    fn of(level: Level, area: &'static str, what: impl Into<String>) -> Self {
        Self {
            area,
            level,
            what: what.into(),
            remedy: None,
        }
    }

    fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// Nothing that production requires is lacking.
    pub ready_for_production: bool,
    pub findings: Vec<Finding>,
}

/// Everything, of both kinds of sandbox; what the configuration would not use only as a note.
pub async fn examine(config: &Config) -> Diagnosis {
    let mut findings = kernel::findings();
    findings.extend(sandboxes::findings(config).await);
    findings.extend(files::findings(config));
    findings.extend(requirements::of_configuration(config));
    Diagnosis {
        ready_for_production: !findings.iter().any(|finding| finding.level == Level::Lacking),
        findings,
    }
}
