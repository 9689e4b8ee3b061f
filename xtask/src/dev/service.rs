//! The running `csv-analyst serve` of a development session: started, asked, drained.
//!
//! It lives in a process group of its own, so that Ctrl-C reaches it once and through us, and it is
//! told to end when xtask itself is killed.

use std::env;
use std::io::{self, IsTerminal, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::Options;
use crate::process::seconds;
use crate::setup::Tools;
use crate::workspace::Workspace;

/// The first start makes the datasets' snapshots.
const READY_DEADLINE: Duration = Duration::from_secs(120);

/// Longer than the longest run that a client may ask for, so that runs under way can end.
const DRAIN_DEADLINE: Duration = Duration::from_secs(20);

/// JSON, which the service writes otherwise, is for machines.
const LOG_FORMAT_VARIABLE: &str = "CSV_ANALYST_LOG__FORMAT";

const POLL: Duration = Duration::from_millis(50);

pub struct Service {
    child: Child,
    address: SocketAddr,
    started: Instant,
    ended: bool,
}

/// What the service has to be told about this checkout.
fn environment(workspace: &Workspace) -> [(&'static str, PathBuf); 4] {
    [
        ("CSV_ANALYST_SITE__DIRECTORY", workspace.site()),
        ("CSV_ANALYST_GATE__COMPONENT", workspace.gate_component()),
        (
            "CSV_ANALYST_SANDBOX__RUNNER_BINARY",
            workspace.development_binary("runner-native"),
        ),
        (
            "CSV_ANALYST_DATASETS__REGISTRY",
            workspace.root.join("datasets/registry.json"),
        ),
    ]
}

impl Service {
    pub fn start(workspace: &Workspace, tools: &Tools, options: &Options) -> Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], options.port));
        let mut command = Command::new(workspace.development_binary("csv-analyst"));
        tools.duckdb.apply(&mut command);
        command.current_dir(&workspace.root).envs(environment(workspace));
        if !io::stdout().is_terminal() {
            command.env("NO_COLOR", "1");
        }
        if env::var_os(LOG_FORMAT_VARIABLE).is_none() {
            command.env(LOG_FORMAT_VARIABLE, "pretty");
        }
        command
            .args(["serve", "--listen", &address.to_string()])
            .args(&options.arguments);
        command.stdin(Stdio::null()).process_group(0);
        end_with_parent(&mut command);
        let child = command.spawn().context("cannot start the service")?;
        Ok(Self {
            child,
            address,
            started: Instant::now(),
            ended: false,
        })
    }

    /// Waits until it answers, and says where.
    pub fn announce(&mut self, stop: &AtomicBool) -> Result<()> {
        while !self.is_ready() {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the service ended with {status} before it was ready; what it said is above");
            }
            if self.started.elapsed() > READY_DEADLINE {
                self.child.kill().ok();
                bail!("the service is not ready after {}", seconds(READY_DEADLINE));
            }
            thread::sleep(POLL);
        }
        println!(
            "==> ready after {}: http://localhost:{}",
            seconds(self.started.elapsed()),
            self.address.port()
        );
        Ok(())
    }

    fn is_ready(&self) -> bool {
        let ask = || -> io::Result<String> {
            let mut stream = TcpStream::connect_timeout(&self.address, POLL)?;
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            write!(
                stream,
                "GET /readyz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                self.address
            )?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    pub fn say_when_it_ended(&mut self) -> Result<()> {
        if !self.ended
            && let Some(status) = self.child.try_wait()?
        {
            self.ended = true;
            println!("==> the service ended with {status}; the next change starts it again");
        }
        Ok(())
    }

    /// Asks it to end, waits while it drains, and only then insists.
    pub fn stop(mut self) -> Result<()> {
        let asked = Instant::now();
        signal(i32::try_from(self.child.id())?, libc::SIGTERM);
        while self.child.try_wait()?.is_none() {
            if asked.elapsed() > DRAIN_DEADLINE {
                println!("    it did not drain within {}: killed", seconds(DRAIN_DEADLINE));
                break;
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Service {
    /// However this session ends, its process group does.
    fn drop(&mut self) {
        if let Ok(group) = i32::try_from(self.child.id())
            && matches!(self.child.try_wait(), Ok(None))
        {
            signal(-group, libc::SIGKILL);
            self.child.wait().ok();
        }
    }
}

fn signal(process: i32, signal: i32) {
    // SAFETY: `kill` touches no memory of ours. The process is our child and not yet reaped, so its
    // number cannot belong to another one.
    unsafe { libc::kill(process, signal) };
}

#[cfg(target_os = "linux")]
fn end_with_parent(command: &mut Command) {
    // SAFETY: between fork and exec only `prctl` is called, which is async-signal-safe.
    unsafe {
        command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn end_with_parent(_command: &mut Command) {}
