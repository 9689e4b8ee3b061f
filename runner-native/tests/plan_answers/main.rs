//! What plans answer: compiled by the gate, executed by DuckDB, over small tables whose answers can be
//! worked out by hand.

mod comparison;
mod expressions;
mod rows;
mod series;
mod support;
