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
    while let [b' ' | b'\t', rest @ ..] | [0xC2, 0xA0, rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] | [rest @ .., 0xC2, 0xA0] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::trim;

    #[test]
    fn blanks_of_any_kind_are_taken_off_however_many_there_are() {
        assert_eq!(
            trim("\u{a0} \t\u{a0}a\u{a0}b \u{a0}\t".as_bytes()),
            "a\u{a0}b".as_bytes()
        );
        let many = "\u{a0}".repeat(4 << 20);
        assert_eq!(trim(many.as_bytes()), b"");
        assert_eq!(trim(format!("{many}a{many}").as_bytes()), b"a");
    }
}
