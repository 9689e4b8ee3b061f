//! How far a long command is: a bar that is drawn over itself on a terminal, a line now and then elsewhere.

use crate::eval::{Stage, Tally};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// More often, nobody could read it.
const REDRAW: Duration = Duration::from_millis(100);
/// A log of a few minutes gets some dozen lines.
const NEXT_LINE: Duration = Duration::from_secs(10);
const BAR_CELLS: usize = 24;

pub struct Progress {
    began: Instant,
    shown: Instant,
    /// Standard error, since standard output has the summary.
    on_terminal: bool,
}

impl Progress {
    pub fn begin() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            shown: now,
            on_terminal: std::io::stderr().is_terminal(),
        }
    }

    pub fn show(&mut self, tally: &Tally) {
        let pause = if self.on_terminal { REDRAW } else { NEXT_LINE };
        if self.shown.elapsed() < pause {
            return;
        }
        self.shown = Instant::now();
        let text = state(tally, self.began.elapsed());
        match self.on_terminal {
            // Back to the line's beginning, and what was longer before is cleared.
            true => write_error(&format!("\r{} {text}\u{1b}[K", bar(tally))),
            false => write_error(&format!("{text}\n")),
        }
    }

    /// Leaves an empty line for what is printed next.
    pub fn end(&self) {
        if self.on_terminal {
            write_error("\r\u{1b}[K");
        }
    }
}

/// Nobody reading it is no reason to stop.
fn write_error(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn bar(tally: &Tally) -> String {
    let full = BAR_CELLS * tally.done() / tally.total.max(1);
    format!("[{:<BAR_CELLS$}]", "#".repeat(full.min(BAR_CELLS)))
}

/// With the bar less than 80 columns wide.
fn state(tally: &Tally, elapsed: Duration) -> String {
    let (done, total) = (tally.done(), tally.total);
    let declined = tally.ended(Stage::Declined);
    format!(
        "{done}/{total} {} answered, {declined} declined, {} left",
        tally.answered,
        time_left(done, total, elapsed)
    )
}

/// As if the rest went like what is done.
fn time_left(done: usize, total: usize, elapsed: Duration) -> String {
    let rest = total.saturating_sub(done) as f64 / done.max(1) as f64;
    let seconds = (elapsed.as_secs_f64() * rest).round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_with_the_questions_that_are_done() {
        let mut tally = Tally::new(48);
        tally.answered = 12;
        assert_eq!(bar(&tally), format!("[######{}]", " ".repeat(18)));
        assert_eq!(
            state(&tally, Duration::from_secs(30)),
            "12/48 12 answered, 0 declined, 1:30 left"
        );
        tally.answered = 48;
        assert_eq!(bar(&tally), format!("[{}]", "#".repeat(24)));
        assert_eq!(bar(&Tally::new(0)), format!("[{}]", " ".repeat(24)));
    }
}
