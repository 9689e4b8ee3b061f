//! One value of a result as JSON, without losing a digit (the rules are those of
//! [`csv_analyst_protocol::run::Cell`]). Knows Arrow's types; decides nothing about size.

mod text;

use csv_analyst_protocol::run::Cell;
use duckdb::arrow::array::{Array, AsArray, BinaryArray, MapArray, PrimitiveArray, StructArray, UnionArray};
use duckdb::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use duckdb::arrow::util::display::array_value_to_string;
use serde_json::{Map, Number, Value};

/// A number with at most this many significant digits passes through a double unharmed.
const EXACT_DIGITS: usize = 15;

pub fn cell(array: &dyn Array, row: usize) -> Cell {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int8 => integer(primitive::<Int8Type>(array, row).into()),
        DataType::Int16 => integer(primitive::<Int16Type>(array, row).into()),
        DataType::Int32 => integer(primitive::<Int32Type>(array, row).into()),
        DataType::Int64 => integer(primitive::<Int64Type>(array, row).into()),
        DataType::UInt8 => integer(primitive::<UInt8Type>(array, row).into()),
        DataType::UInt16 => integer(primitive::<UInt16Type>(array, row).into()),
        DataType::UInt32 => integer(primitive::<UInt32Type>(array, row).into()),
        DataType::UInt64 => integer(primitive::<UInt64Type>(array, row).into()),
        DataType::Float32 => single(primitive::<Float32Type>(array, row)),
        DataType::Float64 => double(primitive::<Float64Type>(array, row)),
        DataType::Decimal128(_, scale) => decimal(primitive::<Decimal128Type>(array, row), *scale),
        DataType::Utf8 => Value::from(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Value::from(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Value::from(array.as_string_view().value(row)),
        DataType::Date32 => Value::from(text::date(primitive::<Date32Type>(array, row))),
        DataType::Time64(TimeUnit::Microsecond) => {
            Value::from(text::time(primitive::<Time64MicrosecondType>(array, row)))
        }
        DataType::Timestamp(unit, zone) => Value::from(timestamp(array, row, *unit, zone.is_some())),
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = primitive::<IntervalMonthDayNanoType>(array, row);
            Value::from(text::interval(
                value.months,
                value.days,
                value.nanoseconds / 1_000,
            ))
        }
        _ => nested_or_rare(array, row),
    }
}

fn nested_or_rare(array: &dyn Array, row: usize) -> Cell {
    match array.data_type() {
        DataType::Binary => Value::from(text::blob(array.as_binary::<i32>().value(row))),
        DataType::LargeBinary => Value::from(text::blob(array.as_binary::<i64>().value(row))),
        DataType::BinaryView => Value::from(text::blob(array.as_binary_view().value(row))),
        DataType::List(_) => list(array.as_list::<i32>().value(row).as_ref()),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row).as_ref()),
        DataType::FixedSizeList(_, _) => list(array.as_fixed_size_list().value(row).as_ref()),
        DataType::Struct(_) => structure(array.as_struct(), row),
        DataType::Map(_, _) => map(array.as_map(), row),
        DataType::Union(_, _) => member(array.as_union(), row),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            cell(dictionary.values().as_ref(), dictionary.normalized_keys()[row])
        }
        // Types that an analyst does not meet; DuckDB's and Arrow's texts agree on them.
        _ => Value::from(array_value_to_string(array, row).unwrap_or_else(|_| "?".into())),
    }
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    let typed: &PrimitiveArray<T> = array.as_primitive();
    typed.value(row)
}

fn integer(value: i128) -> Cell {
    decimal(value, 0)
}

/// `digits / 10^scale`.
fn decimal(digits: i128, scale: i8) -> Cell {
    let written = text::decimal(digits, scale);
    let magnitude = digits.unsigned_abs().to_string();
    if magnitude.len() > EXACT_DIGITS {
        return Value::from(written);
    }
    if scale <= 0
        && let Ok(whole) = written.parse::<i64>()
    {
        return Value::from(whole);
    }
    written
        .parse()
        .ok()
        .and_then(Number::from_f64)
        .map_or(Value::from(written), Value::Number)
}

/// Through its shortest decimal text: 0.1 stays 0.1 instead of 0.10000000149011612.
fn single(value: f32) -> Cell {
    value.to_string().parse::<f64>().map_or(Value::Null, double)
}

fn double(value: f64) -> Cell {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => Value::from("NaN"),
        None if value > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    }
}

fn timestamp(array: &dyn Array, row: usize, unit: TimeUnit, zoned: bool) -> String {
    let micros = match unit {
        TimeUnit::Second => primitive::<TimestampSecondType>(array, row).saturating_mul(1_000_000),
        TimeUnit::Millisecond => primitive::<TimestampMillisecondType>(array, row).saturating_mul(1_000),
        TimeUnit::Microsecond => primitive::<TimestampMicrosecondType>(array, row),
        TimeUnit::Nanosecond => primitive::<TimestampNanosecondType>(array, row).div_euclid(1_000),
    };
    let mut written = text::timestamp(micros);
    if zoned {
        written.push_str("+00");
    }
    written
}

fn list(items: &dyn Array) -> Cell {
    Value::Array((0..items.len()).map(|row| cell(items, row)).collect())
}

