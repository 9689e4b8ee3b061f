//! The real program under measurement: started with a configuration of its own, watched from outside,
//! stopped as a service manager stops it.

use crate::Options;
use crate::floor::Failure;
use std::fmt::Write;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub struct Service {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to the first 200 of `/readyz`.
    pub ready_after: Duration,
}

/// Reading 10 million rows is part of a first start.
const READY_DEADLINE: Duration = Duration::from_secs(900);
const POLL: Duration = Duration::from_millis(5);

impl Service {
    pub async fn start(
        options: &Options,
        sandbox: &str,
        data: &Path,
        datasets: &[(&str, PathBuf)],
    ) -> Result<Self, Failure> {
        std::fs::create_dir_all(data)?;
        let file = data.with_extension("toml");
        std::fs::write(&file, configuration(options, sandbox, datasets)?)?;
        let began = Instant::now();
        let mut child = Command::new(&options.server)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-directory"])
            .arg(data)
            .arg("--config")
            .arg(&file)
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()?;
        let stderr = child.stderr.take().ok_or("no pipe")?;
        let address = listening_address(stderr)?;
        let mut service = Self {
            child,
            address,
            ready_after: Duration::ZERO,
        };
        while !crate::client::is_ready(address).await {
            if began.elapsed() > READY_DEADLINE {
                return Err("the service is not ready in time".into());
            }
            tokio::time::sleep(POLL).await;
        }
        service.ready_after = began.elapsed();
        Ok(service)
    }

    /// Of the server alone; sandboxes are processes of their own.
    pub fn resident_megabytes(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let kilobytes = status.unwrap_or_default().lines().find_map(|line| {
            let value = line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?;
            value.trim().parse::<f64>().ok()
        });
        kilobytes.unwrap_or(f64::NAN) * 1_024.0 / 1e6
    }

    pub fn stop(mut self) -> Result<(), Failure> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended unless the measurement broke off.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All clients of a measurement have one address: its share is the whole queue.
fn configuration(
    options: &Options,
    sandbox: &str,
    datasets: &[(&str, PathBuf)],
) -> Result<String, std::fmt::Error> {
    let mut text = format!(
        "log.level = 'warn,csv_analyst_server::http::serve=info'\n\
         queue.client_share_percent = 100\n\
         gate.component = '{}'\n\
         datasets.registry = '{}'\n\
         sandbox.kind = '{sandbox}'\n\
         sandbox.runner_binary = '{}'\n\
         site.directory = '{}'\n",
        options.gate.display(),
        options.registry.display(),
        options.runner.display(),
        options.site.display(),
    );
    for (name, path) in datasets {
        write!(
            text,
            "[[datasets.folders]]\nname = '{name}'\npath = '{}'\n",
            path.display()
        )?;
    }
    Ok(text)
}

/// Reads the log until the server says where it listens; a thread then keeps the pipe empty.
fn listening_address(stderr: impl Read + Send + 'static) -> Result<SocketAddr, Failure> {
    let mut lines = BufReader::new(stderr).lines();
    let mut seen = String::new();
    for line in lines.by_ref() {
        let line = line?;
        let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(address) = entry["address"].as_str() {
            let address = address.parse()?;
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(address);
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    Err(format!("the server ended before it listened:\n{seen}").into())
}
