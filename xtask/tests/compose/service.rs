//! One service under Compose, with images, project and port of its own.

use super::root;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A first start of a development build compiles the gate and reads the datasets, here with two CPUs.
const HEALTHY_DEADLINE: Duration = Duration::from_secs(240);

const SOCKET: &str = "/var/run/docker.sock";

pub struct Service {
    compose: &'static [&'static str],
    file: &'static str,
    /// Containers that stay up.
    services: usize,
    pub project: String,
    port: u16,
}

impl Service {
    /// `None`, said loudly, where it cannot be tried.
    pub fn new(file: &'static str, services: usize) -> Option<Self> {
        let missing = |reason: &str| eprintln!("SKIPPED: the service's image under {file}: {reason}");
        let Some(compose) = compose_program() else {
            missing("neither `docker-compose` nor `docker compose` is installed");
            return None;
        };
        if UnixStream::connect(SOCKET).is_err() {
            missing("no container engine answers");
            return None;
        }
        let built = Path::new(env!("CARGO_BIN_EXE_xtask")).parent().expect("a folder");
        for part in [
            "csv-analyst",
            "runner-native",
            "../artefacts/gate.wasm",
            "../site/pkg",
        ] {
            if !built.join(part).exists() {
                missing(&format!("{part} is not built; run `cargo xtask test`"));
                return None;
            }
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Some(Self {
            compose,
            file,
            services,
            project: format!("csvanalysttest{}x{services}", std::process::id()),
            port: listener.local_addr().expect("an address").port(),
        })
    }

    fn image(&self, target: &str) -> String {
        format!("{}{target}:latest", self.project)
    }

    pub fn pack(&self, targets: &[&str]) {
        for target in targets {
            let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
            xtask.args([
                "images",
                target,
                "--profile",
                "dev",
                "--built",
                "--tag",
                &self.image(target),
            ]);
            succeed(&mut xtask);
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.compose[0]);
        command
            .args(&self.compose[1..])
            .args(["--file", self.file])
            .args(["--project-name", &self.project])
            .args(arguments)
            .current_dir(root())
            .env("ANALYST_PORT", self.port.to_string())
            .env("ANALYST_IMAGE", self.image("server"))
            .env("ANALYST_RUNNER_IMAGE", self.image("runner"));
        command
    }

    pub fn compose(&self, arguments: &[&str]) -> String {
        succeed(&mut self.command(arguments))
    }

    /// Starts, and waits until the engine calls it healthy.
    pub fn up(&self) {
        self.compose(&["up", "-d"]);
        let start = Instant::now();
        while self.compose(&["ps"]).matches("(healthy)").count() < self.services {
            let logs = || self.compose(&["logs"]);
            assert!(start.elapsed() < HEALTHY_DEADLINE, "not healthy:\n{}", logs());
            std::thread::sleep(Duration::from_millis(500));
        }
        eprintln!("healthy after {:.1} s", start.elapsed().as_secs_f64());
    }

    /// What the engine says of the service's container.
    pub fn container(&self, service: &str) -> Value {
        let id = self.compose(&["ps", "-q", service]);
        serde_json::from_str(&engine("GET", &format!("/containers/{}/json", id.trim()))).expect("JSON")
    }

    fn say_what_was_logged(&self) {
        if std::thread::panicking() {
            let logs = self.command(&["logs"]).output();
            eprintln!(
                "{}",
                logs.map_or_else(
                    |error| error.to_string(),
                    |logs| String::from_utf8_lossy(&logs.stdout).into_owned()
                )
            );
        }
    }

    pub fn get(&self, path: &str) -> Value {
        self.request("GET", path, "")
    }

    pub fn request(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the service listens");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
            Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        write!(stream, "{head}{body}").expect("a request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer comes");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{method} {path}: {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        serde_json::from_str(body).expect("an answer in JSON")
    }
}

impl Drop for Service {
    /// However the test ends: container, network, volume and image go.
    fn drop(&mut self) {
        self.say_what_was_logged();
        let removed = self.command(&["down", "--volumes", "--rmi", "all"]).output();
        if !removed.as_ref().is_ok_and(|output| output.status.success()) {
            eprintln!("{} could not be removed: {removed:?}", self.project);
        }
        // No service of the file is made of it.
        answer("DELETE", &format!("/images/{}", self.image("runner")));
    }
}

fn compose_program() -> Option<&'static [&'static str]> {
    let programs: [&[&str]; 2] = [&["docker", "compose"], &["docker-compose"]];
    let works = |program: &&[&str]| {
        let mut command = Command::new(program[0]);
        let version = command.args(&program[1..]).arg("version").output();
        version.is_ok_and(|output| output.status.success())
    };
    programs.into_iter().find(works)
}

fn succeed(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program starts");
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(
        status.success(),
        "{command:?} ended with {status}\n{stdout}\n{stderr}"
    );
    stdout
}

/// What the engine answers to a call that succeeds.
pub fn engine(method: &str, path: &str) -> String {
    let answer = answer(method, path);
    assert!(
        answer.starts_with("HTTP/1.0 200 ") || answer.starts_with("HTTP/1.1 200 "),
        "{path}: {answer}"
    );
    let (_, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    body.to_owned()
}

/// In the older form of HTTP: the body comes in one piece.
fn answer(method: &str, path: &str) -> String {
    let mut stream = UnixStream::connect(SOCKET).expect("the engine answers");
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: engine\r\n\r\n").expect("a request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer comes");
    answer
}
