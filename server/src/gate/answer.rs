//! Between the component's types and the protocol's, and what a guest that failed to answer means.

use super::GateSchema;
use super::bindings::csv_analyst::gate::types;
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::{Acceptance, Claims, Place, Rejection, RejectionDetails, UntrustedQuery};
use csv_analyst_protocol::limits::{Limits, MAX_QUERY_BYTES};
use wasmtime::Trap;

/// The guest's request. Too large a query does not enter the guest at all.
pub fn request(
    query: &UntrustedQuery,
    schema: &GateSchema,
    limits: &Limits,
) -> Result<types::Request, Rejection> {
    let query = match query {
        UntrustedQuery::Sql(text) => types::Query::Sql(bounded(text.clone())?),
        UntrustedQuery::Plan(plan) => types::Query::Plan(bounded(json(plan)?)?),
        UntrustedQuery::MisfitPlan(sent) => types::Query::Plan(bounded(json(sent)?)?),
    };
    let limits = types::Limits {
        row_cap: limits.row_cap,
        max_rows: limits.max_rows,
    };
    Ok(types::Request {
        query,
        schema: schema.bytes().into(),
        limits,
    })
}

fn json(plan: &impl serde::Serialize) -> Result<String, Rejection> {
    serde_json::to_string(plan).map_err(|_| refused("plan-read", "The plan can't be written as JSON."))
}

fn bounded(text: String) -> Result<String, Rejection> {
    if text.len() <= MAX_QUERY_BYTES {
        return Ok(text);
    }
    let message = format!(
        "The query has {} bytes; at most {MAX_QUERY_BYTES} are read.",
        text.len()
    );
    Err(refused("query-size", &message))
}

fn refused(rule: &str, message: &str) -> Rejection {
    Rejection::new(ErrorCode::ValidationError, rule, message)
}

/// The guest ended without an answer. The message is fixed: what a guest died of is no user's business
/// beyond which meter ended it.
pub fn trapped(error: &wasmtime::Error) -> Rejection {
    let (rule, what) = match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => ("gate-fuel", "took more steps than a check may"),
        Some(Trap::Interrupt) => ("gate-deadline", "took longer than a check may"),
        Some(Trap::StackOverflow) => ("gate-stack", "nests deeper than a check can follow"),
        _ => (
            "gate-trap",
            "could not be checked within the gate's memory and limits",
        ),
    };
    let message = format!("The query {what}.");
    Rejection {
        hint: Some("Make the query smaller or simpler.".into()),
        ..Rejection::new(ErrorCode::GateResourceExceeded, rule, message)
    }
}

pub fn acceptance(said: types::Acceptance) -> Acceptance {
    let types::Acceptance {
        sql,
        claims,
        rules,
        notes,
    } = said;
    let types::Claims {
        tables,
        columns,
        functions,
    } = claims;
    Acceptance {
        sql,
        claims: Claims {
            tables,
            columns,
            functions,
        },
        rules,
        notes,
    }
}

pub fn rejection(said: types::Rejection) -> Rejection {
    let types::Rejection {
        code,
        rule,
        message,
        place,
        length,
        token,
        hint,
        suggestions,
        allowed,
        excerpt,
    } = said;
    Rejection {
        code: match code {
            types::Code::ValidationError => ErrorCode::ValidationError,
            types::Code::SqlPolicyViolation => ErrorCode::SqlPolicyViolation,
        },
        rule,
        message,
        place: place.map(|place| match place {
            types::Place::Text(types::Position { line, column }) => Place::Text { line, column },
            types::Place::Pointer(pointer) => Place::Pointer(pointer),
        }),
        hint,
        details: Box::new(RejectionDetails {
            length,
            token,
            suggestions,
            allowed,
            excerpt,
        }),
    }
}
