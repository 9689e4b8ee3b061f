//! Where the runner's words are carried only while somebody listens (a pod's attach), it says nothing
//! before an empty line has come: so nothing that it says is lost.

use std::io::BufRead;

/// False: nobody needs it, or what came was no greeting.
pub fn awaited(wanted: bool) -> bool {
    !wanted || is_greeting(&mut std::io::stdin().lock())
}

fn is_greeting(input: &mut impl BufRead) -> bool {
    let mut byte = [0];
    input.read_exact(&mut byte).is_ok() && byte == *b"\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_greets_and_takes_nothing_of_what_follows() {
        let mut input = &b"\n{}\n"[..];
        assert!(is_greeting(&mut input));
        assert_eq!(input, b"{}\n");
    }

    #[test]
    fn an_end_and_anything_else_do_not() {
        assert!(!is_greeting(&mut &b""[..]));
        assert!(!is_greeting(&mut &b"{}\n"[..]));
    }
}
