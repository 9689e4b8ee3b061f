//! Filters in words.

use super::names::Names;
use crate::build::names::{operator_words, value_words};
use csv_analyst_protocol::plan::{ColumnCondition, Filter, Operator};
use serde_json::Value;

impl Names<'_> {
    pub fn all(&self, filters: &[Filter]) -> String {
        self.joined(filters, " and ")
    }

    fn joined(&self, filters: &[Filter], word: &str) -> String {
        let words: Vec<String> = filters
            .iter()
            .map(|filter| match filter {
                Filter::All(_) | Filter::Any(_) if filters.len() > 1 => format!("({})", self.filter(filter)),
                _ => self.filter(filter),
            })
            .collect();
        words.join(word)
    }

    pub fn filter(&self, filter: &Filter) -> String {
        match filter {
            Filter::All(all) => self.joined(&all.and, " and "),
            Filter::Any(any) => self.joined(&any.or, " or "),
            Filter::Not(not) => format!("not ({})", self.filter(&not.not)),
            Filter::Condition(condition) => self.condition(condition),
        }
    }

    fn condition(&self, condition: &ColumnCondition) -> String {
        let subject = match (&condition.column, &condition.expression) {
            (Some(column), _) => self.label(column),
            (None, Some(expression)) => self.expression(expression),
            (None, None) => String::new(),
        };
        if let (Operator::Equal, Value::Bool(flag)) = (condition.op, &condition.value) {
            return format!("{}{subject}", if *flag { "" } else { "not " });
        }
        let other = match &condition.value_of {
            Some(expression) => self.expression(expression),
            None => match (condition.op, &condition.value) {
                (Operator::In | Operator::NotIn, Value::Array(values)) => {
                    values.iter().map(value_words).collect::<Vec<_>>().join(" or ")
                }
                (_, value) => value_words(value),
            },
        };
        format!("{subject} {} {other}", operator_words(condition.op))
            .trim_end()
            .to_owned()
    }
}
