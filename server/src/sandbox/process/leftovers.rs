//! Finds runner processes, control groups and scratch folders of this instance whose server is gone.
//!
//! A runner ends by itself when its server dies; this is for one that could not. Sandboxes of a
//! living server, this one or another, are never touched: a label names the server's process.

use super::child::kill;
use super::control_group::ControlGroups;
use super::scratch_prefix;
use crate::system;
use std::path::Path;

pub fn remove(label: &str, groups: Option<&ControlGroups>) -> u64 {
    let processes = system::process_ids()
        .into_iter()
        .filter(|id| owner(*id, label).is_some_and(is_gone))
        .collect::<Vec<_>>();
    for id in &processes {
        tracing::warn!(process = id, "removing a left-over sandbox");
        kill(*id);
    }
    if let Some(groups) = groups {
        groups.remove_leftovers(|full| server_of(full, label).is_some_and(is_gone));
    }
    remove_scratch(&std::env::temp_dir(), label);
    processes.len() as u64
}

/// The server that started the process, if it is a runner of this instance.
fn owner(id: i32, label: &str) -> Option<u32> {
    let command_line = system::command_line(id)?;
    let words: Vec<&str> = command_line.iter().filter_map(|word| word.to_str()).collect();
    if !Path::new(words.first()?)
        .file_name()?
        .to_str()?
        .starts_with("runner-native")
    {
        return None;
    }
    let position = words.iter().position(|word| *word == "--instance")?;
    server_of(words.get(position + 1)?, label)
}

/// `label:process` gives the process.
fn server_of(full: &str, label: &str) -> Option<u32> {
    full.strip_prefix(label)?.strip_prefix(':')?.parse().ok()
}

fn is_gone(server: u32) -> bool {
    !system::exists(server)
}

fn remove_scratch(folder: &Path, label: &str) {
    let prefix = scratch_prefix(&format!("{label}:"));
    let prefix = prefix.trim_end_matches('-');
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix)?.split('-').next()?.parse().ok());
        if owner.is_some_and(is_gone) {
            // Somebody else may have removed it by now.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_instances_labels_are_read() {
        assert_eq!(server_of("default:42", "default"), Some(42));
        assert_eq!(server_of("default-2:42", "default"), None);
        assert_eq!(server_of("other:42", "default"), None);
        assert_eq!(server_of("default:x", "default"), None);
    }

    #[test]
    fn this_process_is_not_gone() {
        assert!(!is_gone(std::process::id()));
    }
}
