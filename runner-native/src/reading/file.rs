//! A file's bytes: unpacked if need be, counted, and never more than was agreed.

use super::failure::{Placed, file_name, reading, refuse, stop};
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_protocol::reading::FileLimits;
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::rc::Rc;

/// Bytes of files that were read so far, for showing progress.
pub type Meter = Rc<Cell<u64>>;

/// One file, opened once: whatever takes its place on the disk meanwhile, every pass reads the same one.
#[derive(Clone)]
pub struct Source {
    /// Without its folder.
    pub name: String,
    pub limits: FileLimits,
    /// As it lies on the disk.
    pub bytes: u64,
    /// The first of them.
    pub head: Vec<u8>,
    file: Rc<File>,
    meter: Meter,
}

/// Enough to know its kind.
const HEAD_BYTES: u64 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Source {
    pub fn open(path: &str, limits: FileLimits, meter: Meter) -> Result<Self, IngestError> {
        let name = file_name(path);
        let failed = |error: std::io::Error| reading(name, &error);
        let file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        if bytes > limits.file_bytes {
            let message = format!(
                "The file has {bytes} bytes, more than the {} that one may have.",
                limits.file_bytes
            );
            return Err(refuse(name, message).hint("Split the file, or raise `datasets.limits.file_bytes`."));
        }
        let mut source = Self {
            name: name.into(),
            limits,
            bytes,
            head: Vec::new(),
            file: Rc::new(file),
            meter,
        };
        let mut head = Vec::new();
        let first = source.packed().take(HEAD_BYTES).read_to_end(&mut head);
        first.map_err(|error| source.failed(&error))?;
        source.head = head;
        Ok(source)
    }

    /// Whether the file that was opened is still the one at this path, and as it was.
    pub fn is_at(&self, path: &str) -> bool {
        let state = |data: std::fs::Metadata| {
            (
                data.dev(),
                data.ino(),
                data.len(),
                data.mtime(),
                data.mtime_nsec(),
            )
        };
        let (own, there) = (self.file.metadata(), std::fs::metadata(path));
        own.is_ok_and(|own| there.is_ok_and(|there| state(own) == state(there)))
    }

    /// Somebody else read so many of its bytes.
    pub fn count(&self, bytes: u64) {
        self.meter.set(self.meter.get() + bytes);
    }

    pub fn failed(&self, error: &std::io::Error) -> IngestError {
        reading(&self.name, error)
    }

    /// From the beginning, as it lies on the disk.
    pub fn packed(&self) -> Packed {
        Packed {
            file: self.file.clone(),
            bytes: self.bytes,
            at: 0,
            meter: self.meter.clone(),
        }
    }

    /// From the beginning, unpacked.
    pub fn unpacked(&self) -> Box<dyn Read> {
        let buffered = BufReader::with_capacity(256 << 10, self.packed());
        match packing(&self.head) {
            Packing::None => Box::new(buffered),
            Packing::Gzip => Box::new(self.bounded(MultiGzDecoder::new(buffered), self.bytes)),
            Packing::Zstd => Box::new(self.bounded(Zstd::new(buffered), self.bytes)),
        }
    }

    fn bounded<R: Read>(&self, inner: R, packed_bytes: u64) -> Bounded<R> {
        Bounded {
            inner,
            packed_bytes,
            limits: self.limits,
            expanded: 0,
        }
    }
}

pub fn packing(head: &[u8]) -> Packing {
    match head {
        [0x1F, 0x8B, ..] => Packing::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Packing::Zstd,
        _ => Packing::None,
    }
}

/// A place in the file; several may be read at once.
pub struct Packed {
    file: Rc<File>,
    /// When it was opened: where it ends, should it grow meanwhile.
    bytes: u64,
    at: u64,
    meter: Meter,
}

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        self.meter.set(self.meter.get() + read as u64);
        Ok(read)
    }
}

impl Seek for Packed {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let (from, offset) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(offset) => (self.at, offset),
            SeekFrom::End(offset) => (self.bytes, offset),
        };
        let at = from.checked_add_signed(offset);
        self.at = at.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Below this, any ratio is harmless: a small file of zeros is no bomb.
pub const HARMLESS_BYTES: u64 = 64 << 20;

/// Unpacked bytes, until they are too many.
struct Bounded<R> {
    inner: R,
    packed_bytes: u64,
    limits: FileLimits,
    expanded: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer).map_err(damaged)?;
        self.expanded += read as u64;
        match too_large(&self.limits, self.packed_bytes, self.expanded) {
            Some(error) => Err(error),
            None => Ok(read),
        }
    }
}

