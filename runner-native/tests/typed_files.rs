//! Files that hold types: what is a number there stays that number, whatever texts beside it look like.

mod support;

use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::ingest::{IngestColumn, TableProfile};
use csv_analyst_protocol::reading::FileLimits;
use std::io::Write;
use support::case::Case;

fn decimal(precision: u8, scale: u8) -> ColumnType {
    ColumnType::Decimal { precision, scale }
}

/// Type, least and greatest value of a column.
fn told(table: &TableProfile, column: usize) -> (ColumnType, &str, &str) {
    let column = &table.columns[column];
    (
        column.kind,
        column.min.as_deref().unwrap_or_default(),
        column.max.as_deref().unwrap_or_default(),
    )
}

/// A workbook of one sheet whose rows are these cells.
fn workbook(rows: &[[String; 2]]) -> Vec<u8> {
    const NAMES: &str = "http://schemas.openxmlformats.org";
    let sheet: String = rows
        .iter()
        .map(|row| format!("<row>{}</row>", row.concat()))
        .collect();
    let parts = [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{NAMES}/package/2006/relationships\"><Relationship Id=\"r1\" \
                 Type=\"{NAMES}/officeDocument/2006/relationships/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{NAMES}/spreadsheetml/2006/main\" \
                 xmlns:r=\"{NAMES}/officeDocument/2006/relationships\">\
                 <sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{NAMES}/package/2006/relationships\"><Relationship Id=\"r1\" \
                 Type=\"{NAMES}/officeDocument/2006/relationships/worksheet\" \
                 Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(
                "<worksheet xmlns=\"{NAMES}/spreadsheetml/2006/main\"><sheetData>{sheet}</sheetData></worksheet>"
            ),
        ),
    ];
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive
            .start_file(name, zip::write::SimpleFileOptions::default())
            .expect("a part");
        archive.write_all(text.as_bytes()).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

fn text(value: &str) -> String {
    format!("<c t=\"inlineStr\"><is><t>{value}</t></is></c>")
}

fn number(value: &str) -> String {
    format!("<c><v>{value}</v></c>")
}

