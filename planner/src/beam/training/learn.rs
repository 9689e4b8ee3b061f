//! Learning: the weights that give right candidates the most of the probability (maximum marginal
//! likelihood, AdaGrad). Deterministic: fixed seed, fixed order.

use crate::beam::model::Features;
use std::collections::HashMap;

/// One question, reduced to numbers.
pub struct Example {
    pub sets: Vec<Features>,
    /// Which set, own features, and whether the answer is right.
    pub candidates: Vec<(usize, Features, bool)>,
    /// How much it counts.
    pub importance: f32,
}

pub struct Settings {
    pub epochs: usize,
    pub rate: f32,
    pub decay: f32,
    /// Features that fewer examples have are left out.
    pub least_examples: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            epochs: 24,
            rate: 0.15,
            decay: 4e-3,
            least_examples: 3,
        }
    }
}

/// Feature hashes to dense places.
struct Vocabulary {
    places: HashMap<u32, u32>,
}

impl Vocabulary {
    fn new(examples: &[&Example], least: u32) -> Self {
        let mut seen: HashMap<u32, (u32, usize)> = HashMap::new();
        for (number, example) in examples.iter().enumerate() {
            let own = example.candidates.iter().flat_map(|(_, features, _)| features);
            for (feature, _) in example.sets.iter().flatten().chain(own) {
                let entry = seen.entry(*feature).or_insert((0, usize::MAX));
                if entry.1 != number {
                    *entry = (entry.0 + 1, number);
                }
            }
        }
        let mut kept: Vec<u32> = seen
            .into_iter()
            .filter(|(_, (count, _))| *count >= least)
            .map(|(feature, _)| feature)
            .collect();
        kept.sort_unstable();
        Self {
            places: kept.into_iter().zip(0..).collect(),
        }
    }

    fn compress(&self, features: &Features) -> Features {
        features
            .iter()
            .filter_map(|(feature, value)| Some((*self.places.get(feature)?, *value)))
            .collect()
    }
}

pub fn learn(examples: &[&Example], settings: &Settings) -> Vec<(u32, f32)> {
    let vocabulary = Vocabulary::new(examples, settings.least_examples);
    let compressed: Vec<Example> = examples
        .iter()
        .filter(|example| example.candidates.iter().any(|(_, _, right)| *right))
        .filter(|example| example.candidates.iter().any(|(_, _, right)| !*right))
        .map(|example| Example {
            sets: example.sets.iter().map(|set| vocabulary.compress(set)).collect(),
            candidates: example
                .candidates
                .iter()
                .map(|(set, features, right)| (*set, vocabulary.compress(features), *right))
                .collect(),
            importance: example.importance,
        })
        .collect();
    let size = vocabulary.places.len();
    let mut learner = Learner {
        weights: vec![0.0; size],
        squares: vec![1e-2; size],
        average: vec![0.0; size],
        gradient: HashMap::new(),
        settings,
    };
    let mut order: Vec<usize> = (0..compressed.len()).collect();
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    for epoch in 0..settings.epochs {
        shuffle(&mut order, &mut seed);
        for place in &order {
            learner.step(&compressed[*place]);
        }
        if epoch * 2 >= settings.epochs {
            learner.remember();
        }
    }
    let rounds = (settings.epochs - settings.epochs.div_ceil(2)).max(1) as f32;
    vocabulary
        .places
        .iter()
        .map(|(feature, place)| (*feature, learner.average[*place as usize] / rounds))
        .filter(|(_, weight)| weight.abs() > 1e-4)
        .collect()
}

struct Learner<'s> {
    weights: Vec<f32>,
    squares: Vec<f32>,
    average: Vec<f32>,
    gradient: HashMap<u32, f32>,
    settings: &'s Settings,
}

impl Learner<'_> {
    fn score(&self, features: &Features) -> f32 {
        features
            .iter()
            .map(|(place, value)| self.weights[*place as usize] * value)
            .sum()
    }

    fn step(&mut self, example: &Example) {
        let sets: Vec<f32> = example.sets.iter().map(|set| self.score(set)).collect();
        let scores: Vec<f32> = example
            .candidates
            .iter()
            .map(|(set, features, _)| sets[*set] + self.score(features))
            .collect();
        let best = scores.iter().copied().fold(f32::MIN, f32::max);
        let powers: Vec<f32> = scores.iter().map(|score| (score - best).exp()).collect();
        let all: f32 = powers.iter().sum();
        let right: f32 = powers
            .iter()
            .zip(&example.candidates)
            .filter(|(_, (_, _, right))| *right)
            .map(|(power, _)| power)
            .sum::<f32>()
            .max(1e-30);
        let mut of_sets = vec![0.0_f32; sets.len()];
        self.gradient.clear();
        for (power, (set, features, is_right)) in powers.iter().zip(&example.candidates) {
            let wanted = if *is_right { power / right } else { 0.0 };
            let push = (wanted - power / all) * example.importance;
            if push.abs() > 1e-5 {
                of_sets[*set] += push;
                for (place, value) in features {
                    *self.gradient.entry(*place).or_default() += push * value;
                }
            }
        }
        for (set, push) in of_sets.iter().enumerate().filter(|(_, push)| push.abs() > 1e-6) {
            for (place, value) in &example.sets[set] {
                *self.gradient.entry(*place).or_default() += push * value;
            }
        }
        self.apply();
    }

    fn apply(&mut self) {
        for (place, gradient) in &self.gradient {
            let place = *place as usize;
            let slope = gradient - self.settings.decay * self.weights[place];
            self.squares[place] += slope * slope;
            self.weights[place] += self.settings.rate * slope / self.squares[place].sqrt();
        }
    }

    fn remember(&mut self) {
        for (sum, weight) in self.average.iter_mut().zip(&self.weights) {
            *sum += weight;
        }
    }
}

/// Fisher-Yates with a xorshift generator.
fn shuffle(order: &mut [usize], seed: &mut u64) {
    for place in (1..order.len()).rev() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        order.swap(place, (*seed % (place as u64 + 1)) as usize);
    }
}

/// Learns the chance that something with these features is right (logistic regression).
pub fn learn_chances(examples: &[(Features, bool)]) -> Vec<(u32, f32)> {
    const EPOCHS: usize = 60;
    const DECAY: f32 = 4e-3;
    let mut places: HashMap<u32, usize> = HashMap::new();
    for (feature, _) in examples.iter().flat_map(|(features, _)| features) {
        let next = places.len();
        places.entry(*feature).or_insert(next);
    }
    let mut weights = vec![0.0_f32; places.len()];
    let mut squares = vec![1e-2_f32; places.len()];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut seed: u64 = 0x2545_f491_4f6c_dd1d;
    for _ in 0..EPOCHS {
        shuffle(&mut order, &mut seed);
        for number in &order {
            let (features, right) = &examples[*number];
            let score: f32 = features
                .iter()
                .map(|(feature, value)| weights[places[feature]] * value)
                .sum();
            let push = f32::from(u8::from(*right)) - 1.0 / (1.0 + (-score).exp());
            for (feature, value) in features {
                let place = places[feature];
                let slope = push * value - DECAY * weights[place];
                squares[place] += slope * slope;
                weights[place] += 0.1 * slope / squares[place].sqrt();
            }
        }
    }
    places
        .into_iter()
        .map(|(feature, place)| (feature, weights[place]))
        .collect()
}
