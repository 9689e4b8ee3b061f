//! Processes as the kernel lists them: runners of one installation, and what became of them.

use std::path::{Path, PathBuf};

/// A runner, as its command line describes it.
#[derive(Clone, Debug)]
pub struct Runner {
    pub id: i32,
    /// `serve`, `ingest` or `guards`.
    pub role: String,
    /// The server that started it.
    pub owner: u32,
}

pub fn all() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").expect("/proc is there").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

pub fn words(id: i32) -> Vec<String> {
    let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let words = line.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    words
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect()
}

/// Runners that carry this installation's label.
pub fn runners(label: &str) -> Vec<Runner> {
    all().filter_map(|id| runner(id, label)).collect()
}

fn runner(id: i32, label: &str) -> Option<Runner> {
    let words = words(id);
    let name = Path::new(words.first()?).file_name()?.to_str()?;
    let at = words.iter().position(|word| word == "--instance")?;
    let owner = words.get(at + 1)?.strip_prefix(label)?.strip_prefix(':')?;
    name.starts_with("runner-native").then_some(Runner {
        id,
        role: words.get(1)?.clone(),
        owner: owner.parse().ok()?,
    })
}

/// Of those about a folder, by any word of the command line.
pub fn about(folder: &Path) -> Vec<(i32, String)> {
    let (needle, own) = (folder.display().to_string(), std::process::id().cast_signed());
    let lines = all().filter(|id| *id != own).map(|id| (id, words(id).join(" ")));
    lines.filter(|(_, line)| line.contains(&needle)).collect()
}

/// Children that have ended and that nobody has taken note of.
pub fn zombies_of(parent: u32) -> Vec<i32> {
    all()
        .filter(|id| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            let mut fields = stat
                .rsplit_once(')')
                .map_or("", |(_, rest)| rest)
                .split_whitespace();
            let state = fields.next();
            state == Some("Z") && fields.next() == Some(parent.to_string().as_str())
        })
        .collect()
}

pub fn kill(id: i32) {
    signal(id, libc::SIGKILL);
}

pub fn signal(id: i32, signal: i32) {
    // SAFETY: plain numbers, of a process that this test has started or found by its own label.
    unsafe { libc::kill(id, signal) };
}

/// Its connections; pipes to sandboxes come and go by themselves.
pub fn open_sockets(id: u32) -> usize {
    let files = std::fs::read_dir(format!("/proc/{id}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    let targets = files.filter_map(|file| std::fs::read_link(file.path()).ok());
    targets
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}

/// A control group of a sandbox carries its installation's label.
pub fn control_groups(label: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::from("/sys/fs/cgroup")]);
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            let is_own = entry.file_name().to_string_lossy().contains(label);
            if is_own { &mut found } else { &mut folders }.push(entry.path());
        }
    }
    found
}
