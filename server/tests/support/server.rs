//! The real program as a child process, and just enough HTTP to talk to it.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
}

/// Long enough for an overloaded machine; a healthy start takes well under a second.
const START_DEADLINE: Duration = Duration::from_secs(60);

impl Server {
    /// Starts `csv-analyst serve` on a free port with these further flags and waits until it listens.
    pub fn start(data_directory: &Path, flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_csv-analyst"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-directory"])
            .arg(data_directory)
            .args(flags)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stderr = child.stderr.take().expect("a pipe");
        let address = listening_address(stderr);
        Self { child, address }
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
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()))
            .expect("a request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer comes");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .expect("a status");
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
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

/// Reads the log until the server says where it listens; afterwards a thread keeps the pipe empty.
fn listening_address(stderr: impl Read + Send + 'static) -> SocketAddr {
    let mut lines = BufReader::new(stderr).lines();
    let mut seen = String::new();
    for line in lines.by_ref() {
        let line = line.expect("the log is text");
        let entry: Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(address) = entry["address"].as_str() {
            let address = address.parse().expect("an address");
            std::thread::spawn(move || lines.for_each(drop));
            return address;
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    panic!("the server ended before it listened:\n{seen}");
}
