//! Writes the table of allowed functions: `docs/functions.md`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(csv_analyst_gate::function_table().as_bytes())
}
