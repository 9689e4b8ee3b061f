//! Files that hold types: what is a number there stays that number, whatever texts beside it look like.

mod support;

use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::ingest::TableProfile;
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
    let mut case = Case::new(
        "data.json",
        br#"[{"n": 52.123}, {"n": "1,5"}]"#,
        r#"{"decimal_mark": ","}"#,
    );
    case.request.tables[0].columns = vec![csv_analyst_protocol::ingest::IngestColumn {
        name: "n".into(),
        kind: decimal(9, 3),
        nullable: false,
    }];
    assert_eq!(told(&case.table(), 0), (decimal(9, 3), "1.500", "52.123"));
}
