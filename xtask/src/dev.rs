//! `cargo xtask dev`: the whole service on this machine, kept in step with the sources.
//!
//! It prepares, starts, says where, watches, rebuilds and restarts. A change that does not build
//! leaves the running service as it was. On Ctrl-C the service is drained and nothing is left.

mod service;
mod watch;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::prepare;
use crate::setup::Tools;
use crate::workspace::Workspace;
use service::Service;
use watch::Watch;

/// How often the sources and the service are looked at: below what a person notices.
const POLL: Duration = Duration::from_millis(300);

#[derive(Debug, Args)]
pub struct Options {
    /// Port on this machine's loopback address
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// More arguments for `csv-analyst serve`, after `--`
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    refuse_a_port_in_use(options.port)?;
    let tools = prepare::run(workspace)?;
    // Only from here on: before, Ctrl-C may simply end xtask and the cargo under it.
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&stop)).context("cannot listen for Ctrl-C")?;
    }
    let mut watch = Watch::begin(workspace)?;
    let mut service = Service::start(workspace, &tools, options)?;
    service.announce(&stop)?;
    println!("    Ctrl-C stops it; a changed source rebuilds it");
    while !stop.load(Ordering::Relaxed) {
        thread::sleep(POLL);
        if watch.changed()? {
            service = replace(service, workspace, &tools, options, &stop)?;
        }
        service.say_when_it_ended()?;
    }
    println!("==> stopping");
    service.stop()
}

fn refuse_a_port_in_use(port: u16) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port))
        .map(drop)
        .with_context(|| format!("port {port} cannot be used; choose another with `--port`"))
}

fn replace(
    old: Service,
    workspace: &Workspace,
    tools: &Tools,
    options: &Options,
    stop: &AtomicBool,
) -> Result<Service> {
    println!("==> something changed");
    if let Err(error) = prepare::rebuild(workspace, tools) {
        println!("    {error:#}\n    the service runs on as it was");
        return Ok(old);
    }
    old.stop()?;
    let mut service = Service::start(workspace, tools, options)?;
    service.announce(stop)?;
    Ok(service)
}
