//! Plans out of choices: each byte decides one thing, so that a failing plan shrinks with its bytes.

use serde_json::{Map, Value, json};

/// Tables that can be asked about together.
const NEIGHBOURHOODS: &[(&[&str], &Columns)] = &[
    (
        &["screenings", "films", "cinemas"],
        &[
            &[
                "visitors",
                "price",
                "budget",
                "seats",
                "screening_id",
                "films.film_id",
            ],
            &["title", "genre", "name", "city"],
            &["starts", "released"],
            &["cancelled", "dubbed", "rating"],
        ],
    ),
    (
        &["reviews", "films"],
        &[
            &["stars", "budget", "review_id", "films.film_id"],
            &["title", "genre", "Critic name"],
            &["released"],
            &["dubbed", "rating"],
        ],
    ),
    (
        &["screenings", "films", "reviews", "cinemas"],
        &[
            &["visitors", "stars", "no_such_column", "film_id"],
            &["films.title", "cinemas.name", "reviews.stars"],
            &["starts", "films.released"],
            &["cancelled"],
        ],
    ),
];
/// By kind.
type Columns = [&'static [&'static str]; 4];

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Number,
    Text,
    Date,
    Other,
}

const KINDS: [Kind; 4] = [Kind::Number, Kind::Text, Kind::Date, Kind::Other];
const NAMES: &[&str] = &["a", "b", "c"];
pub(super) const AGGREGATES: &[&str] = &[
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
pub(super) const UNITS: &[&str] = &["hour", "day", "week", "month", "quarter", "year"];
pub(super) const DEEPEST: usize = 3;

/// Makes one part of a plan.
type Make<'b> = fn(&mut Choices<'b>) -> Value;

pub struct Choices<'b> {
    bytes: std::slice::Iter<'b, u8>,
    columns: &'static Columns,
    /// The outputs' names, with what they probably are.
    pub(super) outputs: Vec<(&'static str, Kind)>,
}

