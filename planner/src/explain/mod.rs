//! A plan in one English sentence: "Average discount per category, over 12,034 items, highest first".
//!
//! It says what the plan says, whoever wrote it, in the dataset's own words where it has some. It needs no
//! valid plan: what does not resolve is named as it is written, and the gate is left to refuse it.

mod conditions;
mod expressions;
mod metrics;
mod names;

pub(crate) use metrics::is_metric;
mod order;

use crate::answer::grouped;
use crate::build::names::{capitalised, plural};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::{LatestPer, QueryPlan, TimeWindow};
use names::Names;

/// Longer sentences are not read; a plan may be as large as it likes.
const MOST_CHARACTERS: usize = 600;

/// One sentence, without a full stop.
pub fn explain(plan: &QueryPlan, dataset: &Dataset) -> String {
    let names = Names::new(plan, dataset);
    let mut parts = vec![names.subject()];
    parts.extend(names.rows());
    parts.extend(
        plan.window
            .as_ref()
            .map(|window| window_words(window, plan.compare)),
    );
    parts.extend(plan.latest.as_ref().map(|kept| names.kept_words(kept, "newest")));
    parts.extend(
        plan.earliest
            .as_ref()
            .map(|kept| names.kept_words(kept, "oldest")),
    );
    if !plan.having.is_empty() {
        parts.push(format!("only those where {}", names.all(&plan.having)));
    }
    parts.extend(names.top_words());
    parts.extend(names.order_words());
    parts.extend(limit_words(plan));
    let sentence = capitalised(&parts.join(", "));
    match sentence.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &sentence[..end]),
        None => sentence,
    }
}

impl Names<'_> {
    /// "over 12,034 items", or those of them that the filters leave.
    fn rows(&self) -> Option<String> {
        let plan = self.plan;
        let noun = plural(&self.noun());
        if !plan.filters.is_empty() {
            let which = self.all(&plan.filters);
            return Some(match self.aggregates() {
                true => format!("over {noun} where {which}"),
                false => format!("where {which}"),
            });
        }
        let whole = plan.window.is_none() && plan.latest.is_none() && plan.earliest.is_none();
        let count = self.table()?.row_count.filter(|_| whole && self.aggregates())?;
        Some(format!("over {} {noun}", grouped(&count.to_string())))
    }

    fn kept_words(&self, kept: &LatestPer, which: &str) -> String {
        let keys: Vec<String> = kept.key.iter().map(|key| self.label(key)).collect();
        format!("only the {which} {} per {}", self.noun(), keys.join(" and "))
    }
}

fn window_words(window: &TimeWindow, compared: bool) -> String {
    let unit = window.unit.name();
    let amount = match window.last {
        1 => unit.to_owned(),
        several => format!("{several} {unit}s"),
    };
    let against = match compared {
        true => format!(" against the {amount} before"),
        false => String::new(),
    };
    format!("in the last {amount}{against}")
}

/// "top 10", "from the 2nd on".
fn limit_words(plan: &QueryPlan) -> Option<String> {
    let ties = if plan.ties { " and what ties with them" } else { "" };
    let ordered = !plan.order_by.is_empty() || plan.top.is_some();
    match (plan.limit, plan.offset.filter(|offset| *offset > 0)) {
        (Some(limit), None) if ordered => Some(format!("top {limit}{ties}")),
        (Some(limit), None) => Some(format!("at most {limit} rows{ties}")),
        (Some(1), Some(offset)) => Some(format!("only number {}{ties}", offset + 1)),
        (Some(limit), Some(offset)) => Some(format!(
            "numbers {} to {}{ties}",
            offset + 1,
            offset.saturating_add(limit)
        )),
        (None, Some(offset)) => Some(format!("without the first {offset}")),
        (None, None) => None,
    }
}
