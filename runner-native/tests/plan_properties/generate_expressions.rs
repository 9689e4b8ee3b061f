//! Computed values out of choices.

use super::generate::{AGGREGATES, Choices, DEEPEST, Kind, UNITS};
use serde_json::{Value, json};

const PARTS: &[&str] = &["year", "quarter", "month", "day", "weekday", "hour"];

impl Choices<'_> {
    pub fn aggregate(&mut self, depth: usize) -> Value {
        let of = self.expression(Kind::Number, depth + 1);
        match self.below(5) {
            0 => json!({"percentile": {"of": of, "percent": self.below(101)}}),
            _ => json!({"aggregate": {"agg": self.pick(&AGGREGATES[..8]), "of": of}}),
        }
    }

    pub fn expression(&mut self, kind: Kind, depth: usize) -> Value {
        let kind = if self.rarely(20) { self.kind() } else { kind };
        if depth >= DEEPEST || self.below(3) == 0 {
            return self.leaf(kind);
        }
        if self.rarely(8) {
            let agg = if kind == Kind::Number {
                self.pick(AGGREGATES)
            } else {
                self.pick(&["min", "max"])
            };
            return json!({"lookup": {"agg": agg, "of": self.expression(kind, depth + 1),
                "where": self.several(1, |choices| choices.filter(depth + 1, false))}});
        }
        match kind {
            Kind::Number => self.number(depth + 1),
            Kind::Date => {
                let read = if self.below(2) == 0 {
                    Kind::Text
                } else {
                    Kind::Date
                };
                json!({"date": self.expression(read, depth + 1)})
            }
            Kind::Text | Kind::Other => self.leaf(kind),
        }
    }

    fn number(&mut self, depth: usize) -> Value {
        let of = |choices: &mut Self, kind: Kind| choices.expression(kind, depth);
        match self.below(14) {
            0 => json!({"add": [of(self, Kind::Number), of(self, Kind::Number)]}),
            1 => json!({"subtract": [of(self, Kind::Number), of(self, Kind::Number)]}),
            2 => json!({"multiply": [of(self, Kind::Number), of(self, Kind::Number)]}),
            3 => json!({"divide": [of(self, Kind::Number), of(self, Kind::Number)]}),
            4 => {
                json!({"elapsed": {"unit": self.pick(UNITS), "from": of(self, Kind::Date), "to": of(self, Kind::Date)}})
            }
            5 | 6 => json!({"number": of(self, Kind::Text)}),
            7 => json!({"part": {"part": self.pick(PARTS), "of": of(self, Kind::Date)}}),
            8 => json!({"abs": of(self, Kind::Number)}),
            9 => json!({"round": {"of": of(self, Kind::Number), "digits": self.below(12)}}),
            10 => json!({"bin": {"of": of(self, Kind::Number), "width": self.below(9) as f64 / 4.0}}),
            11 => json!({"length": of(self, Kind::Text)}),
            12 => self.aggregate(depth),
            _ => self.series(depth, false),
        }
    }

    pub fn series(&mut self, depth: usize, aggregated: bool) -> Value {
        let of = if aggregated {
            self.aggregate(depth)
        } else {
            self.expression(Kind::Number, depth + 1)
        };
        let along = self.name();
        let mut series = match self.below(6) {
            0 => json!({"share": {"of": of}}),
            1 => json!({"running": {"of": of, "along": along}}),
            2 => json!({"moving": {"of": of, "along": along, "last": 1 + self.below(4)}}),
            3 => json!({"previous": {"of": of, "along": along}}),
            4 => json!({"change": {"of": of, "along": along, "percent": self.below(2) == 0}}),
            _ => json!({"rank": {"by": of, "dir": "desc"}}),
        };
        if self.rarely(3) {
            let within = self.several(2, Self::name);
            if let Some(members) = series
                .as_object_mut()
                .and_then(|object| object.values_mut().next())
            {
                members["within"] = within;
            }
        }
        series
    }

    fn leaf(&mut self, kind: Kind) -> Value {
        let fitting: Vec<&'static str> = self
            .outputs
            .iter()
            .filter(|(_, own)| *own == kind)
            .map(|(name, _)| *name)
            .collect();
        match self.below(10) {
            0 => json!({"literal": self.value(kind)}),
            1 if kind == Kind::Number => json!("position"),
            1 if kind == Kind::Date => json!("now"),
            2 if self.rarely(9) => json!({"literal": null}),
            3 if !fitting.is_empty() => json!({"column": self.pick(&fitting)}),
            _ => json!({"column": self.column(kind)}),
        }
    }
}
