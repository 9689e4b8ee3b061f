//! The component's face: types of `wit/world.wit` in and out. It decides nothing.

use crate::{UntrustedQueryText, check};
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::schema_bytes::{self, Part};

wit_bindgen::generate!({ world: "gate", path: "wit" });

use csv_analyst::gate::types;

struct Component;

impl Guest for Component {
    fn check(request: Request) -> Result<Acceptance, Rejection> {
        let limits = Limits {
            row_cap: request.limits.row_cap,
            max_rows: request.limits.max_rows,
            ..Limits::default()
        };
        let (query, part) = match &request.query {
            types::Query::Plan(json) => (UntrustedQueryText::Plan(json), Part::All),
            types::Query::Sql(text) => (UntrustedQueryText::Sql(text), Part::Tables),
        };
        let dataset = schema_bytes::read(&request.schema, part).ok_or_else(unreadable_schema)?;
        check(&query, &dataset, &limits)
            .map(acceptance)
            .map_err(rejection)
    }
}

export!(Component);

fn acceptance(acceptance: gate::Acceptance) -> Acceptance {
    let gate::Acceptance {
        sql,
        claims,
        rules,
        notes,
    } = acceptance;
    let gate::Claims {
        tables,
        columns,
        functions,
    } = claims;
    Acceptance {
        sql,
        claims: types::Claims {
            tables,
            columns,
            functions,
        },
        rules,
        notes,
    }
}

fn rejection(rejection: gate::Rejection) -> Rejection {
    let gate::Rejection {
        code,
        rule,
        message,
        place,
        hint,
        details,
    } = rejection;
    let gate::RejectionDetails {
        length,
        token,
        suggestions,
        allowed,
        excerpt,
    } = *details;
    let code = match code {
        ErrorCode::SqlPolicyViolation => types::Code::SqlPolicyViolation,
        _ => types::Code::ValidationError,
    };
    let place = place.map(|place| match place {
        gate::Place::Text { line, column } => types::Place::Text(types::Position { line, column }),
        gate::Place::Pointer(pointer) => types::Place::Pointer(pointer),
    });
    Rejection {
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
    }
}

fn unreadable_schema() -> Rejection {
    let message = "The dataset's schema can't be read.";
    rejection(gate::Rejection::new(
        ErrorCode::ValidationError,
        "schema",
        message,
    ))
}
