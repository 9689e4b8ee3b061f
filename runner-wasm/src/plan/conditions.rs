//! One condition: what is compared with what. Values are checked against the subject's type before
//! they are printed.

use super::expressions::Computed;
use super::values::{self, Kind};
use crate::calendar::Moment;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{ChainOperator, Comparison, Expr};
use csv_analyst_protocol::gate::Rejection;
use csv_analyst_protocol::plan::Operator;
use serde_json::Value;

const MAX_LIST: usize = 1_000;

/// What a condition's name stands for: a column, something computed, or in `having` an output.
pub struct Subject {
    pub computed: Computed,
    /// As it begins a sentence.
    pub name: String,
    /// Lowest first, if the values have an order of their own.
    pub ordered_values: Vec<String>,
}

/// One condition: its subject, operator, and where its value stands.
pub struct Context {
    pub subject: Subject,
    pub operator: Operator,
    /// Of the value.
    pub pointer: String,
}

impl Context {
    /// With a written value.
    pub fn compared(&self, value: &Value) -> Checked<Expr> {
        match self.operator {
            Operator::IsNull | Operator::IsNotNull => self.null_test(value),
            Operator::Equal | Operator::NotEqual => self.equality(value),
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.order(value)
            }
            Operator::In | Operator::NotIn => self.membership(value),
            Operator::Between => self.between(value),
            Operator::Contains | Operator::StartsWith | Operator::EndsWith => {
                self.must_be_text(self.subject.computed.kind, &self.subject.name)?;
                Ok(self.text_match(self.literal(value)?))
            }
        }
    }

    /// With another computed value of the same kind.
    pub fn against(&self, other: Computed) -> Checked<Expr> {
        self.must_be_comparable(other.kind)?;
        match self.operator {
            Operator::Equal => Ok(Expr::compare(self.value(), Comparison::Equal, other.value)),
            Operator::NotEqual => Ok(Expr::compare(self.value(), Comparison::NotEqual, other.value)),
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.must_have_an_order()?;
                let ordered = &self.subject.ordered_values;
                let [left, right] = [self.value(), other.value].map(|value| {
                    if ordered.is_empty() {
                        value
                    } else {
                        rank_of(value, ordered)
                    }
                });
                Ok(Expr::compare(left, self.comparison(), right))
            }
            Operator::Contains | Operator::StartsWith | Operator::EndsWith => {
                self.must_be_text(self.subject.computed.kind, &self.subject.name)?;
                self.must_be_text(other.kind, "The other value")?;
                Ok(self.text_match(other.value))
            }
            Operator::In | Operator::NotIn | Operator::Between | Operator::IsNull | Operator::IsNotNull => {
                Err(self
                    .refuse("`value_of` is one value: it goes with comparisons and text operators.")
                    .hint("Use `=`, `!=`, `<`, `<=`, `>`, `>=`, or two filters."))
            }
        }
    }

    fn must_be_comparable(&self, other: Kind) -> Checked<()> {
        let kind = self.subject.computed.kind;
        let same = kind == other
            || kind == Kind::Null
            || other == Kind::Null
            || (kind.is_temporal() && other.is_temporal());
        if same {
            return Ok(());
        }
        let rejection = self.refuse(format!(
            "{} and the other value are of different kinds: {} and {}.",
            self.subject.name,
            kind.name(),
            other.name()
        ));
        Err(match (kind, other) {
            (Kind::Text, Kind::Number) | (Kind::Number, Kind::Text) => {
                rejection.hint("Use `number` for the number that is written in a text.")
            }
            (Kind::Text, _) | (_, Kind::Text) if kind.is_temporal() || other.is_temporal() => {
                rejection.hint("Use `date` for the date that is written in a text.")
            }
            _ => rejection,
        })
    }

    fn value(&self) -> Expr {
        self.subject.computed.value.clone()
    }

    fn literal(&self, value: &Value) -> Checked<Expr> {
        values::literal(
            value,
            self.subject.computed.kind,
            &self.subject.name,
            &self.pointer,
        )
    }

    fn refuse(&self, message: impl Into<String>) -> Box<Rejection> {
        invalid("value-type", message).at_pointer(&self.pointer)
    }

    fn null_test(&self, value: &Value) -> Checked<Expr> {
        if !value.is_null() {
            return Err(self.refuse("`is_null` and `is_not_null` take no value."));
        }
        let test = if self.operator == Operator::IsNull {
            "NULL"
        } else {
            "NOT NULL"
        };
        Ok(Expr::Is {
            value: Box::new(self.value()),
            test,
        })
    }

    /// On a timestamp, a bare date means the whole day.
    fn day(&self, value: &Value) -> Option<Moment> {
        (self.subject.computed.kind == Kind::Timestamp)
            .then(|| values::whole_day(value))
            .flatten()
    }

    fn equality(&self, value: &Value) -> Checked<Expr> {
        if let Some(day) = self.day(value) {
            let within = self.within(day, day);
            return Ok(if self.operator == Operator::Equal {
                within
            } else {
                Expr::Not(Box::new(within))
            });
        }
        let operator = if self.operator == Operator::Equal {
            Comparison::Equal
        } else {
            Comparison::NotEqual
        };
        Ok(Expr::compare(self.value(), operator, self.literal(value)?))
    }

    /// From the first day's start to the last day's end.
    fn within(&self, first: Moment, last: Moment) -> Expr {
        let from = Expr::compare(
            self.value(),
            Comparison::GreaterOrEqual,
            values::timestamp_literal(first),
        );
        let to = Expr::compare(
            self.value(),
            Comparison::Less,
            values::timestamp_literal(last.next_day()),
        );
        Expr::chain(from, ChainOperator::And, to)
    }

    fn order(&self, value: &Value) -> Checked<Expr> {
        if let Some(rank) = self.rank(value)? {
            return Ok(Expr::compare(self.ranked(), self.comparison(), rank));
        }
        self.must_have_an_order()?;
        if let Some(day) = self.day(value) {
            let (operator, moment) = match self.operator {
                Operator::LessOrEqual => (Comparison::Less, day.next_day()),
                Operator::Greater => (Comparison::GreaterOrEqual, day.next_day()),
                _ => (self.comparison(), day),
            };
            return Ok(Expr::compare(
                self.value(),
                operator,
                values::timestamp_literal(moment),
            ));
        }
        Ok(Expr::compare(
            self.value(),
            self.comparison(),
            self.literal(value)?,
        ))
    }

    fn comparison(&self) -> Comparison {
        match self.operator {
            Operator::Less => Comparison::Less,
            Operator::LessOrEqual => Comparison::LessOrEqual,
            Operator::Greater => Comparison::Greater,
            _ => Comparison::GreaterOrEqual,
        }
    }

    fn must_have_an_order(&self) -> Checked<()> {
        if self.subject.computed.kind == Kind::Boolean {
            return Err(self
                .refuse(format!(
                    "{} is true or false: one is not more than the other.",
                    self.subject.name
                ))
                .hint("Use `=`."));
        }
        Ok(())
    }

    /// The place of a value in the column's own order; nothing for columns without one.
    fn rank(&self, value: &Value) -> Checked<Option<Expr>> {
        let ordered = &self.subject.ordered_values;
        if ordered.is_empty() {
            return Ok(None);
        }
        let place = value
            .as_str()
            .and_then(|text| ordered.iter().position(|known| known == text));
        match place {
            Some(place) => Ok(Some(Expr::number(place + 1))),
            None => Err(self
                .refuse(format!(
                    "{} has no value {}.",
                    self.subject.name,
                    excerpt(&value.to_string())
                ))
                .hint(format!("In order: {}.", ordered.join(", ")))),
        }
    }

    fn ranked(&self) -> Expr {
        rank_of(self.value(), &self.subject.ordered_values)
    }

    fn membership(&self, value: &Value) -> Checked<Expr> {
        let Some(items) = value
            .as_array()
            .filter(|items| !items.is_empty() && items.len() <= MAX_LIST)
        else {
            return Err(self.refuse(format!("`in` takes a list of 1 to {MAX_LIST} values.")));
        };
        let literals = items.iter().enumerate().map(|(index, item)| {
            self.literal(item).map_err(|mut rejection| {
                rejection.place = Some(csv_analyst_protocol::gate::Place::Pointer(format!(
                    "{}/{index}",
                    self.pointer
                )));
                rejection
            })
        });
        let list = literals.collect::<Checked<Vec<_>>>()?;
        Ok(Expr::InList {
            value: Box::new(self.value()),
            negated: self.operator == Operator::NotIn,
            list,
        })
    }

    fn between(&self, value: &Value) -> Checked<Expr> {
        let Some([low, high]) = value.as_array().map(Vec::as_slice) else {
            return Err(self.refuse("`between` takes a list of two values, the lower one first."));
        };
        if let (Some(low), Some(high)) = (self.rank(low)?, self.rank(high)?) {
            return Ok(between(self.ranked(), low, high));
        }
        self.must_have_an_order()?;
        if let (Some(first), Some(last)) = (self.day(low), self.day(high)) {
            return Ok(self.within(first, last));
        }
        Ok(between(self.value(), self.literal(low)?, self.literal(high)?))
    }

    fn must_be_text(&self, kind: Kind, name: &str) -> Checked<()> {
        if kind == Kind::Text {
            return Ok(());
        }
        Err(self
            .refuse(format!("{name} is not text."))
            .hint("Use `=`, `<`, `>` or `between`."))
    }

    /// Case does not matter; nothing in the text is a pattern.
    fn text_match(&self, part: Expr) -> Expr {
        let function = match self.operator {
            Operator::StartsWith => "starts_with",
            Operator::EndsWith => "ends_with",
            _ => "contains",
        };
        let [whole, part] = [self.value(), part].map(|text| Expr::call("lower", vec![text]));
        Expr::call(function, vec![whole, part])
    }
}

fn between(value: Expr, low: Expr, high: Expr) -> Expr {
    Expr::Between {
        value: Box::new(value),
        negated: false,
        low: Box::new(low),
        high: Box::new(high),
    }
}

/// `CASE priority WHEN 'Low' THEN 1 .. END`: ordered categories as numbers.
pub fn rank_of(value: Expr, ordered: &[String]) -> Expr {
    let branches = ordered
        .iter()
        .enumerate()
        .map(|(index, name)| (Expr::text(name), Expr::number(index + 1)));
    Expr::Case {
        operand: Some(Box::new(value)),
        branches: branches.collect(),
        otherwise: None,
    }
}
