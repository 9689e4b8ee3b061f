//! The engine proxy in front of a real engine, asked by a service that somebody has taken over. (That it
//! serves an honest one: the contract suite's column in `sandbox_contract.rs`. Each field of a description:
//! `server/src/engine_proxy/admission/tests.rs`.)

mod sandbox_support;

use bollard::Docker;
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::RemoveContainerOptionsBuilder;
use csv_analyst_protocol::limits::Resources;
use csv_analyst_server::sandbox::{
    DockerProvider, SandboxChoice, SandboxClass, SandboxProvider, SandboxSettings,
};
use sandbox_support::{Proxy, containers, in_time, settings};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

struct Case {
    proxy: Proxy,
    settings: SandboxSettings,
    snapshots: TempDir,
    engine: Docker,
}

impl Case {
    async fn open(test: &str) -> Option<Self> {
        Self::open_with(test, 32).await
    }

    async fn open_with(test: &str, max_containers: usize) -> Option<Self> {
        let test = format!("engine proxy: {test}");
        let settings = settings(SandboxChoice::Docker);
        let snapshots = tempfile::tempdir().expect("a folder");
        std::fs::write(snapshots.path().join("a.duckdb"), "no snapshot").expect("a file");
        let proxy = Proxy::start(&test, snapshots.path(), &settings, |settings| {
            settings.max_containers = max_containers;
        });
        let proxy = proxy.await?;
        let engine = Docker::connect_with_defaults().expect("an engine");
        Some(Self {
            proxy,
            settings,
            snapshots,
            engine: engine.negotiate_version().await.expect("it answers"),
        })
    }

