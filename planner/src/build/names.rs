//! Names and words: aliases of output columns, and how conditions are said to people.

use super::Builder;
use crate::lexicon::Contrast;
use crate::link::ColumnId;
use crate::reading::{Bound, Group, Metric, RankBy, Side};
use crate::sense::{Catalogue, ColumnCheck, Sense};
use crate::time_phrases::TimeRange;
use csv_analyst_protocol::plan::{Aggregate, DatePart, Direction, Operator, TimeUnit};
use serde_json::Value;

pub(crate) fn plural(noun: &str) -> String {
    let vowel_before = |ending: &str| {
        ["a", "e", "o", "u"]
            .iter()
            .any(|vowel| noun.ends_with(&format!("{vowel}{ending}")))
    };
    match noun.strip_suffix('y') {
        Some(root) if !vowel_before("y") => format!("{root}ies"),
        _ if noun.ends_with('s') || ["people", "data", "staff"].contains(&noun) => noun.to_owned(),
        _ => format!("{noun}s"),
    }
}

pub(super) fn part_name(part: DatePart) -> &'static str {
    match part {
        DatePart::Year => "year",
        DatePart::Quarter => "quarter",
        DatePart::Month => "month",
        DatePart::Day => "day",
        DatePart::Weekday => "weekday",
        DatePart::Hour => "hour",
    }
}

pub(crate) fn aggregate_name(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => "count",
        Aggregate::CountDistinct => "distinct",
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Median => "median",
        Aggregate::Stddev => "stddev",
        Aggregate::Rate => "rate",
    }
}

pub(crate) fn aggregate_words(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Avg => "average",
        Aggregate::Sum => "total",
        Aggregate::Stddev => "standard deviation of",
        Aggregate::Min => "lowest",
        Aggregate::Max => "highest",
        Aggregate::CountDistinct | Aggregate::Count => "number of",
        other => aggregate_name(other),
    }
}

/// `[a-z0-9_]`, for an output column.
pub(crate) fn identifier(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("_")
}

pub(crate) fn operator_words(op: Operator) -> &'static str {
    match op {
        Operator::Equal => "is",
        Operator::NotEqual => "is not",
        Operator::Less => "below",
        Operator::LessOrEqual => "at most",
        Operator::Greater => "above",
        Operator::GreaterOrEqual => "at least",
        Operator::In => "is one of",
        Operator::NotIn => "is none of",
        Operator::Between => "between",
        Operator::Contains => "contains",
        Operator::StartsWith => "begins with",
        Operator::EndsWith => "ends with",
        Operator::IsNull => "is missing",
        Operator::IsNotNull => "is present",
    }
}

pub(crate) fn value_words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(value_words).collect::<Vec<_>>().join(" and "),
        other => other.to_string(),
    }
}

/// "stock below 20".
pub(crate) fn check_words(catalogue: Catalogue<'_>, check: &ColumnCheck) -> String {
    let column = catalogue.label(check.column);
    format!(
        "{column} {} {}",
        operator_words(check.op),
        value_words(&check.value)
    )
    .trim_end()
    .to_owned()
}

fn range_words(range: &TimeRange) -> String {
    match range {
        TimeRange::Rolling { last: 1, unit } => format!("last {}", unit.name()),
        TimeRange::Rolling { last, unit } => format!("last {last} {}s", unit.name()),
        TimeRange::Before { last, unit } => {
            format!("the {last} {}s before", unit.name()).replace("1 days", "day")
        }
        TimeRange::Calendar { words, .. } => words.clone(),
    }
}

