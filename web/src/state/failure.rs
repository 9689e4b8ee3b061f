//! Failures as people read them: a title, what happened, where, and what to do. The words of the
//! service are kept; this only adds the heading that fits the code.

use crate::client::Trouble;
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::gate::{Place, Rejection};
use csv_analyst_protocol::run::{Run, RunState};
use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    pub title: String,
    pub message: String,
    pub rule: Option<String>,
    pub place: Option<String>,
    pub hint: Option<String>,
    /// Names close to what was written, where they are several: one alone is in the hint.
    pub suggestions: Option<String>,
    pub request_id: Option<String>,
    /// The reader wanted it so: no alarm.
    pub calm: bool,
}

impl Failure {
    /// What to show instead of, or above, a run's table; `None` when it went well.
    pub fn of_run(run: &Run) -> Option<Self> {
        if let Some(rejection) = &run.gate.rejection {
            return Some(Self::of_rejection(rejection));
        }
        match (&run.error, run.status) {
            (Some(error), _) => Some(Self::of_error(error)),
            (None, RunState::Failed | RunState::TimedOut | RunState::Cancelled | RunState::Rejected) => {
                let code = match run.status {
                    RunState::TimedOut => ErrorCode::RunnerTimeout,
                    RunState::Cancelled => ErrorCode::Cancelled,
                    _ => ErrorCode::RunnerInternalError,
                };
                Some(Self {
                    title: title(code).to_string(),
                    calm: code == ErrorCode::Cancelled,
                    ..Self::default()
                })
            }
            (None, RunState::Queued | RunState::Running | RunState::Succeeded) => None,
        }
    }

    /// The page has waited for an answer as long as one can take.
    pub fn no_answer_yet() -> Self {
        Self {
            title: "No answer has come yet".to_string(),
            message: "The question is kept here, and the service may still be at work on it. If it was \
                      restarted or the conversation was deleted meanwhile, no answer will come."
                .to_string(),
            hint: Some("look again, or ask again".to_string()),
            calm: true,
            ..Self::default()
        }
    }

    /// The page has followed a run as long as one can take.
    pub fn no_end_yet() -> Self {
        Self {
            title: "This run has not ended yet".to_string(),
            message: "The page followed it for three minutes and stopped looking.".to_string(),
            calm: true,
            ..Self::default()
        }
    }

    fn of_rejection(rejection: &Rejection) -> Self {
        Self {
            title: title(rejection.code).to_string(),
            message: rejection.message.clone(),
            rule: Some(rejection.rule.clone()),
            place: rejection.place.as_ref().map(place_words),
            hint: rejection.hint.clone(),
            suggestions: several(rejection.details.suggestions.iter().map(String::as_str)),
            ..Self::default()
        }
    }

    pub fn of_error(error: &ErrorDetail) -> Self {
        let detail = |name: &str| error.details.as_ref().and_then(|details| details.get(name));
        Self {
            title: title(error.code).to_string(),
            message: error.message.clone(),
            rule: detail("rule").and_then(Value::as_str).map(str::to_string),
            place: place_of_details(error.details.as_ref()),
            hint: error.hint.clone(),
            suggestions: detail("suggestions")
                .and_then(Value::as_array)
                .and_then(|names| several(names.iter().filter_map(Value::as_str))),
            request_id: error.request_id.clone(),
            calm: error.code == ErrorCode::Cancelled,
        }
    }

    pub fn of_trouble(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Unreachable => Self {
                title: "The service can't be reached".to_string(),
                message: "Your question is kept here. Check that the service is running, then try again."
                    .to_string(),
                ..Self::default()
            },
            Trouble::Broken => Self {
                title: "The answer broke off".to_string(),
                message: "The connection ended before the answer was complete. Your question is kept."
                    .to_string(),
                ..Self::default()
            },
            Trouble::Stopped => Self {
                title: "Stopped".to_string(),
                message: "You stopped this question before it was answered.".to_string(),
                calm: true,
                ..Self::default()
            },
            Trouble::Refused(error) => Self::of_error(error),
        }
    }
}

