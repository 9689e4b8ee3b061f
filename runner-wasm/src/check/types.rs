//! Type names that a cast may use. Each maps to a fixed spelling; a type's own text is never printed.

use super::unsupported::refuse;
use crate::rejection::{Checked, Explain};
use crate::sql::tree::Type;
use sqlparser::ast::{ArrayElemTypeDef, DataType, ExactNumberInfo, Expr, ObjectName, TimezoneInfo};

pub fn data_type(kind: &DataType, value: &Expr) -> Checked<Type> {
    if let DataType::Array(ArrayElemTypeDef::SquareBracket(element, None)) = kind {
        return Ok(Type::List(Box::new(data_type(element, value)?)));
    }
    if let DataType::Numeric(size) | DataType::Decimal(size) | DataType::Dec(size) = kind {
        return decimal(size, value);
    }
    plain(kind).map(Type::Plain).ok_or_else(|| {
        refuse("A cast to this type", value)
            .hint("Types: BOOLEAN, INTEGER, BIGINT, DOUBLE, DECIMAL(p,s), VARCHAR, DATE, TIME, TIMESTAMP, INTERVAL.")
    })
}

fn decimal(size: &ExactNumberInfo, value: &Expr) -> Checked<Type> {
    let (precision, scale) = match size {
        ExactNumberInfo::None => (18, 3),
        ExactNumberInfo::Precision(precision) => (*precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => {
            (*precision, (*scale).try_into().unwrap_or(u64::MAX))
        }
    };
    if (1..=38).contains(&precision) && scale <= precision {
        Ok(Type::Decimal(precision, scale))
    } else {
        Err(refuse("A DECIMAL of this size", value)
            .hint("DECIMAL(p,s) has p from 1 to 38 and s from 0 to p."))
    }
}

/// Types without parameters; a length on VARCHAR has no meaning in DuckDB and is dropped.
fn plain(kind: &DataType) -> Option<&'static str> {
    Some(match kind {
        DataType::Bool | DataType::Boolean => "BOOLEAN",
        DataType::TinyInt(None) => "TINYINT",
        DataType::SmallInt(None) | DataType::Int2(None) | DataType::Int16 => "SMALLINT",
        DataType::Int(None) | DataType::Integer(None) | DataType::Int4(None) | DataType::Int32 => "INTEGER",
        DataType::BigInt(None) | DataType::Int8(None) | DataType::Int64 => "BIGINT",
        DataType::HugeInt | DataType::Int128 => "HUGEINT",
        DataType::UTinyInt | DataType::UInt8 => "UTINYINT",
        DataType::USmallInt | DataType::UInt16 => "USMALLINT",
        DataType::UInt32 => "UINTEGER",
        DataType::UBigInt | DataType::UInt64 => "UBIGINT",
        DataType::Float(ExactNumberInfo::None) | DataType::Real | DataType::Float4 | DataType::Float32 => {
            "FLOAT"
        }
        DataType::Double(ExactNumberInfo::None)
        | DataType::DoublePrecision
        | DataType::Float8
        | DataType::Float64 => "DOUBLE",
        DataType::Text
        | DataType::String(_)
        | DataType::Varchar(_)
        | DataType::Char(_)
        | DataType::Character(_) => "VARCHAR",
        DataType::Date => "DATE",
        DataType::Time(None, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => "TIME",
        DataType::Timestamp(None, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone)
        | DataType::Datetime(None) => "TIMESTAMP",
        DataType::Timestamp(None, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => "TIMESTAMPTZ",
        DataType::Interval {
            fields: None,
            precision: None,
        } => "INTERVAL",
        DataType::JSON => "JSON",
        DataType::Custom(name, modifiers) if modifiers.is_empty() => return custom(name),
        _ => return None,
    })
}

/// Types that sqlparser does not know by name.
fn custom(name: &ObjectName) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "UINTEGER",
        "UTINYINT",
        "USMALLINT",
        "UBIGINT",
        "HUGEINT",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMPTZ",
        "STRING",
    ];
    let [part] = name.0.as_slice() else { return None };
    let written = &part.as_ident()?.value;
    let found = NAMES.iter().find(|known| known.eq_ignore_ascii_case(written))?;
    Some(if *found == "STRING" { "VARCHAR" } else { found })
}
