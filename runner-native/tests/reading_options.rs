//! What somebody says about a file is followed, or refused with its place; limits hold with a word on which
//! setting they are; bombs do not go off.

mod support;

use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_protocol::reading::{FileLimits, NoteKind};
use std::io::Write;
use std::path::Path;
use support::case::Case;

fn kinds(text: &str, reading: &str) -> Vec<ColumnType> {
    let table = Case::new("data.csv", text.as_bytes(), reading).table();
    table.columns.iter().map(|column| column.kind).collect()
}

fn refused(text: &str, reading: &str) -> IngestError {
    Case::new("data.csv", text.as_bytes(), reading).refusal()
}

fn decimal(precision: u8, scale: u8) -> ColumnType {
    ColumnType::Decimal { precision, scale }
}

#[test]
fn types_are_those_that_were_asked_for() {
    let text = "zip,n,when,price\n12345,1,31/01/2025,1.5\n67890,2,28/02/2025,2\n";
    let reading =
        r#"{"types": {"zip": "text", "n": "bigint", "when": "timestamp", "price": "decimal(6,3)"}}"#;
    assert_eq!(
        kinds(text, reading),
        [
            ColumnType::Text,
            ColumnType::Bigint,
            ColumnType::Timestamp,
            decimal(6, 3)
        ]
    );
    assert_eq!(
        kinds("n\n1,5\n", r#"{"types": {"n": "decimal"}, "delimiter": ";"}"#),
        [decimal(18, 1)]
    );
}

#[test]
fn a_type_that_does_not_fit_is_refused_with_line_and_column() {
    let error = refused("n,m\n1,2\nx,3\n", r#"{"types": {"n": "integer"}}"#);
    assert_eq!((error.line, error.column.as_deref()), (Some(3), Some("n")));
    assert!(error.hint.is_some_and(|hint| hint.contains("max_bad_rows")));
    let error = refused("n\n1.25\n", r#"{"types": {"n": "decimal(5,1)"}}"#);
    assert_eq!(error.line, Some(2), "a digit would be lost: {error:?}");
    let error = refused("n\n1\n", r#"{"types": {"m": "integer"}}"#);
    assert_eq!(error.column.as_deref(), Some("m"));
    assert!(error.hint.is_some_and(|hint| hint.contains('n')));
    let error = refused("d,n\n01/02/2025,1\n", r#"{"types": {"d": "date"}}"#);
    assert!(error.hint.is_some_and(|hint| hint.contains("date_format")));
}

#[test]
fn what_the_values_leave_open_can_be_said() {
    let dates = "d,n\n01/02/2025,1\n03/04/2025,2\n";
    assert_eq!(kinds(dates, "{}")[0], ColumnType::Text);
    let table = Case::new("data.csv", dates.as_bytes(), r#"{"date_format": "DD/MM/YYYY"}"#).table();
    assert_eq!(table.columns[0].max.as_deref(), Some("2025-04-03"));
    let table = Case::new("data.csv", dates.as_bytes(), r#"{"date_format": "mdy"}"#).table();
    assert_eq!(table.columns[0].max.as_deref(), Some("2025-03-04"));
    let thousands = "n,x\n\"1,234\",a\n\"5,678\",b\n";
    assert_eq!(kinds(thousands, "{}")[0], ColumnType::Integer);
    assert_eq!(kinds(thousands, r#"{"decimal_mark": ","}"#)[0], decimal(18, 3));
    let sloppy = "n,x\n1000,a\n\"3,000\",b\n";
    assert_eq!(kinds(sloppy, "{}")[0], ColumnType::Text);
    let reading = r#"{"decimal_mark": ".", "types": {"n": "integer"}}"#;
    let table = Case::new("data.csv", sloppy.as_bytes(), reading).table();
    assert_eq!(table.columns[0].max.as_deref(), Some("3000"));
    let nulls = "n,t\n1,none\nnone,none\n";
    assert_eq!(kinds(nulls, "{}"), [ColumnType::Integer, ColumnType::Text]);
    assert_eq!(kinds(nulls, r#"{"null_values": []}"#)[0], ColumnType::Text);
    assert_eq!(
        kinds("n\n1\nvoid\n", r#"{"null_values": ["void"]}"#),
        [ColumnType::Integer]
    );
}

#[test]
fn the_header_can_be_named_or_denied() {
    let names = |text: &str, reading: &str| -> Vec<String> {
        let table = Case::new("data.csv", text.as_bytes(), reading).table();
        table.columns.into_iter().map(|column| column.name).collect()
    };
    assert_eq!(names("x,y\na,b\n1,2\n", r#"{"header_line": 2}"#), ["a", "b"]);
    assert_eq!(
        names("a,b\nc,d\n", r#"{"header_line": 0}"#),
        ["column_1", "column_2"]
    );
    assert_eq!(names("1,2\n3,4\n", r#"{"header_line": 1}"#), ["1", "2"]);
    assert_eq!(refused("a,b\n1,2\n", r#"{"header_line": 9}"#).line, Some(9));
}

#[test]
fn rows_that_do_not_fit_are_left_out_up_to_the_number_that_was_allowed() {
    let text = b"a,b\n1,2\n3,4,5\nx\0,1\n6,\"y\"z\n7,8\n";
    let table = Case::new("data.csv", text, r#"{"max_bad_rows": 3}"#).table();
    assert_eq!(table.row_count, 2);
    let left_out = table
        .notes
        .iter()
        .find(|note| note.kind == NoteKind::LeftOut)
        .expect("it is said");
    assert_eq!(left_out.line, Some(3));
    assert!(left_out.message.starts_with("3 lines"), "{}", left_out.message);
    let error = Case::new("data.csv", text, r#"{"max_bad_rows": 1}"#).refusal();
    assert_eq!(error.line, Some(4));
    assert!(error.hint.is_some_and(|hint| hint.contains("max_bad_rows = 1")));
    let reading = r#"{"max_bad_rows": 1, "types": {"n": "integer"}}"#;
    let table = Case::new("data.csv", b"n,m\n1,1\nx,2\n3,3\n", reading).table();
    assert_eq!(table.row_count, 2);
}

#[test]
fn an_encoding_can_be_said_and_must_hold() {
    let koi8: &[u8] = b"a\n\xF0\xD2\xC9\xD7\xC5\xD4\n";
    let table = Case::new("data.csv", koi8, r#"{"encoding": "koi8-r"}"#).table();
    assert_eq!(table.columns[0].values, ["Привет"]);
    let error = Case::new("data.csv", b"a\nx\n\xFF\n", r#"{"encoding": "utf-8"}"#).refusal();
    assert_eq!(error.line, Some(3));
    let table = Case::new("data.csv", b"a\nx\n\xFF\n", r#"{"encoding": "utf-8-lossy"}"#).table();
    assert_eq!(table.columns[0].values, ["x", "\u{FFFD}"]);
    let error = Case::new("data.csv", b"a\n", r#"{"encoding": "utf-9"}"#).refusal();
    assert!(error.hint.is_some());
}

#[test]
fn a_sheet_can_be_chosen() {
    let workbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/workbook.xlsx");
    let bytes = std::fs::read(workbook).expect("it is there");
    let table = Case::new("book.xlsx", &bytes, r#"{"sheet": "Hidden"}"#).table();
    assert_eq!((table.name.as_str(), table.row_count), ("data", 1));
    let error = Case::new("book.xlsx", &bytes, r#"{"sheet": "Nowhere"}"#).refusal();
    assert!(error.hint.is_some_and(|hint| hint.contains("Orders")));
}

#[test]
fn a_format_can_be_said() {
    let table = Case::new("data.csv", b"{\"a\": 1}\n{\"a\": 2}\n", r#"{"format": "ndjson"}"#).table();
    assert_eq!(table.columns[0].kind, ColumnType::Integer);
    let error = Case::new("data.csv", b"a,b\n1,2\n", r#"{"format": "parquet"}"#).refusal();
    assert_eq!(error.message, "The file can't be read as Parquet.");
}

#[test]
fn a_thousand_columns_are_a_table() {
    let line = |value: &dyn Fn(usize) -> String| (0..1_000).map(value).collect::<Vec<_>>().join(",");
    let mut text = line(&|n| format!("column {n}"));
    for row in 0..50 {
        text.push('\n');
        text.push_str(&line(&|n| (n * row).to_string()));
    }
    let table = Case::new("wide.csv", text.as_bytes(), "{}").table();
    assert_eq!((table.columns.len(), table.row_count), (1_000, 50));
}

#[test]
fn each_limit_names_its_setting() {
    let text = b"a,b\n1,22\n3,4\n5,6\n";
    type Change = fn(&mut FileLimits);
    let cases: [(&str, Change); 4] = [
        ("file_bytes", |limits| limits.file_bytes = 5),
        ("columns", |limits| limits.columns = 1),
        ("rows", |limits| limits.rows = 2),
        ("cell_bytes", |limits| limits.cell_bytes = 1),
    ];
    for (setting, change) in cases {
        let error = Case::new("data.csv", text, "{}").limited(change).refusal();
        let hint = error.hint.unwrap_or_default();
        assert!(
            hint.contains(&format!("datasets.limits.{setting}")),
            "{setting}: {hint}"
        );
    }
}

/// So many zeros, packed.
fn packed_zeros(bytes: usize) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..bytes >> 20 {
        packer.write_all(&zeros).expect("memory");
    }
    packer.finish().expect("memory")
}

#[test]
fn a_gzip_bomb_is_stopped_while_it_is_unpacked() {
    let bomb = packed_zeros(6 << 20);
    let error = Case::new("bomb.csv.gz", &bomb, "{}")
        .limited(|limits| limits.expanded_bytes = 2 << 20)
        .refusal();
    assert!(error.hint.is_some_and(|hint| hint.contains("expanded_bytes")));
}

/// A workbook whose sheet is zeros, and whose archive says that it is small.
fn workbook_bomb(bytes: usize) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive
        .start_file("xl/worksheets/sheet1.xml", options)
        .expect("a part");
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..bytes >> 20 {
        archive.write_all(&zeros).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

#[test]
fn a_workbook_bomb_is_measured_before_it_is_opened() {
    let error = Case::new("bomb.xlsx", &workbook_bomb(4 << 20), "{}")
        .limited(|limits| limits.expanded_bytes = 1 << 20)
        .refusal();
    assert!(
        error.hint.is_some_and(|hint| hint.contains("expanded_bytes")),
        "{}",
        error.message
    );
}

#[test]
fn two_readings_of_the_same_files_do_not_clash() {
    let text: String = (0..2_000).map(|n| format!("{n},{}\n", n % 7)).collect();
    let case = Case::new("data.csv", format!("id,n\n{text}").as_bytes(), "{}");
    std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| case.table().row_count));
        for one in both {
            assert_eq!(one.join().expect("it ends"), 2_000);
        }
    });
    let left = std::fs::read_dir(case.folder.path().join("out"))
        .expect("it is there")
        .count();
    assert_eq!(left, 1);
}

#[test]
fn what_does_not_fit_into_memory_is_kept_on_the_disk_meanwhile() {
    let text: String = (0..60_000).map(|n| format!("{n},text {n} {n} {n}\n")).collect();
    let mut case = Case::new("data.csv", format!("id,t\n{text}").as_bytes(), "{}");
    let scratch = case.folder.path().join("out/scratch");
    std::fs::create_dir(&scratch).expect("a folder");
    case.request.scratch = Some(scratch.to_string_lossy().into_owned());
    case.request.memory_bytes = 160 << 20;
    assert_eq!(case.table().row_count, 60_000);
}
