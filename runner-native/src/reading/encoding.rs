//! In which encoding a text file is, from all of its bytes, and the same text as UTF-8.

use super::failure::{Placed, reading, refuse};
use super::file::Source;
use super::notes::Notes;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_protocol::reading::NoteKind;
use encoding_rs::{CoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::collections::VecDeque;
use std::io::Read;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Every byte was seen to be UTF-8.
    Utf8,
    /// What is not UTF-8 becomes U+FFFD.
    Utf8Lossy,
    Other(&'static Encoding),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    pub coding: Coding,
    /// The byte order mark's length.
    pub skip: usize,
    pub is_empty: bool,
}

/// Reads the whole file once, unless its first bytes or its owner say what it is.
pub fn detect(source: &Source, wanted: Option<&str>, notes: &mut Notes) -> Result<Detected, IngestError> {
    detect_in(&source.name, &mut *source.unpacked(), wanted, notes)
}

/// The same of any bytes; `file` is what they are called.
pub fn detect_in(
    file: &str,
    input: &mut dyn Read,
    wanted: Option<&str>,
    notes: &mut Notes,
) -> Result<Detected, IngestError> {
    let scan = Scan::of(input).map_err(|error| reading(file, &error))?;
    let coding = match wanted {
        Some(name) => said(file, name, &scan)?,
        None => guessed(file, &scan, notes)?,
    };
    Ok(Detected {
        coding,
        skip: mark(&scan.head).map_or(0, |(_, length)| length),
        is_empty: scan.bytes == 0,
    })
}

fn said(file: &str, name: &str, scan: &Scan) -> Result<Coding, IngestError> {
    if name.eq_ignore_ascii_case("utf-8-lossy") {
        return Ok(Coding::Utf8Lossy);
    }
    let Some(encoding) = Encoding::for_label(name.as_bytes()) else {
        return Err(refuse(file, format!("There is no encoding `{name}`."))
            .hint("Use a name such as utf-8, utf-16le, windows-1252, iso-8859-2, shift_jis, gbk."));
    };
    match (encoding == UTF_8, scan.first_invalid_line) {
        (true, Some(line)) => Err(not_utf8(file, line)),
        (true, None) => Ok(Coding::Utf8),
        (false, _) => Ok(Coding::Other(encoding)),
    }
}

fn not_utf8(file: &str, line: u64) -> IngestError {
    refuse(file, "The text is not UTF-8 here, though the file otherwise is.")
        .on(line)
        .hint("Correct the line, or set `encoding = \"utf-8-lossy\"` to have such bytes replaced.")
}

fn guessed(file: &str, scan: &Scan, notes: &mut Notes) -> Result<Coding, IngestError> {
    if scan.head.starts_with(&[0xFF, 0xFE, 0, 0]) || scan.head.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(
            refuse(file, "The file is UTF-32, which hardly anything reads.").hint("Save it as CSV in UTF-8.")
        );
    }
    let by_mark = mark(&scan.head).map(|(encoding, _)| encoding);
    let wide = by_mark
        .filter(|encoding| *encoding != UTF_8)
        .or_else(|| wide_without_mark(&scan.head));
    if let Some(encoding) = wide {
        let message = format!("Read as {}.", encoding.name());
        let instead = by_mark.is_none().then_some("encoding = \"utf-8\"");
        notes.say(NoteKind::Encoding, None, message, instead);
        return Ok(Coding::Other(encoding));
    }
    let Some(line) = scan.first_invalid_line else {
        return Ok(Coding::Utf8);
    };
    // UTF-8 with a scratch is not another encoding: all its other letters would turn into two.
    // In no other encoding are most letters beyond ASCII valid UTF-8 by chance.
    if by_mark.is_some() || scan.valid_letters > scan.invalid_bytes {
        return Err(not_utf8(file, line));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&scan.odd, true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let message = format!(
        "The text is not UTF-8; read as {}, by its letters.",
        encoding.name()
    );
    notes.say(
        NoteKind::Encoding,
        Some(line),
        message,
        Some("encoding = \"windows-1252\" or another"),
    );
    Ok(Coding::Other(encoding))
}

fn mark(head: &[u8]) -> Option<(&'static Encoding, usize)> {
    Encoding::for_bom(head)
}

/// Text that is mostly ASCII has a zero in every second byte.
fn wide_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |parity: usize| {
        head.iter()
            .enumerate()
            .filter(|(place, byte)| place % 2 == parity && **byte == 0)
            .count()
    };
    let (even, odd, half) = (zeros(0), zeros(1), head.len() / 2);
    match half >= 2 {
        true if odd * 5 >= half * 2 && even * 20 <= half => Some(UTF_16LE),
        true if even * 5 >= half * 2 && odd * 20 <= half => Some(UTF_16BE),
        _ => None,
    }
}

