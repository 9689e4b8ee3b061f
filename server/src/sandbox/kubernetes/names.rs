//! Names, labels and marks of what is made in the cluster, and by which it is found again.

use crate::sandbox::owner;
use std::collections::BTreeMap;

/// Of Jobs and of their pods.
pub const INSTANCE_LABEL: &str = "csv-analyst.instance";
/// An annotation: longer than labels may be.
pub const OWNER: &str = "csv-analyst.owner";
const VERSION_LABEL: &str = "csv-analyst.dataset-version";
/// Put by the Job controller on a Job's pods.
pub const JOB_LABEL: &str = "batch.kubernetes.io/job-name";

const LONGEST_LABEL: usize = 63;

/// What a pod is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Answers one request.
    Runner,
    /// Says which guards hold.
    Probe,
    /// Brings a snapshot to the claim, or removes some.
    Loader,
}

impl Part {
    fn as_str(self) -> &'static str {
        match self {
            Self::Runner => "runner",
            Self::Probe => "probe",
            Self::Loader => "loader",
        }
    }

    /// Nobody else has the same.
    pub fn job_name(self) -> String {
        let random = uuid::Uuid::new_v4().simple().to_string();
        format!("csv-analyst-{}-{}", self.as_str(), &random[..20])
    }
}

pub fn labels(part: Part, instance: &str, version: Option<&str>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from(
        [
            ("app.kubernetes.io/name", "csv-analyst-runner"),
            ("app.kubernetes.io/component", part.as_str()),
            ("app.kubernetes.io/managed-by", "csv-analyst"),
            ("app.kubernetes.io/instance", instance),
            (INSTANCE_LABEL, instance),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    if let Some(version) = version.filter(|version| is_label(version)) {
        labels.insert(VERSION_LABEL.into(), version.into());
    }
    labels
}

pub fn annotations() -> BTreeMap<String, String> {
    BTreeMap::from([(OWNER.to_owned(), owner::this_process())])
}

pub fn selector(instance: &str) -> String {
    format!("{INSTANCE_LABEL}={instance}")
}

/// Also a part of a folder's name: no label can lead out of its folder.
pub fn is_instance(text: &str) -> bool {
    is_label(text)
}

fn is_label(text: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.len() <= LONGEST_LABEL
        && edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.bytes().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_a_label_and_a_part_of_a_folder_s_name() {
        for good in ["default", "a1b2", "team.chat_2"] {
            assert!(is_instance(good), "{good}");
        }
        for bad in ["", "..", "a/b", "-a", "a-", "a b", "ä", &"a".repeat(64)] {
            assert!(!is_instance(bad), "{bad}");
        }
    }

    #[test]
    fn a_version_that_is_no_label_is_left_out() {
        assert_eq!(labels(Part::Runner, "a", Some("1")).len(), 6);
        assert_eq!(labels(Part::Runner, "a", Some("a b")).len(), 5);
    }
}
