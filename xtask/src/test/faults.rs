//! What the fault suite says it did: one line per family of faults, read here and put in a table.

use std::fmt;

use anyhow::{Result, bail};

/// What a family prints when it ends: `FAULTS: name: 3 faults, 2 kills, seed 7`.
const PREFIX: &str = "FAULTS: ";

/// Fewer in a full run mean that the suite did not do its work.
const LEAST_KILLS: u64 = 100;

#[derive(Debug, PartialEq, Eq)]
struct Family {
    name: String,
    faults: u64,
    kills: u64,
    seed: u64,
}

#[derive(Debug, Default)]
pub struct Faults(Vec<Family>);

impl Faults {
    /// Whether the line was one of a family.
    pub fn read(&mut self, line: &str) -> bool {
        let family = line.split_once(PREFIX).and_then(|(_, told)| parse(told));
        let found = family.is_some();
        self.0.extend(family);
        found
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For a full run.
    pub fn demand_kills(&self) -> Result<()> {
        let kills: u64 = self.0.iter().map(|family| family.kills).sum();
        if kills < LEAST_KILLS {
            bail!("a full run kills at least {LEAST_KILLS} times; this one killed {kills} times");
        }
        Ok(())
    }
}

fn parse(told: &str) -> Option<Family> {
    let (name, numbers) = told.trim_end().rsplit_once(": ")?;
    let words: Vec<&str> = numbers.split(' ').collect();
    let [faults, "faults,", kills, "kills,", "seed", seed] = words[..] else {
        return None;
    };
    Some(Family {
        name: name.to_owned(),
        faults: faults.parse().ok()?,
        kills: kills.parse().ok()?,
        seed: seed.parse().ok()?,
    })
}

impl fmt::Display for Faults {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = |number: fn(&Family) -> u64| self.0.iter().map(number).sum::<u64>();
        writeln!(to, "{:<44} {:>7} {:>7}  seed", "faults", "faults", "kills")?;
        for Family {
            name,
            faults,
            kills,
            seed,
        } in &self.0
        {
            writeln!(to, "{name:<44} {faults:>7} {kills:>7}  {seed}")?;
        }
        write!(
            to,
            "{:<44} {:>7} {:>7}",
            "all",
            total(|family| family.faults),
            total(|family| family.kills)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Faults;

    #[test]
    fn families_add_up_and_other_lines_are_left_alone() {
        let mut faults = Faults::default();
        assert!(!faults.read("test faults ... ok"));
        assert!(!faults.read("FAULTS: nonsense"));
        assert!(faults.read("FAULTS: the server killed: 70 faults, 60 kills, seed 7"));
        assert!(faults.demand_kills().is_err());
        assert!(faults.read("noise FAULTS: runners killed: 40 faults, 40 kills, seed 8"));
        assert!(faults.demand_kills().is_ok());
        let table = faults.to_string();
        let last = table.lines().last().unwrap();
        assert_eq!(last.split_whitespace().collect::<Vec<_>>(), ["all", "110", "100"]);
    }
}
