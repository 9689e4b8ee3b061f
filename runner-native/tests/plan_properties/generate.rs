//! Plans out of choices: each byte decides one thing, so that a failing plan shrinks with its bytes.

use serde_json::{Map, Value, json};

const TABLES: &[&str] = &["films", "cinemas", "screenings", "reviews"];
const COLUMNS: &[&str] = &[
    "title",
    "genre",
    "released",
    "budget",
    "rating",
    "dubbed",
    "name",
    "city",
    "seats",
    "starts",
    "visitors",
    "price",
    "cancelled",
    "stars",
    "Critic name",
    "films.film_id",
    "screenings.film_id",
    "screening_id",
    "cinemas.name",
    "reviews.stars",
    "films.title",
    "no_such_column",
];
const NAMES: &[&str] = &["a", "b", "c"];
const AGGREGATES: &[&str] = &[
    "count",
    "count_distinct",
    "sum",
    "avg",
    "min",
    "max",
    "median",
    "stddev",
    "rate",
];
const OPERATORS: &[&str] = &[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not_in",
    "between",
    "contains",
    "startswith",
    "endswith",
    "is_null",
    "is_not_null",
];
const UNITS: &[&str] = &["hour", "day", "week", "month", "quarter", "year"];
const PARTS: &[&str] = &["year", "quarter", "month", "day", "weekday", "hour"];
const DEEPEST: usize = 3;

pub struct Choices<'b> {
    bytes: std::slice::Iter<'b, u8>,
}

