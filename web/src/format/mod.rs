//! Text for people out of values: pure functions, the same in the server's rendering and in the
//! browser's, so they use no locale of the machine and no clock.

pub mod cell;
pub mod export;
pub mod number;
pub mod quantity;
pub mod sql;
pub mod time;
