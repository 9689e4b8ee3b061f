//! A Kubernetes API of one namespace on a loopback port, as far as the provider speaks with it: Jobs that
//! are given pods, watches with a history, attached streams, and failures to order.
//!
//! Pods do not run anything. What becomes of one, and what its runner says, the scene tells.

use super::speech::{self, Speech};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Query, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;

pub const NAMESPACE: &str = "runners";

/// What becomes of the pods of one part (`runner`, `probe`, `loader`).
#[derive(Clone)]
pub struct Scene {
    /// One after the other; the last stays.
    pub statuses: Vec<Value>,
    pub speech: Speech,
    /// Of the Job controller: no pod, for this reason.
    pub refusal: Option<String>,
    pub no_pod: bool,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            statuses: vec![json!({"phase": "Pending"}), running()],
            speech: Speech::Honest,
            refusal: None,
            no_pod: false,
        }
    }
}

/// Instead of an answer.
#[derive(Clone)]
pub enum Fault {
    Status(u16, &'static str, String),
    RetryAfter(u16, u64),
    /// The connection ends without a word.
    Reset,
    /// It is carried out, and then the connection ends without a word.
    LostAnswer,
    /// It is carried out, and its answer breaks off.
    HalfAnswer,
}

pub struct Play {
    pub stage: Stage,
    pub address: std::net::SocketAddr,
}

#[derive(Clone)]
pub struct Stage(Arc<Mutex<State_>>, watch::Sender<u64>);

#[derive(Default)]
pub struct State_ {
    pub scenes: HashMap<String, Scene>,
    pub jobs: HashMap<String, Value>,
    pub pods: HashMap<String, Value>,
    history: Vec<(u64, &'static str, &'static str, Value)>,
    version: u64,
    /// By the beginning of `METHOD resource`.
    pub faults: VecDeque<(&'static str, Fault)>,
    pub calls: Vec<String>,
    /// Runners that waited were told so often that a request is likely.
    pub wakes: usize,
    /// Watches that were begun before this are ended.
    pub watches_end_at: u64,
}

pub fn running() -> Value {
    state("Running", json!({"running": {}}))
}

pub fn waiting(reason: &str) -> Value {
    state(
        "Pending",
        json!({"waiting": {"reason": reason, "message": "of the play"}}),
    )
}

pub fn terminated(code: i32, reason: &str) -> Value {
    state(
        "Failed",
        json!({"terminated": {"exitCode": code, "reason": reason}}),
    )
}

pub fn evicted(message: &str) -> Value {
    json!({"phase": "Failed", "reason": "Evicted", "message": message})
}

fn state(phase: &str, state: Value) -> Value {
    json!({"phase": phase, "containerStatuses": [{
        "name": "runner", "image": "x", "imageID": "x@sha256:1", "ready": true, "restartCount": 0, "state": state,
    }]})
}

impl Stage {
    pub fn lock(&self) -> MutexGuard<'_, State_> {
        self.0.lock().unwrap()
    }

    fn tell(&self, state: &mut State_, kind: &'static str, what: &'static str, mut object: Value) -> Value {
        state.version += 1;
        object["metadata"]["resourceVersion"] = state.version.to_string().into();
        state.history.push((state.version, kind, what, object.clone()));
        self.1.send_replace(state.version);
        object
    }

    /// What a kubelet or a controller makes of a pod.
    pub fn becomes(&self, pod: &str, status: &Value) {
        let mut state = self.lock();
        let Some(mut object) = state.pods.get(pod).cloned() else {
            return;
        };
        object["status"] = status.clone();
        let object = self.tell(&mut state, "pods", "MODIFIED", object);
        state.pods.insert(pod.to_owned(), object);
    }

    pub fn vanishes(&self, pod: &str) {
        let mut state = self.lock();
        if let Some(object) = state.pods.remove(pod) {
            self.tell(&mut state, "pods", "DELETED", object);
        }
    }

    pub fn end_watches(&self) {
        let mut state = self.lock();
        state.version += 1;
        state.watches_end_at = state.version;
        self.1.send_replace(state.version);
    }

    pub fn calls(&self, beginning: &str) -> usize {
        let state = self.lock();
        state
            .calls
            .iter()
            .filter(|call| call.starts_with(beginning))
            .count()
    }

