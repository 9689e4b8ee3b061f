//! Files of real life behind the service: what is said about them, and what happens when they change.

use crate::support::TestApp;
use csv_analyst_server::config::FolderConfig;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Reading a small file takes well under a second; a busy machine may need longer.
const LONG_ENOUGH: u32 = 300;

struct Case {
    app: TestApp,
    folder: PathBuf,
    snapshots: PathBuf,
}

impl Case {
    /// A dataset `files` of a folder with these files.
    async fn new(test: &str, files: &[(&str, &str)]) -> Option<Self> {
        let mut paths = (PathBuf::new(), PathBuf::new());
        let app = TestApp::shop(test, |config, directory| {
            let folder = directory.join("files");
            std::fs::create_dir(&folder).expect("a folder");
            for (name, text) in files {
                std::fs::write(folder.join(name), text).expect("a file");
            }
            config.datasets.keep_replaced_seconds = 0;
            config.datasets.folders.push(FolderConfig {
                name: "files".into(),
                path: folder.clone(),
                ..FolderConfig::default()
            });
            paths = (folder, config.data_directory.join("snapshots"));
        })
        .await?;
        let (folder, snapshots) = paths;
        Some(Self {
            app,
            folder,
            snapshots,
        })
    }

    async fn dataset(&self) -> Value {
        self.app.get("/datasets/files").await.expect(200)
    }

