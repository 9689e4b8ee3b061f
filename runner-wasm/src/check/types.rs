//! Type names that a cast may use. Each maps to a fixed spelling; a type's own text is never printed.

use super::unsupported::refuse;
use crate::rejection::{Checked, Explain};
use crate::sql::tree::Type;
use crate::syntax::ast::{self, Expr, ExprKind, Literal, Name, Place, TypeKind};
use csv_analyst_protocol::gate::Rejection;

const DEEPEST: usize = 8;
/// Elements of an array of fixed length, all its dimensions together: an empty one takes as much memory.
const MAX_ELEMENTS: u64 = 1_000;

pub fn data_type(kind: &ast::Type) -> Checked<Type> {
    nested(kind, 0)
}

fn nested(kind: &ast::Type, depth: usize) -> Checked<Type> {
    let ast::Type { kind, arrays, place } = kind;
    if depth > DEEPEST || arrays.len() > DEEPEST {
        return Err(refuse("So deeply nested a type", *place));
    }
    let mut result = match kind {
        TypeKind::Named { name, modifiers } => named(name, modifiers, *place)?,
        TypeKind::Struct(fields) => {
            let field = |(name, kind): &(Name, ast::Type)| Ok((name.text.clone(), nested(kind, depth + 1)?));
            Type::Struct(fields.iter().map(field).collect::<Checked<_>>()?)
        }
        TypeKind::Map(key, value) => Type::Map(
            Box::new(nested(key, depth + 1)?),
            Box::new(nested(value, depth + 1)?),
        ),
        TypeKind::Union(_) => return Err(unknown(*place)),
    };
    for length in arrays {
        result = match length {
            Some(0) => {
                return Err(
                    refuse("An array without elements", *place).hint("Leave the length out: INTEGER[].")
                );
            }
            None => Type::List(Box::new(result)),
            Some(length) => Type::Array(Box::new(result), *length),
        };
        if elements(&result) > MAX_ELEMENTS {
            return Err(refuse("So long an array", *place).hint(format!(
                "Arrays of fixed length have at most {MAX_ELEMENTS} elements."
            )));
        }
    }
    Ok(result)
}

fn elements(kind: &Type) -> u64 {
    match kind {
        Type::Array(inner, length) => (*length).max(1).saturating_mul(elements(inner)),
        Type::List(inner) => elements(inner),
        Type::Map(key, value) => elements(key).saturating_add(elements(value)),
        Type::Struct(fields) => fields
            .iter()
            .map(|(_, kind)| elements(kind))
            .fold(0, u64::saturating_add),
        Type::Plain(_) | Type::Decimal(..) => 1,
    }
}

fn named(name: &[Name], modifiers: &[Expr], place: Place) -> Checked<Type> {
    let [name] = name else {
        return Err(unknown(place));
    };
    let lower = name.text.to_ascii_lowercase();
    if matches!(lower.as_str(), "decimal" | "numeric" | "dec") {
        return decimal(modifiers, place);
    }
    let plain = plain(&lower).ok_or_else(|| unknown(place))?;
    // A length on VARCHAR has no meaning in DuckDB and is dropped.
    let length = plain == "VARCHAR" && matches!(modifiers, [only] if whole(only).is_some());
    if !modifiers.is_empty() && !length {
        return Err(unknown(place));
    }
    Ok(Type::Plain(plain))
}

fn unknown(place: Place) -> Box<Rejection> {
    refuse("A cast to this type", place).hint(
        "Types: BOOLEAN, INTEGER, BIGINT, DOUBLE, DECIMAL(p,s), VARCHAR, DATE, TIME, TIMESTAMP, INTERVAL, and lists, structs and maps of them.",
    )
}

fn whole(value: &Expr) -> Option<u64> {
    match &value.kind {
        ExprKind::Literal(Literal::Number(digits)) => digits.parse().ok(),
        _ => None,
    }
}

fn decimal(modifiers: &[Expr], place: Place) -> Checked<Type> {
    let size = match modifiers {
        [] => Some((18, 3)),
        [precision] => whole(precision).map(|precision| (precision, 0)),
        [precision, scale] => whole(precision).zip(whole(scale)),
        _ => None,
    };
    match size {
        Some((precision, scale)) if (1..=38).contains(&precision) && scale <= precision => {
            Ok(Type::Decimal(precision, scale))
        }
        _ => Err(refuse("A DECIMAL of this size", place)
            .hint("DECIMAL(p,s) has p from 1 to 38 and s from 0 to p.")),
    }
}

/// Types without parameters, by all the names that DuckDB has for them.
fn plain(lower: &str) -> Option<&'static str> {
    Some(match lower {
        "bool" | "boolean" | "logical" => "BOOLEAN",
        "tinyint" | "int1" => "TINYINT",
        "smallint" | "int2" | "int16" | "short" => "SMALLINT",
        "integer" | "int" | "int4" | "int32" | "integral" | "signed" => "INTEGER",
        "bigint" | "int8" | "int64" | "long" => "BIGINT",
        "hugeint" | "int128" => "HUGEINT",
        "utinyint" | "uint8" => "UTINYINT",
        "usmallint" | "uint16" => "USMALLINT",
        "uinteger" | "uint32" => "UINTEGER",
        "ubigint" | "uint64" => "UBIGINT",
        "uhugeint" | "uint128" => "UHUGEINT",
        "float" | "real" | "float4" => "FLOAT",
        "double" | "float8" => "DOUBLE",
        "varchar" | "text" | "string" | "char" | "nvarchar" => "VARCHAR",
        "date" => "DATE",
        "time" => "TIME",
        "timestamp" | "datetime" | "timestamp_us" => "TIMESTAMP",
        "timestamptz" => "TIMESTAMPTZ",
        "timestamp_s" => "TIMESTAMP_S",
        "timestamp_ms" => "TIMESTAMP_MS",
        "timestamp_ns" => "TIMESTAMP_NS",
        "interval" => "INTERVAL",
        "json" => "JSON",
        "uuid" => "UUID",
        "blob" | "bytea" | "binary" | "varbinary" => "BLOB",
        _ => return None,
    })
}
