//! What `cargo xtask test` builds before the tests that pack it.

use std::path::Path;

/// Said loudly, by the name of the test, where it is not so.
pub fn is_there(test: &str) -> bool {
    let built = Path::new(env!("CARGO_BIN_EXE_xtask")).parent().expect("a folder");
    let parts = [
        "csv-analyst",
        "runner-native",
        "../artefacts/gate.wasm",
        "../site/pkg",
    ];
    let missing = parts.iter().find(|part| !built.join(part).exists());
    if let Some(part) = missing {
        eprintln!("SKIPPED: {test}: {part} is not built; run `cargo xtask test`");
    }
    missing.is_none() && cfg!(target_os = "linux")
}
