//! The service's image under `compose.yml`, as a person starts it: it becomes healthy, answers a question,
//! keeps its record over a restart, and leaves nothing behind.
//!
//! The image is packed from what the other tests were built with; nothing is compiled here. Project, port
//! and image are its own, so that a service that runs already is not touched.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const TEST: &str = "the service's image under compose.yml";

/// A first start of a development build compiles the gate and reads the datasets, here with two CPUs.
const HEALTHY_DEADLINE: Duration = Duration::from_secs(240);

const SOCKET: &str = "/var/run/docker.sock";

/// Which guards hold depends on the engine's own filter of system calls; these always do.
const GUARDS: [&str; 5] = [
    "resource-limits",
    "no-capabilities",
    "no-new-privileges",
    "seccomp",
    "engine-settings",
];

#[test]
fn the_image_under_compose_answers_and_keeps_its_record() {
    let Some(service) = Service::new() else { return };
    service.pack();

    service.up();
    let ready = service.get("/readyz");
    let guards = ready["guards"].as_array().expect("a list of guards");
    for guard in GUARDS {
        assert!(guards.contains(&guard.into()), "{ready}");
    }
    assert_eq!(ready["sandbox"], "process", "{ready}");

    let question = json!({"dataset_id": "ecommerce", "message": "How many orders are there?"});
    let answer = service.request("POST", "/chat", &question.to_string());
    assert_eq!(answer["run"]["status"], "succeeded", "{answer}");
    assert_eq!(answer["run"]["rows"][0][0], orders(), "{answer}");
    let path = format!("/runs/{}", answer["run"]["run_id"].as_str().expect("a run id"));
    let before = service.get(&path);

    service.compose(&["down"]);
    service.up();
    assert_eq!(service.get(&path), before);
    let verified = service.compose(&["exec", "-T", "csv-analyst", "/app/csv-analyst", "verify"]);
    assert!(verified.contains("1 sealed records, 0 broken"), "{verified}");

    let project = service.project.clone();
    drop(service);
    for listing in ["/containers/json?all=1", "/volumes", "/networks", "/images/json"] {
        assert!(
            !engine(listing).contains(&project),
            "{listing} still names {project}"
        );
    }
}

/// As many as the file has lines below its head.
fn orders() -> Value {
    let file = root().join("datasets/ecommerce/orders.csv");
    let text = std::fs::read_to_string(file).expect("the dataset is in the checkout");
    json!(text.lines().count() - 1)
}

fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("xtask lies in the checkout").to_owned()
}

struct Service {
    compose: &'static [&'static str],
    project: String,
    port: u16,
}

impl Service {
    /// `None`, said loudly, where it cannot be tried.
    fn new() -> Option<Self> {
        let missing = |reason: &str| eprintln!("SKIPPED: {TEST}: {reason}");
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
            project: format!("csvanalysttest{}", std::process::id()),
            port: listener.local_addr().expect("an address").port(),
        })
    }

    fn image(&self) -> String {
        format!("{}:latest", self.project)
    }

    fn pack(&self) {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask.args([
            "images",
            "server",
            "--profile",
            "dev",
            "--built",
            "--tag",
            &self.image(),
        ]);
        succeed(&mut xtask);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.compose[0]);
        command
            .args(&self.compose[1..])
            .args(["--project-name", &self.project])
            .args(arguments)
            .current_dir(root())
            .env("ANALYST_PORT", self.port.to_string())
            .env("ANALYST_IMAGE", self.image());
        command
    }

    fn compose(&self, arguments: &[&str]) -> String {
        succeed(&mut self.command(arguments))
    }

    /// Starts, and waits until the engine calls it healthy.
    fn up(&self) {
        self.compose(&["up", "-d"]);
        let start = Instant::now();
        while !self.compose(&["ps"]).contains("(healthy)") {
            let logs = || self.compose(&["logs"]);
            assert!(start.elapsed() < HEALTHY_DEADLINE, "not healthy:\n{}", logs());
            std::thread::sleep(Duration::from_millis(500));
        }
        eprintln!("healthy after {:.1} s", start.elapsed().as_secs_f64());
    }

    fn get(&self, path: &str) -> Value {
        self.request("GET", path, "")
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Value {
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
        let removed = self.command(&["down", "--volumes", "--rmi", "all"]).output();
        if !removed.as_ref().is_ok_and(|output| output.status.success()) {
            eprintln!("{} could not be removed: {removed:?}", self.project);
        }
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

/// What the engine lists, as it sends it.
fn engine(path: &str) -> String {
    let mut stream = UnixStream::connect(SOCKET).expect("the engine answers");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n"
    )
    .expect("a request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer comes");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    answer
}
