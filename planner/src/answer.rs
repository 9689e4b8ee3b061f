//! The one sentence that answers a question.
//!
//! Every number in it stands in the table (or counts its rows); a time window is given in dates; a
//! table that is cut off says so.

mod acronyms;
mod facts;
mod format;

use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::QueryPlan;
use csv_analyst_protocol::run::{Cell, ResultColumn};
use facts::Facts;
use format::grouped;

/// Says what the table shows. `row_count` are all rows of the result, `rows` those that were returned.
pub fn describe_answer(
    plan: &QueryPlan,
    dataset: &Dataset,
    columns: &[ResultColumn],
    rows: &[Vec<Cell>],
    row_count: u64,
    truncated: bool,
) -> String {
    let facts = Facts {
        plan,
        dataset,
        columns,
        rows,
        row_count,
    };
    let mut sentence = crate::build::capitalised(&facts.sentence());
    if let Some(dates) = crate::build::window_dates(plan, dataset) {
        sentence = format!("{sentence}, {} of the data ({dates})", facts.window_words());
    }
    sentence.push('.');
    if truncated || (rows.len() as u64) < row_count {
        sentence = format!(
            "{sentence} Showing {} of {} rows.",
            grouped(&rows.len().to_string()),
            grouped(&row_count.to_string())
        );
    }
    sentence
}