/// What all bytes of a file say about its encoding.
#[derive(Default)]
struct Scan {
    bytes: u64,
    head: Vec<u8>,
    first_invalid_line: Option<u64>,
    invalid_bytes: u64,
    /// Letters beyond ASCII that are valid UTF-8.
    valid_letters: u64,
    /// Chunks with bytes beyond ASCII, for the detector.
    odd: Vec<u8>,
}

const HEAD_BYTES: usize = 4 << 10;
/// A detector that has not decided after as much will not.
const ODD_BYTES: usize = 1 << 20;

impl Scan {
    fn of(input: &mut dyn Read) -> std::io::Result<Self> {
        let mut scan = Self::default();
        let mut buffer = vec![0; 128 << 10];
        let (mut kept, mut line) = (0, 1);
        loop {
            let read = input.read(&mut buffer[kept..])?;
            scan.bytes += read as u64;
            let filled = kept + read;
            if scan.head.len() < HEAD_BYTES {
                let room = HEAD_BYTES - scan.head.len();
                scan.head
                    .extend_from_slice(&buffer[kept..filled][..read.min(room)]);
            }
            let rest = scan.take(&buffer[..filled], read == 0, &mut line);
            buffer.copy_within(filled - rest..filled, 0);
            kept = rest;
            if read == 0 {
                return Ok(scan);
            }
        }
    }

    /// Returns how many bytes at the end belong to a letter that goes on.
    fn take(&mut self, mut bytes: &[u8], is_last: bool, line: &mut u64) -> usize {
        if !bytes.is_ascii() && self.odd.len() < ODD_BYTES {
            let room = ODD_BYTES - self.odd.len();
            self.odd.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        loop {
            match std::str::from_utf8(bytes) {
                Ok(valid) => {
                    self.count(valid.as_bytes(), line);
                    return 0;
                }
                Err(error) => {
                    let (valid, rest) = bytes.split_at(error.valid_up_to());
                    self.count(valid, line);
                    let invalid = match error.error_len() {
                        None if !is_last => return rest.len(),
                        None => rest.len(),
                        Some(length) => length,
                    };
                    self.first_invalid_line.get_or_insert(*line);
                    self.invalid_bytes += invalid as u64;
                    bytes = &rest[invalid..];
                }
            }
        }
    }

    fn count(&mut self, valid: &[u8], line: &mut u64) {
        *line += memchr::memchr_iter(b'\n', valid).count() as u64;
        if !valid.is_ascii() {
            self.valid_letters += valid.iter().filter(|byte| **byte >= 0xC0).count() as u64;
        }
    }
}

/// The text as UTF-8.
pub struct Decoded {
    input: Box<dyn Read>,
    decoder: Option<encoding_rs::Decoder>,
    skip: usize,
    raw: Vec<u8>,
    /// Of `raw`: not decoded yet.
    start: usize,
    end: usize,
    is_finished: bool,
    /// Decoded, for whoever reads a few bytes at a time.
    pending: VecDeque<u8>,
}

impl Decoded {
    pub fn new(input: Box<dyn Read>, detected: Detected) -> Self {
        let decoder = match detected.coding {
            Coding::Utf8 => None,
            Coding::Utf8Lossy => Some(UTF_8.new_decoder_without_bom_handling()),
            Coding::Other(encoding) => Some(encoding.new_decoder_without_bom_handling()),
        };
        Self {
            input,
            decoder,
            skip: detected.skip,
            raw: vec![0; 64 << 10],
            start: 0,
            end: 0,
            is_finished: false,
            pending: VecDeque::new(),
        }
    }

