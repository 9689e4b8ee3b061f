//! The sentence that answers.
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::QueryPlan;
use csv_analyst_protocol::run::{Cell, ResultColumn};

pub fn describe_answer(_plan: &QueryPlan, _dataset: &Dataset, _columns: &[ResultColumn], _rows: &[Vec<Cell>], _row_count: u64, _truncated: bool) -> String {
    String::new()
}
