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

/// What a value (`v`, the trimmed text) must be for each type, in the order of preference.
const TESTS: [(Guess, &str); 8] = [
    (Guess::Boolean, "lower(v) IN ('true', 'false')"),
    (
        Guess::Integer,
        "regexp_full_match(v, '[+-]?(0|[1-9][0-9]*)') AND TRY_CAST(v AS INTEGER) IS NOT NULL",
    ),
    (
        Guess::Bigint,
        "regexp_full_match(v, '[+-]?(0|[1-9][0-9]*)') AND TRY_CAST(v AS BIGINT) IS NOT NULL",
    ),
    (
        Guess::Decimal,
        "length(v) <= 19 AND regexp_full_match(v, '[+-]?(0|[1-9][0-9]*)(\\.[0-9]{1,9})?')",
    ),
    (
        Guess::Double,
        "regexp_full_match(v, '[+-]?(0|[1-9][0-9]*)?(\\.[0-9]+)?([eE][+-]?[0-9]+)?') \
         AND TRY_CAST(v AS DOUBLE) IS NOT NULL",
    ),
    (
        Guess::Date,
        "regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND TRY_CAST(v AS DATE) IS NOT NULL",
    ),
    (
        Guess::Timestamp,
        "regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+Z?)?') \
         AND TRY_CAST(v AS TIMESTAMP) IS NOT NULL",
    ),
    (
        Guess::Time,
        "regexp_full_match(v, '[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?') \
         AND TRY_CAST(v AS TIME) IS NOT NULL",
    ),
];

#[derive(Clone, Copy, Debug)]
enum Guess {
    Boolean,
    Integer,
    Bigint,
    Decimal,
    Double,
    Date,
    Timestamp,
    Time,
}

/// Thousands are set apart by commas, in every value that has thousands: "58,750", "1,204.5".
const GROUPED: &str = "regexp_full_match(v, '[+-]?(0|[1-9][0-9]{0,2})(,[0-9]{3})*(\\.[0-9]{1,9})?')";

/// Written forms of dates beside ISO.
const DATE_FORMS: [&str; 4] = ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d"];
/// DECIMAL(18) is the widest that is stored in 64 bits.
const MAX_PRECISION: u8 = 18;
/// Rows that rule most types out before all rows are asked.
const FIRST_ROWS: u64 = 1_000;

fn column(connection: &Connection, raw: &str, name: &str) -> duckdb::Result<(ColumnType, String)> {
    let values = Values {
        connection,
        raw,
        value: format!("NULLIF(trim({}), '')", sql::identifier(name)),
    };
    if let Some(found) = values.by_tests(&TESTS)? {
        return Ok(found);
    }
    if values.all_are(GROUPED)? {
        let ungrouped = Values {
            value: format!("replace({}, ',', '')", values.value),
            ..values
        };
        if let Some(found) = ungrouped.by_tests(&TESTS)? {
            return Ok(found);
        }
    }
    Ok(match values.date_form()? {
        Some(form) => {
            let parse = format!("CAST(strptime({}, {}) AS DATE)", values.value, sql::text(form));
            (ColumnType::Date, parse)
        }
        None => (ColumnType::Text, sql::identifier(name)),
    })
}

/// The values of one column.
struct Values<'a> {
    connection: &'a Connection,
    raw: &'a str,
    value: String,
}

impl Values<'_> {
    /// The first type that all values have, with the SQL that makes it.
    fn by_tests(&self, tests: &[(Guess, &str)]) -> duckdb::Result<Option<(ColumnType, String)>> {
        for (guess, test) in tests {
            if self.all_are(test)?
                && let Some(kind) = self.kind(*guess)?
            {
                let cast = format!("CAST({} AS {})", self.value, kind.sql_name());
                return Ok(Some((kind, cast)));
            }
        }
        Ok(None)
    }

    /// Whether there are values and all of them pass.
    fn all_are(&self, test: &str) -> duckdb::Result<bool> {
        Ok(self.holds(test, Some(FIRST_ROWS))? && self.holds(test, None)?)
    }

    fn holds(&self, test: &str, first: Option<u64>) -> duckdb::Result<bool> {
        self.ask(&format!("coalesce(bool_and({test}), false)"), first, |row| {
            row.get(0)
        })
    }

    /// Aggregates over the values that are there, or over the first of them.
    fn ask<T>(
        &self,
        aggregate: &str,
        first: Option<u64>,
        read: impl FnOnce(&duckdb::Row<'_>) -> duckdb::Result<T>,
    ) -> duckdb::Result<T> {
        let raw = sql::identifier(self.raw);
        let limit = first.map_or(String::new(), |rows| format!("LIMIT {rows}"));
        let query = format!(
            "SELECT {aggregate} FROM (SELECT {value} AS v FROM {raw} WHERE {value} IS NOT NULL {limit}) AS texts",
            value = self.value,
        );
        self.connection.query_row(&query, [], read)
    }

    /// `None` when the numbers need more digits than the type has.
    fn kind(&self, guess: Guess) -> duckdb::Result<Option<ColumnType>> {
        Ok(Some(match guess {
            Guess::Boolean => ColumnType::Boolean,
            Guess::Integer => ColumnType::Integer,
            Guess::Bigint => ColumnType::Bigint,
            Guess::Decimal => return self.decimal(),
            Guess::Double => ColumnType::Double,
            Guess::Date => ColumnType::Date,
            Guess::Timestamp => ColumnType::Timestamp,
            Guess::Time => ColumnType::Time,
        }))
    }

    fn decimal(&self) -> duckdb::Result<Option<ColumnType>> {
        let digits = "max(length(regexp_extract(v, '[0-9]+')))::UTINYINT, \
                      max(length(regexp_extract(v, '\\.([0-9]+)', 1)))::UTINYINT";
        let (whole, scale): (u8, u8) = self.ask(digits, None, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let fits = whole + scale <= MAX_PRECISION;
        Ok(fits.then_some(ColumnType::Decimal {
            precision: MAX_PRECISION,
            scale,
        }))
    }

    /// Day-first and month-first both fit when no day is above 12: then nobody can tell.
    fn date_form(&self) -> duckdb::Result<Option<&'static str>> {
        let mut fitting = Vec::new();
        for form in DATE_FORMS {
            if self.all_are(&format!("try_strptime(v, {}) IS NOT NULL", sql::text(form)))? {
                fitting.push(form);
            }
        }
        Ok(if let [form] = fitting[..] {
            Some(form)
        } else {
            None
        })
    }
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
    fn thousands_may_be_set_apart() {
        assert_eq!(kind_of(&["58,750", "900", "1,204,000"]), ColumnType::Integer);
        assert_eq!(
            kind_of(&["1,204.5", "-3,000"]),
            ColumnType::Decimal {
                precision: MAX_PRECISION,
                scale: 1,
            }
        );
        assert_eq!(kind_of(&["1,20", "3,000"]), ColumnType::Text);
        assert_eq!(kind_of(&["1000", "3,000"]), ColumnType::Text);
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
