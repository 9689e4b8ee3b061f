//! From hostile bytes to records and types, without the engine: compression, encoding, delimiters, quotes,
//! header, names, numbers, dates, JSON.
//!
//! All of it goes on as a stream in bounded memory, and only inside the locked sandbox. Nothing here decides
//! silently: what was assumed becomes a note with its place and the setting that says otherwise.

pub mod encoding;
pub mod failure;
pub mod file;
pub mod header;
pub mod infer;
pub mod json;
pub mod names;
pub mod notes;
pub mod record;
pub mod text;
