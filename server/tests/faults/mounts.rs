//! File systems of a test's own: small ones that fill up, and ones that nobody can write to.

use crate::support::skip;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Taken away when it is dropped.
pub struct Mount {
    at: PathBuf,
}

impl Mount {
    /// `None`, said loudly, where nothing may be mounted.
    pub fn memory(test: &str, at: &Path, bytes: u64) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a folder");
        let options = format!("size={bytes},mode=0700");
        let mounted = mount(&["-t", "tmpfs", "-o", &options, "none"], at);
        Self::of(test, at, mounted)
    }

    /// The folder over itself, so that it can be made read-only alone.
    pub fn over_itself(test: &str, at: &Path) -> Option<Self> {
        let own = at.display().to_string();
        Self::of(test, at, mount(&["--bind", &own], at))
    }

    fn of(test: &str, at: &Path, mounted: Result<(), String>) -> Option<Self> {
        match mounted {
            Ok(()) => Some(Self { at: at.to_owned() }),
            Err(reason) => {
                skip(test, &format!("this user may not mount: {reason}"));
                None
            }
        }
    }

    pub fn read_only(&self, read_only: bool) {
        let options = if read_only {
            "remount,bind,ro"
        } else {
            "remount,bind,rw"
        };
        mount(&["-o", options], &self.at).expect("a mount of one's own can be mounted again");
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there must not keep it in the tree.
        let _ = run(Command::new("umount").arg("-l").arg(&self.at));
    }
}

fn mount(arguments: &[&str], at: &Path) -> Result<(), String> {
    run(Command::new("mount")
        .args(arguments.iter().map(OsStr::new))
        .arg(at))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() {
        Ok(())
    } else {
        Err(said)
    }
}

/// Takes all the room that is left.
pub struct Filler {
    path: PathBuf,
}

impl Filler {
    pub fn fill(folder: &Path) -> Self {
        let filler = Self {
            path: folder.join("filler"),
        };
        filler.fill_up();
        filler
    }

    /// Also what has become free since.
    pub fn fill_up(&self) {
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.path)
            .expect("a file");
        for size in [1 << 20, 4_096, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    pub fn free(self) {
        std::fs::remove_file(&self.path).expect("the file is there");
    }
}
