//! A container engine of the tests' own, to be killed, stopped in its tracks and started again. The
//! machine's engine is only asked for the runner's image.

use crate::case::happens;
use crate::processes;
use crate::support::skip;
use serde_json::Value;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const USUAL_SOCKET: &str = "/var/run/docker.sock";
/// Debian keeps daemons where an ordinary search path does not look.
const PROGRAMS: [&str; 3] = ["/usr/sbin/dockerd", "/usr/bin/dockerd", "/usr/local/bin/dockerd"];
/// Another image than the one that the service looks for.
const IMAGE_VARIABLE: &str = "XTASK_FAULTS_IMAGE";
const USUAL_IMAGE: &str = "csv-analyst-runner:latest";
/// Loading an image takes seconds; a stuck engine should not hold a test for ever.
const ANSWER_DEADLINE: Duration = Duration::from_secs(120);

pub struct Engine {
    daemon: Option<Child>,
    program: PathBuf,
    image: String,
    archive: Vec<u8>,
    directory: TempDir,
}

impl Engine {
    /// Running, with the image. `None`, said loudly, where this machine lets nobody start one.
    pub fn start(test: &str) -> Option<Self> {
        match Self::try_start() {
            Ok(engine) => Some(engine),
            Err(reason) => {
                skip(test, &reason);
                None
            }
        }
    }

    fn try_start() -> Result<Self, String> {
        // SAFETY: a plain question.
        if unsafe { libc::geteuid() } != 0 {
            return Err("only root may start a container engine of its own".into());
        }
        let program = PROGRAMS.iter().map(PathBuf::from).find(|path| path.exists());
        let program = program.ok_or("dockerd is not installed")?;
        let image = std::env::var(IMAGE_VARIABLE).unwrap_or_else(|_| USUAL_IMAGE.into());
        let archive = ask(
            Path::new(USUAL_SOCKET),
            "GET",
            &format!("/images/{image}/get"),
            "",
            &[],
        );
        let (status, archive) = archive.map_err(|error| format!("no engine to get {image} from: {error}"))?;
        if status != 200 {
            return Err(format!(
                "the image {image} is not built; run `cargo xtask images runner`"
            ));
        }
        let mut engine = Self {
            daemon: None,
            program,
            image,
            archive,
            directory: tempfile::Builder::new()
                .prefix("engine-")
                .tempdir()
                .expect("a folder"),
        };
        engine.start_daemon()?;
        engine.load_image();
        Ok(engine)
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("docker.sock")
    }

    pub fn image(&self) -> &str {
        &self.image
    }

    /// Its own parts may need longer than it gives them on a busy machine; then it ends, and is started
    /// anew as a service manager would.
    pub fn start_daemon(&mut self) -> Result<(), String> {
        self.launch_daemon()
            .or_else(|_| self.launch_daemon())
            .or_else(|_| self.launch_daemon())
    }