    fn create_job(&self, job: Value) -> Response {
        let name = job["metadata"]["name"].as_str().unwrap().to_owned();
        let mut state = self.lock();
        if state.jobs.contains_key(&name) {
            return refusal(409, "AlreadyExists", "it exists already");
        }
        state.jobs.insert(name.clone(), job.clone());
        let part = job["metadata"]["labels"]["app.kubernetes.io/component"].as_str();
        let scene = state.scenes.get(part.unwrap()).cloned().unwrap_or_default();
        if let Some(message) = &scene.refusal {
            let event = json!({
                "metadata": {"name": format!("{name}.1"), "namespace": NAMESPACE},
                "involvedObject": {"kind": "Job", "name": name}, "reason": "FailedCreate", "message": message,
            });
            self.tell(&mut state, "events", "ADDED", event);
        } else if !scene.no_pod {
            drop(state);
            self.make_pod(&name, &scene.statuses);
        }
        axum::Json(job).into_response()
    }

    /// As the Job controller does it: at once, or when nothing refuses the pod any more.
    pub fn make_pod(&self, name: &str, statuses: &[Value]) {
        let mut state = self.lock();
        let Some(job) = state.jobs.get(name).cloned() else {
            return;
        };
        let pod = format!("{name}-abcde");
        let mut metadata = job["spec"]["template"]["metadata"].clone();
        metadata["name"] = pod.clone().into();
        metadata["namespace"] = NAMESPACE.into();
        metadata["labels"]["batch.kubernetes.io/job-name"] = name.into();
        let object = json!({"metadata": metadata, "spec": job["spec"]["template"]["spec"], "status": {}});
        let object = self.tell(&mut state, "pods", "ADDED", object);
        state.pods.insert(pod.clone(), object);
        drop(state);
        for status in statuses {
            self.becomes(&pod, status);
        }
    }

    fn speech_of(&self, pod: &str) -> Speech {
        let state = self.lock();
        let part = &state.pods[pod]["metadata"]["labels"]["app.kubernetes.io/component"];
        let scene = state.scenes.get(part.as_str().unwrap()).cloned();
        match (part.as_str().unwrap(), scene.unwrap_or_default().speech) {
            ("probe", Speech::Honest) => Speech::Guards { wakes: true },
            ("loader", Speech::Honest) => Speech::Loader,
            (_, speech) => speech,
        }
    }
}

impl Play {
    pub async fn begin() -> Self {
        let stage = Stage(Arc::default(), watch::Sender::new(0));
        let jobs = "/apis/batch/v1/namespaces/runners/jobs";
        let pods = "/api/v1/namespaces/runners/pods";
        let router = Router::new()
            .route(jobs, get(list_jobs).post(create_job))
            .route(&format!("{jobs}/{{name}}"), delete(delete_job))
            .route(pods, get(pods_of))
            .route(&format!("{pods}/{{name}}"), delete(delete_pod))
            .route(&format!("{pods}/{{name}}/attach"), get(attach))
            .route("/api/v1/namespaces/runners/events", get(events_of))
            .layer(axum::middleware::from_fn_with_state(stage.clone(), disturb))
            .with_state(stage.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { stage, address }
    }

    pub fn kubeconfig(&self, folder: &std::path::Path) -> std::path::PathBuf {
        let file = folder.join("kubeconfig");
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "play",
            "clusters": [{"name": "play", "cluster": {"server": format!("http://{}", self.address)}}],
            "users": [{"name": "play", "user": {}}],
            "contexts": [{"name": "play", "context": {"cluster": "play", "user": "play"}}],
        });
        std::fs::write(&file, config.to_string()).unwrap();
        file
    }
}

pub fn refusal(code: u16, reason: &str, message: &str) -> Response {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    (StatusCode::from_u16(code).unwrap(), axum::Json(status)).into_response()
}

async fn disturb(State(stage): State<Stage>, request: Request, next: Next) -> Response {
    let resource = request
        .uri()
        .path()
        .rsplit("/runners/")
        .next()
        .unwrap()
        .to_owned();
    let watching = request
        .uri()
        .query()
        .is_some_and(|query| query.contains("watch=true"));
    let verb = match *request.method() {
        _ if watching => "WATCH",
        Method::GET if resource.contains('/') => "ATTACH",
        Method::GET => "LIST",
        Method::POST => "CREATE",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    };
    let call = format!("{verb} {resource}");
    let fault = {
        let mut state = stage.lock();
        state.calls.push(call.clone());
        let due = state
            .faults
            .front()
            .is_some_and(|(which, _)| call.starts_with(which));
        due.then(|| state.faults.pop_front().unwrap().1)
    };
    match fault {
        None => next.run(request).await,
        Some(Fault::Status(code, reason, message)) => refusal(code, reason, &message),
        Some(Fault::RetryAfter(code, seconds)) => {
            let code = StatusCode::from_u16(code).unwrap();
            (code, [(header::RETRY_AFTER, seconds.to_string())], "later").into_response()
        }
        Some(Fault::Reset) => end_connection(),
        Some(Fault::LostAnswer) => {
            next.run(request).await;
            end_connection()
        }
        Some(Fault::HalfAnswer) => {
            next.run(request).await;
            broken_off()
        }
    }
}

