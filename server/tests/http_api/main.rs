//! The HTTP interface over a real gate and real sandboxes: shapes, errors, guards.

mod chat;
mod files;
mod kept;
mod operators;
mod program;
mod shares;
#[path = "../support/mod.rs"]
mod support;
mod unready;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use support::TestApp;

async fn shop(test: &str) -> Option<TestApp> {
    TestApp::shop(test, |_, _| {}).await
}

#[tokio::test]
async fn datasets_are_listed_with_tables_and_prompts() {
    let Some(app) = shop("datasets over HTTP").await else {
        return;
    };
    let list = app.get("/datasets").await.expect(200);
    let dataset = &list["datasets"][0];
    assert_eq!(dataset["id"], "shop");
    assert_eq!(dataset["tables"][0]["row_count"], 300);
    assert_eq!(dataset["version"].as_str().map(str::len), Some(64));
    let schema = app.get("/datasets/shop/schema").await.expect(200);
    assert_eq!(schema["tables"][0]["columns"][1]["name"], "category");
    assert_eq!(schema["samples"][0]["rows"].as_array().map(Vec::len), Some(5));
    let missing = app.get("/datasets/shoe").await.expect(404);
    assert_eq!(missing["error"]["code"], "DATASET_NOT_FOUND");
    app.close().await;
}

#[tokio::test]
async fn a_run_answers_rows_sql_gate_and_timings_and_is_sealed() {
    let Some(app) = shop("a run over HTTP").await else {
        return;
    };
    let run = app
        .sql("SELECT category, count(*) AS n FROM sales GROUP BY category ORDER BY category")
        .await
        .expect(200);
    assert_eq!(run["status"], "succeeded");
    assert_eq!(run["rows"], json!([["Books", 100], ["Home", 100], ["Toys", 100]]));
    assert_eq!(run["columns"][0]["name"], "category");
    assert_eq!(run["gate"]["accepted"], true);
    assert!(
        run["timings"]["total_ms"]
            .as_f64()
            .is_some_and(|elapsed| elapsed > 0.0)
    );
    let id = run["run_id"].as_str().expect("an id");
    assert_eq!(app.get(&format!("/runs/{id}")).await.expect(200), run);
    assert_eq!(
        app.post(&format!("/runs/{id}/verify"), &json!({}))
            .await
            .expect(200)["valid"],
        true
    );
    let capsule = app.get(&format!("/runs/{id}/capsule")).await.expect(200);
    assert_eq!(capsule["hash"], run["capsule_hash"]);
    let replay = app
        .post(&format!("/runs/{id}/replay"), &json!({}))
        .await
        .expect(200);
    assert_eq!(replay["matches"], true, "{replay}");
    app.close().await;
}

#[tokio::test]
async fn a_plan_runs_too() {
    let Some(app) = shop("a plan over HTTP").await else {
        return;
    };
    let plan = json!({
        "dataset_id": "shop",
        "table": "sales",
        "select": [{"column": "category"}, {"agg": "sum", "column": "amount", "as": "total"}],
        "group_by": ["category"],
        "order_by": [{"expr": "total", "dir": "desc"}],
    });
    let run = app
        .post("/runs", &json!({"dataset_id": "shop", "plan": plan}))
        .await
        .expect(200);
    assert_eq!(run["row_count"], 3);
    assert!(run["sql"].as_str().is_some_and(|sql| sql.contains("LIMIT")));
    let understood = run["understood"].as_str().unwrap_or_default();
    assert!(
        understood.starts_with("Total amount per category, "),
        "{understood}"
    );
    app.close().await;
}

#[tokio::test]
async fn a_rejected_query_is_422_with_its_run_and_is_on_record() {
    let Some(app) = shop("rejections over HTTP").await else {
        return;
    };
    for sql in [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT 1; DROP TABLE sales",
        "DELETE FROM sales",
    ] {
        let body = app.sql(sql).await.expect(422);
        assert_eq!(body["run"]["status"], "rejected", "{sql}");
        assert!(body["error"]["request_id"].is_string(), "{sql}");
        assert!(body["error"]["details"]["rule"].is_string(), "{sql}");
        let id = body["run_id"].as_str().expect("an id");
        assert_eq!(
            app.get(&format!("/runs/{id}")).await.expect(200)["status"],
            "rejected"
        );
        assert_eq!(
            app.post(&format!("/runs/{id}/verify"), &json!({}))
                .await
                .expect(200)["valid"],
            true
        );
    }
    app.close().await;
}

