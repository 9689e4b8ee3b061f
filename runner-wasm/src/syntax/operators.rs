//! The signs of DuckDB's grammar, and where one ends: its lexer takes as many operator characters as
//! it can, so `||-` is one sign that does not exist, and not two.

use crate::rejection::{Explain, invalid, policy};
use csv_analyst_protocol::gate::Rejection;

/// Characters that run together.
fn runs_together(character: char) -> bool {
    "~!@^&|+-*/%<>=".contains(character)
}

/// With one of these inside, a sign may end in + or -.
fn may_end_in_sign(run: &str) -> bool {
    run.contains(['~', '!', '@', '^', '&', '|', '%'])
}

/// Operator characters at the beginning of `text`, up to a comment.
pub fn run(text: &str) -> &str {
    let length = text.len() - text.trim_start_matches(runs_together).len();
    let run = text.get(..length).unwrap_or_default();
    let comment = run.find("--").into_iter().chain(run.find("/*")).min();
    run.get(..comment.unwrap_or(length)).unwrap_or(run)
}

/// The length in bytes of the sign at the beginning of `text`, if the gate knows it.
pub fn length(text: &str) -> Option<usize> {
    for sign in ["::", ":="] {
        if text.starts_with(sign) {
            return Some(2);
        }
    }
    if text.starts_with("..") {
        return None;
    }
    if text.starts_with([',', '(', ')', '[', ']', '{', '}', '.', ';', ':', '#']) {
        return Some(1);
    }
    let run = run(text);
    let mut sign = run;
    if !may_end_in_sign(run) {
        while sign.len() > 1 && sign.ends_with(['+', '-']) {
            sign = sign.get(..sign.len() - 1).unwrap_or_default();
        }
    }
    // DuckDB ranks these differently when a sign stuck to them: `a//-1`.
    let reranked = sign.len() < run.len() && matches!(sign, "//" | "**" | "->" | "->>");
    (is_known(sign) && !reranked).then_some(sign.len())
}

fn is_known(sign: &str) -> bool {
    matches!(
        sign,
        "=" | "=="
            | "<>"
            | "!="
            | "<"
            | "<="
            | ">"
            | ">="
            | "+"
            | "-"
            | "*"
            | "/"
            | "//"
            | "%"
            | "^"
            | "**"
            | "||"
            | "&"
            | "|"
            | "<<"
            | ">>"
            | "~"
            | "!~"
            | "^@"
            | "->"
            | "->>"
            | "=>"
            | "@>"
            | "<@"
            | "&&"
            | "~~"
            | "!~~"
            | "~~*"
            | "!~~*"
    )
}

/// Says what is wrong with a sign that the gate does not know.
pub fn unknown(written: &str) -> Box<Rejection> {
    if written.starts_with("..") || written == "." {
        return invalid("syntax", "Two dots in a row have no meaning here.");
    }
    let hint = match written {
        "~~~" | "!~~~" => "Write x GLOB 'pattern', or NOT (x GLOB 'pattern').",
        "!" => "For the factorial write factorial(x); for the opposite write NOT.",
        "@" => "For the absolute value write abs(x).",
        "!<" | "!>" => "Write >= or <=.",
        "=~" => "Write regexp_matches(text, pattern).",
        "<=>" => "Write IS NOT DISTINCT FROM; for vectors use a function.",
        "\\" => "A backslash has no meaning outside of texts.",
        _ if written.len() > 1 && written.ends_with(['+', '-', '~']) => {
            "Put a space between the two operators."
        }
        _ => "Operators: + - * / // % ^ || = <> < <= > >= -> ->> & | << >>.",
    };
    let message = format!("`{written}` is not an operator here.");
    if written.len() > 1 {
        policy("operator-form", message).hint(hint)
    } else {
        invalid("syntax", message).hint(hint)
    }
}
