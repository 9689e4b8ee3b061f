//! The service's doors: HTTP, server-sent events and the page.
//!
//! Handlers are short: they read a request, call one service, and write its answer. What is public is
//! in one table (`routes`), how errors look in one file (`error`), what is refused before any
//! handler sees it in `guards`.

mod chat;
mod clients;
mod connections;
mod datasets;
mod error;
mod export;
mod extract;
mod gateway;
mod guards;
mod health;
mod metrics;
mod page;
mod request_id;
mod routes;
mod runs;
mod serve;
mod stalled;
mod state;
mod threads;

pub use routes::router;
pub use serve::{ServeError, serve};
pub use state::AppState;
