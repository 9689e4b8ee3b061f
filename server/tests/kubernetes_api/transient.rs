//! What passes by itself is waited out, and makes nothing twice.

use super::case::Case;
use super::play::Fault;

async fn waited_out(which: &'static str, fault: Fault) -> Option<Case> {
    let case = Case::new().await;
    case.stage().lock().faults.push_back((which, fault));
    let outcome = case.run().await?;
    outcome.expect("it was waited out");
    assert!(case.stage().lock().faults.is_empty(), "the fault was played");
    Some(case)
}

fn failing(code: u16) -> Fault {
    Fault::Status(code, "InternalError", "etcdserver: request timed out".into())
}

#[tokio::test]
async fn too_many_requests_and_failing_servers() {
    for code in [429, 500, 502, 503, 504] {
        waited_out("CREATE jobs", failing(code)).await;
    }
}

#[tokio::test]
async fn a_pause_that_the_api_asks_for() {
    waited_out("CREATE jobs", Fault::RetryAfter(429, 1)).await;
}

#[tokio::test]
async fn connections_that_break() {
    for which in [
        "LIST pods",
        "CREATE jobs",
        "ATTACH pods",
        "DELETE jobs",
        "DELETE pods",
    ] {
        waited_out(which, Fault::Reset).await;
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_nothing_twice() {
    for fault in [Fault::LostAnswer, Fault::HalfAnswer] {
        let Some(case) = waited_out("CREATE jobs", fault).await else {
            return;
        };
        assert_eq!(case.stage().calls("DELETE jobs/csv-analyst-probe"), 1);
    }
}

#[tokio::test]
async fn somebody_else_s_change_in_between() {
    let conflict = Fault::Status(409, "Conflict", "the object has been modified".into());
    waited_out("DELETE jobs", conflict).await;
}

#[tokio::test]
async fn a_watch_that_ends_is_begun_anew() {
    let Some(query) = super::case::query() else {
        return;
    };
    let case = Case::new().await;
    let provider = case.open().await.expect("the play begins");
    case.stage().end_watches();
    let sandbox = csv_analyst_server::sandbox::SandboxProvider::start(&provider, &case.class).await;
    case.ask(&query, sandbox.expect("it starts"))
        .await
        .expect("an answer");
    case.nothing_left().await;
    assert!(case.stage().calls("WATCH pods") > 1);
}
