//! Percentiles of measured times.

/// Milliseconds, sorted.
pub struct Times(Vec<f64>);

impl Times {
    pub fn new(mut milliseconds: Vec<f64>) -> Self {
        milliseconds.sort_by(f64::total_cmp);
        Self(milliseconds)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Of nothing it is not a number.
    pub fn percentile(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.0.get(place).copied().unwrap_or(f64::NAN)
    }

    pub fn p50(&self) -> f64 {
        self.percentile(0.5)
    }

    pub fn p99(&self) -> f64 {
        self.percentile(0.99)
    }

    pub fn in_words(&self) -> String {
        format!(
            "p50 {:.2} ms, p99 {:.2} ms, of {}",
            self.p50(),
            self.p99(),
            self.len()
        )
    }
}