impl Builder<'_> {
    /// The output column of a metric; never the name of a column that is selected as well.
    pub(super) fn alias(&self, metric: &Metric) -> String {
        let column = |id: &ColumnId| identifier(&self.catalogue.column(*id).name);
        let alias = match metric {
            Metric::Rows(table) => format!("{}_count", identifier(&self.catalogue.noun(*table))),
            Metric::Entities(table) => format!("{}_count", identifier(&self.entity_noun(*table))),
            Metric::Distinct(id) => format!("{}_count", column(id).trim_end_matches("_id")),
            Metric::Column(id, aggregate) => format!("{}_{}", aggregate_name(*aggregate), column(id)),
            Metric::Measure(measure, None) => identifier(&self.catalogue.dataset.measures[*measure].name),
            Metric::Measure(measure, Some(aggregate)) => {
                format!(
                    "{}_{}",
                    aggregate_name(*aggregate),
                    identifier(&self.catalogue.dataset.measures[*measure].name)
                )
            }
            Metric::Mean { counted, per, rows } => {
                let noun = |id: &ColumnId| identifier(&self.thing(*id));
                let of = if *rows {
                    identifier(&self.catalogue.noun(counted.table))
                } else {
                    noun(counted)
                };
                format!("avg_{}_per_{}", plural(&of), noun(per))
            }
            Metric::Part { metric, check } => {
                let side = Side::Check(check.clone());
                format!("{}_share_of_{}", self.side_alias(&side), self.alias(metric))
            }
            Metric::Sided { metric, side } => {
                let alias = format!("{}_{}", self.side_alias(side), self.alias(metric));
                alias.trim_start_matches('_').to_owned()
            }
            Metric::Contrast { kind, .. } => match kind {
                Contrast::Ratio => "ratio".to_owned(),
                Contrast::Difference | Contrast::Beside => "difference".to_owned(),
            },
            Metric::Rate { name, .. } => rate_alias(name),
        };
        if self.catalogue.table(self.reading.base).column(&alias).is_some() {
            format!("{alias}_value")
        } else {
            alias
        }
    }

    pub(super) fn entity_noun(&self, table: usize) -> String {
        self.catalogue
            .table(table)
            .entity
            .as_ref()
            .map_or_else(|| self.catalogue.noun(table), |entity| entity.noun.clone())
    }

    /// What a key tells apart, in the singular.
    fn thing(&self, id: ColumnId) -> String {
        match self.catalogue.key(id.table) {
            Some(key) if key == id => self.catalogue.noun(id.table),
            _ => self.catalogue.label(id),
        }
    }

    fn metric_words(&self, metric: &Metric) -> String {
        let column = |id: &ColumnId| self.catalogue.label(*id);
        match metric {
            Metric::Rows(table) => format!("number of {}", plural(&self.catalogue.noun(*table))),
            Metric::Entities(table) => format!("number of {}", plural(&self.entity_noun(*table))),
            Metric::Distinct(id) => format!("number of different {}", column(id)),
            Metric::Column(id, Aggregate::Sum) if column(id).starts_with("total") => column(id),
            Metric::Column(id, aggregate) => format!("{} {}", aggregate_words(*aggregate), column(id)),
            Metric::Measure(measure, aggregate) => {
                let prefix = aggregate.map_or(String::new(), |aggregate| {
                    format!("{} ", aggregate_words(aggregate))
                });
                format!("{prefix}{}", self.catalogue.dataset.measures[*measure].name)
            }
            Metric::Mean { counted, per, rows } => {
                let of = if *rows {
                    self.catalogue.noun(counted.table)
                } else {
                    self.thing(*counted)
                };
                format!("average number of {} per {}", plural(&of), self.thing(*per))
            }
            Metric::Part { metric, check } => {
                let words = check_words(self.catalogue, check);
                format!("percentage of {} where {words}", self.metric_words(metric))
            }
            Metric::Sided { metric, side } => {
                format!("{} ({})", self.metric_words(metric), self.side_words(side))
            }
            Metric::Contrast { kind, left, right } => match (kind, &**left, &**right) {
                (Contrast::Ratio, ..) => "their ratio".to_owned(),
                (_, Metric::Sided { .. }, _) => "their difference".to_owned(),
                (_, left, right) => {
                    format!(
                        "difference between {} and {}",
                        self.metric_words(left),
                        self.metric_words(right)
                    )
                }
            },
            Metric::Rate { check, .. } => format!("percentage with {}", check_words(self.catalogue, check)),
        }
    }

    /// "electronics", "last_week", "not_returned".
    fn side_alias(&self, side: &Side) -> String {
        match side {
            Side::Range(range) => identifier(&range_words(range)),
            Side::Check(check) => {
                let label = self.catalogue.label(check.column);
                match (check.op, &check.value) {
                    (Operator::Equal, Value::Bool(true)) => identifier(&label),
                    (Operator::Equal, Value::Bool(false)) => identifier(&format!("not {label}")),
                    (Operator::Equal | Operator::In, value) => identifier(&value_words(value)),
                    _ => identifier(&check_words(self.catalogue, check)),
                }
            }
        }
    }

    fn side_words(&self, side: &Side) -> String {
        match side {
            Side::Check(check) => check_words(self.catalogue, check),
            Side::Range(range) => range_words(range),
        }
    }

    fn group_words(&self, group: &Group) -> String {
        match group {
            Group::Column(id) => self.catalogue.label(*id),
            Group::Rows(table) => self.catalogue.noun(*table),
            Group::Part(part) => part_name(*part).to_owned(),
            Group::Entity(table) => self.entity_noun(*table),
            Group::Bucket(_, Some(unit)) => unit.name().to_owned(),
            Group::Bucket(_, None) => {
                let chosen = self.plan.select.iter().find_map(|item| item.bucket);
                chosen.map_or("time", TimeUnit::name).to_owned()
            }
        }
    }

    /// "Revenue per product, highest first, top 10".
    pub(super) fn understood(&self) -> String {
        let mut parts = vec![self.subject_words()];
        parts.extend(self.reading.conditions.iter().map(|condition| {
            let words = check_words(self.catalogue, &condition.check);
            if condition.or {
                format!("or {words}")
            } else {
                words
            }
        }));
        parts.extend(self.reading.same_as.iter().map(|same| {
            let label = self.catalogue.label(same.column);
            format!(
                "the same {label} as where {}",
                check_words(self.catalogue, &same.of)
            )
        }));
        parts.extend(self.reading.having.iter().map(|(metric, bound)| {
            format!(
                "{} {}",
                self.metric_words(&self.reading.metrics[*metric]),
                bound_words(bound)
            )
        }));
        parts.extend(self.reading.range.as_ref().map(range_words));
        parts.extend(self.order_words());
        parts.extend(match (self.plan.offset, self.plan.limit) {
            (Some(left_out), Some(1)) => Some(format!("number {}", left_out + 1)),
            (_, limit) => limit.map(|limit| format!("top {limit}")),
        });
        capitalised(&parts.join(", "))
    }

    fn subject_words(&self) -> String {
        if self.reading.metrics.is_empty() {
            return match self.reading.focus.as_ref().map(|focus| &focus.sense) {
                Some(Sense::Entity(table)) => plural(&self.entity_noun(*table)),
                Some(Sense::Rows(table)) => plural(&self.catalogue.noun(*table)),
                Some(Sense::Key(id) | Sense::Dimension(id)) => {
                    format!("different values of {}", self.catalogue.label(*id))
                }
                _ => plural(&self.catalogue.noun(self.reading.base)),
            };
        }
        let metrics: Vec<String> = self
            .reading
            .metrics
            .iter()
            .map(|metric| self.metric_words(metric))
            .collect();
        let groups: Vec<String> = self
            .reading
            .groups
            .iter()
            .map(|group| self.group_words(group))
            .collect();
        let per = if groups.is_empty() {
            String::new()
        } else {
            format!(" per {}", groups.join(" and "))
        };
        let share = self.reading.share.map_or("", |_| " with its share");
        let running = self.reading.running.map_or("", |_| " with its running total");
        format!("{}{share}{running}{per}", metrics.join(" and "))
    }

    fn order_words(&self) -> Option<String> {
        let ranking = self.reading.ranking?;
        let high = ranking.direction == Direction::Desc;
        let words = match ranking.by {
            RankBy::Age if high => "oldest first".to_owned(),
            RankBy::Age => "newest first".to_owned(),
            RankBy::Time if high => "newest first".to_owned(),
            RankBy::Time => "oldest first".to_owned(),
            RankBy::Column(id) => format!(
                "{} {} first",
                self.catalogue.label(id),
                if high { "highest" } else { "lowest" }
            ),
            RankBy::Metric | RankBy::Unstated => format!("{} first", if high { "highest" } else { "lowest" }),
        };
        Some(words)
    }
}

fn rate_alias(name: &str) -> String {
    let name = identifier(name);
    let stem = ["_rate", "_rates", "_percentage", "_share"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    format!("{stem}_rate")
}

fn bound_words(bound: &Bound) -> String {
    let values: Vec<String> = bound.values.iter().map(f64::to_string).collect();
    format!("{} {}", operator_words(bound.op), values.join(" and "))
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(characters).collect()
    })
}
