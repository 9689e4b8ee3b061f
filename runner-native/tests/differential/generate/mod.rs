//! Random SELECTs in DuckDB's dialect over the corpus' tables: valid as a rule, and never meant to be
//! safe. A query is a function of a tape of numbers, so a failing one shrinks as its tape does.

mod aggregates;
mod expression;
mod from;
mod predicate;
mod query;
mod spelling;
mod tape;

use proptest::collection::vec;
use proptest::prelude::*;
use tape::Tape;

/// A text, made from choices.
pub fn query() -> impl Strategy<Value = String> {
    (vec(any::<u16>(), 0..400), any::<u64>()).prop_map(|(choices, spelling)| {
        let mut maker = Maker::new(&choices);
        let text = maker.statement();
        spelling::disguised(&text, spelling)
    })
}

/// Types as far as the generator cares: enough that most expressions bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Number,
    Text,
    Date,
    Moment,
    Truth,
    Integers,
    Pair,
}

pub const PLAIN: [Kind; 6] = [
    Kind::Integer,
    Kind::Text,
    Kind::Number,
    Kind::Truth,
    Kind::Date,
    Kind::Moment,
];

#[derive(Clone, Debug)]
pub struct Column {
    /// As it is written.
    pub name: String,
    pub kind: Kind,
}

/// Something in FROM, by its name there.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    pub columns: Vec<Column>,
}

pub struct Maker<'a> {
    pub tape: Tape<'a>,
    /// Common table expressions that can be named.
    pub common: Vec<Source>,
    /// What is in FROM, innermost query last.
    pub scopes: Vec<Vec<Source>>,
    /// Parameters of the lambdas round this place.
    pub parameters: Vec<Column>,
    /// Queries round this place.
    pub depth: usize,
    pub named: usize,
    /// A FULL JOIN has merged columns. DuckDB's conditions on names see the text of an expression there,
    /// not the column's name; the gate's see the name.
    pub merged: bool,
}

impl<'a> Maker<'a> {
    fn new(choices: &'a [u16]) -> Self {
        Self {
            tape: Tape::new(choices),
            common: Vec::new(),
            scopes: Vec::new(),
            parameters: Vec::new(),
            depth: 0,
            named: 0,
            merged: false,
        }
    }

    pub fn fresh(&mut self, prefix: &str) -> String {
        self.named += 1;
        format!("{prefix}{}", self.named)
    }

    pub fn any_kind(&mut self) -> Kind {
        if self.tape.chance(15) {
            self.tape.pick(&[Kind::Integers, Kind::Pair])
        } else {
            self.tape.pick(&PLAIN)
        }
    }
}

pub fn tables() -> Vec<Source> {
    let column = |(name, kind): &(&str, Kind)| Column {
        name: (*name).into(),
        kind: *kind,
    };
    let table = |name: &str, columns: &[(&str, Kind)]| Source {
        name: name.into(),
        columns: columns.iter().map(column).collect(),
    };
    use Kind::{Date, Integer, Moment, Number, Text, Truth};
    vec![
        table(
            "films",
            &[
                ("film_id", Integer),
                ("title", Text),
                ("genre", Text),
                ("released", Date),
                ("budget", Integer),
                ("rating", Text),
                ("dubbed", Truth),
            ],
        ),
        table(
            "cinemas",
            &[
                ("cinema_id", Integer),
                ("name", Text),
                ("city", Text),
                ("seats", Integer),
            ],
        ),
        table(
            "screenings",
            &[
                ("screening_id", Integer),
                ("film_id", Integer),
                ("cinema_id", Integer),
                ("starts", Moment),
                ("visitors", Integer),
                ("price", Number),
                ("cancelled", Truth),
            ],
        ),
        table(
            "reviews",
            &[
                ("review_id", Integer),
                ("film_id", Integer),
                ("stars", Integer),
                ("\"Critic name\"", Text),
            ],
        ),
    ]
}
