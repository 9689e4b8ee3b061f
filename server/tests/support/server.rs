//! The real program as a child process, and just enough HTTP to talk to it.

use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
    pub log: Log,
}

/// What a server has said so far.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<String>>);

impl Log {
    pub fn text(&self) -> String {
        self.0.lock().expect("nobody panics with it").clone()
    }

    fn add(&self, line: &str) {
        let mut text = self.0.lock().expect("nobody panics with it");
        text.push_str(line);
        text.push('\n');
    }
}

/// `csv-analyst serve` on a free port.
pub fn serve_command(data_directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_csv-analyst"));
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data-directory"])
        .arg(data_directory);
    command
}

/// Long enough for an overloaded machine; a healthy start takes well under a second.
const START_DEADLINE: Duration = Duration::from_secs(60);
/// Longer than any request may take: a run's minute and the wait for a place.
const ANSWER_DEADLINE: Duration = Duration::from_secs(150);

impl Server {
    /// Starts `csv-analyst serve` on a free port with these further flags and waits until it listens.
    pub fn start(data_directory: &Path, flags: &[&str]) -> Self {
        let mut command = serve_command(data_directory);
        command.args(flags);
        Self::launch(command).unwrap_or_else(|log| panic!("the server ended before it listened:\n{log}"))
    }

    /// The error is what a server said that ended before it listened.
    pub fn launch(mut command: Command) -> Result<Self, String> {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the server starts");
        let stderr = child.stderr.take().expect("a pipe");
        let log = Log::default();
        match listening_address(stderr, &log) {
            Some(address) => Ok(Self { child, address, log }),
            None => {
                child.wait().expect("the server has ended");
                Err(log.text())
            }
        }
    }

    pub fn wait_until_ready(&self) {
        let deadline = Instant::now() + START_DEADLINE;
        while self.request("GET", "/readyz", None).0 != 200 {
            assert!(Instant::now() < deadline, "the server is not ready in time");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// HTTP status and JSON body.
    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        request(self.address, method, path, body).expect("the server answers")
    }

    /// As `kill -9`: nothing gets a chance to clean up.
    pub fn kill(mut self) {
        self.child.kill().expect("the server is killed");
        self.child.wait().expect("the server has ended");
    }

    /// As Ctrl-C or a service manager: it drains and ends by itself.
    pub fn stop(mut self) -> bool {
        let stopped = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(stopped.expect("kill runs").success());
        self.child.wait().expect("the server has ended").success()
    }
}

/// HTTP status and JSON body, of a server that may not be there or may go away.
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> io::Result<(u16, Value)> {
    let mut stream = send(address, method, path, body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    read_answer(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// The request alone: what comes back is for the caller to read, or not.
pub fn send(address: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> io::Result<TcpStream> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWER_DEADLINE))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    Ok(stream)
}

/// `None`: it broke off.
fn read_answer(answer: &str) -> Option<(u16, Value)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    if length.is_some_and(|length| length > body.len()) {
        return None;
    }
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// Reads the log until the server says where it listens; afterwards a thread keeps the pipe empty.
fn listening_address(stderr: impl Read + Send + 'static, log: &Log) -> Option<SocketAddr> {
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    for line in lines.by_ref() {
        log.add(&line);
        let entry: Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(address) = entry["address"].as_str() {
            let address = address.parse().expect("an address");
            let log = log.clone();
            std::thread::spawn(move || lines.for_each(|line| log.add(&line)));
            return Some(address);
        }
    }
    None
}