#[tokio::test]
async fn a_refusal_tells_programs_where_and_what_instead() {
    let Some(app) = shop("refusals in fields over HTTP").await else {
        return;
    };
    let body = app.sql("SELECT count(*)\nFROM saels").await.expect(422);
    assert_eq!(body["error"]["hint"], "did you mean `sales`?");
    assert_eq!(
        body["error"]["details"],
        json!({
            "rule": "unknown-table", "line": 2, "column": 6, "length": 5, "token": "saels",
            "suggestions": ["sales"], "allowed": ["sales"], "excerpt": "FROM saels\n     ^^^^^",
        })
    );
    let id = body["run_id"].as_str().expect("an id");
    let run = app.get(&format!("/runs/{id}")).await.expect(200);
    assert_eq!(run["gate"]["rejection"]["suggestions"], json!(["sales"]));
    let verified = app.post(&format!("/runs/{id}/verify"), &json!({})).await;
    assert_eq!(verified.expect(200)["valid"], true);
    app.close().await;
}

#[tokio::test]
async fn a_plan_that_does_not_fit_is_a_rejected_run_with_its_place() {
    let Some(app) = shop("misfit plans over HTTP").await else {
        return;
    };
    for (plan, pointer) in [
        (
            json!({"dataset_id": "shop", "table": "sales", "select": [{"column": "category"}], "sql": "x"}),
            "/sql",
        ),
        (
            json!({"dataset_id": "shop", "table": "sales", "select": [{"agg": "evil", "as": "x"}]}),
            "/select/0/agg",
        ),
        (json!("SELECT 1"), ""),
    ] {
        let body = app
            .post("/runs", &json!({"dataset_id": "shop", "plan": plan}))
            .await
            .expect(422);
        assert_eq!(body["error"]["details"]["pointer"], pointer, "{body}");
        let id = body["run_id"].as_str().expect("an id");
        let run = app.get(&format!("/runs/{id}")).await.expect(200);
        assert_eq!((&run["status"], &run["input_plan"]), (&json!("rejected"), &plan));
        let replay = app
            .post(&format!("/runs/{id}/replay"), &json!({}))
            .await
            .expect(200);
        assert_eq!(replay["matches"], true, "{replay}");
    }
    app.close().await;
}

#[tokio::test]
async fn an_endless_query_ends_at_its_deadline() {
    let Some(app) = shop("time-out over HTTP").await else {
        return;
    };
    let sql = "SELECT count(*) FROM sales AS a, sales AS b, sales AS c, sales AS d, sales AS e";
    let body = app
        .post(
            "/runs",
            &json!({"dataset_id": "shop", "sql": sql, "timeout_ms": 500}),
        )
        .await
        .expect(504);
    assert_eq!(body["error"]["code"], "RUNNER_TIMEOUT");
    assert_eq!(body["run"]["status"], "timed_out");
    app.close().await;
}

