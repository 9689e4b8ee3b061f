//! `csv-analyst verify`: the whole chain of sealed records, checked from the first. It works beside a
//! running server, opens what is there, and makes nothing.

use super::{CliError, say};
use crate::config::Config;
use crate::services::verify_record;
use std::fmt::Write;

/// Reads files only, and nobody waits beside it: blocking is fine here.
pub fn verify(config: &Config) -> Result<(), CliError> {
    let report = verify_record(config)?;
    let mut text = format!(
        "{} sealed records, {} broken",
        report.capsules,
        report.broken.len()
    );
    for (what, reason) in &report.broken {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{what}: {reason}");
    }
    say(&text)?;
    match report.broken.len() {
        0 => Ok(()),
        broken => Err(CliError::Broken(broken)),
    }
}