/// An object by its fields' names; `row(1, 'a')` gives its fields none, and becomes an array.
fn structure(array: &StructArray, row: usize) -> Cell {
    let names = array.column_names();
    let values = array.columns().iter().map(|column| cell(column.as_ref(), row));
    let told_apart = |(index, name): (usize, &&str)| !name.is_empty() && !names[..index].contains(name);
    if names.iter().enumerate().all(told_apart) {
        let fields = names.iter().map(|name| name.to_string());
        Value::Object(fields.zip(values).collect())
    } else {
        Value::Array(values.collect())
    }
}

fn map(array: &MapArray, row: usize) -> Cell {
    let entries = array.value(row);
    let mut object = Map::new();
    for entry in 0..entries.len() {
        let key = match cell(entries.column(0).as_ref(), entry) {
            Value::String(key) => key,
            other => other.to_string(),
        };
        object.insert(key, cell(entries.column(1).as_ref(), entry));
    }
    Value::Object(object)
}

fn member(array: &UnionArray, row: usize) -> Cell {
    cell(array.child(array.type_id(row)).as_ref(), array.value_offset(row))
}

/// A lower bound of the cell's JSON size, without building it: texts are what makes cells large.
pub fn least_bytes(array: &dyn Array, row: usize) -> usize {
    if array.is_null(row) {
        return 0;
    }
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value_length(row) as usize,
        DataType::LargeUtf8 => array.as_string::<i64>().value_length(row) as usize,
        DataType::Utf8View => array.as_string_view().value(row).len(),
        DataType::Binary => array
            .as_any()
            .downcast_ref::<BinaryArray>()
            .map_or(0, |a| a.value(row).len()),
        DataType::List(_) => array.as_list::<i32>().value_length(row) as usize,
        DataType::LargeList(_) => array.as_list::<i64>().value_length(row) as usize,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duckdb::Connection;
    use serde_json::json;

    fn one(sql: &str) -> Cell {
        let connection = Connection::open_in_memory().unwrap();
        let mut statement = connection.prepare(&format!("SELECT {sql}")).unwrap();
        let _ = statement.stream_arrow([]).unwrap();
        let batch = statement.step().unwrap().unwrap();
        cell(batch.column(0).as_ref(), 0)
    }

    #[test]
    fn numbers_keep_every_digit() {
        assert_eq!(one("12.50::DECIMAL(10,2)"), json!(12.5));
        assert_eq!(one("-0.05::DECIMAL(10,2)"), json!(-0.05));
        assert_eq!(
            one("12345678901234567.89::DECIMAL(20,2)"),
            json!("12345678901234567.89")
        );
        assert_eq!(one("9007199254740993::BIGINT"), json!("9007199254740993"));
        assert_eq!(one("123456789012345::BIGINT"), json!(123456789012345_i64));
        assert_eq!(
            one("(-9223372036854775808)::BIGINT"),
            json!("-9223372036854775808")
        );
        assert_eq!(
            one("18446744073709551615::UBIGINT"),
            json!("18446744073709551615")
        );
        assert_eq!(one("sum(42::INTEGER)"), json!(42));
        assert_eq!(
            one("170141183460469231731687303715884105727::HUGEINT"),
            json!("170141183460469231731687303715884105727")
        );
        assert_eq!(one("0.1::FLOAT"), json!(0.1));
        assert_eq!(one("1.0::DOUBLE / 3"), json!(1.0 / 3.0));
    }

    #[test]
    fn what_json_numbers_cannot_say_is_text() {
        assert_eq!(one("'nan'::DOUBLE"), json!("NaN"));
        assert_eq!(one("'-inf'::DOUBLE"), json!("-Infinity"));
        assert_eq!(one("'inf'::FLOAT"), json!("Infinity"));
    }

    #[test]
    fn dates_and_times_are_iso_texts() {
        assert_eq!(one("DATE '2026-02-01'"), json!("2026-02-01"));
        assert_eq!(one("DATE '1969-12-31'"), json!("1969-12-31"));
        assert_eq!(
            one("TIMESTAMP '2026-02-01 03:04:05'"),
            json!("2026-02-01 03:04:05")
        );
        assert_eq!(
            one("TIMESTAMP '1969-12-31 23:59:59.5'"),
            json!("1969-12-31 23:59:59.500000")
        );
        assert_eq!(
            one("TIMESTAMPTZ '2026-02-01 03:04:05+00'"),
            json!("2026-02-01 03:04:05+00")
        );
        assert_eq!(one("TIME '23:05:00'"), json!("23:05:00"));
        assert_eq!(
            one("INTERVAL '1 year 2 months 3 days 4 hours'"),
            json!("1 year 2 months 3 days 04:00:00")
        );
    }

    #[test]
    fn nested_values_are_json() {
        assert_eq!(one("[1, NULL, 3]"), json!([1, null, 3]));
        assert_eq!(one("{'a': 1, 'b': [true]}"), json!({"a": 1, "b": [true]}));
        assert_eq!(one("row(1, 'a')"), json!([1, "a"]));
        assert_eq!(one("[(1, 2), (3, 4)]"), json!([[1, 2], [3, 4]]));
        assert_eq!(one("MAP {'k': 1.5}"), json!({"k": 1.5}));
        assert_eq!(one("'Low'::ENUM('Low', 'High')"), json!("Low"));
        assert_eq!(one("'a\\x00b'::BLOB"), json!("a\\x00b"));
        assert_eq!(one("union_value(n := 5)"), json!(5));
        assert_eq!(one("NULL"), json!(null));
    }
}
