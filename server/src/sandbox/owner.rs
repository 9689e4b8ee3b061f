//! Whose sandbox is it: a server process by machine, number and start time, since numbers return.

use crate::system::{machine_name, started};

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
    machine_name().unwrap_or_default().replace('/', "_")
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
