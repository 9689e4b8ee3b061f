//! Readers of hostile bytes: what was written is read back, and nothing that can be sent in makes them fail
//! in any way but by saying no.

use csv_analyst_protocol::reading::{Escape, Reading};
use csv_analyst_runner::reading::encoding::{Decoded, detect_in};
use csv_analyst_runner::reading::header::layout;
use csv_analyst_runner::reading::infer::{Column, moment, number};
use csv_analyst_runner::reading::json::elements::Elements;
use csv_analyst_runner::reading::names::{LONGEST, clean};
use csv_analyst_runner::reading::notes::Notes;
use csv_analyst_runner::reading::record::{Cell, Record};
use csv_analyst_runner::reading::text::{Dialect, TextRecords, sniff};
use proptest::prelude::*;
use std::collections::HashSet;
use std::io::Read;

/// Gives a few bytes at a time, as a slow disk or an unpacker may.
struct Drops<'a> {
    bytes: &'a [u8],
    most: usize,
}

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.bytes.len().min(self.most).min(buffer.len());
        buffer[..length].copy_from_slice(&self.bytes[..length]);
        self.bytes = &self.bytes[length..];
        Ok(length)
    }
}

fn read(bytes: &[u8], dialect: Dialect, most: usize) -> Option<Vec<Record>> {
    let mut records = TextRecords::new(Drops { bytes, most }, dialect, 1 << 20);
    let (mut all, mut record) = (Vec::new(), Record::default());
    loop {
        match records.next(&mut record) {
            Ok(true) => all.push(record.clone()),
            Ok(false) => return Some(all),
            Err(_) => return None,
        }
    }
}

fn write(rows: &[Vec<String>], dialect: Dialect, line_end: &str) -> String {
    let (delimiter, quote) = (
        char::from(dialect.delimiter),
        char::from(dialect.quote.unwrap_or(b'"')),
    );
    let escaped = |cell: &String| match dialect.escape {
        Escape::Doubled => cell.replace(quote, &format!("{quote}{quote}")),
        Escape::Backslash => cell.replace('\\', "\\\\").replace(quote, &format!("\\{quote}")),
    };
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| format!("{quote}{}{quote}", escaped(cell)))
            .collect();
        format!("{}{line_end}", cells.join(&delimiter.to_string()))
    };
    rows.iter().map(line).collect()
}

fn dialects() -> impl Strategy<Value = Dialect> {
    let delimiter = prop::sample::select(vec![b',', b';', b'\t', b'|']);
    let quote = prop::sample::select(vec![b'"', b'\'']);
    let escape = prop::sample::select(vec![Escape::Doubled, Escape::Backslash]);
    (delimiter, quote, escape).prop_map(|(delimiter, quote, escape)| Dialect {
        delimiter,
        quote: Some(quote),
        escape,
    })
}

