//! How many sandboxes should wait: enough for the runs that come while others are being started.
//!
//! Arithmetic only, on times that it is given.

use super::PoolSettings;
use std::time::{Duration, Instant};

/// A burst shows after a few arrivals, and is forgotten as fast.
const QUICK: f64 = 2.0;
/// Ordinary demand is remembered for about a minute.
const SLOW: f64 = 60.0;
/// Assumed until a start was seen.
const FIRST_START_SECONDS: f64 = 0.1;
/// Weight of the newest start in the mean.
const NEWEST: f64 = 0.2;

/// Arrivals per second, as an average that forgets exponentially.
#[derive(Clone, Copy, Debug)]
struct Rate {
    memory_seconds: f64,
    per_second: f64,
    at: Instant,
}

impl Rate {
    fn new(memory_seconds: f64, at: Instant) -> Self {
        Self {
            memory_seconds,
            per_second: 0.0,
            at,
        }
    }

    fn at(&self, now: Instant) -> f64 {
        let age = now.saturating_duration_since(self.at).as_secs_f64();
        self.per_second * (-age / self.memory_seconds).exp()
    }

    fn arrived(&mut self, now: Instant) {
        self.per_second = self.at(now) + 1.0 / self.memory_seconds;
        self.at = now;
    }
}

/// What one class is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    quick: Rate,
    slow: Rate,
    start_seconds: f64,
}

impl Demand {
    pub fn new(now: Instant) -> Self {
        Self {
            quick: Rate::new(QUICK, now),
            slow: Rate::new(SLOW, now),
            start_seconds: FIRST_START_SECONDS,
        }
    }

    pub fn arrived(&mut self, now: Instant) {
        self.quick.arrived(now);
        self.slow.arrived(now);
    }

    pub fn start_took(&mut self, time: Duration) {
        self.start_seconds += NEWEST * (time.as_secs_f64() - self.start_seconds);
    }

    pub fn per_second(&self, now: Instant) -> f64 {
        self.quick.at(now).max(self.slow.at(now))
    }

    /// The mean number of arrivals during one start, and twice its spread on top (arrivals that know
    /// nothing of each other spread by the root of their number).
    pub fn target(&self, now: Instant, least: usize, settings: &PoolSettings) -> usize {
        let meanwhile = self.per_second(now) * self.start_seconds;
        let wanted = (meanwhile + 2.0 * meanwhile.sqrt()).round() as usize;
        wanted.max(least).min(settings.max_idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(count: u32, every: Duration) -> (Demand, Instant) {
        let mut now = Instant::now();
        let mut demand = Demand::new(now);
        for _ in 0..count {
            now += every;
            demand.arrived(now);
        }
        (demand, now)
    }

    #[test]
    fn silence_wants_the_least_and_no_more() {
        let (demand, now) = asked(0, Duration::ZERO);
        let settings = PoolSettings::default();
        assert_eq!(demand.target(now, 1, &settings), 1);
        assert_eq!(demand.target(now, 0, &settings), 0);
    }

    #[test]
    fn a_steady_rate_is_measured() {
        let (demand, now) = asked(2_000, Duration::from_millis(100));
        assert!((demand.per_second(now) - 10.0).abs() < 0.5, "{demand:?}");
    }

    #[test]
    fn more_arrivals_and_longer_starts_want_more_up_to_the_most() {
        let settings = PoolSettings::default();
        let (calm, now) = asked(100, Duration::from_secs(2));
        let (mut busy, then) = asked(200, Duration::from_millis(50));
        let (few, more) = (calm.target(now, 1, &settings), busy.target(then, 1, &settings));
        assert!(few < more, "{few}, {more}");
        for _ in 0..50 {
            busy.start_took(Duration::from_secs(3));
        }
        assert_eq!(busy.target(then, 1, &settings), settings.max_idle);
    }

    #[test]
    fn demand_is_forgotten() {
        let (demand, now) = asked(1_000, Duration::from_millis(20));
        let settings = PoolSettings::default();
        assert!(demand.target(now, 0, &settings) > 1);
        assert_eq!(demand.target(now + Duration::from_secs(600), 0, &settings), 0);
    }
}
