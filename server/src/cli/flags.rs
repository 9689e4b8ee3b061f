//! Flags, and how they become a layer of the configuration.

use crate::config::{self, Config, ConfigError, FolderConfig, LogFormat};
use clap::{Args, ValueEnum};
use figment::value::{Dict, Value};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where the configuration and the data are.
#[derive(Args, Default)]
pub struct Flags {
    /// A configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "CSV_ANALYST_CONFIG")]
    config: Option<PathBuf>,
    /// Snapshots, records and the signing key [default: data].
    #[arg(long, value_name = "DIRECTORY")]
    data_directory: Option<PathBuf>,
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// A level or tracing directives [default: info].
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

/// The parts that answer a question.
#[derive(Args, Default)]
pub struct PartFlags {
    /// Where queries run [default: auto].
    #[arg(long, value_name = "KIND")]
    sandbox: Option<SandboxFlag>,
    /// The gate's WebAssembly component.
    #[arg(long, value_name = "FILE")]
    gate_component: Option<PathBuf>,
    /// The sandboxed engine.
    #[arg(long, value_name = "FILE")]
    runner_binary: Option<PathBuf>,
    /// The described datasets (`registry.json`).
    #[arg(long, value_name = "FILE")]
    registry: Option<PathBuf>,
}

#[derive(Args, Default)]
pub struct ServeFlags {
    #[command(flatten)]
    common: Flags,
    #[command(flatten)]
    parts: PartFlags,
    /// Serve a file (CSV, JSON, Parquet, XLSX), or a folder of them, under this name. Repeatable.
    #[arg(long = "dataset", value_name = "NAME=PATH", value_parser = named_path)]
    datasets: Vec<FolderConfig>,
    /// Address and port [default: 127.0.0.1:3000].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The built page.
    #[arg(long, value_name = "DIRECTORY")]
    site_directory: Option<PathBuf>,
    /// Refuse to start without every guard that production requires (`csv-analyst doctor`).
    #[arg(long)]
    production: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum SandboxFlag {
    Auto,
    Process,
    Docker,
    Kubernetes,
}

pub fn named_path(text: &str) -> Result<FolderConfig, String> {
    match text.split_once('=') {
        Some((name, path)) if !name.trim().is_empty() && !path.is_empty() => Ok(FolderConfig {
            name: name.trim().to_owned(),
            path: PathBuf::from(path),
            ..FolderConfig::default()
        }),
        _ => Err("write NAME=PATH, for example sales=./sales.csv".into()),
    }
}

impl Flags {
    pub fn load(&self) -> Result<Config, ConfigError> {
        self.load_with(Dict::new(), &[])
    }

    pub fn load_with_parts(
        &self,
        parts: &PartFlags,
        folders: &[FolderConfig],
    ) -> Result<Config, ConfigError> {
        let mut layer = Dict::new();
        parts.put_into(&mut layer);
        self.load_with(layer, folders)
    }

    /// Folders of the command line come after those of the other layers; they do not replace them.
    fn load_with(&self, mut layer: Dict, folders: &[FolderConfig]) -> Result<Config, ConfigError> {
        put_path(&mut layer, "data_directory", self.data_directory.as_ref());
        put(&mut layer, "log.format", self.log_format.map(name_of));
        put(&mut layer, "log.level", self.log_level.clone());
        let mut config = config::load(self.config.as_deref(), layer)?;
        config.datasets.folders.extend_from_slice(folders);
        Ok(config)
    }
}

impl PartFlags {
    fn put_into(&self, layer: &mut Dict) {
        put(layer, "sandbox.kind", self.sandbox.map(name_of));
        put_path(layer, "gate.component", self.gate_component.as_ref());
        put_path(layer, "sandbox.runner_binary", self.runner_binary.as_ref());
        put_path(layer, "datasets.registry", self.registry.as_ref());
    }
}

impl ServeFlags {
    pub fn load(&self) -> Result<Config, ConfigError> {
        let mut layer = Dict::new();
        self.parts.put_into(&mut layer);
        put(
            &mut layer,
            "listen",
            self.listen.map(|address| address.to_string()),
        );
        put_path(&mut layer, "site.directory", self.site_directory.as_ref());
        put(&mut layer, "mode", self.production.then(|| "production".into()));
        self.common.load_with(layer, &self.datasets)
    }
}

fn name_of(value: impl ValueEnum) -> String {
    value
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}

fn put_path(layer: &mut Dict, key: &str, path: Option<&PathBuf>) {
    put(layer, key, path.map(|path| path.to_string_lossy().into_owned()));
}

/// `key` may have one dot.
fn put(layer: &mut Dict, key: &str, value: Option<String>) {
    let Some(value) = value else { return };
    match key.split_once('.') {
        None => {
            layer.insert(key.to_owned(), Value::from(value));
        }
        Some((table, rest)) => {
            let inner = layer
                .entry(table.to_owned())
                .or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = inner {
                inner.insert(rest.to_owned(), Value::from(value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_keys_of_the_configuration() {
        let mut layer = Dict::new();
        put(&mut layer, "log.format", Some("pretty".into()));
        put(&mut layer, "log.level", Some("debug".into()));
        put(&mut layer, "listen", None);
        let log = layer["log"].as_dict().unwrap();
        assert_eq!(log["format"].as_str(), Some("pretty"));
        assert_eq!(log["level"].as_str(), Some("debug"));
        assert!(!layer.contains_key("listen"));
    }

    #[test]
    fn a_dataset_flag_needs_name_and_path() {
        assert!(named_path("films=./films").is_ok());
        assert!(named_path("films").is_err());
        assert!(named_path("=x").is_err());
    }
}
