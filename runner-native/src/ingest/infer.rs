//! The type of a column that nobody declared: the narrowest that every value of the file has.
//!
//! All rows are looked at, never a sample. A number with a leading zero (a code, a telephone
//! number) stays text; a date in a form that could mean two different days stays text.

use super::sql;
use csv_analyst_protocol::dataset::ColumnType;
use duckdb::Connection;

/// A column with its type and the SQL that makes it from the raw text.
pub struct Inferred {
    pub name: String,
    pub kind: ColumnType,
    pub cast: String,
}

pub fn columns(connection: &Connection, raw: &str, names: &[String]) -> duckdb::Result<Vec<Inferred>> {
    names
        .iter()
        .map(|name| {
            let (kind, cast) = column(connection, raw, name)?;
            Ok(Inferred {
                name: name.clone(),
                kind,
                cast,
            })
        })
        .collect()
}

/// What is asked of every value; `v` is the trimmed text.
const PLAIN_NUMBER: &str = "regexp_full_match(v, '[+-]?(0|[1-9][0-9]*)')";
const DECIMAL: &str = "regexp_full_match(v, '[+-]?(0|[1-9][0-9]*)(\\.[0-9]{1,9})?')";
const NUMBER: &str = "regexp_full_match(v, '[+-]?(0|[1-9][0-9]*)?(\\.[0-9]+)?([eE][+-]?[0-9]+)?') \
                      AND TRY_CAST(v AS DOUBLE) IS NOT NULL";
const BOOLEAN: &str = "lower(v) IN ('true', 'false')";
const DATE: &str = "regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND TRY_CAST(v AS DATE) IS NOT NULL";
const TIMESTAMP: &str = "regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+Z?)?') \
                         AND TRY_CAST(v AS TIMESTAMP) IS NOT NULL";
const TIME: &str =
    "regexp_full_match(v, '[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?') AND TRY_CAST(v AS TIME) IS NOT NULL";

/// Written forms of dates beside ISO; the first that every value has and the others have not.
const DATE_FORMS: [&str; 4] = ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d"];
/// DECIMAL(18) is the widest that is stored in 64 bits.
const MAX_PRECISION: u8 = 18;

fn column(connection: &Connection, raw: &str, name: &str) -> duckdb::Result<(ColumnType, String)> {
    let value = format!("NULLIF(trim({}), '')", sql::identifier(name));
    let facts = facts(connection, raw, &value)?;
    let cast = |kind: ColumnType| (kind, format!("CAST({value} AS {})", kind.sql_name()));
    if facts.values == 0 {
        return Ok((ColumnType::Text, sql::identifier(name)));
    }
    Ok(match facts {
        Facts { boolean: true, .. } => cast(ColumnType::Boolean),
        Facts { integer: true, .. } => cast(ColumnType::Integer),
        Facts { bigint: true, .. } => cast(ColumnType::Bigint),
        Facts {
            decimal: true,
            whole,
            scale,
            ..
        } if whole + scale <= MAX_PRECISION => cast(ColumnType::Decimal {
            precision: MAX_PRECISION,
            scale,
        }),
        Facts { number: true, .. } => cast(ColumnType::Double),
        Facts { date: true, .. } => cast(ColumnType::Date),
        Facts { timestamp: true, .. } => cast(ColumnType::Timestamp),
        Facts { time: true, .. } => cast(ColumnType::Time),
        _ => match date_form(connection, raw, &value)? {
            Some(form) => (
                ColumnType::Date,
                format!("CAST(strptime({value}, {}) AS DATE)", sql::text(form)),
            ),
            None => (ColumnType::Text, sql::identifier(name)),
        },
    })
}

/// What holds for all values that are there.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    values: u64,
    boolean: bool,
    integer: bool,
    bigint: bool,
    decimal: bool,
    whole: u8,
    scale: u8,
    number: bool,
    date: bool,
    timestamp: bool,
    time: bool,
}

