//! Rules for single files: a heading that says what a module is for, a size that fits in a head, no
//! leftovers of debugging, nothing of one particular machine.

use std::path::Path;

use super::{Breach, TextFile};

/// A file longer than this does two things. Its own tests at the end do not count.
const LONGEST_SOURCE_LINES: usize = 500;

/// Data written as Rust may be longer than logic.
const LONGEST_TEST_LINES: usize = 700;

/// Folders of one machine have no place in a repository. Put together here, so that this file keeps
/// its own rule.
const MACHINE_PATHS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

/// Words that must not survive in product code, and why.
const LEFTOVERS: [(&str, &str); 4] = [
    (concat!("to", "do!("), "unfinished code is not merged"),
    (concat!("unimple", "mented!("), "unfinished code is not merged"),
    (concat!("db", "g!("), "a leftover of debugging"),
    (
        concat!("print", "ln!("),
        "the service logs through tracing; only the command line speaks",
    ),
];

pub fn check(file: &TextFile) -> Vec<Breach> {
    let mut breaches = machine_paths(file);
    if file.path.extension().is_some_and(|extension| extension == "rs") {
        breaches.extend(heading(file));
        breaches.extend(size(file));
        if is_product(&file.path) {
            breaches.extend(leftovers(file));
        }
    }
    breaches
}

fn breach(file: &TextFile, line: usize, what: String, why: &'static str) -> Breach {
    Breach {
        place: format!("{}:{line}", file.path.display()),
        what,
        why,
    }
}

fn heading(file: &TextFile) -> Option<Breach> {
    // Fixtures and build scripts of cases are data for tests, not modules of ours.
    let opens_well = file.text.starts_with("//!");
    (!opens_well).then(|| {
        let what = "does not open with `//!`".to_owned();
        breach(
            file,
            1,
            what,
            "a module says first what it is for and what it refuses to do",
        )
    })
}

fn size(file: &TextFile) -> Option<Breach> {
    let lines = product_part(file).lines().count();
    let longest = if is_test(&file.path) {
        LONGEST_TEST_LINES
    } else {
        LONGEST_SOURCE_LINES
    };
    (lines > longest).then(|| {
        let what = format!("has {lines} lines, more than {longest}");
        breach(
            file,
            lines,
            what,
            "a file that does not fit in a head wants to be two",
        )
    })
}

fn machine_paths(file: &TextFile) -> Vec<Breach> {
    let found = file.text.lines().enumerate().filter_map(|(at, line)| {
        let path = MACHINE_PATHS.iter().find(|path| names_a_folder(line, path))?;
        let what = format!("names a folder of one machine (`{path}…`)");
        Some(breach(
            file,
            at + 1,
            what,
            "the project builds on any machine, and tells nothing about this one",
        ))
    });
    found.collect()
}

/// As the start of a path, not as the middle of an address.
fn names_a_folder(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || "._-~}".contains(character))
    })
}

fn leftovers(file: &TextFile) -> Vec<Breach> {
    let found = product_part(file).lines().enumerate().filter_map(|(at, line)| {
        let code = line.split("//").next().unwrap_or_default();
        let (word, why) = LEFTOVERS.iter().find(|(word, _)| contains_call(code, word))?;
        Some(breach(file, at + 1, format!("uses `{word}..)`"), why))
    });
    found.collect()
}

/// What comes before a file's own tests.
fn product_part(file: &TextFile) -> &str {
    file.text.split("#[cfg(test)]").next().unwrap_or_default()
}

/// `eprintln!(` is not `println!(`.
fn contains_call(code: &str, word: &str) -> bool {
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(|character: char| character.is_alphanumeric()))
}

/// The service's own command line speaks on standard output; so does the runner, in one place each.
fn is_product(path: &Path) -> bool {
    let path = path.to_string_lossy();
    let rooms = [
        "planner/src",
        "protocol/src",
        "runner-native/src",
        "runner-wasm/src",
        "server/src",
        "web/src",
    ];
    rooms.iter().any(|room| path.starts_with(room)) && !path.contains("/cli/") && !is_test(Path::new(&*path))
}

fn is_test(path: &Path) -> bool {
    let is = |name: &str| name == "tests" || name == "tests.rs" || name == "examples" || name == "datasets";
    path.components()
        .any(|part| is(&part.as_os_str().to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{TextFile, check};

    fn breaches(path: &str, text: &str) -> Vec<String> {
        let file = TextFile {
            path: PathBuf::from(path),
            text: text.to_owned(),
        };
        check(&file)
            .into_iter()
            .map(|breach| format!("{}: {}", breach.place, breach.what))
            .collect()
    }

    #[test]
    fn a_module_without_a_heading_is_named() {
        assert_eq!(breaches("server/src/a.rs", "fn a() {}\n").len(), 1);
        assert!(breaches("server/src/a.rs", "//! A.\nfn a() {}\n").is_empty());
    }

    #[test]
    fn a_leftover_is_found_in_product_code_but_not_in_its_tests_or_comments() {
        let leftover = concat!("//! A.\nfn a() { db", "g!(1); }\n");
        assert_eq!(breaches("server/src/a.rs", leftover).len(), 1);
        assert!(breaches("server/tests/a.rs", leftover).is_empty());
        assert!(breaches("server/src/a.rs", concat!("//! A.\n// db", "g!(1)\n")).is_empty());
        let in_tests = concat!("//! A.\n#[cfg(test)]\nmod tests { fn a() { db", "g!(1); } }\n");
        assert!(breaches("server/src/a.rs", in_tests).is_empty());
    }

    #[test]
    fn a_folder_of_one_machine_is_named_with_its_line() {
        let text = concat!("one\nsee /ho", "me/someone/notes\n");
        assert_eq!(
            breaches("README.md", text),
            [concat!(
                "README.md:2: names a folder of one machine (`/ho",
                "me/…`)"
            )]
        );
        assert!(breaches("README.md", concat!("https://example.org/ho", "me/page")).is_empty());
    }

    #[test]
    fn an_overlong_file_is_named() {
        let text = format!("//! A.\n{}", "//\n".repeat(1_000));
        assert_eq!(breaches("planner/src/a.rs", &text).len(), 1);
    }
}
