//! One module per page.

pub mod not_found;
pub mod run_page;
pub mod workspace;
