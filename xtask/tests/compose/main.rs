//! The service's image under `compose.yml` and `docs/compose.single.yml`, as a person starts it: it becomes
//! healthy, answers a question, keeps its record over a restart, and leaves nothing behind.
//!
//! The images are packed from what the other tests were built with; nothing is compiled here. Project, port
//! and images are its own, so that a service that runs already is not touched.

mod service;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use service::{Service, engine};

/// Which guards hold depends on the engine's own filter of system calls; these always do.
const IN_ONE_CONTAINER: [&str; 5] = [
    "resource-limits",
    "no-capabilities",
    "no-new-privileges",
    "seccomp",
    "engine-settings",
];

/// What a container for each run gives, whatever the kernel does for the runner inside.
const IN_SIBLINGS: [&str; 5] = [
    "network none",
    "read-only root",
    "capabilities dropped",
    "memory cgroup",
    "seccomp",
];

#[test]
fn the_service_beside_its_runners_answers_and_keeps_its_record() {
    let Some(service) = Service::new("compose.yml", 2) else {
        return;
    };
    service.pack(&["server", "runner"]);
    service.up();
    has(&service, "docker", &IN_SIBLINGS);
    let path = answers(&service);
    let before = service.get(&path);

    every_runner_has_one_mount_of_one_copy(&service);
    the_service_has_no_way_to_the_engine(&service);
    the_proxy_is_nobody(&service);

    keeps_its_record(&service, &path, &before);
    service.compose(&["stop"]);
    assert_eq!(runners(&service), Vec::<Value>::new(), "a stop leaves no runner");
    leaves_nothing(service);
}

#[test]
fn the_service_in_one_container_answers_and_keeps_its_record() {
    let Some(service) = Service::new("docs/compose.single.yml", 1) else {
        return;
    };
    service.pack(&["server"]);
    service.up();
    has(&service, "process", &IN_ONE_CONTAINER);
    let path = answers(&service);
    let before = service.get(&path);
    keeps_its_record(&service, &path, &before);
    leaves_nothing(service);
}

fn has(service: &Service, sandbox: &str, guards: &[&str]) {
    let ready = service.get("/readyz");
    let in_force = ready["guards"].as_array().expect("a list of guards");
    for guard in guards {
        assert!(in_force.contains(&json!(guard)), "{guard}: {ready}");
    }
    assert_eq!(ready["sandbox"], sandbox, "{ready}");
}

/// The path of the run.
fn answers(service: &Service) -> String {
    let question = json!({"dataset_id": "ecommerce", "message": "How many orders are there?"});
    let answer = service.request("POST", "/chat", &question.to_string());
    assert_eq!(answer["run"]["status"], "succeeded", "{answer}");
    assert_eq!(answer["run"]["rows"][0][0], orders(), "{answer}");
    format!("/runs/{}", answer["run"]["run_id"].as_str().expect("a run id"))
}

fn keeps_its_record(service: &Service, path: &str, before: &Value) {
    service.compose(&["down"]);
    service.up();
    assert_eq!(&service.get(path), before);
    let verified = service.compose(&["exec", "-T", "csv-analyst", "/app/csv-analyst", "verify"]);
    assert!(verified.contains("1 sealed records, 0 broken"), "{verified}");
}

fn leaves_nothing(service: Service) {
    let project = service.project.clone();
    drop(service);
    for listing in ["/containers/json?all=1", "/volumes", "/networks", "/images/json"] {
        let listed = engine("GET", listing);
        assert!(!listed.contains(&project), "{listing} still names {project}");
    }
}

/// Containers that the service started through its proxy: they mount what lies in its volume.
fn runners(service: &Service) -> Vec<Value> {
    let listed: Vec<Value> = serde_json::from_str(&engine("GET", "/containers/json?all=1")).expect("JSON");
    let volume = format!("{}_pinned", service.project);
    let is_ours = |one: &Value| {
        one["Labels"]["csv-analyst.engine-proxy"].is_string() && one["Mounts"].to_string().contains(&volume)
    };
    listed.into_iter().filter(is_ours).collect()
}

fn every_runner_has_one_mount_of_one_copy(service: &Service) {
    let found = runners(service);
    assert!(!found.is_empty(), "the pool keeps some waiting");
    for runner in found {
        let mounts = runner["Mounts"].as_array().expect("mounts");
        assert_eq!(mounts.len(), 1, "{runner}");
        assert_eq!(mounts[0]["RW"], false, "{runner}");
        let source = mounts[0]["Source"].as_str().expect("a source");
        assert!(source.ends_with(".duckdb"), "{runner}");
        assert_eq!(runner["HostConfig"]["NetworkMode"], "none", "{runner}");
    }
}

fn the_service_has_no_way_to_the_engine(service: &Service) {
    let found = service.container("csv-analyst");
    let mounts = found["Mounts"].as_array().expect("mounts");
    assert!(!found["Mounts"].to_string().contains("docker.sock"), "{mounts:?}");
    let engine = mounts
        .iter()
        .find(|mount| mount["Destination"] == "/engine")
        .expect("the proxy's socket");
    assert_eq!(engine["RW"], false);
    assert_eq!(found["Config"]["User"], "65534:65534");
    assert_eq!(found["HostConfig"]["ReadonlyRootfs"], true);
    assert_eq!(found["HostConfig"]["CapDrop"], json!(["ALL"]));
}

/// As the kernel says it: root is given up, with all capabilities.
fn the_proxy_is_nobody(service: &Service) {
    let found = service.container("engine-proxy");
    assert_eq!(found["HostConfig"]["NetworkMode"], "none");
    let id = found["State"]["Pid"].as_u64().expect("it runs");
    let Ok(status) = std::fs::read_to_string(format!("/proc/{id}/status")) else {
        eprintln!("SKIPPED: the proxy's rights: the engine's processes are not on this machine");
        return;
    };
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.map(|rest| rest.split_whitespace().collect::<Vec<_>>().join(" "))
            .unwrap_or_default()
    };
    assert_eq!(field("Uid:"), "65534 65534 65534 65534");
    assert_eq!(field("Gid:"), "65534 65534 65534 65534");
    for capabilities in ["CapPrm:", "CapEff:", "CapAmb:"] {
        assert_eq!(field(capabilities), "0000000000000000", "{capabilities}");
    }
    assert_eq!(field("NoNewPrivs:"), "1");
    assert_eq!(
        field("Groups:").split(' ').count(),
        1,
        "the socket's group and no other"
    );
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
