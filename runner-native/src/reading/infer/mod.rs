//! From texts to types: every value is looked at, the type is the narrowest that all of them have.
//!
//! What could mean two different things stays text, unless another column of the file or its owner
//! settles it.

mod affix;
pub mod choice;
pub mod column;
pub mod moment;
pub mod number;
pub mod wanted;

pub use choice::{Choice, Evidence, Reader};
pub use column::Column;

/// Without the blanks that people leave round values.
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    match (text.strip_prefix(b"\xC2\xA0"), text.strip_suffix(b"\xC2\xA0")) {
        (Some(rest), _) | (None, Some(rest)) => trim(rest),
        (None, None) => text,
    }
}
