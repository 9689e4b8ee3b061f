//! A headless Chromium behind its driver, both started for one test and gone after it.
//!
//! The profile folder is empty and thrown away; nothing of a person's browser is read or written.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::webdriver::Session;

const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const DRIVER: &str = "chromedriver";

/// No request of the browser's own; `--no-sandbox` because continuous integration runs as root.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
];

/// For an overloaded machine; usually the driver answers within a tenth of a second.
const START_DEADLINE: Duration = Duration::from_secs(60);

pub struct Browser {
    pub session: Session,
    _driver: Driver,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.session.end();
    }
}

/// The driver's process group: the browser is in it, so that a panic leaves neither.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        if let Ok(group) = i32::try_from(self.0.id()) {
            // SAFETY: `kill` touches no memory; the group is our own child's, which is not reaped yet.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
        self.0.wait().ok();
    }
}

/// Why no browser can be started here.
pub fn missing() -> Option<String> {
    if find(&BROWSERS).is_none() {
        return Some("no Chromium is installed".to_owned());
    }
    find(&[DRIVER])
        .is_none()
        .then(|| "chromedriver is not installed".to_owned())
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

impl Browser {
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let (driver, address) = start_driver();
        let deadline = Instant::now() + START_DEADLINE;
        let session = loop {
            match Session::begin(address, capabilities(profile.path())) {
                Ok(session) => break session,
                Err(error) if Instant::now() > deadline => panic!("the browser does not start: {error}"),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        };
        Self {
            session,
            _driver: driver,
            _profile: profile,
        }
    }

    /// What the browser wrote on its console since the last look, errors only.
    pub fn console_errors(&self) -> Result<Vec<String>, String> {
        let log = self.session.post("/se/log", json!({"type": "browser"}))?;
        let entries = log.as_array().cloned().unwrap_or_default();
        let errors = entries.into_iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(errors
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect())
    }

    /// A command of the browser's own debugging protocol.
    pub fn devtools(&self, command: &str, parameters: Value) -> Result<(), String> {
        self.session
            .post("/goog/cdp/execute", json!({"cmd": command, "params": parameters}))
            .map(drop)
    }
}

fn start_driver() -> (Driver, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    drop(listener);
    let mut command = Command::new(find(&[DRIVER]).expect("asked for before"));
    command.arg(format!("--port={}", address.port()));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    (
        Driver(command.process_group(0).spawn().expect("chromedriver starts")),
        address,
    )
}

fn capabilities(profile: &Path) -> Value {
    let mut flags: Vec<String> = FLAGS.iter().map(ToString::to_string).collect();
    flags.push(format!("--user-data-dir={}", profile.display()));
    let browser = find(&BROWSERS).expect("asked for before");
    json!({
        "browserName": "chrome",
        "goog:loggingPrefs": {"browser": "ALL"},
        "goog:chromeOptions": {"binary": browser, "args": flags},
    })
}
