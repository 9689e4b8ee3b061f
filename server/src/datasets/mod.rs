//! The library at run time: which datasets there are, their snapshots, and what they mean.
//!
//! A dataset is prepared once per version: its files are parsed in a sandbox into one read-only
//! snapshot, and registry and profile are merged into the description that planner, gate and page
//! read. It refuses to read a table itself, and a bad dataset never stops the others.

mod catalog;
mod describe;
mod entry;
mod error;
mod files;
mod fingerprint;
mod prepare;
mod readings;
mod renew;
mod samples;
mod source;
mod summary;
mod version;

pub use catalog::{Catalog, ReadyDataset};
pub use error::DatasetError;
pub use prepare::Preparation;
pub use renew::remove_unfinished;
pub use source::{DatasetSource, dataset_id, sources};
