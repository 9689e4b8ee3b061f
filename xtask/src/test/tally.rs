//! Reads what Rust's test harness prints, line by line, and keeps the count.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::faults::Faults;

/// What a test prints that cannot run on this machine.
const SKIPPED: &str = "SKIPPED: ";

#[derive(Debug, Default)]
pub struct Tally {
    passed: usize,
    failed: usize,
    /// The tests that failed, and the skipped with the reason.
    failures: BTreeSet<String>,
    skipped: BTreeSet<String>,
    /// Tests that printed why they skip; the harness counts them as passed.
    skipping_tests: usize,
    /// What the fault suite injected.
    pub faults: Faults,
    section: Section,
    /// The test whose output is being shown has said already that it skips.
    counted: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Section {
    #[default]
    Running,
    Successes,
    Failures,
}

impl Tally {
    /// Takes one line in; answers whether a person should see it.
    pub fn read(&mut self, line: &str) -> bool {
        match line.trim_end() {
            "successes:" => self.section = Section::Successes,
            "failures:" => self.section = Section::Failures,
            line if line.starts_with("test result: ") => {
                self.section = Section::Running;
                self.add_result(line);
            }
            line if line.starts_with("---- ") => self.counted = false,
            line => self.add_line(line),
        }
        self.section != Section::Successes
    }

    fn add_line(&mut self, line: &str) {
        if let Some((_, reason)) = line.split_once(SKIPPED) {
            self.skipped.insert(reason.to_owned());
            if self.section == Section::Successes && !self.counted {
                self.counted = true;
                self.skipping_tests += 1;
            }
        } else if self.faults.read(line) {
            // Told at the end, as a table.
        } else if let Some((name, outcome)) = test_line(line) {
            self.add_outcome(name, outcome);
        }
    }

    fn add_outcome(&mut self, name: &str, outcome: &str) {
        if outcome == "FAILED" {
            self.failures.insert(name.to_owned());
        } else if let Some(reason) = outcome.strip_prefix("ignored") {
            let reason = reason.strip_prefix(", ").unwrap_or("not part of a plain run");
            self.skipped.insert(format!("{name}: {reason}"));
        }
    }

    /// `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; ...`
    fn add_result(&mut self, line: &str) {
        let number_before = |word: &str| -> usize {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().position(|found| found.trim_end_matches(';') == word);
            at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok())
                .unwrap_or(0)
        };
        self.passed += number_before("passed");
        self.failed += number_before("failed");
    }

    pub fn failed(&self) -> usize {
        self.failed
    }

    /// The last words: what was skipped and why, what failed, and the count alone on its line.
    pub fn conclude(&self) -> Result<()> {
        if !self.faults.is_empty() {
            println!("\n{}", self.faults);
        }
        if !self.skipped.is_empty() {
            println!("\nskipped on this machine:");
            self.skipped.iter().for_each(|reason| println!("  {reason}"));
        }
        if !self.failures.is_empty() {
            println!("\nfailed:");
            self.failures.iter().for_each(|name| println!("  {name}"));
        }
        println!("\n{}", self.line());
        if self.failed > 0 {
            bail!("{} tests failed", self.failed);
        }
        Ok(())
    }

    pub fn line(&self) -> String {
        let passed = self.passed.saturating_sub(self.skipping_tests);
        format!(
            "{passed} passed, {} failed, {} skipped",
            self.failed,
            self.skipped.len()
        )
    }
}

/// `test name ... outcome`
fn test_line(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("test ")?.rsplit_once(" ... ")
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn read(text: &str) -> (Tally, String) {
        let mut tally = Tally::default();
        let shown: Vec<&str> = text.lines().filter(|line| tally.read(line)).collect();
        let shown = shown.join("\n");
        (tally, shown)
    }

    const WITH_A_SKIP: &str = "\
running 2 tests
test one ... ok
test docker_suite ... ok

successes:

---- docker_suite stdout ----
noise
SKIPPED: docker contract suite: no daemon answers
SKIPPED: docker contract suite: no daemon answers

successes:
    docker_suite
    one

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";

    #[test]
    fn a_test_that_says_skipped_did_not_pass() {
        assert_eq!(read(WITH_A_SKIP).0.line(), "1 passed, 0 failed, 1 skipped");
    }

    #[test]
    fn what_passed_tests_printed_is_not_shown() {
        let (_, shown) = read(WITH_A_SKIP);
        assert!(!shown.contains("noise"), "{shown}");
        assert!(shown.contains("test one ... ok"), "{shown}");
    }

    #[test]
    fn results_of_several_harnesses_add_up() {
        let text = "test a ... ok\ntest b ... FAILED\ntest c ... ignored, needs a cluster\n\
            test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1s\n\
            test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s";
        let (tally, _) = read(text);
        assert_eq!(tally.line(), "4 passed, 1 failed, 1 skipped");
        assert!(tally.conclude().is_err());
    }

    #[test]
    fn what_failed_tests_printed_is_shown() {
        let (_, shown) =
            read("successes:\nquiet\nfailures:\n---- b stdout ----\nwhy it failed\ntest result: FAILED.");
        assert!(shown.contains("why it failed"));
        assert!(!shown.contains("quiet"));
    }
}
