//! The proof that a query passed the gate.

use super::GateSchema;
use csv_analyst_protocol::gate::Claims;

/// Canonical SQL with its claims. It can't be made from anything but the gate's answer: private
/// fields, no `Deserialize`, and its constructor is visible to this module's parent alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatedQuery {
    sql: String,
    claims: Claims,
    dataset_id: String,
    dataset_version: String,
}

impl ValidatedQuery {
    pub(super) fn from_gate(sql: String, claims: Claims, schema: &GateSchema) -> Self {
        Self {
            sql,
            claims,
            dataset_id: schema.dataset_id().into(),
            dataset_version: schema.dataset_version().into(),
        }
    }

    pub fn sql(&self) -> &str {
        &self.sql
    }

    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    pub fn dataset_id(&self) -> &str {
        &self.dataset_id
    }

    pub fn dataset_version(&self) -> &str {
        &self.dataset_version
    }
}
