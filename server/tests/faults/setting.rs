//! How much is done, from which seed, and the line that tells it to `cargo xtask test --faults`.

use crate::random::Random;
use std::time::{SystemTime, UNIX_EPOCH};

/// `full`: at least a hundred kills. Anything else: a few of each, for every day.
const FORM: &str = "XTASK_FAULTS";
const SEED: &str = "XTASK_FAULTS_SEED";
/// The short form does the same every time unless it is told otherwise.
const USUAL_SEED: u64 = 1;

pub fn is_full() -> bool {
    std::env::var(FORM).is_ok_and(|form| form == "full")
}

/// How often, in the short form and in the full one.
pub fn times(short: u64, full: u64) -> u64 {
    if is_full() { full } else { short }
}

fn seed() -> u64 {
    match std::env::var(SEED) {
        Ok(text) => text.parse().expect("the seed is a number"),
        Err(_) if is_full() => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.map_or(USUAL_SEED, |now| u64::from(now.subsec_nanos()))
        }
        Err(_) => USUAL_SEED,
    }
}

/// What a family of faults did; told when it is dropped, also by a test that fails.
pub struct Family {
    name: &'static str,
    seed: u64,
    faults: u64,
    kills: u64,
}

impl Family {
    pub fn begin(name: &'static str) -> (Self, Random) {
        let seed = seed();
        let family = Self {
            name,
            seed,
            faults: 0,
            kills: 0,
        };
        (family, Random::new(seed))
    }

    pub fn kill(&mut self) {
        self.faults += 1;
        self.kills += 1;
    }

    pub fn fault(&mut self) {
        self.faults += 1;
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let Self {
            name,
            seed,
            faults,
            kills,
        } = self;
        eprintln!("FAULTS: {name}: {faults} faults, {kills} kills, seed {seed}");
    }
}
