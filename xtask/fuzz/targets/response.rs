//! A lying runner: bytes as its answer, through the server's decoder.
#![no_main]

#[path = "../../../server/src/sandbox/response.rs"]
mod response;

use csv_analyst_protocol::runner::{ResultTable, RunnerOutcome};
use libfuzzer_sys::fuzz_target;

const RUN: &str = "run-1";
const MAX_ROWS: u64 = 3;
const LONGEST_MESSAGE: usize = 2_000;

fuzz_target!(|bytes: &[u8]| {
    match response::decode(bytes, RUN, MAX_ROWS) {
        Ok(answer) => {
            assert_eq!(answer.run_id, RUN);
            match &answer.outcome {
                RunnerOutcome::Table(table) => is_sound(table),
                RunnerOutcome::Error(error) => {
                    assert!(error.message.chars().count() <= LONGEST_MESSAGE);
                    assert!(!error.message.chars().any(char::is_control));
                }
            }
            // What was believed is written on the record and read again.
            let written = serde_json::to_vec(&answer).expect("what was read can be written");
            let again = response::decode(&written, RUN, MAX_ROWS).expect("and read again");
            assert_eq!(again, answer);
        }
        Err(error) => assert!(!error.what().is_empty() && !error.to_string().is_empty()),
    }
});

fn is_sound(table: &ResultTable) {
    let sent = table.rows.len() as u64;
    assert!(sent <= MAX_ROWS && sent <= table.row_count);
    assert_eq!(table.truncated, sent < table.row_count);
    assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
}