fn facts(connection: &Connection, raw: &str, value: &str) -> duckdb::Result<Facts> {
    let all = |test: &str| format!("coalesce(bool_and({test}), false)");
    let query = format!(
        "SELECT count(v), {boolean}, {integer}, {bigint}, {decimal}, {number}, {date}, {timestamp}, {time}, \
         coalesce(max(length(regexp_extract(v, '[0-9]+'))), 0)::UTINYINT, \
         coalesce(max(length(regexp_extract(v, '\\.([0-9]+)', 1))), 0)::UTINYINT \
         FROM (SELECT left({value}, 200) AS v FROM {raw}) WHERE v IS NOT NULL",
        boolean = all(BOOLEAN),
        integer = all(&format!("{PLAIN_NUMBER} AND TRY_CAST(v AS INTEGER) IS NOT NULL")),
        bigint = all(&format!("{PLAIN_NUMBER} AND TRY_CAST(v AS BIGINT) IS NOT NULL")),
        decimal = all(DECIMAL),
        number = all(NUMBER),
        date = all(DATE),
        timestamp = all(TIMESTAMP),
        time = all(TIME),
        raw = sql::identifier(raw),
    );
    connection.query_row(&query, [], |row| {
        Ok(Facts {
            values: row.get(0)?,
            boolean: row.get(1)?,
            integer: row.get(2)?,
            bigint: row.get(3)?,
            decimal: row.get(4)?,
            number: row.get(5)?,
            date: row.get(6)?,
            timestamp: row.get(7)?,
            time: row.get(8)?,
            whole: row.get(9)?,
            scale: row.get(10)?,
        })
    })
}

/// Day-first and month-first both fit when no day is above 12: then nobody can tell.
fn date_form(connection: &Connection, raw: &str, value: &str) -> duckdb::Result<Option<&'static str>> {
    let mut fitting = Vec::new();
    for form in DATE_FORMS {
        let query = format!(
            "SELECT coalesce(bool_and(try_strptime(v, {}) IS NOT NULL), false) \
             FROM (SELECT {value} AS v FROM {}) WHERE v IS NOT NULL",
            sql::text(form),
            sql::identifier(raw)
        );
        if connection.query_row(&query, [], |row| row.get::<_, bool>(0))? {
            fitting.push(form);
        }
    }
    Ok(if let [form] = fitting[..] {
        Some(form)
    } else {
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(values: &[&str]) -> ColumnType {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE raw (v VARCHAR)").unwrap();
        for value in values {
            connection.execute("INSERT INTO raw VALUES (?)", [value]).unwrap();
        }
        let (kind, cast) = column(&connection, "raw", "v").unwrap();
        connection
            .execute_batch(&format!("CREATE TABLE t AS SELECT {cast} AS v FROM raw"))
            .unwrap();
        kind
    }

    #[test]
    fn each_type_is_recognised() {
        let decimal = |scale| ColumnType::Decimal {
            precision: MAX_PRECISION,
            scale,
        };
        assert_eq!(kind_of(&["true", "False"]), ColumnType::Boolean);
        assert_eq!(kind_of(&["1", "-20", ""]), ColumnType::Integer);
        assert_eq!(kind_of(&["1", "3000000000"]), ColumnType::Bigint);
        assert_eq!(kind_of(&["1.5", "20", "0.25"]), decimal(2));
        assert_eq!(kind_of(&["1e3", "2.5"]), ColumnType::Double);
        assert_eq!(kind_of(&["2026-01-31"]), ColumnType::Date);
        assert_eq!(
            kind_of(&["2026-01-31 10:00:00", "2026-02-01T10:00:00"]),
            ColumnType::Timestamp
        );
        assert_eq!(kind_of(&["10:30", "23:59:59"]), ColumnType::Time);
        assert_eq!(kind_of(&["a", "1"]), ColumnType::Text);
        assert_eq!(kind_of(&[]), ColumnType::Text);
    }

    #[test]
    fn what_only_looks_like_a_number_or_date_stays_text() {
        assert_eq!(kind_of(&["00123", "04567"]), ColumnType::Text);
        assert_eq!(kind_of(&["99999999999999999999999"]), ColumnType::Double);
        assert_eq!(kind_of(&["2026-02-30"]), ColumnType::Text);
        assert_eq!(kind_of(&["01/02/2026"]), ColumnType::Text);
        assert_eq!(kind_of(&["31/01/2026", "01/02/2026"]), ColumnType::Date);
        assert_eq!(kind_of(&["31.01.2026"]), ColumnType::Date);
    }
}
