//! A file's bytes: unpacked if need be, counted, and never more than was agreed.

use super::failure::{Placed, file_name, reading, refuse, stop};
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_protocol::reading::FileLimits;
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Read};
use std::rc::Rc;

/// Bytes of files that were read so far, for showing progress.
pub type Meter = Rc<Cell<u64>>;

#[derive(Clone)]
pub struct Source {
    pub path: String,
    /// Without its folder.
    pub name: String,
    pub limits: FileLimits,
    pub meter: Meter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Source {
    pub fn new(path: &str, limits: FileLimits, meter: Meter) -> Self {
        Self {
            path: path.into(),
            name: file_name(path).into(),
            limits,
            meter,
        }
    }

    pub fn file(&self) -> Result<File, IngestError> {
        File::open(&self.path).map_err(|error| self.failed(&error))
    }

    pub fn failed(&self, error: &std::io::Error) -> IngestError {
        reading(&self.name, error)
    }

    /// Its size, if that may be read at all.
    pub fn size(&self) -> Result<u64, IngestError> {
        let size = self
            .file()?
            .metadata()
            .map_err(|error| self.failed(&error))?
            .len();
        if size > self.limits.file_bytes {
            let message = format!(
                "The file has {size} bytes, more than the {} that one may have.",
                self.limits.file_bytes
            );
            return Err(
                refuse(&self.name, message).hint("Split the file, or raise `datasets.limits.file_bytes`.")
            );
        }
        Ok(size)
    }

    /// The first bytes as they lie on the disk.
    pub fn head(&self) -> Result<Vec<u8>, IngestError> {
        let mut head = Vec::new();
        let mut file = self.file()?.take(16);
        file.read_to_end(&mut head).map_err(|error| self.failed(&error))?;
        Ok(head)
    }

    /// From the beginning, unpacked.
    pub fn open(&self) -> Result<Box<dyn Read>, IngestError> {
        let packing = packing(&self.head()?);
        let size = self.size()?;
        let counted = Counted {
            inner: self.file()?,
            meter: self.meter.clone(),
        };
        let buffered = BufReader::with_capacity(256 << 10, counted);
        Ok(match packing {
            Packing::None => Box::new(buffered),
            Packing::Gzip => Box::new(self.bounded(MultiGzDecoder::new(buffered), size)),
            Packing::Zstd => Box::new(self.bounded(Zstd::new(buffered), size)),
        })
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

struct Counted {
    inner: File,
    meter: Meter,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.meter.set(self.meter.get() + read as u64);
        Ok(read)
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
}