    fn launch_daemon(&mut self) -> Result<(), String> {
        let directory = self.directory.path().to_owned();
        let at = |name: &str| directory.join(name);
        let log = std::fs::File::create(at("log")).expect("a file");
        let path = std::env::var("PATH").unwrap_or_default();
        let daemon = Command::new(&self.program)
            .arg("--data-root")
            .arg(at("data"))
            .arg("--exec-root")
            .arg(at("run"))
            .arg("--pidfile")
            .arg(at("pid"))
            .arg("--host")
            .arg(format!("unix://{}", self.socket().display()))
            .args(["--bridge", "none", "--iptables=false", "--ip-forward=false"])
            .env("PATH", format!("{path}:/usr/sbin:/sbin"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.daemon = Some(daemon.map_err(|error| error.to_string())?);
        if happens(|| self.answers() || self.has_ended()) && self.answers() {
            return Ok(());
        }
        let log = std::fs::read_to_string(at("log")).unwrap_or_default();
        let last = log.lines().last().unwrap_or_default();
        Err(format!("an engine of its own does not start: {last}"))
    }

    fn answers(&self) -> bool {
        matches!(ask(&self.socket(), "GET", "/_ping", "", &[]), Ok((200, _)))
    }

    fn has_ended(&mut self) -> bool {
        self.daemon
            .as_mut()
            .is_none_or(|daemon| !matches!(daemon.try_wait(), Ok(None)))
    }

    pub fn load_image(&self) {
        let (status, answer) = self.ask("POST", "/images/load?quiet=1", &self.archive);
        assert!(status == 200 && !answer.contains("\"error\""), "{answer}");
    }

    /// With its content, and every container that holds it.
    pub fn remove_image(&self, label: &str) {
        let found = self.ask("GET", &format!("/images/{}/json", self.image), &[]).1;
        let found: Value = serde_json::from_str(&found).expect("the image is there");
        let names = [self.image.as_str(), found["Id"].as_str().expect("an id")];
        let gone = happens(|| {
            for container in self.containers(label) {
                self.ask("DELETE", &format!("/containers/{container}?force=1&v=1"), &[]);
            }
            names.iter().all(|name| {
                self.ask("DELETE", &format!("/images/{name}?force=1"), &[]);
                self.ask("GET", &format!("/images/{name}/json"), &[]).0 == 404
            })
        });
        assert!(gone, "the image is still there");
    }

    /// Of one installation, running or not.
    pub fn containers(&self, label: &str) -> Vec<String> {
        let filter = format!("%7B%22label%22%3A%5B%22csv-analyst.instance%3D{label}%22%5D%7D");
        let (_, listed) = self.ask("GET", &format!("/containers/json?all=1&filters={filter}"), &[]);
        let listed: Value = serde_json::from_str(&listed).unwrap_or_default();
        let listed = listed.as_array().map_or(&[][..], Vec::as_slice);
        listed
            .iter()
            .filter_map(|one| one["Id"].as_str().map(str::to_owned))
            .collect()
    }

    /// Processes inside of containers, which are this machine's too.
    pub fn runner_of(&self, container: &str) -> Option<i32> {
        let (_, found) = self.ask("GET", &format!("/containers/{container}/json"), &[]);
        let found: Value = serde_json::from_str(&found).ok()?;
        let id = found["State"]["Pid"].as_i64()?;
        i32::try_from(id).ok().filter(|id| *id > 0)
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
        let answer = ask(&self.socket(), method, path, "application/x-tar", body);
        let (status, answer) = answer.unwrap_or((0, Vec::new()));
        (status, String::from_utf8_lossy(&answer).into_owned())
    }

    fn signal(&self, signal: i32) {
        let daemon = self.daemon.as_ref().expect("the engine runs");
        processes::signal(daemon.id().cast_signed(), signal);
    }

    /// It keeps its connections and answers nothing any more.
    pub fn hang(&self) {
        self.signal(libc::SIGSTOP);
    }

    pub fn go_on(&self) {
        self.signal(libc::SIGCONT);
    }

    pub fn kill(&mut self) {
        self.signal(libc::SIGKILL);
        self.wait();
    }

    /// As a service manager does it.
    pub fn stop(&mut self) {
        self.signal(libc::SIGTERM);
        self.wait();
    }

    fn wait(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.wait().expect("the engine has ended");
        }
    }

    fn clean_up(&mut self) {
        if self.daemon.is_some() {
            self.go_on();
            self.signal(libc::SIGTERM);
            if !happens(|| self.has_ended()) {
                self.signal(libc::SIGKILL);
            }
            self.wait();
        }
        // What a killed engine left behind: its containers' keepers, named by its folder.
        for (id, _) in processes::about(self.directory.path()) {
            processes::kill(id);
        }
        let needle = self.directory.path().display().to_string();
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let own = mounts.lines().filter_map(|line| line.split(' ').nth(1));
        for mount in own
            .filter(|path| path.starts_with(&needle))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            let _ = Command::new("umount")
                .args(["-l", mount])
                .stderr(Stdio::null())
                .status();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.clean_up();
    }
}

fn ask(socket: &Path, method: &str, path: &str, kind: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER_DEADLINE))?;
    stream.set_write_timeout(Some(ANSWER_DEADLINE))?;
    // Of the older version, an answer is never in chunks.
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: engine\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    Ok((
        status.ok_or(io::ErrorKind::InvalidData)?,
        answer.split_off(end + 4),
    ))
}
