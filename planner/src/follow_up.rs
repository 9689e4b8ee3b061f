//! Follow-up questions: a fragment that changes the plan before it.

use crate::PlannedQuery;
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::QueryPlan;

/// Nothing when the question stands on its own.
pub(crate) fn follow(_question: &str, _dataset: &Dataset, _previous: &QueryPlan) -> Option<PlannedQuery> {
    None
}
