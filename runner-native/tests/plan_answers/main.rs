//! What plans answer: compiled by the gate, executed by DuckDB, over small tables whose answers can be
//! worked out by hand.

mod expressions;
mod rows;
mod support;