#[tokio::test]
async fn a_running_run_can_be_cancelled() {
    let Some(app) = shop("cancel over HTTP").await else {
        return;
    };
    let sql = "SELECT count(*) FROM sales AS a, sales AS b, sales AS c, sales AS d, sales AS e";
    let accepted = app
        .post("/runs?wait=false", &json!({"dataset_id": "shop", "sql": sql}))
        .await
        .expect(202);
    let id = accepted["run_id"].as_str().expect("an id");
    let status = app
        .post(&format!("/runs/{id}/cancel"), &json!({}))
        .await
        .expect(200);
    assert_eq!(status["status"], "cancelled");
    assert_eq!(
        app.post(&format!("/runs/{id}/cancel"), &json!({}))
            .await
            .expect(200)["status"],
        "cancelled"
    );
    app.close().await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_said_clearly() {
    let Some(app) = shop("errors over HTTP").await else {
        return;
    };
    let cases: [(&str, String, u16, &str); 8] = [
        ("/runs", "{\"dataset_id\": ".into(), 400, "not JSON"),
        ("/runs", json!({"dataset_id": "shop"}).to_string(), 422, "neither"),
        (
            "/runs",
            json!({"dataset_id": "shop", "sql": "SELECT 1", "limit": 3}).to_string(),
            422,
            "limit",
        ),
        (
            "/runs",
            json!({"dataset_id": "no", "sql": "SELECT 1"}).to_string(),
            404,
            "no",
        ),
        (
            "/runs",
            json!({"dataset_id": "shop", "sql": "SELECT 1", "timeout_ms": 99_999_999}).to_string(),
            422,
            "timeout_ms",
        ),
        (
            "/runs",
            json!({"dataset_id": "shop", "sql": "x".repeat(1_000_000)}).to_string(),
            413,
            "larger than",
        ),
        (
            "/chat",
            json!({"dataset_id": "shop", "message": " "}).to_string(),
            422,
            "empty",
        ),
        (
            "/chat",
            json!({"dataset_id": "shop", "message": "hi", "thread_id": "nope"}).to_string(),
            404,
            "conversation",
        ),
    ];
    for (path, body, status, words) in cases {
        let shown: String = body.chars().take(80).collect();
        let answer = app.post_text(path, body).await.expect(status);
        assert!(
            answer["error"]["message"]
                .as_str()
                .is_some_and(|text| text.contains(words)),
            "{shown}: {answer}"
        );
    }
    app.close().await;
}

#[tokio::test]
async fn an_unknown_address_is_a_json_404_and_a_wrong_method_a_405() {
    let Some(app) = shop("addresses over HTTP").await else {
        return;
    };
    assert_eq!(
        app.get("/nothing/here").await.expect(404)["error"]["code"],
        "NOT_FOUND"
    );
    assert_eq!(
        app.get("/runs/unknown").await.expect(404)["error"]["code"],
        "RUN_NOT_FOUND"
    );
    assert_eq!(
        app.get("/threads/unknown/messages").await.expect(404)["error"]["code"],
        "THREAD_NOT_FOUND"
    );
    app.get("/runs/a/cancel").await.expect(405);
    for page in ["/", "/c/x", "/r/x"] {
        let answer = app.post(page, &json!({})).await.expect(405);
        assert_eq!(answer["error"]["code"], "VALIDATION_ERROR", "{page}");
    }
    app.close().await;
}

#[tokio::test]
async fn an_address_or_query_string_that_is_not_understood_is_a_json_400() {
    let Some(app) = shop("odd addresses over HTTP").await else {
        return;
    };
    let sql = json!({"dataset_id": "shop", "sql": "SELECT 1 AS one"});
    for answer in [
        app.get("/runs/%ff").await,
        app.get("/threads/%ff/messages").await,
        app.get("/runs/x/export?format=csv&format=json").await,
        app.post("/runs?wait=foo", &sql).await,
    ] {
        let body = answer.expect(400);
        assert_eq!(body["error"]["code"], "VALIDATION_ERROR");
        assert!(body["error"]["request_id"].is_string(), "{body}");
    }
    app.close().await;
}

#[tokio::test]
async fn an_export_of_a_part_says_so_and_no_column_is_lost() {
    let Some(app) = shop("partial export over HTTP").await else {
        return;
    };
    let body = json!({
        "dataset_id": "shop",
        "sql": "SELECT category AS x, sale_id AS x FROM sales ORDER BY sale_id LIMIT 3",
        "max_rows": 1,
    });
    let run = app.post("/runs", &body).await.expect(200);
    let id = run["run_id"].as_str().expect("an id");
    let json = app.get(&format!("/runs/{id}/export?format=json")).await;
    assert_eq!(json.headers["x-row-count"], "3");
    assert_eq!(json.headers["x-truncated"], "true");
    assert_eq!(json.json(), json!([{"x": "Toys", "x_2": 1}]));
    let csv = app.get(&format!("/runs/{id}/export?format=csv")).await;
    assert_eq!(csv.headers["x-truncated"], "true");
    assert!(
        csv.headers["content-disposition"]
            .to_str()
            .is_ok_and(|name| name.contains("-part.csv"))
    );
    app.close().await;
}

#[tokio::test]
async fn a_count_that_the_row_cap_ended_is_a_lower_bound() {
    let small_cap = |config: &mut csv_analyst_server::config::Config, _: &std::path::Path| {
        config.limits.row_cap = 100;
        config.limits.max_rows = 20;
        config.maximum.max_rows = 100;
    };
    let Some(app) = TestApp::shop("the row cap over HTTP", small_cap).await else {
        return;
    };
    let counted = |run: &serde_json::Value| {
        let capped = run["row_count_capped"].as_bool().unwrap_or(false);
        (run["row_count"].as_u64(), capped, run["truncated"] == true)
    };
    let all = json!({"dataset_id": "shop", "sql": "SELECT sale_id FROM sales", "max_rows": 100});
    let run = app.post("/runs", &all).await.expect(200);
    assert_eq!(counted(&run), (Some(100), true, true));
    let id = run["run_id"].as_str().expect("an id");
    assert_eq!(app.get(&format!("/runs/{id}")).await.expect(200), run);
    let run = app.sql("SELECT sale_id FROM sales LIMIT 10").await.expect(200);
    assert_eq!(counted(&run), (Some(10), false, false));
    let plan = json!({"dataset_id": "shop", "table": "sales", "limit": 100});
    let body = json!({"dataset_id": "shop", "plan": plan, "max_rows": 100});
    let run = app.post("/runs", &body).await.expect(200);
    assert_eq!(counted(&run), (Some(100), false, false));
    app.close().await;
}

#[tokio::test]
async fn other_sites_and_other_types_are_refused() {
    let Some(app) = shop("guards over HTTP").await else {
        return;
    };
    let body = json!({"dataset_id": "shop", "sql": "SELECT 1"}).to_string();
    let request = |headers: &[(&str, &str)]| {
        let mut builder = Request::post("/runs");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(Body::from(body.clone())).expect("a request")
    };
    let json_type = ("content-type", "application/json");
    app.send(request(&[("host", "evil.example"), json_type]))
        .await
        .expect(403);
    app.send(request(&[
        ("host", "localhost"),
        ("origin", "http://evil.example"),
        json_type,
    ]))
    .await
    .expect(403);
    app.send(request(&[("host", "localhost"), ("content-type", "text/plain")]))
        .await
        .expect(415);
    app.close().await;
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_an_id() {
    let Some(app) = shop("headers over HTTP").await else {
        return;
    };
    for path in ["/healthz", "/nothing", "/datasets"] {
        let answer = app.get(path).await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert!(answer.headers.contains_key("x-request-id"), "{path}");
        assert!(
            answer.headers["content-security-policy"]
                .to_str()
                .is_ok_and(|policy| policy.contains("frame-ancestors 'none'"))
        );
    }
    app.close().await;
}

#[tokio::test]
async fn the_page_is_rendered_here_with_a_nonce() {
    let Some(app) = shop("the page").await else { return };
    for path in ["/", "/c/unknown", "/r/unknown"] {
        let request = Request::get(path)
            .header("host", "localhost")
            .header("accept", "text/html");
        let answer = app.send(request.body(Body::empty()).expect("a request")).await;
        let policy = answer.headers["content-security-policy"]
            .to_str()
            .expect("text")
            .to_owned();
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next())
            .expect("a nonce");
        assert!(answer.text.contains(&format!("nonce=\"{nonce}\"")), "{path}");
        assert!(!policy.contains("script-src 'self' 'unsafe-inline'"));
    }
    app.close().await;
}

/// Rendering moves between threads; a page that reads its signals outside its own scope then fails
/// now and again, and only under load.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_visitors_at_once_all_get_the_page() {
    let Some(app) = shop("many visitors").await else {
        return;
    };
    let app = std::sync::Arc::new(app);
    let mut visits = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let app = app.clone();
        visits.spawn(async move {
            let request = Request::get("/")
                .header("host", "localhost")
                .header("accept", "text/html");
            let request = request.body(Body::empty()).expect("a request");
            app.send(request).await.status
        });
    }
    let statuses = visits.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status != 200).count(), 0);
    let app = std::sync::Arc::into_inner(app).expect("all visits are over");
    app.close().await;
}

