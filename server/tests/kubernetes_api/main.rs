//! The Kubernetes provider against an API that is played: what passes by itself is waited out, what is
//! refused is said at once and in words that help, a pod that lies or dies yields the right error, and
//! nothing is left.

mod case;
mod play;
#[path = "../sandbox_support/mod.rs"]
mod sandbox_support;
mod speech;

mod endings;
mod leftovers;
mod lies;
mod refusals;
mod transient;
mod troubles;
mod waking;
