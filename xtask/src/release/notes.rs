//! A version's section of the changelog, word for word.

use anyhow::{Result, bail};

/// Before a version is tagged, what it will say stands under "Unreleased".
pub fn of(changelog: &str, version: &str, dry_run: bool) -> Result<String> {
    let found = section(changelog, version).or_else(|| match dry_run {
        true => section(changelog, "Unreleased"),
        false => None,
    });
    match found {
        Some(text) if !text.is_empty() => Ok(format!("{text}\n")),
        _ => bail!("CHANGELOG.md has no section [{version}] that says something"),
    }
}

fn section(changelog: &str, name: &str) -> Option<String> {
    let head = format!("## [{name}]");
    let mut lines = changelog.lines().skip_while(|line| !line.starts_with(&head));
    lines.next()?;
    let inside: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
    Some(inside.join("\n").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::of;

    const TEXT: &str =
        "# Changelog\n\n## [Unreleased]\n\n### Added\n- a\n\n## [0.1.0] - 2026-01-01\n\n- first\n";

    #[test]
    fn a_versions_own_section_is_taken() {
        assert_eq!(of(TEXT, "0.1.0", false).unwrap(), "- first\n");
    }

    #[test]
    fn what_is_not_released_yet_will_do_for_a_dry_run_only() {
        assert_eq!(of(TEXT, "0.2.0", true).unwrap(), "### Added\n- a\n");
        assert!(of(TEXT, "0.2.0", false).is_err());
    }

    #[test]
    fn a_section_that_says_nothing_is_none() {
        assert!(of("## [0.1.0]\n\n## [0.0.9]\n- x\n", "0.1.0", false).is_err());
    }
}
