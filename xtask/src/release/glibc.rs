//! The oldest GNU C library that programs run with: the newest version that they name.
//!
//! A program names the versions of the functions that it calls, each as a string of its own in a table that
//! the dynamic loader reads. Nothing else in our programs has that form, so the table is not looked for.

use std::fmt;

use memchr::{memchr, memmem};

/// Its first two numbers; a third says nothing new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32);

/// That of Debian 12, in which releases are built (docs/releases.md).
pub const PROMISED: Version = Version(2, 36);

/// Of programs and libraries; `None` where they name none, as those of other systems.
pub fn needed<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> Option<Version> {
    files.into_iter().flat_map(named).max()
}

/// Why they are no release's, in words.
pub fn breach(needed: Version) -> Option<String> {
    (needed > PROMISED).then(|| {
        format!(
            "the programs need glibc {needed}, and a release promises {PROMISED}: build them in Debian 12, \
             as .github/workflows/release.yml does"
        )
    })
}

/// Before each string stands the end of the one before.
const BEGIN: &[u8] = b"\0GLIBC_";

fn named(file: &[u8]) -> Vec<Version> {
    memmem::find_iter(file, BEGIN)
        .filter_map(|at| version(&file[at + BEGIN.len()..]))
        .collect()
}

/// `2.34` or `2.2.5`, up to the string's end; not `PRIVATE`.
fn version(text: &[u8]) -> Option<Version> {
    let text = std::str::from_utf8(&text[..memchr(0, text)?]).ok()?;
    let mut numbers = text.split('.').map(|number| number.parse::<u32>().ok());
    Some(Version(numbers.next()??, numbers.next()??))
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::{breach, needed};

    const PROGRAM: &[u8] = b"\x7fELF\0libc.so.6\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0GLIBC_PRIVATE\0memcpy\0";

    fn words(files: &[&[u8]]) -> Option<String> {
        needed(files.iter().copied()).map(|version| version.to_string())
    }

    #[test]
    fn the_newest_version_of_all_files_is_needed_counted_by_numbers() {
        let library = b"\0GLIBC_2.35\0GLIBCXX_3.4.22\0";
        assert_eq!(words(&[PROGRAM]).as_deref(), Some("2.34"));
        assert_eq!(words(&[PROGRAM, library]).as_deref(), Some("2.35"));
    }

    #[test]
    fn a_symbols_name_with_a_version_and_a_string_that_is_cut_off_are_no_need() {
        assert_eq!(words(&[b"\0memcpy@GLIBC_2.99\0", b"\0GLIBC_2.98"]), None);
        assert_eq!(words(&[b"\xcf\xfa\xed\xfe\0libSystem.B.dylib\0"]), None);
    }

    #[test]
    fn a_release_may_need_what_it_promises_and_nothing_newer() {
        let newest = |text: &[u8]| needed([text]).and_then(breach);
        assert_eq!(newest(b"\0GLIBC_2.36\0"), None);
        let breach = newest(b"\0GLIBC_2.39\0").unwrap();
        assert!(breach.contains("2.39") && breach.contains("2.36"), "{breach}");
    }
}
