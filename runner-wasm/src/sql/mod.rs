//! The gate's own SQL: a small tree that can only hold what is allowed, and its printer.
//!
//! Nothing here reads text. What has no shape in [`tree`] can't be printed, and so can't run.

mod build;
mod level;
pub mod print;
mod print_query;
pub mod quote;
pub mod tree;
