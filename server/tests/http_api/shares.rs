//! One client cannot take every place of the queue.

use crate::support::{Answer, TestApp};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::json;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Far more rows than any time limit allows.
const ENDLESS: &str = "SELECT count(*) FROM sales AS a, sales AS b, sales AS c, sales AS d, sales AS e";

async fn submit(app: &TestApp, client: &str) -> Answer {
    let body = json!({"dataset_id": "shop", "sql": ENDLESS, "timeout_ms": 60_000}).to_string();
    let client: SocketAddr = client.parse().expect("an address");
    let request = Request::post("/runs?wait=false")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .extension(ConnectInfo(client));
    app.send(request.body(Body::from(body)).expect("a request")).await
}

fn id_of(accepted: Answer) -> String {
    let run = accepted.expect(202);
    run["run_id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_client_beyond_its_share_is_told_to_wait_and_others_are_not() {
    let app = TestApp::shop("shares of the queue", |config, _| {
        config.queue.max_running = 1;
        config.queue.max_queued = 3;
    });
    let Some(app) = app.await else { return };
    // Two of four places; the clients went away, their runs did not.
    let mut runs = vec![
        id_of(submit(&app, "192.0.2.1:1000").await),
        id_of(submit(&app, "192.0.2.1:1001").await),
    ];
    let refused = submit(&app, "192.0.2.1:1002").await;
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(refused.expect(429)["error"]["code"], "RATE_LIMITED");
    runs.push(id_of(submit(&app, "192.0.2.2:1000").await));

    for id in &runs {
        app.post(&format!("/runs/{id}/cancel"), &json!({}))
            .await
            .expect(200);
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    let again = loop {
        let answer = submit(&app, "192.0.2.1:1003").await;
        if answer.status == 202 {
            break id_of(answer);
        }
        assert!(
            Instant::now() < deadline,
            "places are given back: {}",
            answer.text
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    app.post(&format!("/runs/{again}/cancel"), &json!({}))
        .await
        .expect(200);
    app.close().await;
}

/// Behind the gate, that is; what is still before it is in no line yet.
async fn until_one_runs_and_all_others_are_in_line(app: &TestApp, ids: &[String]) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < deadline, "they are not in line");
        let (mut running, mut in_line) = (0, 0);
        for id in ids {
            let run = app.get(&format!("/runs/{id}")).await.expect(200);
            running += usize::from(run["status"] == "running");
            in_line += usize::from(run["status"] == "queued" && run["sql"].is_string());
        }
        if running == 1 && in_line == ids.len() - 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// As a header and in the body, of the one that came when the line was full.
async fn told_to_wait(in_line: usize) -> Option<u64> {
    let app = TestApp::shop("a full line", |config, _| {
        config.queue.max_running = 1;
        config.queue.max_queued = in_line;
    });
    let app = app.await?;
    let mut runs = Vec::new();
    for client in 0..=in_line {
        runs.push(id_of(submit(&app, &format!("192.0.2.{client}:1000")).await));
    }
    until_one_runs_and_all_others_are_in_line(&app, &runs).await;
    let refused = submit(&app, "198.51.100.1:1000").await;
    let header = refused.headers["retry-after"].to_str().expect("text").to_owned();
    let error = refused.expect(503)["error"].clone();
    assert_eq!(error["code"], "QUEUE_FULL");
    assert_eq!(error["details"]["retry_after_seconds"].to_string(), header);
    for id in &runs {
        let path = format!("/runs/{id}/cancel");
        app.post(&path, &json!({})).await.expect(200);
    }
    app.close().await;
    Some(header.parse().expect("seconds"))
}

#[tokio::test]
async fn whoever_finds_the_line_full_is_told_to_come_back_the_later_the_longer_it_is() {
    let Some(short) = told_to_wait(1).await else {
        return;
    };
    let Some(long) = told_to_wait(12).await else {
        return;
    };
    assert!(
        0 < short && short < long && long <= 60,
        "{short} and {long} seconds"
    );
}
