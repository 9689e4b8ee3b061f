//! Aggregates with all their clauses, and windows with theirs.

use super::{Kind, Maker};

impl Maker<'_> {
    /// An aggregate and the kind of what it gives.
    pub(super) fn aggregate(&mut self) -> (String, Kind) {
        let (call, kind) = match self.tape.below(14) {
            0 => ("count(*)".into(), Kind::Integer),
            1 => (
                format!("sum({})", self.expression(Kind::Integer, 2)),
                Kind::Integer,
            ),
            2 => (format!("avg({})", self.expression(Kind::Number, 2)), Kind::Number),
            3 => self.extreme(),
            4 => {
                let kind = self.any_kind();
                (
                    format!("count(DISTINCT {})", self.expression(kind, 1)),
                    Kind::Integer,
                )
            }
            5 => {
                let text = self.expression(Kind::Text, 1);
                (format!("string_agg({text}, ', ' ORDER BY {text})"), Kind::Text)
            }
            6 => {
                let number = self.expression(Kind::Integer, 1);
                (format!("list({number} ORDER BY {number} DESC)"), Kind::Integers)
            }
            7 => {
                let value = self.leaf(Kind::Integer);
                let name = self.tape.pick(&["percentile_cont", "quantile_cont"]);
                (
                    format!("{name}(0.5) WITHIN GROUP (ORDER BY {value})"),
                    Kind::Number,
                )
            }
            8 => (
                format!("arg_max({}, {})", self.leaf(Kind::Text), self.leaf(Kind::Integer)),
                Kind::Text,
            ),
            9 => ("count()".into(), Kind::Integer),
            10 => (format!("bool_or({})", self.truth(1)), Kind::Truth),
            11 => (
                format!("median({})", self.expression(Kind::Number, 1)),
                Kind::Number,
            ),
            12 => (
                format!("sum(DISTINCT {})", self.leaf(Kind::Integer)),
                Kind::Integer,
            ),
            _ => (
                format!("stddev({})", self.expression(Kind::Number, 1)),
                Kind::Number,
            ),
        };
        if self.tape.chance(15) {
            let filter = self.truth(1);
            let word = self.tape.pick(&["WHERE ", ""]);
            return (format!("{call} FILTER ({word}{filter})"), kind);
        }
        (call, kind)
    }

    fn extreme(&mut self) -> (String, Kind) {
        let kind = self.tape.pick(&super::PLAIN);
        let name = self.tape.pick(&["max", "min"]);
        (format!("{name}({})", self.expression(kind, 2)), kind)
    }

    pub(super) fn over(&mut self, named: &[String]) -> (String, Kind) {
        let value = self.leaf(Kind::Integer);
        let (call, frames) = match self.tape.below(10) {
            0 => ("row_number()".into(), false),
            1 => ("rank()".into(), false),
            2 => (format!("sum({value})"), true),
            3 => (format!("lag({value})"), false),
            4 => (format!("lead({value}, 2, 0)"), false),
            5 => (format!("first_value({value} IGNORE NULLS)"), true),
            6 => ("ntile(3)".into(), false),
            7 => ("count(*)".into(), true),
            8 => (format!("max({value}) FILTER (WHERE {})", self.truth(0)), true),
            _ => (format!("last_value({value})"), true),
        };
        if !named.is_empty() && self.tape.chance(50) {
            return (format!("{call} OVER {}", self.tape.pick(named)), Kind::Integer);
        }
        let window = self.window(frames);
        (format!("{call} OVER ({window})"), Kind::Integer)
    }

    pub(super) fn window(&mut self, frames: bool) -> String {
        let mut parts = Vec::new();
        if self.tape.chance(50) {
            parts.push(format!("PARTITION BY {}", self.leaf(Kind::Text)));
        }
        let key = self.leaf(Kind::Integer);
        let direction = self.tape.pick(&["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]);
        parts.push(format!("ORDER BY {key}{direction}, {}", self.leaf(Kind::Text)));
        if frames && self.tape.chance(50) {
            parts.push(
                self.tape
                    .pick(&[
                        "ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
                        "ROWS UNBOUNDED PRECEDING",
                        "GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                        "ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW",
                        "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES",
                    ])
                    .into(),
            );
        }
        parts.join(" ")
    }
}
