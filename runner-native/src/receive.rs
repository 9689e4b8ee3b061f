//! `runner-native receive`: a snapshot from standard input into a folder, whole or not at all.
//!
//! What comes is hostile until its hash is right: it is counted, written beside its place, compared,
//! brought to the disk and only then given its name. Nothing of it is looked at. All guards are up
//! before the first byte is read, and only the folder can be written.

use crate::command_line::FolderArguments;
use crate::guards::{GuardError, GuardPolicy, LockDown, Reach, ResourceLimits, tell};
use crate::serve::print_line;
use csv_analyst_protocol::runner::exit_status::LOCK_DOWN_FAILED;
use csv_analyst_protocol::transfer::{
    MAX_LINE_BYTES, MAX_SNAPSHOT_BYTES, SNAPSHOT_FILE, TransferAnswer, TransferRequest,
};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const REFUSED: u8 = 2;
/// An hour and more at 20 MB a second, on one thread.
const PROCESSOR_SECONDS: u64 = 2 * 3_600;
const MEMORY_BYTES: u64 = 64 << 20;
const BLOCK_BYTES: usize = 256 << 10;
pub const PARTIAL: &str = "partial";

pub fn run(arguments: &FolderArguments) -> ExitCode {
    let reach = Reach {
        writable: vec![&arguments.folder],
        ..Reach::default()
    };
    locked(reach, &arguments.guards.policy(), || receive(&arguments.folder))
}

/// Behind the guards, what is asked; what went wrong is the answer.
pub fn locked(
    reach: Reach<'_>,
    policy: &GuardPolicy,
    action: impl FnOnce() -> io::Result<TransferAnswer>,
) -> ExitCode {
    if let Err(error) = lock(reach, policy) {
        tell(&error.to_string());
        return ExitCode::from(LOCK_DOWN_FAILED);
    }
    match action() {
        Ok(answer) => print_line(&answer),
        Err(error) => {
            print_line(&TransferAnswer::Refused(error.to_string()));
            ExitCode::from(REFUSED)
        }
    }
}

fn lock(reach: Reach<'_>, policy: &GuardPolicy) -> Result<(), GuardError> {
    let limits = ResourceLimits {
        memory_bytes: MEMORY_BYTES,
        file_bytes: MAX_SNAPSHOT_BYTES,
        threads: 1,
        processor_seconds: PROCESSOR_SECONDS,
    };
    LockDown::begin(&limits, reach, policy)?.finish().map(drop)
}

fn receive(folder: &Path) -> io::Result<TransferAnswer> {
    let mut input = io::stdin().lock();
    let request: TransferRequest = read_request(&mut input)?;
    if request.bytes > MAX_SNAPSHOT_BYTES {
        return Err(io::Error::other("it is larger than any snapshot"));
    }
    if is_present(folder, &request) {
        return Ok(TransferAnswer::Present);
    }
    print_line(&TransferAnswer::Wanted);
    store(&mut input, folder, &request)?;
    Ok(TransferAnswer::Stored)
}

/// One line; what follows it stays unread.
pub fn read_request<T: DeserializeOwned>(input: &mut impl BufRead) -> io::Result<T> {
    let mut line = String::new();
    input.take(MAX_LINE_BYTES).read_line(&mut line)?;
    if !line.ends_with('\n') {
        return Err(io::Error::other("the request broke off"));
    }
    serde_json::from_str(&line).map_err(io::Error::other)
}

/// Its bytes are read again: a machine may have died while they were on their way to the disk.
fn is_present(folder: &Path, request: &TransferRequest) -> bool {
    let Ok(file) = File::open(folder.join(SNAPSHOT_FILE)) else {
        return false;
    };
    let mut hash = Sha256::new();
    let length = pour(&mut &file, request.bytes.saturating_add(1), |block| {
        hash.update(block);
        Ok(())
    });
    length.is_ok_and(|length| length == request.bytes) && is_right(hash, request)
}

fn store(input: &mut impl Read, folder: &Path, request: &TransferRequest) -> io::Result<()> {
    let partial = Partial::new(folder)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(&partial.0)?;
    let mut hash = Sha256::new();
    let length = pour(input, request.bytes, |block| {
        hash.update(block);
        file.write_all(block)
    })?;
    if length < request.bytes {
        return Err(io::Error::other(format!("it broke off after {length} bytes")));
    }
    if !is_right(hash, request) {
        return Err(io::Error::other("it is not what was announced"));
    }
    file.sync_all()?;
    fs::rename(&partial.0, folder.join(SNAPSHOT_FILE))?;
    File::open(folder)?.sync_all()
}

/// At most `limit` bytes; how many there were.
fn pour(
    input: &mut impl Read,
    limit: u64,
    mut taker: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<u64> {
    let mut block = vec![0; BLOCK_BYTES];
    let mut input = input.take(limit);
    let mut total = 0;
    loop {
        match input.read(&mut block) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                taker(&block[..count])?;
                total += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_right(hash: Sha256, request: &TransferRequest) -> bool {
    let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    digits == request.sha256
}

/// Of a name that no other receiver has: both may be at the same snapshot.
struct Partial(PathBuf);

impl Partial {
    fn new(folder: &Path) -> io::Result<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        let name = format!("{:016x}.{PARTIAL}", u64::from_ne_bytes(random));
        Ok(Self(folder.join(name)))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Renamed, or never made: then there is nothing to remove.
        let _ = fs::remove_file(&self.0);
    }
}
