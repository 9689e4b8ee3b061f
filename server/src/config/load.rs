//! Reads the layers and merges them.
//!
//! It refuses keys that nothing reads, and values that make no sense together, before anything runs.

use super::unknown::{UnknownKey, first_unknown_key};
use super::{Config, paths};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::{Dict, Value};
use std::path::{Path, PathBuf};

pub const ENVIRONMENT_PREFIX: &str = "CSV_ANALYST_";

/// Read by other programs of this project (the build's cache, the tests), not by the service.
const FOREIGN_VARIABLES: [&str; 10] = [
    "cache",
    "ci_cluster",
    "config",
    "differential_cases",
    "kubeconfig",
    "publish",
    "skip_log",
    "test_hostile_image",
    "test_kubeconfig",
    "update",
];

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {} cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{0}")]
    UnknownKey(#[from] UnknownKey),
    #[error("configuration: {0}")]
    Invalid(String),
}

/// Defaults < `file` < environment < `flags` (the same keys as the file's).
pub fn load(file: Option<&Path>, flags: Dict) -> Result<Config, ConfigError> {
    load_from(file, environment(), flags)
}

fn environment() -> Figment {
    Figment::from(
        Env::prefixed(ENVIRONMENT_PREFIX)
            .ignore(&FOREIGN_VARIABLES)
            .split("__"),
    )
}

pub(super) fn load_from(
    file: Option<&Path>,
    environment: Figment,
    flags: Dict,
) -> Result<Config, ConfigError> {
    let mut layers = Figment::new();
    if let Some(path) = file {
        layers = layers.merge(Toml::string(&read(path)?));
    }
    let layers = layers.merge(environment).merge(Serialized::defaults(flags));
    let given: Dict = layers
        .extract()
        .map_err(|error| ConfigError::Invalid(error.to_string()))?;
    first_unknown_key(&given)?;
    let mut config: Config = Figment::from(Serialized::defaults(Config::default()))
        .merge(layers)
        .extract()
        .map_err(|error| ConfigError::Invalid(error.to_string()))?;
    check(&config)?;
    config.inform_sandboxes();
    config.log.level_was_asked_for = is_given(&given, "log", "level");
    Ok(paths::fill_in(config))
}