fn title(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ValidationError => "That request does not fit",
        ErrorCode::SqlPolicyViolation => "The gate refused this query",
        ErrorCode::SqlExecutionError => "The query failed while it ran",
        ErrorCode::RunnerTimeout => "The query ran out of time",
        ErrorCode::RunnerResourceExceeded => "The query needed more than it may use",
        ErrorCode::RunnerInternalError => "The sandbox failed",
        ErrorCode::RunnerUnavailable => "No sandbox could be started",
        ErrorCode::GateResourceExceeded => "Checking the query took too much",
        ErrorCode::DatasetNotFound => "No such dataset",
        ErrorCode::DatasetUnavailable => "This dataset is not ready",
        ErrorCode::RunNotFound => "No such run",
        ErrorCode::ThreadNotFound => "No such conversation",
        ErrorCode::NotFound => "Nothing here",
        ErrorCode::QueueFull => "Too many questions at once",
        ErrorCode::RateLimited => "Slow down a little",
        ErrorCode::LlmUnavailable => "The language model does not answer",
        ErrorCode::FeatureDisabled => "This is switched off",
        ErrorCode::Cancelled => "Stopped",
        ErrorCode::InternalError => "Something went wrong",
    }
}

fn several<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    (names.len() > 1).then(|| names.join(", "))
}

fn place_words(place: &Place) -> String {
    match place {
        Place::Text { line, column } => format!("line {line}, column {column}"),
        Place::Pointer(pointer) => format!("in the plan at {pointer}"),
    }
}

fn place_of_details(details: Option<&Value>) -> Option<String> {
    let pointer = details?.get("pointer").and_then(Value::as_str);
    let place = match pointer {
        Some(pointer) => Place::Pointer(pointer.to_string()),
        None => text_place(details?)?,
    };
    Some(place_words(&place))
}

fn text_place(details: &Value) -> Option<Place> {
    let number = |name: &str| details.get(name).and_then(Value::as_u64);
    Some(Place::Text {
        line: number("line")?,
        column: number("column")?,
    })
}

/// Line and column, counted from 1, of what a run's SQL was refused or failed for, and its length (0 where
/// that is not known).
pub fn refused_place(run: &Run) -> Option<(u64, u64, u64)> {
    let rejection = run.gate.rejection.as_ref();
    let details = run.error.as_ref().and_then(|error| error.details.as_ref());
    let place = rejection
        .and_then(|rejection| rejection.place.clone())
        .or_else(|| text_place(details?));
    let length = rejection.map_or_else(
        || details.and_then(|details| details.get("length")?.as_u64()),
        |rejection| Some(rejection.details.length),
    );
    match place? {
        Place::Text { line, column } => Some((line, column, length.unwrap_or_default())),
        Place::Pointer(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::steps::tests::finished_run;
    use super::*;
    use csv_analyst_protocol::gate::RejectionDetails;
    use serde_json::json;

    #[test]
    fn a_good_run_has_no_failure() {
        assert_eq!(Failure::of_run(&finished_run()), None);
    }

    #[test]
    fn a_refusal_names_rule_place_and_hint() {
        let mut run = finished_run();
        run.gate.rejection = Some(Rejection {
            place: Some(Place::Text { line: 1, column: 15 }),
            hint: Some("Query the dataset's tables.".into()),
            details: Box::new(RejectionDetails {
                length: 9,
                suggestions: vec!["reader".into(), "reading".into()],
                ..RejectionDetails::default()
            }),
            ..Rejection::new(
                ErrorCode::SqlPolicyViolation,
                "function-not-allowed",
                "The function read_text is not allowed.",
            )
        });
        assert_eq!(refused_place(&run), Some((1, 15, 9)));
        let failure = Failure::of_run(&run).unwrap();
        assert_eq!(failure.rule.as_deref(), Some("function-not-allowed"));
        assert_eq!(failure.place.as_deref(), Some("line 1, column 15"));
        assert!(failure.hint.is_some());
        assert_eq!(failure.suggestions.as_deref(), Some("reader, reading"));
    }

    #[test]
    fn the_place_is_read_from_an_errors_details_too() {
        let mut error = ErrorDetail::new(ErrorCode::ValidationError, "unknown column");
        error.details = Some(json!({"rule": "unknown-column", "pointer": "/select/0/column"}));
        assert_eq!(
            Failure::of_error(&error).place.as_deref(),
            Some("in the plan at /select/0/column")
        );
    }

    #[test]
    fn a_run_that_ended_without_words_still_has_a_title() {
        let mut run = finished_run();
        run.status = RunState::TimedOut;
        assert_eq!(Failure::of_run(&run).unwrap().title, "The query ran out of time");
    }
}
