//! Lies to the server, instead of an answer.

use super::{answer, say};
use csv_analyst_protocol::runner::RunRequest;
use std::io::{self, Write};
use std::time::Duration;

/// Past any deadline of the tests, and then over.
const LONG: Duration = Duration::from_secs(20);
const FLOOD_BYTES: usize = 64 << 20;

/// Whether the attack was one of these.
pub fn tell(attack: &str, argument: &str, request: &RunRequest) -> Result<bool, String> {
    let truth = answer(request, "an answer");
    match attack {
        "endless-line" => flood(io::stdout(), &[b'x'; 4_096]),
        "endless-lines" => flood(io::stdout(), b"{\"more\":1}\n"),
        "close-output" => {
            // SAFETY: nothing is written to it any more.
            unsafe { libc::close(libc::STDOUT_FILENO) };
            std::thread::sleep(LONG);
        }
        "garbage" => say("\u{0}\u{1b}[2J garbage")?,
        "half-an-answer" => {
            let half = &truth[..truth.len() / 2];
            io::stdout()
                .write_all(half.as_bytes())
                .map_err(|error| error.to_string())?;
        }
        "no-answer" => {}
        "two-answers" => say(&format!("{truth}\n{truth}"))?,
        "answer-another-run" => say(&truth.replace(&request.run_id, "another-run"))?,
        "too-many-rows" => say(&truth.replace(r#""row_count":1"#, r#""row_count":0"#))?,
        "sleep-past-deadline" => {
            std::thread::sleep(Duration::from_millis(argument.parse().unwrap_or(20_000)));
            say(&truth)?;
        }
        "ignore-terminate" => {
            // SAFETY: plain dispositions.
            unsafe {
                libc::signal(libc::SIGTERM, libc::SIG_IGN);
                libc::signal(libc::SIGINT, libc::SIG_IGN);
                libc::signal(libc::SIGHUP, libc::SIG_IGN);
            }
            std::thread::sleep(LONG);
            say(&truth)?;
        }
        "flood-errors" => {
            flood(io::stderr(), &[b'e'; 4_096]);
            say(&truth)?;
        }
        "answer-again" => {
            say(&truth)?;
            std::thread::sleep(LONG);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Ends early when nobody reads any more.
fn flood(mut sink: impl Write, chunk: &[u8]) {
    for _ in 0..FLOOD_BYTES / chunk.len() {
        if sink.write_all(chunk).is_err() {
            return;
        }
    }
}