    /// At least one byte, or the end.
    fn decode(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(0);
        };
        while !self.is_finished {
            let mut is_last = false;
            if self.start == self.end {
                (self.start, self.end) = (0, self.input.read(&mut self.raw)?);
                is_last = self.end == 0;
            }
            let raw = &self.raw[self.start..self.end];
            let (result, read, written, _) = decoder.decode_to_utf8(raw, buffer, is_last);
            self.start += read;
            self.is_finished = is_last && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }

    fn skip_mark(&mut self) -> std::io::Result<()> {
        let mut mark = [0; 4];
        let skip = std::mem::take(&mut self.skip);
        self.input.read_exact(&mut mark[..skip])
    }
}

/// The decoder writes nothing into less.
const LEAST_ROOM: usize = 16;

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.skip > 0 {
            self.skip_mark()?;
        }
        if self.decoder.is_none() {
            return self.input.read(buffer);
        }
        if self.pending.is_empty() && buffer.len() >= LEAST_ROOM {
            return self.decode(buffer);
        }
        if self.pending.is_empty() {
            let mut room = [0; 4 * LEAST_ROOM];
            let written = self.decode(&mut room)?;
            self.pending.extend(&room[..written]);
        }
        let given = buffer.len().min(self.pending.len());
        for (place, byte) in buffer.iter_mut().zip(self.pending.drain(..given)) {
            *place = byte;
        }
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source_of(bytes: &[u8]) -> (tempfile::NamedTempFile, Source) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let path = file.path().to_string_lossy().into_owned();
        let source = Source::open(&path, Default::default(), Default::default()).unwrap();
        (file, source)
    }

    fn read(bytes: &[u8]) -> Result<(Coding, String), IngestError> {
        let (_file, source) = source_of(bytes);
        let detected = detect(&source, None, &mut Notes::of("f"))?;
        let mut text = String::new();
        let mut decoded = Decoded::new(source.unpacked(), detected);
        decoded.read_to_string(&mut text).unwrap();
        Ok((detected.coding, text))
    }

    fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn every_usual_encoding_becomes_the_same_text() {
        let text = "id;größe\n1;ä\n";
        assert_eq!(read(text.as_bytes()).unwrap(), (Coding::Utf8, text.into()));
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        assert_eq!(read(&marked).unwrap().1, text);
        let little = wide(text, u16::to_le_bytes);
        assert_eq!(read(&little).unwrap(), (Coding::Other(UTF_16LE), text.into()));
        assert_eq!(read(&[&[0xFF, 0xFE], &little[..]].concat()).unwrap().1, text);
        let big = wide(text, u16::to_be_bytes);
        assert_eq!(read(&big).unwrap(), (Coding::Other(UTF_16BE), text.into()));
        let latin = b"id;gr\xF6\xDFe\n1;\xE4\n";
        assert_eq!(
            read(latin).unwrap(),
            (Coding::Other(encoding_rs::WINDOWS_1252), text.into())
        );
        assert_eq!(read(b"").unwrap(), (Coding::Utf8, String::new()));
    }

    #[test]
    fn utf8_with_a_scratch_is_not_taken_for_another_encoding() {
        let scratched = ["größe äöü ÄÖÜ\n".as_bytes(), b"x\n\xFF\n"].concat();
        assert_eq!(read(&scratched).unwrap_err().line, Some(3));
    }

    #[test]
    fn a_letter_may_lie_across_two_reads() {
        let text = format!("{}ö{}", "a".repeat((128 << 10) - 1), "b".repeat(10));
        assert_eq!(read(text.as_bytes()).unwrap(), (Coding::Utf8, text));
    }

    #[test]
    fn an_encoding_that_does_not_exist_is_refused() {
        let (_file, source) = source_of(b"a");
        assert!(detect(&source, Some("utf-9"), &mut Notes::of("f")).is_err());
    }
}
