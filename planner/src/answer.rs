//! The one sentence that answers a question.
//!
//! Every number in it stands in the table (or counts its rows); a time window is given in dates; a
//! table that is cut off says so.

mod acronyms;
mod facts;
mod format;
mod periods;

use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::QueryPlan;
use csv_analyst_protocol::run::{Cell, ResultColumn};
use facts::Facts;
pub(crate) use format::grouped;

/// What a query gave.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    pub columns: &'a [ResultColumn],
    /// Those that were returned.
    pub rows: &'a [Vec<Cell>],
    /// All rows of the result,
    pub row_count: u64,
    /// or as many as were counted: there may be more.
    pub capped: bool,
}

/// Says what the table shows.
pub fn describe_answer(plan: &QueryPlan, dataset: &Dataset, answered: Answered<'_>) -> String {
    let facts = Facts {
        plan,
        dataset,
        answered,
    };
    let mut sentence = crate::build::capitalised(&facts.sentence());
    if let Some(dates) = crate::build::window_dates(plan, dataset) {
        sentence = format!("{sentence}, {} of the data ({dates})", facts.window_words());
    }
    sentence.push('.');
    if let Some(remark) = facts.remark() {
        sentence = format!("{sentence} {remark}.");
    }
    let Answered {
        rows,
        row_count,
        capped,
        ..
    } = answered;
    if capped || (rows.len() as u64) < row_count {
        let shown = grouped(&rows.len().to_string());
        sentence = format!("{sentence} Showing {shown} of {}.", count_rows(row_count, capped));
    }
    sentence
}

/// "1 row", "1,416 rows"; "10,000 or more rows" where counting ended early.
pub fn count_rows(row_count: u64, capped: bool) -> String {
    let number = grouped(&row_count.to_string());
    match (row_count, capped) {
        (_, true) => format!("{number} or more rows"),
        (1, false) => "1 row".to_owned(),
        (_, false) => format!("{number} rows"),
    }
}
