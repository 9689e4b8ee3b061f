//! The node's view of the file system: the machine's, with the folders that Kubernetes writes to
//! covered by the node's own.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::cluster::control_groups;
use crate::cluster::layout::Layout;
use crate::process;

const GROUPS: &str = "/sys/fs/cgroup";

/// Paths that are compiled into the kubelet, containerd and iptables. Memory, gone with the node.
const COVERED: [&str; 3] = ["/run", "/var/lib", "/var/log"];

/// Of those, what is too much for memory: on disk, in the cluster's state. It is mounted where Kubernetes
/// has it everywhere, because a pod with users of its own may not pass through a person's home.
const KEPT: [&str; 3] = ["containerd", "kubelet", "volumes"];

pub fn prepare(layout: &Layout) -> Result<()> {
    // The tools of version 1 and 2 are told apart by what is mounted, so look before covering it.
    let version_2 = control_groups::is_version_2();
    let controllers = if version_2 {
        Vec::new()
    } else {
        control_groups::controllers()?
    };
    // Volumes are handed from the kubelet to containerd through shared mounts.
    process::run(Command::new("mount").args(["--make-rshared", "/"]))?;
    mount("proc", "proc", "/proc", "nosuid,nodev,noexec")?;
    mount("sysfs", "sysfs", "/sys", "nosuid,nodev,noexec")?;
    for path in COVERED {
        mount("tmpfs", "tmpfs", path, "mode=755")?;
    }
    KEPT.iter().try_for_each(|name| keep(layout, name))?;
    if version_2 {
        one_hierarchy()
    } else {
        a_hierarchy_each(&controllers)
    }
}

fn keep(layout: &Layout, name: &str) -> Result<()> {
    let (kept, seen) = (layout.inside(name), Path::new("/var/lib").join(name));
    fs::create_dir_all(&kept)?;
    fs::create_dir_all(&seen)?;
    process::run(Command::new("mount").arg("--bind").args([kept, seen]))
}

fn mount(kind: &str, device: &str, path: &str, options: &str) -> Result<()> {
    process::run(Command::new("mount").args(["-t", kind, "-o", options, device, path]))
}

fn a_hierarchy_each(controllers: &[String]) -> Result<()> {
    mount("tmpfs", "cgroup", GROUPS, "mode=755")?;
    for name in controllers {
        let path = format!("{GROUPS}/{name}");
        fs::create_dir(&path)?;
        // One of them has no controller, only a name.
        let options = if name == "systemd" {
            "none,name=systemd"
        } else {
            name
        };
        mount("cgroup", "cgroup", &path, options)?;
    }
    Ok(())
}

/// A group that hands controllers to its children may hold no process itself: this one moves down first.
fn one_hierarchy() -> Result<()> {
    mount("cgroup2", "cgroup2", GROUPS, "nosuid,nodev,noexec")?;
    let own = Path::new(GROUPS).join("init");
    fs::create_dir_all(&own)?;
    fs::write(own.join("cgroup.procs"), "0")?;
    let offered = fs::read_to_string(Path::new(GROUPS).join("cgroup.controllers"))?;
    let wanted: Vec<String> = offered
        .split_whitespace()
        .map(|name| format!("+{name}"))
        .collect();
    Ok(fs::write(
        Path::new(GROUPS).join("cgroup.subtree_control"),
        wanted.join(" "),
    )?)
}