fn is_given(given: &Dict, table: &str, key: &str) -> bool {
    let table = given.get(table).and_then(Value::as_dict);
    table.is_some_and(|table| table.contains_key(key))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let rules = [
        (
            config.queue.max_running > 0,
            "queue.max_running must be at least 1",
        ),
        (
            (1..=100).contains(&config.queue.client_share_percent),
            "queue.client_share_percent must be from 1 to 100",
        ),
        (
            config.pool.min_idle <= config.pool.max_idle,
            "pool.min_idle is above pool.max_idle",
        ),
        (
            config.pool.concurrent_starts != Some(0),
            "pool.concurrent_starts must be at least 1; pool.enabled = false starts none ahead",
        ),
        (config.limits.max_rows > 0, "limits.max_rows must be at least 1"),
        (
            config.limits.timeout_ms > 0,
            "limits.timeout_ms must be at least 1",
        ),
        (
            config.limits.timeout_ms <= config.maximum.timeout_ms,
            "limits.timeout_ms is above maximum.timeout_ms",
        ),
        (
            config.limits.max_rows <= config.maximum.max_rows,
            "limits.max_rows is above maximum.max_rows",
        ),
        (
            config.maximum.max_rows <= config.limits.row_cap,
            "maximum.max_rows is above limits.row_cap",
        ),
        (
            config.http.max_body_bytes >= 1_024,
            "http.max_body_bytes must be at least 1024",
        ),
    ];
    let broken = rules
        .iter()
        .find(|(holds, _)| !holds)
        .map(|(_, message)| *message);
    match broken.or(config.sandbox.kubernetes.check().err()) {
        Some(message) => Err(ConfigError::Invalid(message.to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_toml(text: &str) -> Result<Config, ConfigError> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("csv-analyst.toml");
        std::fs::write(&file, text).unwrap();
        load_from(Some(&file), Figment::new(), Dict::new())
    }

    #[test]
    fn later_layers_win() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("csv-analyst.toml");
        std::fs::write(
            &file,
            "listen = '127.0.0.1:1111'\n[queue]\nmax_queued = 1\nmax_running = 5\n",
        )
        .unwrap();
        let environment = Figment::from(Serialized::default("queue.max_queued", 2));
        let flags = Dict::from([("listen".into(), "127.0.0.1:3333".into())]);
        let config = load_from(Some(&file), environment, flags).unwrap();
        assert_eq!(config.listen.port(), 3333);
        assert_eq!((config.queue.max_queued, config.queue.max_running), (2, 5));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_nearest_neighbour() {
        let message = from_toml("[queue]\nmax_runing = 3\n").unwrap_err().to_string();
        assert!(message.contains("queue.max_runing"), "{message}");
        assert!(message.contains("queue.max_running"), "{message}");
    }

    #[test]
    fn a_value_of_the_wrong_type_names_its_key() {
        let message = from_toml("[queue]\nmax_running = 'many'\n")
            .unwrap_err()
            .to_string();
        assert!(message.contains("max_running"), "{message}");
    }

    #[test]
    fn limits_that_contradict_each_other_are_refused() {
        let message = from_toml("[limits]\ntimeout_ms = 90000\n")
            .unwrap_err()
            .to_string();
        assert!(message.contains("maximum.timeout_ms"), "{message}");
    }

    #[test]
    fn no_rows_and_no_places_are_refused_by_name() {
        for (text, name) in [
            ("[limits]\nmax_rows = 0\n", "limits.max_rows"),
            (
                "[queue]\nclient_share_percent = 0\n",
                "queue.client_share_percent",
            ),
            (
                "[queue]\nclient_share_percent = 101\n",
                "queue.client_share_percent",
            ),
            ("[pool]\nmin_idle = 9\n", "pool.min_idle"),
            ("[pool]\nconcurrent_starts = 0\n", "pool.concurrent_starts"),
            (
                "[sandbox.kubernetes]\nnamespace = 'Runners'\n",
                "sandbox.kubernetes.namespace",
            ),
        ] {
            let message = from_toml(text).unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn names_of_a_table_without_fixed_names_are_no_unknown_keys() {
        let text = "[sandbox.kubernetes.node_selector]\n'kubernetes.io/arch' = 'amd64'\n";
        let config = from_toml(text).unwrap();
        assert_eq!(
            config.sandbox.kubernetes.node_selector["kubernetes.io/arch"],
            "amd64"
        );
        assert!(from_toml("[sandbox.kubernetes]\nnode_selectors = {}\nnamespce = 'x'\n").is_err());
    }

    #[test]
    fn a_level_that_was_asked_for_is_not_made_quieter_even_if_it_is_the_usual_one() {
        let quietened = |mut config: Config| {
            config.log.quieten("off");
            config.log.level
        };
        assert_eq!(quietened(from_toml("[log]\nformat = 'pretty'\n").unwrap()), "off");
        assert_eq!(quietened(from_toml("[log]\nlevel = 'info'\n").unwrap()), "info");
        let flags = Dict::from([("log".into(), Dict::from([("level".into(), "info".into())]).into())]);
        let config = load_from(None, Figment::new(), flags).unwrap();
        assert_eq!(quietened(config), "info");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load_from(Some(Path::new("nowhere.toml")), Figment::new(), Dict::new()).unwrap_err();
        assert!(error.to_string().contains("nowhere.toml"));
    }

    #[test]
    fn folders_come_from_the_file_with_their_names() {
        let config = from_toml("[[datasets.folders]]\nname = 'films'\npath = 'films.csv'\n").unwrap();
        assert_eq!(config.datasets.folders[0].name, "films");
    }
}
