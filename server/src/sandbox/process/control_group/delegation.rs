//! Version 2: a group either holds processes or hands controllers on to groups below it, never both
//! (but for the root). So the server has to move aside in a group that was given to it.

use super::hierarchy::{CONTROLLERS, Hierarchy};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The server's own place beside its sandboxes.
const SERVER: &str = "csv-analyst-server";
/// Where root makes groups when it was given none.
const TOP: &str = "csv-analyst";

/// A group that hands the controllers on and holds no process.
pub fn parent(unified: &Hierarchy) -> Result<PathBuf, String> {
    let own = &unified.own;
    if own.file_name().is_some_and(|name| name == SERVER)
        && let Some(parent) = own.parent()
    {
        return handing_on(parent.to_owned()).map_err(explain);
    }
    if *own != unified.mount && is_alone_in(own) {
        return move_aside(own).and_then(handing_on).map_err(explain);
    }
    // SAFETY: a plain question.
    if unsafe { libc::geteuid() } == 0 {
        return top(&unified.mount).and_then(handing_on).map_err(explain);
    }
    Err(explain("its group holds other processes"))
}

fn explain(reason: impl std::fmt::Display) -> String {
    format!(
        "control groups can't be made ({reason}): start the service in a group of its own \
         (systemd: Delegate=memory pids cpu)"
    )
}

fn is_alone_in(group: &Path) -> bool {
    let processes = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    processes.trim() == std::process::id().to_string()
}

fn move_aside(own: &Path) -> io::Result<PathBuf> {
    let place = own.join(SERVER);
    make(&place)?;
    fs::write(place.join("cgroup.procs"), "0")?;
    Ok(own.to_owned())
}

/// Below the root, which may hold processes and hand on.
fn top(mount: &Path) -> io::Result<PathBuf> {
    hand_on(mount)?;
    let place = mount.join(TOP);
    make(&place)?;
    Ok(place)
}

fn handing_on(group: PathBuf) -> io::Result<PathBuf> {
    hand_on(&group)?;
    Ok(group)
}

fn hand_on(group: &Path) -> io::Result<()> {
    let wanted = CONTROLLERS.map(|name| format!("+{name}")).join(" ");
    fs::write(group.join("cgroup.subtree_control"), wanted)
}

fn make(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}
