//! Questions to offer.
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::QueryPlan;

pub fn suggest(_dataset: &Dataset, _plan: Option<&QueryPlan>) -> Vec<String> {
    Vec::new()
}
