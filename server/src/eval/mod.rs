//! Offline measurement: a file of questions, each taken through planner, gate and sandbox like anybody's.
//!
//! It writes down what came of every question and judges nothing: whether an answer is right, another
//! program says. It knows no way round the gate or the sandbox, and it keeps no record, since nobody
//! asked these questions.

mod answer;
mod decline;
mod error;
mod evaluation;
mod out;
mod prediction;
mod questions;
mod tables;
mod tally;
mod work;

pub use error::EvalError;
pub use evaluation::Evaluation;
pub use out::Out;
pub use prediction::{End, Prediction, Stage};
pub use questions::{Data, Question, read_questions};
pub use tables::Tables;
pub use tally::Tally;
pub use work::Work;
