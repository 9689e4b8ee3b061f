//! Stands between the service and a container engine's socket, so that the service can start its runners as
//! sibling containers without being root on the host.
//!
//! It knows the calls that the Docker provider makes and no others. Nothing is passed through: each call is
//! read into a closed type, and what goes to the engine, or back, is written anew. A container is created
//! only if its whole description is what the provider's own code makes of a few bounded numbers; other
//! containers than those are out of reach, whatever they are called.

mod admission;
mod attach;
mod call;
mod engine;
mod own_container;
mod pinned;
mod refusal;
mod rights;
mod serve;
mod settings;

pub use rights::{RightsError, give_up as give_up_rights};
pub use serve::{ProxyError, bind, serve};
pub use settings::{EngineProxySettings, MostResources};
