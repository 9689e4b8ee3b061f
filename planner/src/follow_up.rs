//! Follow-up questions: a fragment that changes the plan before it.
//!
//! "only last month", "by region instead", "what about Clothing", "top 5". A fragment replaces what it
//! speaks of and keeps the rest; anything that names a metric of its own is a new question.

use crate::PlannedQuery;
use crate::build::fragment;
use crate::question::{parse, reading_of};
use crate::reading::Reading;
use crate::sense::Catalogue;
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::{Direction, Filter, OrderBy, QueryPlan, SelectItem};

/// Words that announce a change; the longest first where one begins another.
const MARKERS: [&str; 16] = [
    "and only ",
    "and what about ",
    "what about ",
    "how about ",
    "and now ",
    "now only ",
    "only show ",
    "show only ",
    "only for ",
    "only ",
    "just ",
    "and for ",
    "same for ",
    "the same for ",
    "and ",
    "but ",
];
/// A question that begins like this has no subject of its own.
const OPENINGS: [&str; 13] = [
    "exclude ",
    "except ",
    "not ",
    "by ",
    "per ",
    "for ",
    "in ",
    "since ",
    "during ",
    "without ",
    "excluding ",
    "last ",
    "top ",
];

/// Nothing when the question stands on its own.
pub(crate) fn follow(question: &str, dataset: &Dataset, previous: &QueryPlan) -> Option<PlannedQuery> {
    let fragment_text = fragment_of(question)?;
    let base = dataset
        .tables
        .iter()
        .position(|table| table.name == previous.table)?;
    let parsed = parse(&fragment_text, dataset).ok()?;
    let (reading, confidence) = reading_of(&parsed, dataset, base);
    let names_nothing = parsed.links.mentions.is_empty()
        && reading.range.is_none()
        && reading.limit.is_none()
        && reading.groups.is_empty();
    if names_nothing
        || !reading.problems.is_empty()
        || !reading.not_numbers.is_empty()
        || !reading.metrics.is_empty()
        || !changes_anything(&reading)
    {
        return None;
    }
    let confidence = if parsed.links.mentions.is_empty() {
        1.0
    } else {
        confidence
    };
    let assumptions = reading.assumptions.clone();
    let limit = reading.limit;
    let direction = reading.ranking.map(|ranking| ranking.direction);
    let changes = fragment(Catalogue { dataset }, reading).ok()?;
    let plan = changed(previous, changes, limit, direction)?;
    let understood = crate::explain(&plan, dataset);
    Some(PlannedQuery {
        plan,
        understood,
        assumptions,
        confidence,
    })
}

/// The question without the words that announce a change; nothing if no such word is there.
fn fragment_of(question: &str) -> Option<String> {
    let lower = question.trim().trim_end_matches(['?', '.', '!']).to_lowercase();
    if lower.len() > 120 {
        return None;
    }
    let (text, instead) = match lower.strip_suffix(" instead") {
        Some(rest) => (rest.trim_end_matches(',').to_owned(), true),
        None => (lower, false),
    };
    let marked = MARKERS.iter().find_map(|marker| text.strip_prefix(marker));
    let opens = OPENINGS.iter().any(|opening| text.starts_with(opening));
    match marked {
        Some(rest) => Some(rest.to_owned()),
        None if instead || opens => Some(text),
        None => None,
    }
}

fn changes_anything(reading: &Reading) -> bool {
    !reading.conditions.is_empty()
        || !reading.groups.is_empty()
        || reading.range.is_some()
        || reading.limit.is_some()
}

fn changed(
    previous: &QueryPlan,
    changes: QueryPlan,
    limit: Option<u64>,
    direction: Option<Direction>,
) -> Option<QueryPlan> {
    let mut plan = QueryPlan {
        notes: None,
        ..previous.clone()
    };
    if !changes.group_by.is_empty() {
        regroup(&mut plan, changes.group_by, changes.select)?;
    }
    if let Some(window) = changes.window {
        plan.filters
            .retain(|known| column_of(known) != Some(window.column.as_str()));
        plan.window = Some(window);
    }
    let replaced: Vec<String> = changes
        .filters
        .iter()
        .filter_map(|filter| column_of(filter).map(str::to_owned))
        .collect();
    let is_replaced = |filter: &Filter| {
        column_of(filter).is_some_and(|column| replaced.iter().any(|known| known == column))
    };
    // A range has two ends: both old ones go before the new ones come.
    plan.filters.retain(|known| !is_replaced(known));
    if plan
        .window
        .as_ref()
        .is_some_and(|window| replaced.contains(&window.column))
    {
        plan.window = None;
    }
    plan.filters.extend(changes.filters);
    if limit.is_some() {
        plan.limit = limit;
    }
    if let (Some(direction), Some(order)) = (direction, plan.order_by.first_mut()) {
        order.dir = direction;
    }
    Some(plan)
}

/// The same metrics for other groups.
fn regroup(plan: &mut QueryPlan, group_by: Vec<String>, groups: Vec<SelectItem>) -> Option<()> {
    let metrics: Vec<SelectItem> = plan
        .select
        .drain(..)
        .filter(|item| item.agg.is_some() || item.measure.is_some())
        .collect();
    let first = metrics.first()?.alias.clone()?;
    let metric_ordered = plan.order_by.first().is_some_and(|order| {
        metrics
            .iter()
            .any(|item| item.alias.is_some() && item.alias == order.expr)
    });
    let by_time = groups.iter().find_map(|item| item.bucket.and(item.alias.clone()));
    if let Some(bucket) = by_time {
        plan.order_by = vec![OrderBy::by(bucket, Direction::Asc)];
        plan.limit = None;
    } else if !metric_ordered {
        plan.order_by = vec![OrderBy::by(first, Direction::Desc)];
    }
    plan.group_by = group_by;
    plan.select = groups.into_iter().chain(metrics).collect();
    Some(())
}

fn column_of(filter: &Filter) -> Option<&str> {
    match filter {
        Filter::Condition(condition) => condition.column.as_deref(),
        Filter::All(_) | Filter::Any(_) | Filter::Not(_) => None,
    }
}