#[tokio::test]
async fn a_bad_file_is_named_and_the_others_are_served() {
    let Some(app) = TestApp::shop("bad CSV", |config, directory| {
        let path = directory.join("bad.csv");
        std::fs::write(&path, "a,a\n1,2\n").expect("a file");
        config
            .datasets
            .folders
            .push(csv_analyst_server::config::FolderConfig {
                name: "bad".into(),
                path: path.clone(),
                ..Default::default()
            });
        std::fs::write(&path, "").expect("a file");
    })
    .await
    else {
        return;
    };
    let list = app.get("/datasets").await.expect(200);
    let bad = &list["datasets"][1];
    assert!(
        bad["error"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("bad.csv")),
        "{bad}"
    );
    assert!(!bad.to_string().contains("/tmp"), "{bad}");
    assert_eq!(
        app.sql("SELECT count(*) FROM sales").await.expect(200)["rows"],
        json!([[300]])
    );
    app.close().await;
}

#[tokio::test]
async fn rows_can_be_exported() {
    let Some(app) = shop("export over HTTP").await else {
        return;
    };
    let run = app
        .sql("SELECT category, sale_id FROM sales ORDER BY sale_id LIMIT 2")
        .await
        .expect(200);
    let id = run["run_id"].as_str().expect("an id");
    let csv = app.get(&format!("/runs/{id}/export?format=csv")).await;
    assert_eq!(csv.text, "category,sale_id\r\nToys,1\r\nHome,2\r\n");
    let rows = app.get(&format!("/runs/{id}/export?format=json")).await.json();
    assert_eq!(rows[0], json!({"category": "Toys", "sale_id": 1}));
    app.get(&format!("/runs/{id}/export?format=xml"))
        .await
        .expect(422);
    app.close().await;
}
