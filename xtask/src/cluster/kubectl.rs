//! Questions and orders to the API server, through the real kubectl.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::layout::Layout;
use crate::process;

const ASK_AGAIN: Duration = Duration::from_millis(200);

pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    pub fn of(layout: &Layout) -> Self {
        Self {
            program: layout.program("kubectl"),
            kubeconfig: layout.kubeconfig(),
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(arguments);
        command
    }

    pub fn ask(&self, arguments: &[&str]) -> Result<String> {
        process::capture(&mut self.command(arguments))
    }

    pub fn apply(&self, objects: &str) -> Result<()> {
        let mut command = self.command(&["apply", "--server-side", "--force-conflicts", "-f", "-"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start kubectl")?;
        let mut input = child.stdin.take().context("kubectl has no input")?;
        input.write_all(objects.as_bytes())?;
        drop(input);
        if !child.wait()?.success() {
            bail!("kubectl apply failed");
        }
        Ok(())
    }

    /// Asks until the answer suits, and says what it was waiting for when it never does.
    pub fn wait_until(
        &self,
        what: &str,
        patience: Duration,
        arguments: &[&str],
        suits: impl Fn(&str) -> bool,
    ) -> Result<()> {
        let start = Instant::now();
        loop {
            let answer = self.ask(arguments);
            if answer.as_ref().is_ok_and(|answer| suits(answer)) {
                return Ok(());
            }
            if start.elapsed() > patience {
                let last = answer.unwrap_or_else(|error| format!("{error:#}"));
                bail!(
                    "{what}: not after {}; the last answer was: {last}",
                    process::seconds(patience)
                );
            }
            thread::sleep(ASK_AGAIN);
        }
    }
}
