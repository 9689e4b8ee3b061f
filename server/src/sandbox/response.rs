//! A runner's line, read as if an attacker had written it: it must be a response, to this run, whose
//! table does not contradict itself. A pure function, so that a fuzzer can play the runner.

use csv_analyst_protocol::runner::{ResultTable, RunResponse, RunnerOutcome};

/// An engine's longest message of use to anybody.
const MAX_MESSAGE_CHARACTERS: usize = 2_000;

#[derive(Debug, thiserror::Error)]
pub enum ResponseError {
    #[error(transparent)]
    NotAResponse(#[from] serde_json::Error),
    #[error("it names {0:?}")]
    AnotherRun(String),
    #[error("{0} rows were sent")]
    Contradiction(u64),
}

impl ResponseError {
    /// In words that are fixed: what the runner wrote is for the log only.
    pub fn what(&self) -> &'static str {
        match self {
            Self::NotAResponse(_) => "the runner's answer is not a response",
            Self::AnotherRun(_) => "the runner answered another run",
            Self::Contradiction(_) => "the runner's table contradicts itself",
        }
    }
}

pub fn decode(line: &[u8], run_id: &str, max_rows: u64) -> Result<RunResponse, ResponseError> {
    let mut response: RunResponse = serde_json::from_slice(line)?;
    if response.run_id != run_id {
        return Err(ResponseError::AnotherRun(response.run_id));
    }
    match &mut response.outcome {
        RunnerOutcome::Table(table) => within_limits(table, max_rows)?,
        RunnerOutcome::Error(error) => error.message = cut(&error.message),
    }
    Ok(response)
}

/// For users: longer messages are cut, and only what can be read is kept.
fn cut(message: &str) -> String {
    message
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_MESSAGE_CHARACTERS)
        .collect()
}

/// A runner that was taken over could send more than it was asked for.
fn within_limits(table: &ResultTable, max_rows: u64) -> Result<(), ResponseError> {
    let sent = table.rows.len() as u64;
    let even = table.rows.iter().all(|row| row.len() == table.columns.len());
    let counted = sent <= table.row_count && table.truncated == (sent < table.row_count);
    if sent > max_rows || !even || !counted {
        return Err(ResponseError::Contradiction(sent));
    }
    Ok(())
}