    async fn rows(&self, sql: &str) -> Value {
        let body = json!({"dataset_id": "files", "sql": sql});
        self.app.post("/runs", &body).await.expect(200)["rows"].clone()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).expect("a file");
    }

    /// Looks at the files as the service does every few seconds, until this holds.
    async fn look_until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..LONG_ENOUGH {
            self.app.services.catalog.look().await;
            let dataset = self.dataset().await;
            if holds(&dataset) {
                return dataset;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never came: {what}: {}", self.dataset().await);
    }

    fn snapshot_of(&self, version: &Value) -> Option<PathBuf> {
        let version = version.as_str().expect("a version").to_owned();
        let begins = |path: &PathBuf| name(path).starts_with(&version) && name(path).ends_with(".duckdb");
        let entries = std::fs::read_dir(&self.snapshots).expect("it is there").flatten();
        entries.map(|entry| entry.path()).find(begins)
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[tokio::test]
async fn what_was_assumed_is_told_with_its_place_and_the_setting_that_says_otherwise() {
    let files = [("german.csv", "tag;preis\n31.12.2025;1.234,50\n01.02.2026;2,5\n")];
    let Some(case) = Case::new("notes over HTTP", &files).await else {
        return;
    };
    let dataset = case.dataset().await;
    let notes = dataset["notes"].as_array().expect("notes").clone();
    let about = |kind: &str| notes.iter().find(|note| note["kind"] == kind).expect(kind);
    assert_eq!(about("delimiter")["instead"], "delimiter = \",\"");
    assert_eq!(about("numbers")["column"], "preis");
    assert_eq!(about("dates")["file"], "german.csv");
    let schema = case.app.get("/datasets/files/schema").await.expect(200);
    assert_eq!(schema["notes"], dataset["notes"]);
    assert_eq!(
        case.rows("SELECT sum(preis) FROM german").await,
        json!([[1237.0]])
    );
    case.app.close().await;
}

#[tokio::test]
async fn a_file_beside_the_data_says_how_it_is_read() {
    let sidecar = "[files.'codes.csv']\ntypes = { zip = 'text' }\nnull_values = ['void']\n";
    let files = [
        ("codes.csv", "zip,n\n12345,1\n67890,void\n"),
        ("dataset.toml", sidecar),
    ];
    let Some(case) = Case::new("dataset.toml", &files).await else {
        return;
    };
    let schema = case.app.get("/datasets/files/schema").await.expect(200);
    let columns = &schema["tables"][0]["columns"];
    assert_eq!(
        (&columns[0]["type"], &columns[1]["type"]),
        (&json!("text"), &json!("integer"))
    );
    case.app.close().await;
}

#[tokio::test]
async fn changed_files_are_read_again_and_the_version_before_goes_away() {
    let Some(case) = Case::new("changed files", &[("a.csv", "n\n1\n2\n")]).await else {
        return;
    };
    let before = case.dataset().await;
    assert!(case.snapshot_of(&before["version"]).is_some());
    case.write("a.csv", "n\n1\n2\n3\n");
    case.write("b.csv", "m\n1\n");
    let after = case
        .look_until("the new version", |dataset| {
            dataset["version"] != before["version"]
        })
        .await;
    assert_eq!(
        after["tables"].as_array().map(Vec::len),
        Some(2),
        "a new file is a new table"
    );
    // Before a run could have told it.
    let pool = case.app.services.pool.status();
    let waits = |version: &Value| pool.classes.iter().any(|class| class.dataset_version == *version);
    assert!(waits(&after["version"]), "the pool hears of it");
    assert_eq!(case.rows("SELECT count(*) FROM a").await, json!([[3]]));
    let gone = || case.snapshot_of(&before["version"]).is_none();
    case.look_until("the old version's end", |_| gone()).await;
    assert!(case.snapshot_of(&after["version"]).is_some());
    case.app.close().await;
}

#[tokio::test]
async fn changed_files_that_cannot_be_read_leave_the_version_before_in_use() {
    let Some(case) = Case::new("bad changed files", &[("a.csv", "n,m\n1,2\n")]).await else {
        return;
    };
    case.write("a.csv", "n,m\n1,2,3\n");
    let dataset = case
        .look_until("the refusal", |dataset| dataset["outdated"] != Value::Null)
        .await;
    assert_eq!(dataset["state"], "ready");
    let message = dataset["outdated"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("a.csv, line 2"), "{message}");
    assert_eq!(case.rows("SELECT count(*) FROM a").await, json!([[1]]));
    case.write("a.csv", "n,m\n1,2\n3,4\n");
    let repaired =
        |dataset: &Value| dataset["outdated"] == Value::Null && dataset["tables"][0]["row_count"] == 2;
    case.look_until("the repaired version", repaired).await;
    case.app.close().await;
}

#[tokio::test]
async fn a_refused_file_is_read_again_when_it_was_corrected() {
    let Some(case) = Case::new("corrected file", &[("a.csv", "n,m\n1,2,3\n")]).await else {
        return;
    };
    case.app.get("/datasets/files").await.expect(422);
    case.write("a.csv", "n,m\n1,2\n");
    for _ in 0..LONG_ENOUGH {
        case.app.services.catalog.look().await;
        if case.app.get("/datasets/files").await.status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    case.look_until("the corrected file", |dataset| dataset["state"] == "ready")
        .await;
    case.app.close().await;
}

#[tokio::test]
async fn sheets_lists_and_columns_become_tables_with_profiles() {
    let Some(case) = Case::new(
        "JSON over HTTP",
        &[("visits.ndjson", "{\"id\":1,\"at\":{\"city\":\"Oslo\"}}\n")],
    )
    .await
    else {
        return;
    };
    let workbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runner-native/tests/files/workbook.xlsx");
    std::fs::copy(workbook, case.folder.join("book.xlsx")).expect("it can be copied");
    let dataset = case
        .look_until("the workbook", |dataset| {
            dataset["tables"]
                .as_array()
                .is_some_and(|tables| tables.len() == 3)
        })
        .await;
    let names: Vec<&str> = dataset["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .filter_map(|table| table["name"].as_str())
        .collect();
    assert_eq!(names, ["orders", "customers_co", "visits"]);
    assert_eq!(case.rows("SELECT at_city FROM visits").await, json!([["Oslo"]]));
    case.app.close().await;
}

#[tokio::test]
async fn what_a_killed_reading_left_is_gone_after_the_next_start() {
    let mut left = PathBuf::new();
    let app = TestApp::shop("left-over work", |config, _| {
        left = config.data_directory.join("snapshots/work-killed");
        std::fs::create_dir_all(left.join("scratch")).expect("a folder");
        std::fs::write(left.join("snapshot.duckdb.2.partial"), "half").expect("a file");
    })
    .await;
    let Some(app) = app else { return };
    assert!(!left.exists());
    let unknown = left.with_file_name("0123-ab.duckdb");
    std::fs::write(&unknown, "of a dataset that is not served any more").expect("a file");
    app.services.catalog.remove_unknown();
    assert!(!unknown.exists());
    assert_eq!(
        app.sql("SELECT count(*) FROM sales").await.expect(200)["rows"],
        json!([[300]])
    );
    app.close().await;
}
