//! What must be true of a commit before it is called a version.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Release, changelog, notes};
use crate::process;
use crate::workspace::Workspace;

/// In words; none: it may be released.
pub fn breaches(
    workspace: &Workspace,
    release: &Release,
    dry_run: bool,
    allow_dirty: bool,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if !release.revision.is_clean && !allow_dirty {
        found.push("there are changes that are not committed (`git status`)".to_owned());
    }
    let chart = fs::read_to_string(workspace.root.join("helm/csv-analyst/Chart.yaml"))
        .context("the chart's description can't be read")?;
    found.extend(of_chart(&chart, &release.version));
    if let Err(error) = notes::of(&changelog(workspace)?, &release.version, dry_run) {
        found.push(error.to_string());
    }
    if !dry_run {
        found.extend(of_tags(&tags(workspace), &release.version));
    }
    Ok(found)
}

/// The chart is versioned with what it installs.
fn of_chart(chart: &str, version: &str) -> Vec<String> {
    let field = |name: &str| {
        let line = chart
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(|value| value.trim().trim_matches('"').to_owned())
            .unwrap_or_default()
    };
    let differs = |name: &str| {
        let said = field(name);
        (said != version)
            .then(|| format!("helm/csv-analyst/Chart.yaml: {name} is `{said}`, Cargo.toml says {version}"))
    };
    ["version", "appVersion"]
        .into_iter()
        .filter_map(differs)
        .collect()
}

/// Those of the commit, a line each.
fn tags(workspace: &Workspace) -> String {
    let mut git = Command::new("git");
    git.current_dir(&workspace.root)
        .args(["tag", "--points-at", "HEAD"]);
    process::capture(&mut git).unwrap_or_default()
}

fn of_tags(tags: &str, version: &str) -> Option<String> {
    let tag = format!("v{version}");
    let is_tagged = tags.lines().any(|line| line == tag);
    (!is_tagged).then(|| format!("the commit has no tag {tag}; try `--dry-run`"))
}

#[cfg(test)]
mod tests {
    use super::{of_chart, of_tags};

    #[test]
    fn a_chart_of_another_version_is_named_with_both() {
        let chart = "name: x\nversion: 0.2.0\nappVersion: \"0.1.0\"\n";
        assert!(of_chart("version: 0.1.0\nappVersion: \"0.1.0\"\n", "0.1.0").is_empty());
        let breaches = of_chart(chart, "0.1.0");
        assert_eq!(breaches.len(), 1);
        assert!(breaches[0].contains("0.2.0") && breaches[0].contains("0.1.0"));
    }

    #[test]
    fn a_chart_without_a_version_is_no_chart_of_this_version() {
        assert_eq!(of_chart("name: x\n", "0.1.0").len(), 2);
    }

    #[test]
    fn only_the_tag_of_this_very_version_makes_a_release() {
        assert_eq!(of_tags("latest\nv0.1.0\n", "0.1.0"), None);
        for tags in ["", "v0.1.0-rc.1\n", "0.1.0\n"] {
            assert!(of_tags(tags, "0.1.0").is_some_and(|breach| breach.contains("tag v0.1.0")));
        }
    }
}
