//! What of the runner can be asked without starting it: the second opinion. Only tests link this; the
//! service starts the program.

pub mod check;