/// Its task ends in the middle, without the words of a panic.
fn end_connection() -> ! {
    std::panic::resume_unwind(Box::new("of the play"))
}

/// A body that fails at once takes the connection with it.
fn broken_off() -> Response {
    let failing = stream::once(async { Err::<Bytes, _>(std::io::Error::other("of the play")) });
    let mut response = Body::from_stream(failing).into_response();
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(header::CONTENT_LENGTH, 10.into());
    response
}

async fn create_job(State(stage): State<Stage>, axum::Json(job): axum::Json<Value>) -> Response {
    stage.create_job(job)
}

fn list(kind: &str, version: u64, items: Vec<Value>) -> Response {
    axum::Json(json!({
        "kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": version.to_string()}, "items": items,
    }))
    .into_response()
}

fn selected(objects: &HashMap<String, Value>, query: &HashMap<String, String>) -> Vec<Value> {
    let selector = query.get("labelSelector").and_then(|text| text.split_once('='));
    let matches =
        |object: &&Value| selector.is_none_or(|(name, value)| object["metadata"]["labels"][name] == value);
    objects.values().filter(matches).cloned().collect()
}

type Parameters = Query<HashMap<String, String>>;

async fn list_jobs(State(stage): State<Stage>, Query(query): Parameters) -> Response {
    let state = stage.lock();
    list("JobList", state.version, selected(&state.jobs, &query))
}

async fn pods_of(State(stage): State<Stage>, Query(query): Parameters) -> Response {
    if query.contains_key("watch") {
        return watch_from(stage, "pods", &query);
    }
    let state = stage.lock();
    list("PodList", state.version, selected(&state.pods, &query))
}

async fn events_of(State(stage): State<Stage>, Query(query): Parameters) -> Response {
    if query.contains_key("watch") {
        return watch_from(stage, "events", &query);
    }
    list("EventList", stage.lock().version, Vec::new())
}

fn watch_from(stage: Stage, kind: &'static str, query: &HashMap<String, String>) -> Response {
    let from: u64 = query["resourceVersion"].parse().unwrap();
    let begun = stage.lock().version;
    let news = stage.1.subscribe();
    let lines = stream::unfold((stage, news, from), move |(stage, mut news, seen)| async move {
        loop {
            let (next, ended) = {
                let state = stage.lock();
                let next = state
                    .history
                    .iter()
                    .find(|(version, of, ..)| *of == kind && *version > seen)
                    .cloned();
                (next, state.watches_end_at > begun)
            };
            if let Some((version, _, what, object)) = next {
                let line = format!("{}\n", json!({"type": what, "object": object}));
                return Some((Ok::<_, std::io::Error>(line), (stage, news, version)));
            }
            if ended || news.changed().await.is_err() {
                return None;
            }
        }
    });
    Body::from_stream(lines.boxed()).into_response()
}

/// The pod goes with it, a little later.
async fn delete_job(State(stage): State<Stage>, Path(name): Path<String>) -> Response {
    let Some(job) = stage.lock().jobs.remove(&name) else {
        return refusal(404, "NotFound", "no such job");
    };
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        stage.vanishes(&format!("{name}-abcde"));
    });
    axum::Json(job).into_response()
}

async fn delete_pod(State(stage): State<Stage>, Path(name): Path<String>) -> Response {
    let pod = stage.lock().pods.get(&name).cloned();
    stage.vanishes(&name);
    match pod {
        Some(pod) => axum::Json(pod).into_response(),
        None => refusal(404, "NotFound", "no such pod"),
    }
}

async fn attach(State(stage): State<Stage>, Path(name): Path<String>, upgrade: WebSocketUpgrade) -> Response {
    let speech = stage.speech_of(&name);
    let speaking = move |socket| speech::speak(socket, speech, stage, name);
    upgrade.protocols(["v5.channel.k8s.io"]).on_upgrade(speaking)
}
