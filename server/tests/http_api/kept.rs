//! Kept answers over HTTP, and what is counted of them.

use super::shop;
use super::support::TestApp;
use serde_json::{Value, json};

const SQL: &str = "SELECT count(*) AS n FROM sales";

async fn ask(app: &TestApp, cache: Option<bool>) -> Value {
    let mut body = json!({"dataset_id": "shop", "sql": SQL});
    if let Some(cache) = cache {
        body["cache"] = json!(cache);
    }
    app.post("/runs", &body).await.expect(200)
}

#[tokio::test]
async fn a_kept_answer_names_its_run_and_a_request_can_do_without() {
    let Some(app) = shop("kept answers over HTTP").await else {
        return;
    };
    let first = ask(&app, None).await;
    let second = ask(&app, None).await;
    assert_eq!(second["cached_from"], first["run_id"]);
    assert_eq!(
        (&second["rows"], &second["sandbox"]),
        (&first["rows"], &Value::Null)
    );
    let fresh = ask(&app, Some(false)).await;
    assert!(fresh["cached_from"].is_null() && fresh["sandbox"].is_object());
    app.close().await;
}

#[tokio::test]
async fn metrics_count_runs_by_state_and_name_nobodys_data() {
    let Some(app) = shop("metrics").await else {
        return;
    };
    ask(&app, Some(false)).await;
    app.sql("DROP TABLE sales").await.expect(422);
    let text = app.get("/metrics").await.text;
    for counted in [
        r#"csv_analyst_runs_total{state="succeeded",code="",source="sandbox"}"#,
        r#"csv_analyst_runs_total{state="rejected",code="SQL_POLICY_VIOLATION""#,
        r#"csv_analyst_run_seconds_bucket{stage="total",source="sandbox",le="0.005"}"#,
        "csv_analyst_runs_unfinished",
    ] {
        assert!(text.contains(counted), "{counted} is not in\n{text}");
    }
    assert!(!text.contains("shop") && !text.contains("sales"));
    app.close().await;
}
