//! Logs: one JSON object a line on stderr, with request, run and dataset ids as fields; and metrics,
//! for Prometheus to read.
//!
//! It refuses to hold secrets or rows: what is logged is names, counts, states and times. Paths of
//! the host appear only where an operator must act on them, never in an answer to a user.

mod metrics;

pub use metrics::Metrics;

use crate::config::{LogConfig, LogFormat};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("log.level: {0}; write a level (`info`) or directives (`info,csv_analyst_server=debug`)")]
    Filter(#[from] ParseError),
    #[error("a log subscriber is installed already")]
    Installed,
}

/// Libraries that say too much at `info`; the configured directives come after and win.
const QUIET: &str = "rusqlite_migration=warn";

/// Installs the subscriber of the process. Call once, before anything logs.
pub fn install(config: &LogConfig) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.level))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let result = match config.format {
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
        LogFormat::Pretty => builder.with_target(false).try_init(),
    };
    result.map_err(|_| TelemetryError::Installed)
}
