//! The front desk: the page, rendered on the server (`ssr`) and brought to life in the browser
//! (`hydrate`). It shows and asks; it holds no business rules and trusts nothing to be hidden.
//!
//! Tests find things by `data-testid`: `dataset-card` (with `data-dataset`), `prompt`, `composer`,
//! `send`, `stop`, `question`, `turn-in-progress`, `answer` (with `data-run-id` and `data-status`),
//! `answer-text`, `result-table`, `row-count`, `failure`, `run-card`, `suggestion`, `thread`,
//! `theme-light`, `theme-dark`, `theme-system`, `retry`, `look-again`, `notice`, `preparing-dataset`, `file-notes`,
//! `download-csv`, `long-cell`, `refused-sql`, `run-in-progress` (on a run's own page).
//! `<html data-ready="true">` says that clicks work.

// The view macro makes deeply nested types.
#![recursion_limit = "256"]

#[cfg(not(erase_components))]
compile_error!(
    "the page needs `--cfg erase_components`: RUSTFLAGS hides what .cargo/config.toml says, so add it there"
);

pub mod app;
mod browser;
mod client;
mod components;
pub mod format;
pub mod gateway;
mod pages;
mod shell;
pub mod state;

pub use app::App;
pub use shell::shell;

/// The browser's entry: takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
    browser::mark_ready();
}
