//! Finds the parts that the program needs beside itself when no setting names them: in a release
//! everything lies in one folder; in a checkout, cargo's target folder holds it.
//!
//! It only looks; whether a part is really needed, and what its absence means, others decide.

use super::{Config, ConfigError};
use std::path::{Path, PathBuf};

pub fn fill_in(mut config: Config) -> Config {
    let program = program_directory();
    let beside = |names: &[&str]| first_existing(&program, names);
    config.gate.component = config
        .gate
        .component
        .or_else(|| beside(&["gate.wasm", "../artefacts/gate.wasm"]));
    config.site.directory = config.site.directory.or_else(|| beside(&["site", "../site"]));
    config.datasets.registry = config
        .datasets
        .registry
        .or_else(|| beside(&["datasets/registry.json"]))
        .or_else(|| first_existing(Path::new("."), &["datasets/registry.json"]));
    if config.sandbox.runner_binary.as_os_str().is_empty() {
        config.sandbox.runner_binary = program.join("runner-native");
    }
    config
}

/// Without any folder the service runs without its page; one that was named must be there.
pub fn require_site(config: &Config) -> Result<(), ConfigError> {
    match &config.site.directory {
        Some(directory) if !directory.is_dir() => Err(ConfigError::Invalid(format!(
            "site.directory: {} is not a folder; name the built page's, or leave it out",
            directory.display()
        ))),
        _ => Ok(()),
    }
}

fn program_directory() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let directory = program.parent().map(Path::to_owned).unwrap_or_default();
    // Cargo puts tests and examples one level below the programs.
    match directory.file_name().and_then(|name| name.to_str()) {
        Some("deps" | "examples") => directory.parent().map(Path::to_owned).unwrap_or(directory),
        _ => directory,
    }
}

fn first_existing(directory: &Path, names: &[&str]) -> Option<PathBuf> {
    names
        .iter()
        .map(|name| directory.join(name))
        .find(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_folder_that_was_named_must_be_there() {
        let mut config = Config::default();
        assert!(require_site(&config).is_ok());
        config.site.directory = Some("/nowhere/site".into());
        let message = require_site(&config).unwrap_err().to_string();
        assert!(message.contains("/nowhere/site"), "{message}");
    }
}
