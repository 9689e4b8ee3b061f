//! A stranger's file: bytes through everything of ours that reads them, text and JSON, up to the types.
#![no_main]

#[path = "../../../runner-native/src/reading/mod.rs"]
#[allow(dead_code, unused_imports)]
mod reading;

use csv_analyst_protocol::reading::Reading;
use libfuzzer_sys::fuzz_target;
use reading::encoding::{Decoded, detect_in};
use reading::header::layout;
use reading::infer::choice::infer;
use reading::infer::{Column, Evidence};
use reading::json::elements::Elements;
use reading::names::clean;
use reading::notes::Notes;
use reading::record::Record;
use reading::text::{TextRecords, sniff};
use std::io::{Cursor, Read};

const LONGEST_CELL: u64 = 1_000;

fuzz_target!(|bytes: &[u8]| {
    let mut notes = Notes::of("f");
    let Ok(detected) = detect_in("f", &mut &bytes[..], None, &mut notes) else {
        return;
    };
    let mut text = Vec::new();
    Decoded::new(Box::new(Cursor::new(bytes.to_vec())), detected)
        .read_to_end(&mut text)
        .expect("memory can be read");
    assert!(std::str::from_utf8(&text).is_ok());
    as_table(&text, notes);
    as_json(&text);
});

fn as_table(text: &[u8], mut notes: Notes) {
    let reading = Reading::default();
    let sniffed = sniff::sniff(text, true, &reading);
    let rows = sniff::records(text, true, sniffed.dialect);
    let Ok(layout) = layout("f", &rows, 1, &reading, &mut notes) else {
        return;
    };
    let names = clean(&layout.names, layout.header_line, &mut notes);
    assert_eq!(names.len(), layout.names.len());
    let mut columns = vec![Column::default(); names.len()];
    let mut records = TextRecords::new(text, sniffed.dialect, LONGEST_CELL);
    let (mut record, mut line) = (Record::default(), 0);
    while records.next(&mut record).unwrap_or(false) {
        assert!(record.line > line, "lines go up");
        line = record.line;
        for (place, column) in columns.iter_mut().enumerate() {
            let cell = record.cell(place);
            assert!(std::str::from_utf8(cell).is_ok(), "no letter is cut");
            column.see(record.typed_cell(place), record.line, true);
        }
    }
    let evidence = Evidence::gather(&columns, &reading, Some(sniffed.dialect.delimiter));
    for column in &columns {
        infer(column, evidence, &reading);
    }
    assert!(notes.finish().len() < 100);
}

fn as_json(text: &[u8]) {
    let mut elements = Elements::new(text, LONGEST_CELL);
    while let Ok(Some((_, element))) = elements.next_object() {
        assert!(element.starts_with(b"{") && element.len() as u64 <= LONGEST_CELL);
    }
}
