//! Conversations over HTTP: kept, declined, streamed, deleted.

use crate::shop;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

#[tokio::test]
async fn a_chat_is_kept_with_question_answer_and_run() {
    let Some(app) = shop("chat over HTTP").await else {
        return;
    };
    let asked = json!({"dataset_id": "shop", "message": "total amount by category"});
    let answer = app.post("/chat", &asked).await.expect(200);
    assert_eq!(answer["run"]["row_count"], 3, "{answer}");
    let thread = answer["thread_id"].as_str().expect("an id");
    let kept = app.get(&format!("/threads/{thread}/messages")).await.expect(200);
    let messages = kept["messages"].as_array().expect("messages");
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["text"], "total amount by category");
    assert_eq!(messages[1]["run"]["run_id"], answer["run"]["run_id"]);
    assert_eq!(
        app.get("/threads").await.expect(200)["threads"][0]["title"],
        "total amount by category"
    );
    let delete = Request::delete(format!("/threads/{thread}")).header("host", "localhost");
    assert_eq!(
        app.send(delete.body(Body::empty()).expect("a request"))
            .await
            .status
            .as_u16(),
        204
    );
    app.get(&format!("/threads/{thread}/messages")).await.expect(404);
    app.close().await;
}

#[tokio::test]
async fn nonsense_is_declined_without_a_run() {
    let Some(app) = shop("declines over HTTP").await else {
        return;
    };
    let asked = json!({"dataset_id": "shop", "message": "what will the weather in Paris be tomorrow"});
    let answer = app.post("/chat", &asked).await.expect(200);
    assert_eq!(answer["run"], Value::Null);
    assert!(
        answer["suggestions"]
            .as_array()
            .is_some_and(|nearby| !nearby.is_empty())
    );
    app.close().await;
}

#[tokio::test]
async fn a_stream_tells_its_steps_in_order_and_ends_with_done() {
    let Some(app) = shop("chat stream").await else {
        return;
    };
    let asked = json!({"dataset_id": "shop", "message": "total amount by category"});
    let answer = app.post("/chat/stream", &asked).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let names: Vec<&str> = answer
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("event: "))
        .collect();
    assert_eq!(names.first(), Some(&"status"));
    assert_eq!(names.last(), Some(&"done"));
    let place = |name: &str| {
        names
            .iter()
            .position(|seen| *seen == name)
            .unwrap_or_else(|| panic!("no {name}: {names:?}"))
    };
    assert!(
        place("plan") < place("gate") && place("gate") < place("result") && place("result") < place("token")
    );
    let waiting = answer.text.find("\"state\":\"queued\"");
    assert!(
        waiting.is_none_or(|waiting| answer.text.find("event: gate") < Some(waiting)),
        "it waits for a sandbox only when the gate has let it through: {}",
        answer.text
    );
    app.close().await;
}

#[tokio::test]
async fn a_question_that_is_not_kept_gets_no_sign_of_life() {
    let Some(app) = shop("chat stream, refused").await else {
        return;
    };
    let asked = json!({"dataset_id": "shop", "message": "how many sales", "thread_id": "nope"});
    let answer = app.post("/chat/stream", &asked).await;
    assert!(answer.text.starts_with("event: error"), "{}", answer.text);
    assert!(!answer.text.contains("event: status"), "{}", answer.text);
    app.close().await;
}
