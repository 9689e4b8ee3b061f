//! The one place where ingest quotes names and texts for SQL.

pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_nothing_else_is_special() {
        let connection = duckdb::Connection::open_in_memory().unwrap();
        for value in ["plain", "it's", "a\\'b", "'; DROP TABLE t; --", "\"", "é\n"] {
            let read: String = connection
                .query_row(&format!("SELECT {}", text(value)), [], |row| row.get(0))
                .unwrap();
            assert_eq!(read, value);
            let named = format!(
                "SELECT column_name FROM (DESCRIBE SELECT 1 AS {})",
                identifier(value)
            );
            let read: String = connection.query_row(&named, [], |row| row.get(0)).unwrap();
            assert_eq!(read, value);
        }
    }
}