#[test]
fn a_number_of_json_keeps_its_point_beside_texts_with_decimal_commas() {
    let file = br#"[{"place": 52.123, "share": "0,5"}, {"place": 7.125, "share": "0,25"}]"#;
    for reading in ["{}", r#"{"decimal_mark": ","}"#] {
        let table = Case::new("data.json", file, reading).table();
        assert_eq!(told(&table, 0), (decimal(18, 3), "7.125", "52.123"), "{reading}");
        assert_eq!(told(&table, 1), (decimal(18, 2), "0.25", "0.50"), "{reading}");
    }
    let file = br#"[{"n": 52.123}, {"n": "1.000,5"}, {"n": 7}]"#;
    let table = Case::new("data.json", file, r#"{"decimal_mark": ","}"#).table();
    assert_eq!(told(&table, 0), (decimal(18, 3), "7.000", "1000.500"));
    for kind in ["decimal", "decimal(9,3)", "double"] {
        let reading = format!(r#"{{"decimal_mark": ",", "types": {{"n": "{kind}"}}}}"#);
        let table = Case::new("data.json", br#"[{"n": 52.123}]"#, &reading).table();
        assert_eq!(table.columns[0].max.as_deref(), Some("52.123"), "{kind}");
    }
}

#[test]
fn numbers_of_json_alone_are_not_said_to_be_read_in_any_way() {
    let file = br#"[{"place": 52.123}, {"place": 1.5}]"#;
    let table = Case::new("data.json", file, r#"{"decimal_mark": ","}"#).table();
    assert_eq!(table.notes, []);
}

#[test]
fn a_number_of_a_workbook_keeps_its_point_beside_texts_with_decimal_commas() {
    let rows = [
        [text("place"), text("share")],
        [number("52.123"), text("0,5")],
        [number("-7"), text("0,25")],
    ];
    let file = workbook(&rows);
    for reading in ["{}", r#"{"decimal_mark": ","}"#] {
        let table = Case::new("data.xlsx", &file, reading).table();
        assert_eq!(told(&table, 0), (decimal(18, 3), "-7.000", "52.123"), "{reading}");
        assert_eq!(told(&table, 1), (decimal(18, 2), "0.25", "0.50"), "{reading}");
    }
}

#[test]
fn a_described_column_of_json_takes_numbers_as_they_are() {
    let file = br#"[{"n": 52.123}, {"n": "1,5"}]"#;
    let case = Case::new("data.json", file, r#"{"decimal_mark": ","}"#);
    let case = described(case, &[("n", decimal(9, 3), false)]);
    assert_eq!(told(&case.table(), 0), (decimal(9, 3), "1.500", "52.123"));
}

/// What this SELECT gives, as a Parquet file.
fn parquet(select: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("made.parquet");
    let engine = duckdb::Connection::open_in_memory().expect("DuckDB opens");
    engine
        .execute_batch(&format!(
            "COPY ({select}) TO '{}' (FORMAT parquet)",
            path.display()
        ))
        .expect("it can be written");
    std::fs::read(path).expect("it is there")
}

fn described(mut case: Case, columns: &[(&str, ColumnType, bool)]) -> Case {
    case.request.tables[0].columns = columns
        .iter()
        .map(|(name, kind, nullable)| IngestColumn {
            name: (*name).into(),
            kind: *kind,
            nullable: *nullable,
        })
        .collect();
    case
}

fn asked(select: &str, kind: &str) -> Case {
    let reading = format!(r#"{{"types": {{"n": "{kind}"}}}}"#);
    Case::new("data.parquet", &parquet(select), &reading)
}

#[test]
fn a_decimal_that_is_asked_of_parquet_has_the_digits_of_its_values() {
    let table = asked("SELECT unnest([1.2345, 7.0]::DOUBLE[]) AS n", "decimal").table();
    assert_eq!(told(&table, 0), (decimal(18, 4), "1.2345", "7.0000"));
    let table = asked("SELECT 1.2345::DECIMAL(30,4) AS n", "decimal").table();
    assert_eq!(told(&table, 0), (decimal(30, 4), "1.2345", "1.2345"), "as it is");
    let table = asked("SELECT 12e15::DOUBLE AS n", "bigint").table();
    assert_eq!(told(&table, 0).2, "12000000000000000", "written as 1.2e+16");
    let table = asked("SELECT 0.1::FLOAT AS n", "decimal(5,2)").table();
    assert_eq!(told(&table, 0), (decimal(5, 2), "0.10", "0.10"));
}

#[test]
fn a_number_with_an_exponent_becomes_the_decimal_that_it_is() {
    let rows = [
        [text("n"), text("t")],
        [number("-1.5E-5"), text("a")],
        [number("12.5"), text("b")],
    ];
    let files = [
        ("data.csv", b"n,t\n-1.5e-05,a\n12.5,b\n0e50,c\n".to_vec()),
        (
            "data.json",
            br#"[{"n": -1.5E-05}, {"n": 1.25e1}, {"n": 0e50}]"#.to_vec(),
        ),
        (
            "data.parquet",
            parquet("SELECT unnest([-1.5e-05, 12.5, 0.0]::DOUBLE[]) AS n"),
        ),
        ("data.xlsx", workbook(&rows)),
    ];
    for (name, bytes) in files {
        let table = Case::new(name, &bytes, r#"{"types": {"n": "decimal"}}"#).table();
        assert_eq!(
            told(&table, 0),
            (decimal(18, 6), "-0.000015", "12.500000"),
            "{name}"
        );
    }
}

#[test]
fn an_exponent_beyond_every_decimal_is_refused_where_it_stands() {
    for value in ["1e-19", "1e-999", "1e19", "1e999", "1e-99999", "1e99999"] {
        let text = format!("n,t\n12.5,a\n{value},b\n");
        let error = Case::new("data.csv", text.as_bytes(), r#"{"types": {"n": "decimal"}}"#).refusal();
        assert_eq!(
            (error.line, error.column.as_deref()),
            (Some(3), Some("n")),
            "{value}"
        );
        assert_eq!(
            error.message,
            "The value is not a decimal number that fits the column."
        );
        let reading = r#"{"types": {"n": "decimal"}, "max_bad_rows": 1}"#;
        let table = Case::new("data.csv", text.as_bytes(), reading).table();
        assert_eq!(told(&table, 0), (decimal(18, 1), "12.5", "12.5"), "{value}");
    }
}

#[test]
fn a_tiny_number_takes_no_room_from_the_large_ones_beside_it() {
    let text = "n,t\n1234567.5,a\n1.2e-12,b\n1.2e-10,c\n";
    let error = Case::new("data.csv", text.as_bytes(), r#"{"types": {"n": "decimal"}}"#).refusal();
    assert_eq!((error.line, error.column.as_deref()), (Some(3), Some("n")));
    let reading = r#"{"types": {"n": "decimal"}, "max_bad_rows": 1}"#;
    let table = Case::new("data.csv", text.as_bytes(), reading).table();
    let (least, most) = ("0.00000000012", "1234567.50000000000");
    assert_eq!(told(&table, 0), (decimal(18, 11), least, most));
}

#[test]
fn a_type_that_does_not_fit_parquet_is_refused_in_the_words_of_any_file() {
    for (values, engine_type, kind) in [
        (["1", "2.5"], "DOUBLE", "integer"),
        (["1", "2.5"], "VARCHAR", "bigint"),
        (["1", "3000000000"], "BIGINT", "integer"),
        (["1.5", "1.25"], "DECIMAL(9,2)", "decimal(9,1)"),
        (["x", "y"], "VARCHAR", "date"),
    ] {
        let select = format!(
            "SELECT unnest(['{}', '{}'])::{engine_type} AS n",
            values[0], values[1]
        );
        let error = asked(&select, kind).refusal();
        let reading = format!(r#"{{"types": {{"n": "{kind}"}}}}"#);
        let text = format!("n,m\n{},\n{},\n", values[0], values[1]);
        let same = Case::new("data.csv", text.as_bytes(), &reading).refusal();
        assert_eq!(
            (error.message, error.column, error.hint),
            (same.message, same.column, same.hint),
            "{values:?} as {kind}"
        );
        assert_eq!(error.line.map(|row| row + 1), same.line, "below the header");
    }
}

#[test]
fn rows_of_parquet_that_do_not_fit_are_left_out_up_to_the_number_that_was_allowed() {
    let select = "SELECT i AS id, CASE WHEN i IN (3, 5000) THEN 'x' ELSE i::VARCHAR END AS n, \
                  'text ' || i AS t FROM range(1, 6001) r(i)";
    let file = parquet(select);
    let reading = r#"{"types": {"n": "integer"}, "max_bad_rows": 2}"#;
    let table = Case::new("data.parquet", &file, reading).table();
    assert_eq!(table.row_count, 5_998);
    assert_eq!(told(&table, 1), (ColumnType::Integer, "1", "6000"));
    assert_eq!(table.columns[2].distinct_count, 5_998, "rows stay together");
    assert_eq!(table.notes[0].line, Some(3));
    let reading = r#"{"types": {"n": "integer"}, "max_bad_rows": 1}"#;
    let error = Case::new("data.parquet", &file, reading).refusal();
    assert_eq!(error.line, Some(5_000));
}

#[test]
fn a_described_column_of_parquet_must_have_its_values() {
    let file = parquet("SELECT unnest([1, NULL]) AS n, 'a' AS t");
    for kind in [ColumnType::Integer, ColumnType::Bigint] {
        let columns = [("n", kind, false), ("t", ColumnType::Text, true)];
        let error = described(Case::new("data.parquet", &file, "{}"), &columns).refusal();
        assert_eq!((error.line, error.column.as_deref()), (Some(2), Some("n")));
        assert_eq!(error.message, "Row 2 has no value, but the column must have one.");
        let columns = [("t", ColumnType::Text, false), ("n", kind, true)];
        let table = described(Case::new("data.parquet", &file, "{}"), &columns).table();
        assert_eq!(told(&table, 1), (kind, "1", "1"), "in the described order");
    }
}

#[test]
fn what_is_not_asked_for_goes_through_as_it_is() {
    let select = "SELECT '5' AS n, 'nan'::DOUBLE AS d, '' AS t, 0.1::DOUBLE + 0.2 AS f, \
                  TIMESTAMP '2025-01-01 08:00:00.123456' AS m, TIME '23:59:59.5' AS c, true AS b";
    let table = asked(select, "integer").table();
    let kinds: Vec<ColumnType> = table.columns.iter().map(|column| column.kind).collect();
    assert_eq!(
        kinds,
        [
            ColumnType::Integer,
            ColumnType::Double,
            ColumnType::Text,
            ColumnType::Double,
            ColumnType::Timestamp,
            ColumnType::Time,
            ColumnType::Boolean
        ]
    );
    assert_eq!(table.columns[2].values, [""]);
    assert_eq!(table.columns[3].max.as_deref(), Some("0.30000000000000004"));
    assert_eq!(
        table.columns[4].max.as_deref(),
        Some("2025-01-01 08:00:00.123456")
    );
    assert_eq!(table.columns[5].max.as_deref(), Some("23:59:59.5"));
    assert!(table.columns.iter().all(|column| !column.nullable));
}

#[test]
fn limits_of_parquet_name_their_settings() {
    let file = parquet("SELECT i AS a, i AS b FROM range(5000) r(i)");
    type Change = fn(&mut FileLimits);
    let cases: [(&str, Change); 2] = [
        ("columns", |limits| limits.columns = 1),
        ("rows", |limits| limits.rows = 4_000),
    ];
    for (setting, change) in cases {
        let error = Case::new("data.parquet", &file, "{}").limited(change).refusal();
        let hint = error.hint.unwrap_or_default();
        assert!(hint.contains(&format!("datasets.limits.{setting}")), "{hint}");
    }
}
