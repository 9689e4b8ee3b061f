//! Writing more than there is room for. Four times the scratch size at most.

use std::io::{self, Write};
use std::path::Path;

const CHUNK: usize = 1 << 20;
const TIMES: u64 = 4;

fn wanted(folder: Option<&Path>) -> io::Result<&Path> {
    folder.ok_or_else(|| io::Error::other("there is no scratch folder"))
}

/// In many files, none larger than a megabyte.
pub fn fill(folder: Option<&Path>, bytes: u64) -> io::Result<()> {
    let folder = wanted(folder)?;
    let chunk = vec![b'x'; CHUNK];
    for number in 0..TIMES * bytes / CHUNK as u64 {
        std::fs::write(folder.join(number.to_string()), &chunk)?;
    }
    Ok(())
}

pub fn one_large(folder: Option<&Path>, bytes: u64) -> io::Result<()> {
    let mut file = std::fs::File::create(wanted(folder)?.join("large"))?;
    let chunk = vec![b'x'; CHUNK];
    // The signal that comes with the refusal would end this program before it could answer.
    // SAFETY: a plain disposition.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    for _ in 0..TIMES * bytes / CHUNK as u64 {
        file.write_all(&chunk)?;
    }
    Ok(())
}
