//! Whose sandbox is it: a server process by machine, number and start time, since numbers return.

use std::fs;

/// `machine/process/start`.
pub fn this_process() -> String {
    format!(
        "{}/{}/{}",
        machine(),
        std::process::id(),
        started(std::process::id()).unwrap_or_default()
    )
}

/// A server of another machine (or of a container that is gone) can't be asked: its installation's
/// containers belong to whoever carries its label now.
pub fn is_alive(owner: &str) -> bool {
    let mut parts = owner.split('/');
    let (Some(host), Some(id), Some(start)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let found = id.parse().ok().and_then(started);
    host == machine() && found.is_some_and(|found| found == start)
}

fn machine() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname")
        .unwrap_or_default()
        .trim()
        .replace('/', "_")
}

/// Field 22 of `/proc/N/stat`; the name in field 2 may hold anything, so counting starts after it.
fn started(id: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_a_later_one_of_its_number_is_another() {
        let this = this_process();
        assert!(is_alive(&this));
        assert!(!is_alive(&format!("{this}0")));
        assert!(!is_alive("elsewhere/1/1"));
        assert!(!is_alive(""));
    }
}
