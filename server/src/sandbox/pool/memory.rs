//! What the machine, or the container around the service, has left.

use crate::system;
use std::fs::read_to_string;
use std::path::Path;

/// Bytes that could be taken without pushing anything out; the largest number where nobody says.
pub fn available_bytes() -> u64 {
    let machine = system::available_bytes();
    let group = control_group(Path::new("/sys/fs/cgroup"));
    machine.unwrap_or(u64::MAX).min(group.unwrap_or(u64::MAX))
}

/// Version 2, as a container sees its own: the limit less what is used and can't be dropped.
fn control_group(folder: &Path) -> Option<u64> {
    let number = |name: &str| -> Option<u64> {
        let text = read_to_string(folder.join(name)).ok()?;
        text.trim().parse().ok()
    };
    let (limit, used) = (number("memory.max")?, number("memory.current")?);
    let statistics = read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let droppable = statistics
        .lines()
        .find_map(|line| line.strip_prefix("inactive_file "));
    let droppable = droppable.and_then(|text| text.parse().ok()).unwrap_or(0);
    Some(limit.saturating_sub(used.saturating_sub(droppable)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_has_what_its_limit_leaves_and_files_can_be_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(control_group(folder.path()), None);
        write("memory.max", "max\n");
        write("memory.current", "600\n");
        assert_eq!(control_group(folder.path()), None, "no limit");
        write("memory.max", "1000\n");
        write("memory.stat", "anon 500\ninactive_file 100\n");
        assert_eq!(control_group(folder.path()), Some(500));
    }
}