    /// What an honest service asks for, caught on its way to the engine.
    async fn honest(&self) -> Value {
        let caught: Arc<Mutex<Option<ContainerCreateBody>>> = Arc::default();
        let catch = caught.clone();
        let alter =
            move |body: &mut ContainerCreateBody| *catch.lock().expect("no panic") = Some(body.clone());
        let provider = DockerProvider::open_altered(&self.settings, alter)
            .await
            .expect("an engine");
        let class = SandboxClass {
            snapshot: self.snapshots.path().join("a.duckdb"),
            dataset_version: "1".into(),
            resources: Resources::default(),
        };
        let started = provider.start(&class).await;
        assert!(started.is_err(), "the file is no snapshot");
        in_time("the container of a start that failed is removed", async {
            while !self.left().await.is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        let body = caught.lock().expect("no panic").take().expect("it was asked for");
        let mut body = serde_json::to_value(body).expect("JSON");
        body["Labels"]["csv-analyst.sandbox"] = json!("one");
        body
    }

    async fn create(&self, body: &Value) -> (u16, Value) {
        ask(
            &self.proxy.socket,
            "POST",
            "/v1.41/containers/create",
            &body.to_string(),
        )
        .await
    }

    async fn left(&self) -> Vec<String> {
        containers(&self.settings.instance_label).await
    }

    async fn remove(&self, id: &str) {
        let options = RemoveContainerOptionsBuilder::default().force(true).build();
        let removed = self.engine.remove_container(id, Some(options)).await;
        removed.expect("it can be removed");
    }
}

async fn ask(socket: &Path, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = UnixStream::connect(socket).await.expect("the proxy listens");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: engine\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    let (_, body) = answer.split_once("\r\n\r\n").expect("an answer in HTTP");
    (
        status.expect("a status"),
        serde_json::from_str(body).unwrap_or(Value::Null),
    )
}

#[tokio::test]
async fn a_taken_over_service_gets_no_container_but_a_runner() {
    let Some(case) = Case::open("no container but a runner").await else {
        return;
    };
    let honest = case.honest().await;
    for (place, value) in [
        ("/HostConfig/Privileged", json!(true)),
        ("/HostConfig/Binds", json!(["/:/host:rw"])),
        ("/HostConfig/Mounts/0/Source", json!("/")),
        ("/HostConfig/Mounts/0/Source", json!("/var/run/docker.sock")),
        ("/HostConfig/Mounts/0/ReadOnly", json!(false)),
        ("/HostConfig/NetworkMode", json!("host")),
        ("/HostConfig/PidMode", json!("host")),
        ("/HostConfig/CapAdd", json!(["ALL"])),
        ("/HostConfig/SecurityOpt", json!(["seccomp=unconfined"])),
        ("/HostConfig/VolumesFrom", json!(["anybody"])),
        ("/HostConfig/Memory", json!(0)),
        ("/Image", json!("sha256:0123")),
        ("/Image", json!("debian")),
        ("/User", json!("0")),
        ("/Entrypoint", json!(["/bin/sh", "-c", "id"])),
        ("/Cmd", json!(["ingest"])),
    ] {
        let mut hostile = honest.clone();
        let (parent, name) = place.rsplit_once('/').expect("a place");
        hostile.pointer_mut(parent).expect("it is there")[name] = value;
        let (status, words) = case.create(&hostile).await;
        assert_eq!(status, 403, "{place}: {words}");
        assert!(
            words["message"]
                .as_str()
                .is_some_and(|text| text.contains("engine proxy")),
            "{words}"
        );
    }
    assert_eq!(case.left().await, Vec::<String>::new());
    // The control: what they were made from is allowed.
    let (status, created) = case.create(&honest).await;
    assert_eq!(status, 201, "{created}");
    case.remove(created["Id"].as_str().expect("an id")).await;
}

#[tokio::test]
async fn what_is_mounted_is_the_proxys_own_copy_and_a_link_is_not_followed() {
    let Some(case) = Case::open("links").await else {
        return;
    };
    let honest = case.honest().await;
    let (status, created) = case.create(&honest).await;
    assert_eq!(status, 201, "{created}");
    let id = created["Id"].as_str().expect("an id");
    let found = case
        .engine
        .inspect_container(id, None)
        .await
        .expect("it is there");
    let source = found.mounts.expect("mounts")[0].source.clone().expect("a source");
    assert!(!Path::new(&source).starts_with(case.snapshots.path()), "{source}");
    assert_eq!(std::fs::read_to_string(&source).expect("a copy"), "no snapshot");
    case.remove(id).await;

    let snapshot = case.snapshots.path().join("a.duckdb");
    std::fs::remove_file(&snapshot).expect("it is ours");
    std::os::unix::fs::symlink("/etc/passwd", &snapshot).expect("a link");
    let (status, words) = case.create(&honest).await;
    assert_eq!(status, 400, "{words}");
    assert!(!words.to_string().contains("passwd"), "{words}");
}

#[tokio::test]
async fn containers_of_others_are_out_of_reach() {
    let Some(case) = Case::open("containers of others").await else {
        return;
    };
    // Somebody's container, which even carries the labels of this installation.
    let labels = HashMap::from([(
        "csv-analyst.instance".to_owned(),
        case.settings.instance_label.clone(),
    )]);
    let body = ContainerCreateBody {
        image: Some(case.settings.docker.image.clone()),
        cmd: Some(vec!["guards".into()]),
        labels: Some(labels),
        ..ContainerCreateBody::default()
    };
    let id = case
        .engine
        .create_container(None, body)
        .await
        .expect("a container")
        .id;
    for (method, path) in [
        ("GET", format!("/containers/{id}/json")),
        ("POST", format!("/containers/{id}/start")),
        (
            "POST",
            format!("/containers/{id}/attach?stdin=1&stdout=1&stderr=1&stream=1"),
        ),
        ("DELETE", format!("/containers/{id}?force=true&v=true")),
    ] {
        let (status, words) = ask(&case.proxy.socket, method, &path, "").await;
        assert_eq!(status, 404, "{path}: {words}");
    }
    for (method, path) in [
        ("POST", format!("/containers/{id}/kill")),
        ("POST", format!("/containers/{id}/exec")),
        ("DELETE", format!("/containers/{}?force=true&v=true", &id[..12])),
    ] {
        let (status, words) = ask(&case.proxy.socket, method, &path, "").await;
        assert_eq!(status, 403, "{path}: {words}");
    }
    let filters = format!(
        "%7B%22label%22:[%22csv-analyst.instance={}%22]%7D",
        case.settings.instance_label
    );
    let listing = format!("/containers/json?all=true&filters={filters}");
    let (status, listed) = ask(&case.proxy.socket, "GET", &listing, "").await;
    assert_eq!((status, &listed), (200, &json!([])));
    assert_eq!(case.left().await, std::slice::from_ref(&id), "it is as it was");
    case.remove(&id).await;
}

#[tokio::test]
async fn another_image_is_not_even_looked_at() {
    let Some(case) = Case::open("another image").await else {
        return;
    };
    for name in [
        "debian:latest",
        "csv-analyst:latest",
        "..",
        "csv-analyst-runner:latest/../x",
    ] {
        let (status, words) = ask(&case.proxy.socket, "GET", &format!("/images/{name}/json"), "").await;
        assert_eq!(status, 403, "{name}: {words}");
    }
    let path = format!("/images/{}/json", case.settings.docker.image);
    let (status, found) = ask(&case.proxy.socket, "GET", &path, "").await;
    assert_eq!(status, 200, "{found}");
    assert_eq!(
        found.as_object().map(|fields| fields.len()),
        Some(1),
        "nothing but its id: {found}"
    );
}

#[tokio::test]
async fn runners_are_counted_and_one_too_many_is_refused() {
    let Some(case) = Case::open_with("runners are counted", 2).await else {
        return;
    };
    let honest = case.honest().await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let (status, created) = case.create(&honest).await;
        assert_eq!(status, 201, "{created}");
        made.push(created["Id"].as_str().expect("an id").to_owned());
    }
    let (status, words) = case.create(&honest).await;
    assert_eq!(status, 429, "{words}");
    // One that somebody else removed gives its place back.
    case.remove(&made[0]).await;
    let (status, created) = case.create(&honest).await;
    assert_eq!(status, 201, "{created}");
    case.remove(created["Id"].as_str().expect("an id")).await;
    let path = format!("/containers/{}?force=true&v=true", made[1]);
    let (status, _) = ask(&case.proxy.socket, "DELETE", &path, "").await;
    assert_eq!(status, 204);
    assert_eq!(case.left().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_description_without_end_is_refused() {
    let Some(case) = Case::open("a description without end").await else {
        return;
    };
    let mut honest = case.honest().await;
    honest["Cmd"] = json!(vec!["x".repeat(1_000); 200]);
    let (status, _) = case.create(&honest).await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn only_the_services_user_may_use_the_socket() {
    let Some(case) = Case::open("the socket's mode").await else {
        return;
    };
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(&case.proxy.socket)
        .expect("a socket")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
