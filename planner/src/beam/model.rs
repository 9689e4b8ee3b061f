//! The scorer: a weight for each feature, learned from questions with known answers.
//!
//! The file holds pairs of a feature's hash and its weight, sorted by hash. `train` writes it.

use std::sync::LazyLock;

/// Features of one candidate: hash and value.
pub(crate) type Features = Vec<(u32, f32)>;

/// Gathers features by name.
#[derive(Default)]
pub(crate) struct Bag {
    pub features: Features,
    /// Their names, when somebody wants to read them.
    pub names: Option<Vec<String>>,
}

impl Bag {
    pub fn add(&mut self, parts: &[&str], value: f64) {
        if value != 0.0 {
            self.features.push((hash(parts), value as f32));
            if let Some(names) = &mut self.names {
                names.push(parts.join("|"));
            }
        }
    }

    pub fn flag(&mut self, parts: &[&str], holds: bool) {
        if holds {
            self.add(parts, 1.0);
        }
    }

    /// One of a few ranges instead of a number.
    pub fn bucket(&mut self, parts: &[&str], number: usize) {
        let name = match number {
            0 => "0",
            1 => "1",
            2 => "2",
            3 => "3",
            4..=5 => "4-5",
            6..=9 => "6-9",
            _ => "10+",
        };
        let mut all = parts.to_vec();
        all.push(name);
        self.add(&all, 1.0);
    }
}

/// FNV-1a.
fn hash(parts: &[&str]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([b'|'])) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

pub(crate) struct Model {
    weights: Vec<(u32, f32)>,
}

static BUILT_IN: LazyLock<Model> = LazyLock::new(|| Model::read(include_bytes!("weights.bin")));

impl Model {
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    pub fn read(bytes: &[u8]) -> Self {
        let number = |chunk: &[u8]| chunk.try_into().map(u32::from_le_bytes).unwrap_or_default();
        let mut weights: Vec<(u32, f32)> = bytes
            .chunks_exact(8)
            .map(|pair| (number(&pair[..4]), f32::from_bits(number(&pair[4..]))))
            .collect();
        weights.sort_by_key(|(hash, _)| *hash);
        Self { weights }
    }

    #[cfg(feature = "training")]
    pub fn from_pairs(mut weights: Vec<(u32, f32)>) -> Self {
        weights.sort_by_key(|(hash, _)| *hash);
        Self { weights }
    }

    #[cfg(feature = "training")]
    pub fn bytes(&self) -> Vec<u8> {
        let pair =
            |(hash, weight): &(u32, f32)| [hash.to_le_bytes(), weight.to_bits().to_le_bytes()].concat();
        self.weights.iter().flat_map(pair).collect()
    }

    pub fn weight(&self, feature: u32) -> f32 {
        match self.weights.binary_search_by_key(&feature, |(hash, _)| *hash) {
            Ok(place) => self.weights[place].1,
            Err(_) => 0.0,
        }
    }

    pub fn score(&self, features: &[(u32, f32)]) -> f64 {
        features
            .iter()
            .map(|(feature, value)| f64::from(self.weight(*feature)) * f64::from(*value))
            .sum()
    }
}
