//! DuckDB's SELECT as the gate reads it: text to tokens ([`lexer`]), tokens to a tree ([`ast`]).
//!
//! The grammar follows DuckDB 1.5: its reserved words, its precedences, its spellings. What DuckDB reads
//! in a way that is not certain is refused here, by name. Nothing here knows tables or functions: that
//! is [`crate::check`]'s part.

pub mod ast;
