//! What the page remembers while it is open: the conversation, the turn in progress, the steps of a
//! run. Pure data and its changes; drawing is in `components`, the network in `client`.

pub mod asking;
pub mod chart;
pub mod conversation;
pub mod drawing;
pub mod failure;
pub mod live;
pub mod steps;
pub mod waiting;