impl<'b> Choices<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self {
            bytes: bytes.iter(),
            columns: NEIGHBOURHOODS[0].1,
            outputs: Vec::new(),
        }
    }

    /// Nothing is left to choose: the first of everything.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.bytes
            .next()
            .map_or(0, |byte| usize::from(*byte) % count.max(1))
    }

    pub(super) fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    /// Once in that many times.
    pub(super) fn rarely(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    pub(super) fn several(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> Value) -> Value {
        let count = 1 + self.below(most);
        (0..count).map(|_| make(self)).collect()
    }

    pub(super) fn kind(&mut self) -> Kind {
        KINDS[self.below(KINDS.len())]
    }

    pub fn plan(&mut self) -> Value {
        let place = [0, 0, 0, 1, 1, 2][self.below(6)];
        let (tables, columns) = NEIGHBOURHOODS[place];
        self.columns = columns;
        let mut plan = Map::new();
        plan.insert("dataset_id".into(), json!("cinema"));
        plan.insert("table".into(), json!(self.pick(tables)));
        let aggregated = self.below(2) == 0;
        let select: Vec<Value> = (0..self.below(4))
            .map(|index| self.item(index, aggregated))
            .collect();
        plan.insert("select".into(), select.into());
        let parts: &[(&str, usize, Make<'b>)] = &[
            ("filters", 3, |choices| {
                choices.several(2, |choices| choices.filter(0, false))
            }),
            ("group_by", 8, |choices| choices.several(2, Self::name)),
            ("order_by", 2, |choices| choices.several(2, Self::order)),
            ("having", 8, |choices| {
                choices.several(1, |choices| choices.filter(1, true))
            }),
            ("window", 5, Self::window),
            ("latest", 12, Self::kept),
            ("earliest", 12, Self::kept),
            ("top", 5, Self::top),
            ("limit", 3, |choices| json!(1 + choices.below(6))),
            ("offset", 5, |choices| json!(choices.below(3))),
            ("ties", 12, |_| json!(true)),
            ("distinct", 8, |_| json!(true)),
            ("compare", 12, |_| json!(true)),
        ];
        for (name, times, make) in parts {
            if self.rarely(*times) {
                plan.insert((*name).into(), make(self));
            }
        }
        plan.into()
    }

    fn item(&mut self, index: usize, aggregated: bool) -> Value {
        let kind = self.kind();
        let mut item = Map::new();
        let (agg, series) = (aggregated && index > 0, self.rarely(4));
        match self.below(8) {
            0..=3 => {
                item.insert("column".into(), json!(self.column(kind)));
            }
            4..=6 if series => {
                item.insert("expression".into(), self.series(1, aggregated));
            }
            4..=6 => {
                item.insert("expression".into(), self.expression(kind, 0));
            }
            _ => {
                item.insert("measure".into(), json!("takings"));
            }
        }
        if agg && !series {
            let fitting = if kind == Kind::Number {
                AGGREGATES
            } else {
                &AGGREGATES[..4]
            };
            item.insert("agg".into(), json!(self.pick(fitting)));
        } else if kind == Kind::Date && self.below(2) == 0 {
            item.insert("bucket".into(), json!(self.pick(UNITS)));
        }
        if self.rarely(6) {
            item.insert("where".into(), self.filter(1, false));
        }
        if self.rarely(12) {
            item.insert("per".into(), json!(self.column(kind)));
        }
        if kind == Kind::Number && self.rarely(4) {
            item.insert("round".into(), json!(self.below(4)));
        }
        if self.below(4) > 0 {
            let name = NAMES[index % NAMES.len()];
            item.insert("as".into(), json!(name));
            let kind = if agg { Kind::Number } else { kind };
            self.outputs.push((name, kind));
        }
        item.into()
    }

    /// Seldom one of another kind.
    pub(super) fn column(&mut self, kind: Kind) -> &'static str {
        let kind = if self.rarely(16) { self.kind() } else { kind };
        let place = KINDS.iter().position(|known| *known == kind).unwrap_or_default();
        self.pick(self.columns[place])
    }

    /// Of a column or of an output.
    pub(super) fn name(&mut self) -> Value {
        let outputs: Vec<&'static str> = self.outputs.iter().map(|(name, _)| *name).collect();
        if !outputs.is_empty() && self.below(3) > 0 {
            return json!(self.pick(&outputs));
        }
        let kind = self.kind();
        json!(self.column(kind))
    }

    pub(super) fn value(&mut self, kind: Kind) -> Value {
        let kind = if self.rarely(16) { self.kind() } else { kind };
        match kind {
            Kind::Number => json!(self.below(9) as f64 / 2.0 - 1.0),
            Kind::Text => json!(self.pick(&["Drama", "it's", "", "100%"])),
            Kind::Date => json!(self.pick(&["2026-01-31", "2025-06-15 10:00:00"])),
            Kind::Other => json!(self.below(2) == 0),
        }
    }

    pub(super) fn filter(&mut self, depth: usize, of_groups: bool) -> Value {
        if depth < DEEPEST && self.rarely(4) {
            return match self.below(3) {
                0 => json!({"and": self.several(2, |choices| choices.filter(depth + 1, of_groups))}),
                1 => json!({"or": self.several(2, |choices| choices.filter(depth + 1, of_groups))}),
                _ => json!({"not": self.filter(depth + 1, of_groups)}),
            };
        }
        let kind = self.kind();
        let mut condition = Map::new();
        if self.below(3) > 0 {
            let name = if of_groups {
                self.name()
            } else {
                json!(self.column(kind))
            };
            condition.insert("column".into(), name);
        } else if of_groups {
            condition.insert("expression".into(), self.aggregate(depth + 1));
        } else {
            condition.insert("expression".into(), self.expression(kind, depth + 1));
        }
        let operator = match kind {
            Kind::Text => self.pick(OPERATORS),
            Kind::Other => self.pick(&["=", "!=", "is_null", "is_not_null", "in"]),
            Kind::Number | Kind::Date => {
                self.pick(&["=", "!=", "<", "<=", ">", ">=", "in", "between", "is_null"])
            }
        };
        condition.insert("op".into(), json!(operator));
        match operator {
            "is_null" | "is_not_null" => {}
            "in" | "not_in" => {
                condition.insert("value".into(), self.several(3, |choices| choices.value(kind)));
            }
            "between" => {
                condition.insert("value".into(), json!([self.value(kind), self.value(kind)]));
            }
            _ if self.below(3) > 0 => {
                condition.insert("value".into(), self.value(kind));
            }
            _ => {
                condition.insert("value_of".into(), self.expression(kind, depth + 1));
            }
        }
        condition.into()
    }

    fn order(&mut self) -> Value {
        let dir = self.pick(&["asc", "desc"]);
        if self.below(3) < 2 {
            json!({"expr": self.name(), "dir": dir})
        } else {
            let kind = self.kind();
            json!({"expression": self.expression(kind, 1), "dir": dir})
        }
    }

    fn window(&mut self) -> Value {
        json!({"column": self.column(Kind::Date), "last": 1 + self.below(3), "unit": self.pick(UNITS)})
    }

    fn kept(&mut self) -> Value {
        let kind = self.kind();
        json!({"key": self.several(2, |choices| json!(choices.column(kind))), "by": self.column(Kind::Date)})
    }

    fn top(&mut self) -> Value {
        json!({"n": 1 + self.below(4), "per": self.several(2, Self::name), "order_by": self.several(2, Self::order), "ties": self.rarely(3)})
    }
}