impl<'b> Choices<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    /// Nothing is left to choose: the first of everything.
    fn below(&mut self, count: usize) -> usize {
        self.bytes
            .next()
            .map_or(0, |byte| usize::from(*byte) % count.max(1))
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    /// Once in that many times.
    fn rarely(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    fn several(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> Value) -> Value {
        let count = 1 + self.below(most);
        (0..count).map(|_| make(self)).collect()
    }

    pub fn plan(&mut self) -> Value {
        let mut plan = Map::new();
        plan.insert("dataset_id".into(), json!("cinema"));
        plan.insert("table".into(), json!(self.pick(TABLES)));
        let select: Vec<Value> = (0..self.below(4)).map(|index| self.item(index)).collect();
        plan.insert("select".into(), select.into());
        let parts: &[(&str, fn(&mut Self) -> Value)] = &[
            ("filters", |choices| {
                choices.several(2, |choices| choices.filter(0))
            }),
            ("group_by", |choices| choices.several(2, Self::name)),
            ("order_by", |choices| choices.several(2, Self::order)),
            ("having", |choices| {
                choices.several(1, |choices| choices.filter(1))
            }),
            ("window", Self::window),
            ("latest", Self::kept),
            ("earliest", Self::kept),
            ("top", Self::top),
            ("limit", |choices| json!(choices.below(6))),
            ("offset", |choices| json!(choices.below(3))),
            ("ties", |_| json!(true)),
            ("distinct", |_| json!(true)),
            ("compare", |_| json!(true)),
        ];
        for (name, make) in parts {
            if self.rarely(4) {
                plan.insert((*name).into(), make(self));
            }
        }
        plan.into()
    }

    fn item(&mut self, index: usize) -> Value {
        let mut item = Map::new();
        match self.below(8) {
            0..=3 => {
                item.insert("column".into(), json!(self.pick(COLUMNS)));
            }
            4..=6 => {
                item.insert("expression".into(), self.expression(0));
            }
            _ => {
                item.insert("measure".into(), json!("takings"));
            }
        }
        let parts: &[(&str, fn(&mut Self) -> Value)] = &[
            ("agg", |choices| json!(choices.pick(AGGREGATES))),
            ("where", |choices| choices.filter(1)),
            ("per", |choices| json!(choices.pick(COLUMNS))),
            ("bucket", |choices| json!(choices.pick(UNITS))),
            ("round", |choices| json!(choices.below(4))),
        ];
        for ((name, make), times) in parts.iter().zip([2, 6, 10, 5, 6]) {
            if self.rarely(times) {
                item.insert((*name).into(), make(self));
            }
        }
        if self.below(3) > 0 {
            item.insert("as".into(), json!(NAMES[index % NAMES.len()]));
        }
        item.into()
    }

    /// Of a column or of an output.
    fn name(&mut self) -> Value {
        let names = if self.below(2) == 0 { NAMES } else { COLUMNS };
        json!(self.pick(names))
    }

    fn value(&mut self) -> Value {
        match self.below(8) {
            0 => json!(3),
            1 => json!(-2.5),
            2 => json!("Teen"),
            3 => json!("2026-01-31"),
            4 => json!(true),
            5 => json!("it's"),
            6 => json!([1, 5]),
            _ => Value::Null,
        }
    }

    fn scalar(&mut self) -> Value {
        match self.value() {
            Value::Array(_) => json!(0),
            scalar => scalar,
        }
    }

    fn filter(&mut self, depth: usize) -> Value {
        if depth < DEEPEST && self.rarely(4) {
            return match self.below(3) {
                0 => json!({"and": self.several(2, |choices| choices.filter(depth + 1))}),
                1 => json!({"or": self.several(2, |choices| choices.filter(depth + 1))}),
                _ => json!({"not": self.filter(depth + 1)}),
            };
        }
        let mut condition = Map::new();
        if self.below(2) == 0 {
            condition.insert("column".into(), self.name());
        } else {
            condition.insert("expression".into(), self.expression(depth + 1));
        }
        let operator = self.pick(OPERATORS);
        condition.insert("op".into(), json!(operator));
        match (operator, self.below(2)) {
            ("is_null" | "is_not_null", _) => {}
            (_, 0) => {
                condition.insert("value".into(), self.value());
            }
            _ => {
                condition.insert("value_of".into(), self.expression(depth + 1));
            }
        }
        condition.into()
    }

    fn expression(&mut self, depth: usize) -> Value {
        if depth >= DEEPEST {
            return self.leaf();
        }
        let inner = |choices: &mut Self| choices.expression(depth + 1);
        match self.below(24) {
            0..=5 => self.leaf(),
            6 => json!({"add": [inner(self), inner(self)]}),
            7 => json!({"subtract": [inner(self), inner(self)]}),
            8 => json!({"multiply": [inner(self), inner(self)]}),
            9 => json!({"divide": [inner(self), inner(self)]}),
            10 => json!({"aggregate": {"agg": self.pick(AGGREGATES), "of": inner(self)}}),
            11 => json!({"elapsed": {"unit": self.pick(UNITS), "from": inner(self), "to": inner(self)}}),
            12 => json!({"number": inner(self)}),
            13 => json!({"date": inner(self)}),
            14 => json!({"part": {"part": self.pick(PARTS), "of": inner(self)}}),
            15 => {
                json!({"lookup": {"agg": self.pick(AGGREGATES), "of": inner(self), "where": self.several(1, |choices| choices.filter(depth + 1))}})
            }
            16 => json!({"abs": inner(self)}),
            17 => json!({"round": {"of": inner(self), "digits": self.below(12)}}),
            18 => json!({"bin": {"of": inner(self), "width": self.below(4) as f64 / 2.0}}),
            19 => json!({"length": inner(self)}),
            20 => json!({"percentile": {"of": inner(self), "percent": self.below(120)}}),
            _ => self.series(depth),
        }
    }

    fn series(&mut self, depth: usize) -> Value {
        let of = self.expression(depth + 1);
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

    fn leaf(&mut self) -> Value {
        match self.below(8) {
            0..=4 => json!({"column": self.name()}),
            5 => json!({"literal": self.scalar()}),
            6 => json!("position"),
            _ => json!("now"),
        }
    }

    fn order(&mut self) -> Value {
        let dir = self.pick(&["asc", "desc"]);
        if self.below(3) < 2 {
            json!({"expr": self.name(), "dir": dir})
        } else {
            json!({"expression": self.expression(1), "dir": dir})
        }
    }

    fn window(&mut self) -> Value {
        let column = self.pick(&["starts", "released", "screenings.starts", "title"]);
        json!({"column": column, "last": 1 + self.below(3), "unit": self.pick(UNITS)})
    }

    fn kept(&mut self) -> Value {
        json!({"key": self.several(2, |choices| json!(choices.pick(COLUMNS))), "by": self.pick(&["starts", "released", "name"])})
    }

    fn top(&mut self) -> Value {
        json!({"n": self.below(4), "per": self.several(2, Self::name), "order_by": self.several(2, Self::order), "ties": self.rarely(3)})
    }
}
