//! The subject of the sentence: what is computed per what, or which columns of which rows are listed.

use super::names::Names;
use crate::build::names::{aggregate_words, plural};
use csv_analyst_protocol::plan::{Aggregate, Expression, SelectItem};

impl Names<'_> {
    pub fn subject(&self) -> String {
        let plan = self.plan;
        let (metrics, keys): (Vec<&SelectItem>, Vec<&SelectItem>) =
            plan.select.iter().partition(|item| is_metric(item));
        if metrics.is_empty() && plan.group_by.is_empty() {
            return self.listing(&keys);
        }
        let groups = self.keys();
        let metrics: Vec<String> = match metrics.as_slice() {
            [] => vec![format!("number of {}", plural(&self.noun()))],
            some => some.iter().map(|item| self.item_words(item)).collect(),
        };
        if groups.is_empty() {
            return listed(&metrics);
        }
        format!("{} per {}", listed(&metrics), listed(groups))
    }

    pub fn all_keys(&self) -> Vec<String> {
        let keys = self.plan.select.iter().filter(|item| !is_metric(item));
        let mut groups: Vec<String> = keys.map(|item| self.item_words(item)).collect();
        for name in &self.plan.group_by {
            let label = self.label(name);
            if !groups.contains(&label) {
                groups.push(label);
            }
        }
        groups
    }

    fn listing(&self, items: &[&SelectItem]) -> String {
        let rows = plural(&self.noun());
        if items.is_empty() {
            return rows;
        }
        let words: Vec<String> = items.iter().map(|item| self.item_words(item)).collect();
        if !items.is_empty() && items.iter().all(|item| stands_alone(item)) {
            return listed(&words);
        }
        if self.plan.distinct {
            return format!("different values of {}", listed(&words));
        }
        // The order of an order is the order.
        let told: Vec<String> = words.into_iter().filter(|word| *word != self.noun()).collect();
        match told.as_slice() {
            [] => rows,
            told => format!("{rows} with {}", listed(told)),
        }
    }

    pub fn item_words(&self, item: &SelectItem) -> String {
        let of = match (&item.column, &item.expression, &item.measure) {
            (Some(column), ..) => self.column_label(column),
            (None, Some(expression), _) => self.expression(expression),
            (None, None, Some(measure)) => measure.clone(),
            (None, None, None) => String::new(),
        };
        let of = match item.bucket {
            Some(unit) if item.agg.is_some() => format!("{} of {of}", unit.name()),
            Some(unit) => unit.name().to_owned(),
            None => of,
        };
        let per = item.per.as_ref().map(|per| plural(&self.column_label(per)));
        let words = match item.agg {
            Some(Aggregate::Rate) => {
                let condition = item
                    .condition
                    .as_ref()
                    .map(|filter| self.filter(filter))
                    .unwrap_or_default();
                let whole = per.unwrap_or_else(|| plural(&self.noun()));
                return format!(
                    "percentage of {whole} where {}",
                    if condition.is_empty() { of } else { condition }
                );
            }
            Some(Aggregate::Count) => {
                let counted = per.map(|per| format!("different {per}"));
                let counted = counted.unwrap_or_else(|| {
                    if of.is_empty() {
                        plural(&self.noun())
                    } else {
                        format!("{} with {of}", plural(&self.noun()))
                    }
                });
                format!("number of {counted}")
            }
            Some(Aggregate::CountDistinct) => format!("number of different {}", plural(&of)),
            Some(Aggregate::Sum) if of.starts_with("total") => of,
            Some(aggregate) => format!("{} {of}", aggregate_words(aggregate)),
            None => of,
        };
        match &item.condition {
            Some(filter) => format!("{words} where {}", self.filter(filter)),
            None => words,
        }
    }

    /// Whether the answer is computed from many rows each.
    pub fn aggregates(&self) -> bool {
        !self.plan.group_by.is_empty() || self.plan.select.iter().any(is_metric)
    }
}

/// Computed over rows, or one value for all of them.
pub(crate) fn is_metric(item: &SelectItem) -> bool {
    let aggregated =
        |part: &Expression| matches!(part, Expression::Aggregate { .. } | Expression::Percentile { .. });
    item.agg.is_some()
        || item.measure.is_some()
        || item
            .expression
            .as_ref()
            .is_some_and(|expression| expression.any(&aggregated) || expression.series().is_some())
}

/// Lookups and literals, which are of no row.
fn stands_alone(item: &SelectItem) -> bool {
    let of_rows = |part: &Expression| matches!(part, Expression::Column(_) | Expression::Position);
    item.expression
        .as_ref()
        .is_some_and(|expression| !expression.any(&of_rows))
}

pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}
