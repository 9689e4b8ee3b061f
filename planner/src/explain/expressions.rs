//! Computed values in words. A name that the plan gives an expression is not used: it may say anything.

use super::names::Names;
use crate::build::names::{aggregate_words, plural, value_words};
use csv_analyst_protocol::plan::{Aggregate, DatePart, Expression};

impl Names<'_> {
    pub fn expression(&self, expression: &Expression) -> String {
        let inner = |of: &Expression| self.operand(of);
        match expression {
            Expression::Column(name) => self.label(name),
            Expression::Literal(value) => value_words(value),
            Expression::Add(left, right) => format!("{} plus {}", inner(left), inner(right)),
            Expression::Subtract(left, right) => format!("{} minus {}", inner(left), inner(right)),
            Expression::Multiply(left, right) => format!("{} times {}", inner(left), inner(right)),
            Expression::Divide(left, right) => format!("{} divided by {}", inner(left), inner(right)),
            Expression::Aggregate { agg, of, condition } => {
                let words = self.aggregated(*agg, of);
                match condition {
                    Some(condition) => format!("{words} where {}", self.filter(condition)),
                    None => words,
                }
            }
            Expression::Elapsed { unit, from, to } => {
                format!("{}s from {} to {}", unit.name(), inner(from), inner(to))
            }
            Expression::Now => "the newest time in the data".to_owned(),
            Expression::Number(of) => format!("the number in {}", inner(of)),
            Expression::Date(of) => format!("the date in {}", inner(of)),
            Expression::Position => "the row's position".to_owned(),
            Expression::Part { part, of } => format!("{} of {}", part_name(*part), inner(of)),
            Expression::Lookup { agg, of, filters } => {
                let value = self.aggregated(*agg, of);
                match filters.as_slice() {
                    [] => format!("the {value} of all {}", plural(&self.noun())),
                    some => format!("the {value} where {}", self.all(some)),
                }
            }
            Expression::Abs(of) => format!("the size of {}", inner(of)),
            Expression::Round { of, digits: 0 } => format!("{}, rounded", inner(of)),
            Expression::Round { of, digits } => format!("{}, rounded to {digits} places", inner(of)),
            Expression::Bin { of, width } => format!("{} in steps of {width}", inner(of)),
            Expression::Length(of) => format!("the length of {}", inner(of)),
            Expression::Percentile { of, percent } => format!("{percent}th percentile of {}", inner(of)),
            _ => self.series(expression),
        }
    }

    /// What compares rows of the answer with one another.
    fn series(&self, expression: &Expression) -> String {
        let inner = |of: &Expression| self.operand(of);
        let words = match expression {
            Expression::Share { of, .. } => format!("share of {}", inner(of)),
            Expression::Running { of, .. } => format!("running total of {}", inner(of)),
            Expression::Moving { agg, of, last, .. } => {
                format!("{} {} of the last {last}", aggregate_words(*agg), inner(of))
            }
            Expression::Previous { of, .. } => format!("{} before", inner(of)),
            Expression::Change {
                of, percent: false, ..
            } => format!("change of {}", inner(of)),
            Expression::Change { of, .. } => format!("change of {} in per cent", inner(of)),
            Expression::Rank { by, .. } => format!("rank by {}", inner(by)),
            other => return format!("{other:?}"),
        };
        let series = expression.series();
        let along = series
            .and_then(|series| series.along)
            .map(|name| self.label(name));
        // "per month" says it already.
        let along = along.filter(|label| !self.keys().contains(label));
        let along = along.map(|label| format!(" along {label}"));
        let within = series.and_then(|series| series.within).map(|names| {
            let labels: Vec<String> = names.iter().map(|name| self.label(name)).collect();
            format!(" within each {}", labels.join(" and "))
        });
        format!(
            "{words}{}{}",
            along.unwrap_or_default(),
            within.unwrap_or_default()
        )
    }

    fn aggregated(&self, aggregate: Aggregate, of: &Expression) -> String {
        match (aggregate, of) {
            (Aggregate::Count, Expression::Literal(_)) => format!("number of {}", plural(&self.noun())),
            (Aggregate::Count, of) => format!("number of {} with {}", plural(&self.noun()), self.operand(of)),
            (Aggregate::CountDistinct, of) => format!("number of different {}", plural(&self.operand(of))),
            (aggregate, of) => format!("{} {}", aggregate_words(aggregate), self.operand(of)),
        }
    }

    /// Arithmetic inside other words stands in brackets.
    fn operand(&self, expression: &Expression) -> String {
        let words = self.expression(expression);
        match expression {
            Expression::Add(..)
            | Expression::Subtract(..)
            | Expression::Multiply(..)
            | Expression::Divide(..) => {
                format!("({words})")
            }
            _ => words,
        }
    }
}

fn part_name(part: DatePart) -> &'static str {
    match part {
        DatePart::Year => "year",
        DatePart::Quarter => "quarter",
        DatePart::Month => "month",
        DatePart::Day => "day",
        DatePart::Weekday => "day of the week",
        DatePart::Hour => "hour",
    }
}
