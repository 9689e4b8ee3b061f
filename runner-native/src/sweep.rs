//! `runner-native sweep`: removes the folders of snapshots that nobody needs, and what receivers that
//! died have left. It can read no file and write none; what is not named like a folder of the
//! installation that asks stays.

use crate::command_line::FolderArguments;
use crate::guards::Reach;
use crate::receive::{PARTIAL, locked, read_request};
use csv_analyst_protocol::transfer::{FOLDER_DIGITS, SweepRequest, TransferAnswer};
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;
use std::process::ExitCode;

pub fn run(arguments: &FolderArguments) -> ExitCode {
    let reach = Reach {
        clearable: vec![&arguments.folder],
        ..Reach::default()
    };
    locked(reach, &arguments.guards.policy(), || sweep(&arguments.folder))
}

fn sweep(root: &Path) -> io::Result<TransferAnswer> {
    let request: SweepRequest = read_request(&mut io::stdin().lock())?;
    let mut removed = 0;
    for folder in fs::read_dir(root)? {
        let folder = folder?;
        let name = folder.file_name();
        let Some(name) = name.to_str().filter(|name| is_own(name, &request.prefix)) else {
            continue;
        };
        if !folder.file_type()?.is_dir() {
            continue;
        }
        if request.keep.iter().any(|kept| kept == name) {
            clear(&folder.path(), is_partial)?;
        } else {
            clear(&folder.path(), |_| true)?;
            fs::remove_dir(folder.path())?;
            removed += 1;
        }
    }
    Ok(TransferAnswer::Swept(removed))
}

/// Another installation's prefix may begin with this one's.
fn is_own(name: &str, prefix: &str) -> bool {
    let digits = name.strip_prefix(prefix).unwrap_or_default();
    digits.len() == FOLDER_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_partial(entry: &DirEntry) -> bool {
    entry.path().extension().is_some_and(|ending| ending == PARTIAL)
}

fn clear(folder: &Path, which: impl Fn(&DirEntry) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if which(&entry) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_named_by_this_installation_are_its_own() {
        let digits = "0123456789abcdef".repeat(2);
        assert!(is_own(&format!("chat-{digits}"), "chat-"));
        for other in [
            format!("chat-two-{digits}"),
            format!("other-{digits}"),
            "chat-".into(),
            format!("chat-{digits}0"),
            "lost+found".into(),
        ] {
            assert!(!is_own(&other, "chat-"), "{other}");
        }
    }
}
