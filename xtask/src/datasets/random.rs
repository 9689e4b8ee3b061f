//! The generator's source of chance: SplitMix64, whose every output is fixed by its seed.
//!
//! It refuses floating point and any random crate, so the same data comes out on every platform and
//! with every future toolchain.

pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014), with the authors' constants.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `bound` - 1. The bias of the multiply-and-shift method is below 2^-40 for our bounds.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    /// True in `per_mille` of 1,000 cases.
    pub fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// Bell-shaped around zero, from -`reach` to `reach`: the mean of three uniform draws.
    pub fn noise(&mut self, reach: i64) -> i64 {
        (0..3).map(|_| self.between(-reach, reach)).sum::<i64>() / 3
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Exactly the wanted shares, in random order: `count` values of which `share` of 1,000 each.
    /// What rounding leaves over goes to the first.
    pub fn deck<T: Clone>(&mut self, count: usize, shares: &[(T, usize)]) -> Vec<T> {
        let mut deck = Vec::with_capacity(count);
        for (value, share) in &shares[1..] {
            deck.extend(std::iter::repeat_n(value.clone(), (count * share + 500) / 1000));
        }
        let rest = count - deck.len();
        deck.extend(std::iter::repeat_n(shares[0].0.clone(), rest));
        self.shuffle(&mut deck);
        deck
    }
}

/// Draws positions in proportion to fixed weights.
pub struct Weighted {
    cumulative: Vec<usize>,
}

impl Weighted {
    pub fn new(weights: impl IntoIterator<Item = usize>) -> Self {
        let mut sum = 0;
        let cumulative = weights.into_iter().map(|weight| {
            sum += weight;
            sum
        });
        Self {
            cumulative: cumulative.collect(),
        }
    }

    pub fn draw(&self, random: &mut Random) -> usize {
        let total = self.cumulative.last().copied().unwrap_or(0);
        let ticket = random.below(total);
        self.cumulative.partition_point(|&sum| sum <= ticket)
    }
}
