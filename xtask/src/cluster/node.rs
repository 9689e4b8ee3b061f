//! The node: a machine made of namespaces, whose first process keeps the cluster's parts running.
//!
//! It has mounts, a network, process ids, control groups and a name of its own, as a node of kind has.
//! So nothing that Kubernetes does to a node touches the machine under it, and the end of its first
//! process is the end of everything in it. It refuses to be a security boundary: it is root's.

mod mounts;
mod supervisor;

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::layout::{HOST_ADDRESS, Layout, NODE_ADDRESS, NODE_NAME};
use super::{control_groups, daemon, parts};
use crate::fingerprint::write_atomically;
use crate::process;

/// The node's end of the cable.
pub const CABLE: &str = "eth0";

const CABLE_WAIT: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub struct Options {
    /// The cluster's folder
    root: PathBuf,
    /// Whether this is already the node's first process
    #[arg(long)]
    inside: bool,
}

/// Where `up` finds the first process, by its number on the machine.
pub fn pid_file(layout: &Layout) -> PathBuf {
    layout.inside("node.pid")
}

/// Starts the first process, apart from the shell that this was called from.
pub fn start(layout: &Layout) -> Result<()> {
    // A copy: the cluster outlives the next build of this program.
    let program = layout.inside("node");
    fs::copy(std::env::current_exe()?, &program).context("cannot copy this program into the cluster")?;
    let log = fs::File::create(layout.log("node"))?;
    let mut setsid = Command::new("setsid");
    setsid
        .arg(&program)
        .args(["cluster", "node"])
        .arg(layout.root())
        .current_dir("/");
    daemon::start(&mut setsid, log).context("cannot start setsid")?;
    Ok(())
}

pub fn run(options: &Options) -> Result<()> {
    let layout = Layout::at(options.root.clone());
    if options.inside {
        return first_process(&layout);
    }
    control_groups::enter()?;
    let error = Command::new("unshare")
        .args([
            "--pid", "--fork", "--mount", "--net", "--uts", "--ipc", "--cgroup",
        ])
        .args(["--propagation", "private", "--"])
        .arg(std::env::current_exe()?)
        .args(["cluster", "node", "--inside"])
        .arg(&options.root)
        .exec();
    Err(error).context("cannot start unshare")
}

fn first_process(layout: &Layout) -> Result<()> {
    // The process file system is still the machine's, so this is the number by which it knows us.
    let own_number = fs::read_link("/proc/self")?;
    write_atomically(&pid_file(layout), own_number.as_os_str().as_encoded_bytes())?;
    mounts::prepare(layout)?;
    fs::write("/proc/sys/kernel/hostname", NODE_NAME)?;
    connect()?;
    supervisor::keep_running(layout, &parts::all(layout))
}

/// Waits for the machine's side to plug the cable in, and makes it the way out.
fn connect() -> Result<()> {
    let start = Instant::now();
    while !PathBuf::from(format!("/sys/class/net/{CABLE}")).exists() {
        if start.elapsed() > CABLE_WAIT {
            bail!("no {CABLE} after {}", process::seconds(CABLE_WAIT));
        }
        thread::sleep(Duration::from_millis(20));
    }
    ip(&["link", "set", "lo", "up"])?;
    ip(&["address", "add", &format!("{NODE_ADDRESS}/30"), "dev", CABLE])?;
    ip(&["link", "set", CABLE, "up"])?;
    ip(&["route", "add", "default", "via", HOST_ADDRESS])?;
    Ok(fs::write("/proc/sys/net/ipv4/ip_forward", "1")?)
}

pub fn ip(arguments: &[&str]) -> Result<()> {
    process::capture(Command::new("ip").args(arguments)).map(drop)
}
