//! The same query, written otherwise: case, blanks, line ends and comments outside of quotes. What it
//! means must not change.

/// Every other query stays as it is.
pub fn disguised(text: &str, seed: u64) -> String {
    if seed.is_multiple_of(2) {
        return text.into();
    }
    let mut noise = Noise(seed);
    let mut quote = None;
    let mut result = String::with_capacity(text.len() * 2);
    for (piece, character) in pieces(text) {
        match quote {
            Some(open) => {
                if piece == open {
                    quote = None;
                }
                result.push_str(piece);
            }
            None if matches!(piece, "'" | "\"" | "$$") => {
                quote = Some(piece);
                result.push_str(piece);
            }
            None if piece == " " => result.push_str(noise.blank()),
            None if noise.next(4) == 0 => result.extend(character.to_uppercase()),
            None => result.push_str(piece),
        }
    }
    result
}

/// Characters, but `$$` as one.
fn pieces(text: &str) -> impl Iterator<Item = (&str, char)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let character = rest.chars().next()?;
        let length = if rest.starts_with("$$") {
            2
        } else {
            character.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some((piece, character))
    })
}

struct Noise(u64);

impl Noise {
    fn next(&mut self, count: u64) -> u64 {
        // Knuth's multiplier; the low bits repeat soon.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % count
    }

    fn blank(&mut self) -> &'static str {
        match self.next(20) {
            0 => "\n",
            1 => "\t",
            2 => " /* ' */ ",
            3 => " -- \"\n",
            4 => "\r\n",
            5 => "  ",
            _ => " ",
        }
    }
}
