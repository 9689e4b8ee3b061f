//! Filter trees to conditions. Values are checked against the column's type before they are printed.

use super::Compiler;
use super::expressions::Computed;
use super::values::{self, Kind};
use crate::calendar::Moment;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{ChainOperator, Comparison, Expr};
use csv_analyst_protocol::gate::Rejection;
use csv_analyst_protocol::plan::{ColumnCondition, Filter, Operator};
use serde_json::Value;

const MAX_LIST: usize = 1_000;

/// What a condition's name stands for: a column, or in `having` an output.
pub struct Subject {
    pub computed: Computed,
    pub name: String,
    /// Lowest first, if the values have an order of their own.
    pub ordered_values: Vec<String>,
}

/// Finds the subject of a condition by its name and pointer.
pub type Lookup<'l> = dyn FnMut(&str, &str) -> Checked<Subject> + 'l;

impl<'a> Compiler<'a> {
    /// A filter over columns; also the tables that it uses.
    pub fn filter(&self, filter: &Filter, pointer: &str) -> Checked<Computed> {
        let mut tables = std::collections::BTreeSet::new();
        let value = condition(filter, pointer, &mut |name, pointer| {
            let column = self.resolve(name, pointer)?;
            let computed = self.computed_column(column);
            tables.extend(computed.tables.iter().cloned());
            Ok(Subject {
                computed,
                name: column.column.name.clone(),
                ordered_values: column.column.ordered_values.clone(),
            })
        })?;
        Ok(Computed {
            value,
            kind: Kind::Boolean,
            tables,
            aggregated: false,
        })
    }
}

pub fn condition(filter: &Filter, pointer: &str, lookup: &mut Lookup<'_>) -> Checked<Expr> {
    match filter {
        Filter::All(all) => tree(&all.and, ChainOperator::And, &format!("{pointer}/and"), lookup),
        Filter::Any(any) => tree(&any.or, ChainOperator::Or, &format!("{pointer}/or"), lookup),
        Filter::Not(not) => Ok(Expr::Not(Box::new(condition(
            &not.not,
            &format!("{pointer}/not"),
            lookup,
        )?))),
        Filter::Condition(one) => comparison(one, pointer, lookup),
    }
}

fn tree(
    filters: &[Filter],
    operator: ChainOperator,
    pointer: &str,
    lookup: &mut Lookup<'_>,
) -> Checked<Expr> {
    let mut result = None;
    for (index, filter) in filters.iter().enumerate() {
        let next = condition(filter, &format!("{pointer}/{index}"), lookup)?;
        result = Some(match result {
            None => next,
            Some(before) => Expr::chain(before, operator, next),
        });
    }
    result.ok_or_else(|| invalid("empty-filter", "A list of filters is empty.").at_pointer(pointer))
}

fn comparison(condition: &ColumnCondition, pointer: &str, lookup: &mut Lookup<'_>) -> Checked<Expr> {
    let subject = lookup(&condition.column, &format!("{pointer}/column"))?;
    let context = Context {
        subject,
        operator: condition.op,
        pointer: format!("{pointer}/value"),
    };
    match condition.op {
        Operator::IsNull | Operator::IsNotNull => context.null_test(&condition.value),
        Operator::Equal | Operator::NotEqual => context.equality(&condition.value),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            context.order(&condition.value)
        }
        Operator::In | Operator::NotIn => context.membership(&condition.value),
        Operator::Between => context.between(&condition.value),
        Operator::Contains => context.text_match("contains", &condition.value),
        Operator::StartsWith => context.text_match("starts_with", &condition.value),
        Operator::EndsWith => context.text_match("ends_with", &condition.value),
    }
}

/// One condition: its subject, operator, and where its value stands.
struct Context {
    subject: Subject,
    operator: Operator,
    pointer: String,
}

impl Context {
    fn value(&self) -> Expr {
        self.subject.computed.value.clone()
    }

    fn literal(&self, value: &Value) -> Checked<Expr> {
        let what = format!("`{}`", excerpt(&self.subject.name));
        values::literal(value, self.subject.computed.kind, &what, &self.pointer)
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
                    "`{}` is true or false: one is not more than the other.",
                    excerpt(&self.subject.name)
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
                    "`{}` has no value {}.",
                    excerpt(&self.subject.name),
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

    /// Case does not matter; nothing in the text is a pattern.
    fn text_match(&self, function: &'static str, value: &Value) -> Checked<Expr> {
        if self.subject.computed.kind != Kind::Text {
            return Err(self
                .refuse(format!("`{}` is not text.", excerpt(&self.subject.name)))
                .hint("Use `=`, `<`, `>` or `between`."));
        }
        let part = Expr::call("lower", vec![self.literal(value)?]);
        Ok(Expr::call(
            function,
            vec![Expr::call("lower", vec![self.value()]), part],
        ))
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
