//! What a request may ask for: less than or as much as the configured maximum.

use crate::config::MaximumConfig;
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::limits::Limits;
use serde_json::json;

/// The configured limits, narrowed or widened by the request within `maximum`.
pub fn requested_limits(
    defaults: Limits,
    maximum: MaximumConfig,
    timeout_ms: Option<u64>,
    max_rows: Option<u64>,
) -> Result<Limits, Box<ErrorDetail>> {
    Ok(Limits {
        timeout_ms: within(
            "timeout_ms",
            timeout_ms.unwrap_or(defaults.timeout_ms),
            maximum.timeout_ms,
        )?,
        max_rows: within(
            "max_rows",
            max_rows.unwrap_or(defaults.max_rows),
            maximum.max_rows,
        )?,
        ..defaults
    })
}

fn within(name: &str, asked: u64, most: u64) -> Result<u64, Box<ErrorDetail>> {
    if (1..=most).contains(&asked) {
        return Ok(asked);
    }
    let message = format!("`{name}` is {asked}; it must be from 1 to {most}");
    let mut error = ErrorDetail::new(ErrorCode::ValidationError, message);
    error.details = Some(json!({"pointer": format!("/{name}")}));
    Err(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(timeout_ms: Option<u64>, max_rows: Option<u64>) -> Result<Limits, Box<ErrorDetail>> {
        requested_limits(Limits::default(), MaximumConfig::default(), timeout_ms, max_rows)
    }

    #[test]
    fn silence_means_the_defaults() {
        assert_eq!(ask(None, None).unwrap(), Limits::default());
    }

    #[test]
    fn more_than_the_maximum_or_nothing_is_refused_by_name() {
        assert!(
            ask(Some(60_001), None)
                .unwrap_err()
                .message
                .contains("timeout_ms")
        );
        assert!(ask(None, Some(0)).unwrap_err().message.contains("max_rows"));
        assert_eq!(ask(Some(60_000), Some(10_000)).unwrap().max_rows, 10_000);
    }
}
