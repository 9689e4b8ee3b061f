//! What of the runner can be asked without starting it: the second opinion, which only tests link, and the
//! readers of files, which fuzzing links as well. The service starts the program.

pub mod check;
pub mod reading;
