//! Truths: comparisons of all kinds, tests, patterns, membership, quantifiers, and what joins them.

use super::{Kind, Maker, PLAIN};

const COMPARISONS: [&str; 9] = [
    "=",
    "<",
    ">",
    "<=",
    ">=",
    "<>",
    "!=",
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
];
const PATTERNS: [&str; 6] = ["'%a%'", "'The _ong%'", "'%'", "''", "'a!%%'", "'.*o.*'"];

impl Maker<'_> {
    pub(super) fn truth(&mut self, deep: usize) -> String {
        let deep = deep.saturating_sub(1);
        match self.tape.below(16) {
            0 | 1 => self.comparison(deep),
            2 => {
                let (left, right) = (self.truth(deep), self.truth(deep));
                let joint = self.tape.pick(&["AND", "OR"]);
                format!("{left} {joint} {right}")
            }
            3 => format!("NOT {}", self.truth(deep)),
            4 => self.test(deep),
            5 => self.pattern(deep),
            6 => self.between(deep),
            7 => self.member(deep),
            8 => self.quantified(deep),
            9 => {
                let query = self.subquery(None);
                format!("{}EXISTS ({query})", self.tape.pick(&["", "NOT "]))
            }
            10 => self.lists(deep),
            11 => {
                let kind = self.tape.pick(&PLAIN);
                let value = self.expression(kind, deep);
                let set = self.subquery(Some(kind));
                format!("{value} {}IN ({set})", self.tape.pick(&["", "NOT "]))
            }
            12 => format!(
                "({} = {}) = {}",
                self.leaf(Kind::Integer),
                self.leaf(Kind::Integer),
                self.truth(deep)
            ),
            13 => self.rows_compared(deep),
            14 => format!("CAST({} AS BOOLEAN)", self.expression(Kind::Integer, deep)),
            _ => self.leaf(Kind::Truth),
        }
    }

    fn comparison(&mut self, deep: usize) -> String {
        let kind = self.any_kind();
        let operator = match self.tape.below(12) {
            0 => "==",
            other => COMPARISONS[other % COMPARISONS.len()],
        };
        let (left, right) = (self.expression(kind, deep), self.expression(kind, deep));
        format!("{left} {operator} {right}")
    }

    fn test(&mut self, deep: usize) -> String {
        let kind = self.any_kind();
        let value = self.expression(kind, deep);
        match self.tape.below(6) {
            0 => format!("{value} IS NULL"),
            1 => format!("{value} IS NOT NULL"),
            2 => format!("{value} ISNULL"),
            3 => format!("{value} NOTNULL"),
            4 => format!(
                "({}) IS {}",
                self.truth(deep),
                self.tape.pick(&["TRUE", "NOT FALSE", "UNKNOWN"])
            ),
            _ => format!("{} IS NOT TRUE", self.leaf(Kind::Truth)),
        }
    }

    fn pattern(&mut self, deep: usize) -> String {
        let value = self.expression(Kind::Text, deep);
        let pattern = self.tape.pick(&PATTERNS);
        match self.tape.below(9) {
            0 => format!("{value} LIKE {pattern}"),
            1 => format!("{value} NOT LIKE {pattern}"),
            2 => format!("{value} ILIKE {pattern}"),
            3 => format!("{value} LIKE {pattern} ESCAPE '!'"),
            4 => format!("{value} SIMILAR TO '[A-Z].*'"),
            5 => format!("{value} GLOB '*o*'"),
            6 => format!("{value} ~ '.*a.*'"),
            7 => format!("{value} ^@ 'T'"),
            _ => format!("{value} NOT ILIKE {pattern}"),
        }
    }

    fn between(&mut self, deep: usize) -> String {
        let kind = self.tape.pick(&PLAIN);
        let value = self.expression(kind, deep);
        let (low, high) = (self.expression(kind, deep), self.expression(kind, deep));
        format!(
            "{value} {}BETWEEN {low} AND {high}",
            self.tape.pick(&["", "NOT "])
        )
    }

    fn member(&mut self, deep: usize) -> String {
        let kind = self.tape.pick(&PLAIN);
        let value = self.expression(kind, deep);
        let count = self.tape.between(1, 3);
        let items: Vec<String> = (0..count).map(|_| self.expression(kind, deep)).collect();
        let (open, close) = self.tape.pick(&[("(", ")"), ("[", "]")]);
        format!(
            "{value} {}IN {open}{}{close}",
            self.tape.pick(&["", "NOT "]),
            items.join(", ")
        )
    }

    fn quantified(&mut self, deep: usize) -> String {
        let value = self.expression(Kind::Integer, deep);
        let operator = self.tape.pick(&["=", "<", ">=", "<>"]);
        let quantity = self.tape.pick(&["ANY", "ALL", "SOME"]);
        let set = if self.tape.chance(50) {
            self.expression(Kind::Integers, deep)
        } else {
            self.subquery(Some(Kind::Integer))
        };
        format!("{value} {operator} {quantity} ({set})")
    }

    fn lists(&mut self, deep: usize) -> String {
        let left = self.expression(Kind::Integers, deep);
        match self.tape.below(3) {
            0 => format!("list_contains({left}, {})", self.expression(Kind::Integer, deep)),
            1 => format!("{left} && {}", self.expression(Kind::Integers, deep)),
            _ => format!("{left} @> {}", self.expression(Kind::Integers, deep)),
        }
    }

    fn rows_compared(&mut self, deep: usize) -> String {
        let mut row = || {
            let (number, text) = (self.expression(Kind::Integer, deep), self.leaf(Kind::Text));
            format!("({number}, {text})")
        };
        let (left, right) = (row(), row());
        format!("{left} {} {right}", self.tape.pick(&["=", "<", "<>"]))
    }
}
