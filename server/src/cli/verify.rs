//! `csv-analyst verify`: the whole chain of sealed records, checked from the first. It works beside a
//! running server.

use super::{CliError, say};
use crate::config::Config;
use crate::services::open_store;
use std::fmt::Write;

pub async fn verify(config: Config) -> Result<(), CliError> {
    let store = open_store(&config)?;
    let report = store.verify_chain().await?;
    let mut text = format!(
        "{} sealed records, {} broken",
        report.capsules,
        report.broken.len()
    );
    for (run_id, reason) in &report.broken {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{run_id}: {reason}");
    }
    say(&text)?;
    match report.broken.len() {
        0 => Ok(()),
        broken => Err(CliError::Broken {
            broken,
            capsules: report.capsules,
        }),
    }
}
