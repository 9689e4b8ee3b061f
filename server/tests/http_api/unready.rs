//! Datasets that are not ready: one whose files take long, one whose disk was full for a while.

use crate::support::{TestApp, artefacts, config, small_shop};
use axum::body::Body;
use axum::http::Request;
use csv_analyst_server::config::FolderConfig;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Far more than any of these answers takes, far less than reading files may.
const AT_ONCE: Duration = Duration::from_secs(20);

struct Case {
    app: TestApp,
    directory: PathBuf,
}

impl Case {
    /// Beside the shop, a dataset `name`; `before_ingest` is shell that runs before its files are read.
    async fn new(test: &str, name: &str, before_ingest: &str) -> Option<Self> {
        let artefacts = artefacts(test)?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let directory = folder.path().to_owned();
        let mut config = config(&artefacts, &directory);
        config.sandbox.runner_binary = script(&directory, name, before_ingest, &artefacts.runner);
        config.datasets.folders.push(small_shop(&directory));
        let path = directory.join(format!("{name}.csv"));
        std::fs::write(&path, "a\n1\n").expect("a file");
        config.datasets.folders.push(FolderConfig {
            name: name.into(),
            path,
            ..FolderConfig::default()
        });
        let app = TestApp::start_unprepared(config, folder).await;
        Some(Self { app, directory })
    }

    fn signal(&self) {
        std::fs::write(self.directory.join("signal"), "").expect("a file");
    }

    async fn count(&self, dataset: &str, timeout_ms: u64) -> crate::support::Answer {
        let body = json!({"dataset_id": dataset, "sql": "SELECT 1 AS one", "timeout_ms": timeout_ms});
        self.app.post("/runs", &body).await
    }

    async fn listed(&self, dataset: &str) -> Value {
        let list = soon(self.app.get("/datasets")).await.expect(200);
        let datasets = list["datasets"].as_array().expect("a list").clone();
        let found = datasets.into_iter().find(|one| one["id"] == dataset);
        found.expect("it is listed")
    }
}

/// A runner that is the real one, but for the ingest of one dataset.
fn script(directory: &Path, name: &str, before_ingest: &str, runner: &Path) -> PathBuf {
    let (program, signal, runner) = (
        directory.join("runner"),
        directory.join("signal").display().to_string(),
        runner.display(),
    );
    let before = before_ingest.replace("SIGNAL", &signal);
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = ingest ]; then\n  IFS= read -r line\n  case \"$line\" in *{name}.csv*) {before} ;; esac\n  \
         printf '%s\\n' \"$line\" | '{runner}' \"$@\"\n  exit $?\nfi\nexec '{runner}' \"$@\"\n"
    );
    std::fs::write(&program, text).expect("the script can be written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    program
}

async fn soon<T>(answer: impl Future<Output = T>) -> T {
    tokio::time::timeout(AT_ONCE, answer)
        .await
        .expect("nothing waits for the slow dataset")
}

#[tokio::test]
async fn one_dataset_that_is_being_read_holds_up_nobody_else() {
    let held = "while [ ! -e 'SIGNAL' ]; do sleep 0.05; done";
    let Some(case) = Case::new("a slow dataset", "slow", held).await else {
        return;
    };
    let catalog = case.app.services.catalog.clone();
    let preparing = tokio::spawn(async move { catalog.prepare_all().await });
    soon(case.count("shop", 10_000)).await.expect(200);
    for path in ["/", "/c/unknown"] {
        let request = Request::get(path)
            .header("host", "localhost")
            .header("accept", "text/html");
        let request = request.body(Body::empty()).expect("a request");
        soon(case.app.send(request)).await;
    }
    let slow = case.listed("slow").await;
    assert_eq!(
        (&slow["state"], &slow["error"]),
        (&json!("preparing"), &Value::Null)
    );
    assert_eq!(case.listed("shop").await["state"], "ready");

    let answer = soon(case.count("slow", 100)).await;
    assert!(answer.headers.contains_key("retry-after"), "{}", answer.text);
    let body = answer.expect(503);
    assert_eq!(body["error"]["code"], "DATASET_UNAVAILABLE");
    assert!(
        body["error"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("prepared"))
    );

    case.signal();
    preparing.await.expect("all are prepared");
    assert_eq!(case.listed("slow").await["state"], "ready");
    case.count("slow", 10_000).await.expect(200);
    case.app.close().await;
}

#[tokio::test]
async fn how_far_the_reading_is_is_told_while_it_goes_on() {
    let held = "printf '%s\\n' '{\"progress\":{\"percent\":43,\"rows\":7}}'; while [ ! -e 'SIGNAL' ]; do sleep 0.05; done";
    let Some(case) = Case::new("progress", "slow", held).await else {
        return;
    };
    let catalog = case.app.services.catalog.clone();
    let preparing = tokio::spawn(async move { catalog.prepare_all().await });
    let mut shown = Value::Null;
    while shown["progress"] == Value::Null {
        shown = case.listed("slow").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(shown["progress"], json!({"percent": 43, "rows": 7}));
    let ready = case.app.get("/readyz").await.expect(503);
    let slow = ready["preparing"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["id"] == "slow");
    assert_eq!(slow.map(|one| &one["progress"]["percent"]), Some(&json!(43)));
    case.signal();
    preparing.await.expect("all are prepared");
    assert_eq!(case.listed("slow").await["progress"], Value::Null);
    case.app.close().await;
}

#[tokio::test]
async fn a_disk_that_was_full_is_not_held_against_the_file_for_ever() {
    let refusal = json!({"error": {
        "file": "flaky.csv", "line": null, "column": null, "hint": null, "cause": "storage",
        "message": "The data can't be stored: the disk is full.",
    }});
    let full = format!(
        "if [ ! -e 'SIGNAL' ]; then echo '{}'; exit 2; fi",
        refusal.to_string().replace('\'', "'\\''")
    );
    let Some(case) = Case::new("a full disk", "flaky", &full).await else {
        return;
    };
    let body = case.count("flaky", 10_000).await.expect(503);
    assert_eq!(body["error"]["code"], "DATASET_UNAVAILABLE");
    let message = body["error"]["message"].as_str().expect("a text");
    assert!(
        message.contains("disk is full") && !message.contains("query"),
        "{message}"
    );
    assert_eq!(case.listed("flaky").await["state"], "refused");

    case.signal();
    let deadline = Instant::now() + 3 * AT_ONCE;
    while case.count("flaky", 10_000).await.status != 200 {
        assert!(Instant::now() < deadline, "it is never tried again");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    case.app.close().await;
}
