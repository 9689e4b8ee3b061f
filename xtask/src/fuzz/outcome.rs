//! What libFuzzer's log says about a run: executions, coverage, and whether it ended in peace.

use std::fmt;

#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub passed: bool,
    pub executions: u64,
    /// Edges of the control flow that some input reached.
    pub edges: u64,
    /// Inputs that reached something new.
    pub corpus: u64,
}

impl Outcome {
    pub fn read(log: &str, passed: bool) -> Self {
        let last = |before: &str| {
            let rest = log.rsplit(before).next().filter(|_| log.contains(before))?;
            let digits: String = rest
                .trim_start()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            digits.parse().ok()
        };
        Self {
            passed,
            executions: last("stat::number_of_executed_units:").unwrap_or(0),
            edges: last(" cov: ").unwrap_or(0),
            corpus: last(" corp: ").unwrap_or(0),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed {
            "nothing found"
        } else {
            "FOUND something"
        };
        write!(
            formatter,
            "{} executions, {} edges reached by {} inputs, {verdict}",
            self.executions, self.edges, self.corpus
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn the_last_figures_of_a_log_count() {
        let log = "#2 INITED cov: 12 ft: 15 corp: 1/1b exec/s: 0\n\
                   #900 NEW    cov: 345 ft: 400 corp: 67/8Kb lim: 4\n\
                   Done 1000 runs in 3 second(s)\nstat::number_of_executed_units: 1000\n";
        let outcome = Outcome {
            passed: true,
            executions: 1_000,
            edges: 345,
            corpus: 67,
        };
        assert_eq!(Outcome::read(log, true), outcome);
    }

    #[test]
    fn a_log_of_nothing_has_no_figures() {
        let outcome = Outcome::read("", false);
        assert_eq!((outcome.executions, outcome.edges, outcome.passed), (0, 0, false));
    }
}
