//! The tables as `docs/security.md` has them: the same on every machine, since they say what must hold;
//! that it does is what running them shows.

use super::attacks::ATTACKS;
use super::host::{COLUMNS, Ends, LIES};
use super::matrix::Matrix;
use csv_analyst_protocol::error::ErrorCode;
use std::fmt::Write;

const HELD: &str = "held";
const NOT_ITS_WORK: &str = "·";

/// Of process, Docker and host, in this order.
pub fn tables(found: &[Matrix]) -> String {
    let mut text = String::new();
    for matrix in found {
        match matrix.title {
            "host" => host(&mut text),
            _ => guards(&mut text, matrix),
        }
    }
    text
}

/// Attacks downwards: there are more of them than guards.
fn guards(text: &mut String, matrix: &Matrix) {
    let names: Vec<&str> = matrix.rows.iter().map(|row| row.guard).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "**{}**: each guard alone\n", matrix.title);
    let _ = writeln!(text, "| attack | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(names.len()));
    for attack in ATTACKS {
        let cell = |guard: &&str| match matrix.is_expected(guard, attack.name) {
            true => HELD,
            false if *guard == names[0] => "goes through",
            false => NOT_ITS_WORK,
        };
        let cells: Vec<&str> = names.iter().map(cell).collect();
        let _ = writeln!(text, "| {} | {} |", attack.what, cells.join(" | "));
    }
    text.push('\n');
}

fn host(text: &mut String) {
    let _ = writeln!(text, "**The server's own guards**, with none in the sandbox\n");
    let _ = writeln!(
        text,
        "| the runner .. | held by | the run ends as | {} |",
        COLUMNS.join(" | ")
    );
    let _ = writeln!(text, "|---|---|---|{}", "---|".repeat(COLUMNS.len()));
    for lie in LIES {
        let ends = match lie.ends {
            Ends::With(code, state) => format!("{}, `{}`", name(state), name(code)),
            Ends::OneAnswer => "failed, or with the first alone".into(),
            Ends::CutOff => format!("failed, `{}`, or timed out", name(ErrorCode::RunnerInternalError)),
            Ends::Answered => "succeeded, its first 8 KiB kept".into(),
            Ends::Refused => "succeeded, nothing was found".into(),
            Ends::Destroyed => "succeeded, nothing is left".into(),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {ends} | is harmed | {HELD} | {HELD} |",
            lie.what, lie.guard
        );
    }
}

fn name(value: impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