/// What grows without end when it is unpacked.
pub fn too_large(limits: &FileLimits, packed_bytes: u64, expanded: u64) -> Option<std::io::Error> {
    if expanded > limits.expanded_bytes {
        let message = format!(
            "Unpacked, the file has more than {} bytes.",
            limits.expanded_bytes
        );
        return Some(stop(
            message,
            "Split it, or raise `datasets.limits.expanded_bytes`.",
        ));
    }
    let ratio = limits.expansion_ratio;
    (expanded > HARMLESS_BYTES && expanded / packed_bytes.max(1) > ratio).then(|| {
        let message =
            format!("Unpacked, the file is more than {ratio} times as large, as only a bomb should be.");
        stop(
            message,
            "Unpack it yourself if you trust it, or raise `datasets.limits.expansion_ratio`.",
        )
    })
}

/// What the unpacker says is about the file's content; the disk's own errors have other kinds.
fn damaged(error: std::io::Error) -> std::io::Error {
    use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    match error.kind() {
        InvalidData | InvalidInput | Other | UnexpectedEof => stop(
            "The compressed file is damaged or cut off.",
            "Copy it again, and unpack it once to see whether it is whole.",
        ),
        _ => error,
    }
}

/// All frames of a zstd file, one after the other.
struct Zstd<R: Read> {
    state: ZstdState<R>,
}

type Frame<R> = StreamingDecoder<R, ruzstd::decoding::FrameDecoder>;

enum ZstdState<R: Read> {
    Between(BufReader<R>),
    Inside(Box<Frame<BufReader<R>>>),
    Done,
}

impl<R: Read> Zstd<R> {
    fn new(inner: R) -> Self {
        Self {
            state: ZstdState::Between(BufReader::new(inner)),
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        use std::io::BufRead;
        loop {
            match std::mem::replace(&mut self.state, ZstdState::Done) {
                ZstdState::Done => return Ok(0),
                ZstdState::Between(mut input) => {
                    if input.fill_buf()?.is_empty() {
                        return Ok(0);
                    }
                    let frame = StreamingDecoder::new(input).map_err(std::io::Error::other)?;
                    self.state = ZstdState::Inside(Box::new(frame));
                }
                ZstdState::Inside(mut frame) => match frame.read(buffer)? {
                    0 => self.state = ZstdState::Between(frame.into_inner()),
                    read => {
                        self.state = ZstdState::Inside(frame);
                        return Ok(read);
                    }
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_known_by_its_size_or_by_its_ratio_once_it_has_grown() {
        let limits = FileLimits::default();
        let setting = |packed, expanded| {
            let error = too_large(&limits, packed, expanded)?;
            let refused = reading("f", &error);
            refused
                .hint
                .map(|hint| hint.split("limits.").nth(1).unwrap_or_default().to_owned())
        };
        assert_eq!(setting(1_000, HARMLESS_BYTES), None, "a small file of zeros");
        assert_eq!(
            setting(1_000, HARMLESS_BYTES + 1).as_deref(),
            Some("expansion_ratio`.")
        );
        assert_eq!(setting(1 << 30, 50 << 30), None, "a large file that packs well");
        let expanded = limits.expanded_bytes + 1;
        assert_eq!(setting(1 << 40, expanded).as_deref(), Some("expanded_bytes`."));
    }
    #[test]
    fn a_file_that_takes_the_place_of_another_is_not_read_in_its_stead() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, other) = (folder.path().join("data.csv"), folder.path().join("other"));
        std::fs::write(&path, "a,b\n1,2\n").expect("a file");
        std::fs::write(&other, [0x1F, 0x8B, 8]).expect("a file");
        let opened = Source::open(&path.to_string_lossy(), FileLimits::default(), Meter::default());
        let source = opened.expect("it is there");
        assert!(source.is_at(&path.to_string_lossy()));
        std::fs::rename(&other, &path).expect("it can be replaced");
        assert!(!source.is_at(&path.to_string_lossy()));
        for _ in 0..2 {
            let mut text = String::new();
            source.unpacked().read_to_string(&mut text).expect("readable");
            assert_eq!(text, "a,b\n1,2\n");
        }
        let mut end = String::new();
        let mut packed = source.packed();
        packed.seek(SeekFrom::End(-2)).expect("a place");
        packed.read_to_string(&mut end).expect("readable");
        assert_eq!(end, "2\n");
    }

    #[test]
    fn a_file_ends_where_it_did_when_it_was_opened() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("data.csv");
        std::fs::write(&path, "a,b\n1,2\n").expect("a file");
        let opened = Source::open(&path.to_string_lossy(), FileLimits::default(), Meter::default());
        let mut packed = opened.expect("it is there").packed();
        std::fs::write(&path, "a,b\n1,2\n3,4\n").expect("it can grow");
        assert_eq!(packed.seek(SeekFrom::End(0)).expect("a place"), 8);
        assert_eq!(packed.seek(SeekFrom::End(-4)).expect("a place"), 4);
    }
}
