//! Values in a plan against the types of columns: what can be compared with what, as SQL literals.

use crate::calendar::Moment;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{Expr, Literal, TypedKind};
use csv_analyst_protocol::dataset::ColumnType;
use serde_json::Value;

/// What an expression is, as far as comparing and adding go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Text,
    Boolean,
    Date,
    Timestamp,
    Time,
    Null,
}

impl Kind {
    pub fn of(column: ColumnType) -> Self {
        match column {
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Integer | ColumnType::Bigint | ColumnType::Decimal { .. } | ColumnType::Double => {
                Self::Number
            }
            ColumnType::Date => Self::Date,
            ColumnType::Time => Self::Time,
            ColumnType::Timestamp => Self::Timestamp,
            ColumnType::Text => Self::Text,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Number => "a number, such as 20",
            Self::Text => "a text, such as \"Books\"",
            Self::Boolean => "true or false",
            Self::Date => "a date, such as \"2026-01-31\"",
            Self::Timestamp => "a date or a time, such as \"2026-01-31 17:00:00\"",
            Self::Time => "a time of day, such as \"17:00:00\"",
            Self::Null => "nothing",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Boolean => "true or false",
            Self::Date => "a date",
            Self::Timestamp => "a date and time",
            Self::Time => "a time of day",
            Self::Null => "nothing",
        }
    }

    pub fn is_temporal(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp)
    }
}

/// A scalar of a plan that fits `kind`.
pub fn literal(value: &Value, kind: Kind, what: &str, pointer: &str) -> Checked<Expr> {
    let fitting = match (kind, value) {
        (Kind::Number, Value::Number(number)) => Some(self::number(number)),
        (Kind::Text, Value::String(text)) if !text.contains('\0') => Some(Expr::text(text)),
        (Kind::Boolean, Value::Bool(boolean)) => Some(Expr::Literal(Literal::Boolean(*boolean))),
        (Kind::Date, Value::String(text)) => date(text),
        (Kind::Timestamp, Value::String(text)) => Moment::parse(text).map(|_| Expr::Typed {
            kind: TypedKind::Timestamp,
            text: plain_timestamp(text),
        }),
        (Kind::Time, Value::String(text)) if Moment::parse(&format!("2000-01-01 {text}")).is_some() => {
            Some(Expr::Typed {
                kind: TypedKind::Time,
                text: text.clone(),
            })
        }
        _ => None,
    };
    fitting.ok_or_else(|| wrong_value(value, kind, what, pointer))
}

fn wrong_value(
    value: &Value,
    kind: Kind,
    what: &str,
    pointer: &str,
) -> Box<csv_analyst_protocol::gate::Rejection> {
    if value.is_null() {
        return invalid("value-type", format!("{what} can't be compared with nothing."))
            .at_pointer(pointer)
            .hint("Use `is_null` or `is_not_null`.");
    }
    invalid(
        "value-type",
        format!("{what} can't be compared with {}.", excerpt(&value.to_string())),
    )
    .at_pointer(pointer)
    .hint(match (kind, value) {
        (Kind::Text, Value::Number(_)) => {
            "It takes a text. To compare the number written in it, put `number` round it in an `expression`."
                .into()
        }
        _ => format!("It takes {}.", kind.words()),
    })
}

/// JSON numbers are plain decimals already; a sign is its own node.
pub fn number(number: &serde_json::Number) -> Expr {
    let text = number.to_string();
    match text.strip_prefix('-') {
        Some(digits) => Expr::Negate(Box::new(Expr::number(digits))),
        None => Expr::number(text),
    }
}

/// A date, or a timestamp at midnight.
fn date(text: &str) -> Option<Expr> {
    let moment = Moment::parse(text).filter(|moment| moment.is_midnight())?;
    Some(date_literal(moment))
}

pub fn date_literal(moment: Moment) -> Expr {
    Expr::Typed {
        kind: TypedKind::Date,
        text: moment.date(),
    }
}

pub fn timestamp_literal(moment: Moment) -> Expr {
    Expr::Typed {
        kind: TypedKind::Timestamp,
        text: moment.timestamp(),
    }
}

/// Kept with its fraction; `T` and `Z` are dropped (all times are without a zone).
fn plain_timestamp(text: &str) -> String {
    text.trim().trim_end_matches('Z').replacen('T', " ", 1)
}

/// The day, if the text names a day and no time.
pub fn whole_day(value: &Value) -> Option<Moment> {
    let text = value.as_str()?.trim();
    (text.len() <= 10).then(|| Moment::parse(text)).flatten()
}