proptest! {
    #[test]
    fn what_was_written_in_any_dialect_is_read_back(
        rows in prop::collection::vec(prop::collection::vec("[a-z\"'\\\\,;|\t\n\r é]{0,6}", 1..4), 1..6),
        dialect in dialects(),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        most in 1..9_usize,
    ) {
        let text = write(&rows, dialect, line_end);
        let found = read(text.as_bytes(), dialect, most).expect("it is well-formed");
        let cells: Vec<Vec<String>> = found
            .iter()
            .map(|record| record.cells().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect())
            .collect();
        prop_assert_eq!(cells, rows);
        prop_assert!(found.iter().all(|record| record.problem.is_none() && !record.has_stray_quotes));
    }

    #[test]
    fn any_bytes_are_records_or_refused_and_drops_make_no_difference(
        bytes in prop::collection::vec(prop::sample::select(b"a1\"'\\,;\n\r \0\xC3\xBC".to_vec()), 0..80),
        dialect in dialects(),
        most in 1..5_usize,
    ) {
        let whole = read(&bytes, dialect, usize::MAX);
        let drops = read(&bytes, dialect, most);
        let told = |records: &Option<Vec<Record>>| records.as_ref().map(|records| {
            records.iter().map(|record| record.cells().map(<[u8]>::to_vec).collect::<Vec<_>>()).collect::<Vec<_>>()
        });
        prop_assert_eq!(told(&whole), told(&drops));
        let lines: Vec<u64> = whole.iter().flatten().map(|record| record.line).collect();
        prop_assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", lines);
    }

    #[test]
    fn sniffing_and_finding_the_header_never_fail(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let reading = Reading::default();
        let dialect = sniff::sniff(&bytes, true, &reading).dialect;
        let rows = sniff::records(&bytes, true, dialect);
        if let Ok(layout) = layout("f", &rows, 1, &reading, &mut Notes::of("f")) {
            prop_assert!(!layout.names.is_empty());
        }
    }

    #[test]
    fn text_of_any_encoding_becomes_utf8(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(detected) = detect_in("f", &mut &bytes[..], None, &mut Notes::of("f")) {
            let mut text = Vec::new();
            Decoded::new(Box::new(std::io::Cursor::new(bytes)), detected)
                .read_to_end(&mut text)
                .expect("memory can be read");
            prop_assert!(std::str::from_utf8(&text).is_ok());
        }
    }

    #[test]
    fn a_text_that_was_utf16_is_the_same_text(text in "[a-z,;\nöß€]{20,60}", is_big in any::<bool>()) {
        let order = if is_big { u16::to_be_bytes } else { u16::to_le_bytes };
        let bytes: Vec<u8> = format!("\u{FEFF}{text}").encode_utf16().flat_map(order).collect();
        let detected = detect_in("f", &mut &bytes[..], None, &mut Notes::of("f")).expect("it is marked");
        let mut read = String::new();
        Decoded::new(Box::new(std::io::Cursor::new(bytes)), detected)
            .read_to_string(&mut read)
            .expect("memory can be read");
        prop_assert_eq!(read, text);
    }

    #[test]
    fn a_number_is_itself_in_every_style(value in any::<i64>(), scale in 1..6_u32, style in prop::sample::select(number::STYLES.to_vec())) {
        let text = grouped(value, scale, style);
        let read = number::parse(text.as_bytes(), style.bit()).expect("a number");
        prop_assert_eq!((read.signed(), read.scale), (Some(i128::from(value)), scale), "{}", text);
    }

    #[test]
    fn a_date_is_itself_in_every_order(days in -700_000..2_900_000_i32, order in prop::sample::select(vec![moment::YEAR_FIRST, moment::DAY_FIRST, moment::MONTH_FIRST])) {
        let Some((year, month, day)) = civil(days) else { return Ok(()) };
        let text = match order {
            moment::YEAR_FIRST => format!("{year:04}-{month:02}-{day:02}"),
            moment::DAY_FIRST => format!("{day:02}/{month:02}/{year:04}"),
            _ => format!("{month}/{day}/{year:04}"),
        };
        let read = moment::moment(text.as_bytes()).expect("a date");
        prop_assert_eq!(read.days(order), Some(days), "{}", text);
    }

    #[test]
    fn any_cell_can_be_looked_at(cells in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..40)) {
        let mut column = Column::default();
        for (line, cell) in (1..).zip(&cells) {
            column.see(Cell::text(cell), line, true);
            column.see(Cell::number(cell), line, true);
            // Whatever the shape says fits can be read.
            if let Some(shape) = number::shape(cell).filter(|shape| !shape.has_exponent()) {
                for style in number::STYLES.into_iter().filter(|style| shape.styles & style.bit() != 0) {
                    prop_assert!(number::parse_double(cell, style.bit()).is_some());
                }
            }
        }
    }

    #[test]
    fn names_are_distinct_visible_and_short(raw in prop::collection::vec(".{0,8}|[aA_2]{0,3}", 0..30)) {
        let names = clean(&raw, Some(1), &mut Notes::of("f"));
        let distinct: HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        prop_assert_eq!(distinct.len(), names.len());
        for name in &names {
            prop_assert!(!name.is_empty() && name.chars().count() <= LONGEST + 8);
            prop_assert!(!name.chars().any(char::is_control) && !name.starts_with(['=', '+', '-', '@', ' ']));
        }
    }

    #[test]
    fn json_is_cut_where_its_objects_end(values in prop::collection::vec("[\\]\\[{}\",\\\\ a]{0,8}", 0..6), as_list in any::<bool>(), most in 1..7_usize) {
        let objects: Vec<String> = values
            .iter()
            .map(|value| serde_json::json!({"v": value, "n": [{"x": 1}]}).to_string())
            .collect();
        let text = if as_list { format!("[{}]", objects.join(",\n")) } else { objects.join("\n") };
        let mut elements = Elements::new(Drops { bytes: text.as_bytes(), most }, 1 << 20);
        let mut found = Vec::new();
        while let Some((_, element)) = elements.next_object().expect("it is well-formed") {
            found.push(String::from_utf8_lossy(element).into_owned());
        }
        prop_assert_eq!(found, objects);
    }

    #[test]
    fn any_bytes_are_objects_or_refused(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\a1 \n".to_vec()), 0..80)) {
        let mut elements = Elements::new(&bytes[..], 50);
        while let Ok(Some((_, element))) = elements.next_object() {
            let is_object = element.starts_with(b"{") && element.len() <= 50;
            prop_assert!(is_object);
        }
    }
}

/// The number in this style, its last digits behind the decimal mark.
fn grouped(value: i64, scale: u32, style: number::Style) -> String {
    use number::Style::{BlankThousands, BlankThousandsComma, CommaThousands, DotThousands};
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale as usize + 1);
    let (whole, decimals) = digits.split_at(digits.len() - scale as usize);
    let separator = match style {
        CommaThousands => ",",
        DotThousands => ".",
        BlankThousands | BlankThousandsComma => "\u{a0}",
        _ => "",
    };
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    let mark = if style.has_comma_decimal() { ',' } else { '.' };
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{text}{mark}{decimals}")
}

/// The other way round, by trying: dates are few.
fn civil(days: i32) -> Option<(i32, i32, i32)> {
    let guess = 1_970 + days.div_euclid(366);
    (guess - 1..guess + 12).find_map(|year| {
        let month = (1..=12)
            .rev()
            .find(|month| moment::days_of(year, *month, 1).is_some_and(|first| first <= days))?;
        let day = days - moment::days_of(year, month, 1)? + 1;
        (moment::days_of(year, month, day) == Some(days)).then_some((year, month, day))
    })
}
