//! What goes wrong in a real cluster, as it really goes wrong there: no right, no room, no image, no
//! quota, memory that runs out. `kubernetes_api` plays all of it and more; here the cluster itself says
//! it, so that what it says is what is read.

mod sandbox_support;

use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_server::gate::GateSchema;
use csv_analyst_server::sandbox::{
    KubernetesProvider, KubernetesSettings, Request, SandboxChoice, SandboxClass, SandboxError,
    SandboxProvider, SandboxSettings,
};
use k8s_openapi::api::batch::v1::Job;
use sandbox_support::{Bench, cluster, dataset, gate, settings, skip};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// `None`, said loudly, where there is no cluster.
async fn of_cluster(test: &str) -> Option<SandboxSettings> {
    let mut settings = settings(SandboxChoice::Kubernetes);
    match cluster::settings().await {
        Ok(found) => settings.kubernetes = found,
        Err(reason) => {
            skip(&format!("kubernetes cluster: {test}"), &reason);
            return None;
        }
    }
    Some(settings)
}

fn class(folder: &Path) -> SandboxClass {
    let snapshot = folder.join("snapshot.duckdb");
    std::fs::write(&snapshot, "no snapshot, but a file").expect("it can be written");
    SandboxClass {
        snapshot,
        dataset_version: "1".into(),
        resources: Limits::default().resources(),
    }
}

/// What a provider that is configured so says when it is opened.
async fn told(test: &str, change: impl FnOnce(&mut KubernetesSettings)) -> Option<String> {
    let mut settings = of_cluster(test).await?;
    change(&mut settings.kubernetes);
    let refused = KubernetesProvider::open(&settings).await.map(drop);
    nothing_left(&settings.instance_label).await;
    Some(refused.expect_err("it can't be opened").to_string())
}

/// What was dropped is removed in the background.
async fn nothing_left(instance: &str) {
    let mut found = Vec::new();
    for _ in 0..200 {
        found = cluster::objects(instance).await;
        if found.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("left over: {found:?}");
}

#[tokio::test]
async fn an_account_without_rights_is_told_which() {
    let words = told("no rights", |kubernetes| {
        kubernetes.kubeconfig = Some(cluster::acting_as("default"));
    });
    if let Some(words) = words.await {
        assert!(words.contains("may not list pods"), "{words}");
    }
}

#[tokio::test]
async fn a_namespace_that_is_not_the_account_s_is_refused() {
    let words = told("another namespace", |kubernetes| {
        kubernetes.namespace = "default".into()
    });
    if let Some(words) = words.await {
        assert!(words.contains("may not list pods"), "{words}");
    }
}

#[tokio::test]
async fn an_image_that_is_nowhere_is_told() {
    let words = told("no image", |kubernetes| {
        kubernetes.image = "nowhere/runner:none".into()
    });
    if let Some(words) = words.await {
        assert!(words.contains("not on the node"), "{words}");
    }
}

#[tokio::test]
async fn an_image_whose_name_is_none_is_told() {
    let words = told("no image's name", |kubernetes| {
        kubernetes.image = "No//Name".into()
    });
    if let Some(words) = words.await {
        assert!(words.contains("no name of an image"), "{words}");
    }
}

#[tokio::test]
async fn a_node_that_is_not_there_is_told() {
    let words = told("no node", |kubernetes| {
        kubernetes.node_selector.insert("no-such".into(), "label".into());
        kubernetes.start_deadline_seconds = 5;
    });
    if let Some(words) = words.await {
        assert!(words.contains("no node of the cluster has room"), "{words}");
    }
}

/// In a namespace of its own, which is removed after it.
async fn in_namespace(test: &str, further: serde_json::Value) -> Option<String> {
    let mut settings = of_cluster(test).await?;
    let client = cluster::client().await.expect("a cluster");
    let namespace = format!("test-{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    for mut object in cluster::objects_of(&namespace).into_iter().chain([further]) {
        if object["kind"] == "RoleBinding" {
            object["subjects"][0]["namespace"] = cluster::NAMESPACE.into();
        }
        if object["kind"] != "Namespace" {
            object["metadata"]["namespace"] = namespace.clone().into();
        }
        cluster::apply(&client, object).await;
    }
    settings.kubernetes.namespace = namespace.clone();
    settings.kubernetes.start_deadline_seconds = 20;
    let opened = KubernetesProvider::open(&settings).await.map(drop);
    let namespaces: kube::Api<k8s_openapi::api::core::v1::Namespace> = kube::Api::all(client);
    let deleted = namespaces
        .delete(&namespace, &kube::api::DeleteParams::background())
        .await;
    deleted.expect("it can be deleted");
    Some(opened.expect_err("it can't be opened").to_string())
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_told() {
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"},
        "spec": {"hard": {"pods": "0"}}});
    if let Some(words) = in_namespace("quota", quota).await {
        assert!(words.contains("quota"), "{words}");
    }
}

#[tokio::test]
async fn a_quota_of_jobs_that_is_used_up_is_told() {
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"},
        "spec": {"hard": {"count/jobs.batch": "0"}}});
    if let Some(words) = in_namespace("quota of jobs", quota).await {
        assert!(words.contains("quota"), "{words}");
    }
}

#[tokio::test]
async fn what_pod_security_refuses_is_told() {
    let Some(settings) = of_cluster("pod security").await else {
        return;
    };
    let may_rise = |job: &mut Job| {
        let pod = job.spec.as_mut().and_then(|spec| spec.template.spec.as_mut());
        let security = pod.and_then(|pod| pod.containers[0].security_context.as_mut());
        security.expect("it is confined").allow_privilege_escalation = Some(true);
    };
    let refused = KubernetesProvider::open_altered(&settings, may_rise)
        .await
        .map(drop);
    nothing_left(&settings.instance_label).await;
    let words = refused.expect_err("it is refused").to_string();
    assert!(words.contains("Pod Security refuses"), "{words}");
}

#[tokio::test]
async fn a_claim_that_is_missing_is_told() {
    let Some(mut settings) = of_cluster("no claim").await else {
        return;
    };
    settings.kubernetes.claim = "no-such-claim".into();
    settings.kubernetes.start_deadline_seconds = 20;
    let provider = KubernetesProvider::open(&settings)
        .await
        .expect("the probe needs no claim");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = provider.start(&class(folder.path())).await.map(drop);
    nothing_left(&settings.instance_label).await;
    let words = refused.expect_err("there is no claim").to_string();
    assert!(words.contains("no node of the cluster has room"), "{words}");
}

/// What is brought once is there for the next start; what is swept is brought again.
#[tokio::test]
async fn a_snapshot_is_swept_when_nobody_needs_it_and_brought_again() {
    let Some(bench) = Bench::open("kubernetes cluster: sweep", SandboxChoice::Kubernetes).await else {
        return;
    };
    let kept = [bench.class.snapshot.clone()];
    drop(bench.start().await);
    bench
        .provider
        .keep_snapshots(&kept)
        .await
        .expect("it can be swept");
    drop(bench.start().await);
    bench.provider.keep_snapshots(&[]).await.expect("it can be swept");
    bench
        .run("SELECT count(*) AS rows FROM numbers")
        .await
        .expect("an answer");
    bench.provider.keep_snapshots(&[]).await.expect("it can be swept");
    bench.nothing_left().await;
}

/// By the name of an image in which the tests' attacker stands in the runner's place.
const ATTACKER: &str = "CSV_ANALYST_TEST_HOSTILE_IMAGE";

/// A runner that was taken over, in the pod that every runner gets.
async fn attack(test: &str, attack: &str) -> Option<Result<String, SandboxError>> {
    attack_without(test, attack, &[]).await
}

/// Without some of the runner's own guards: the pod holds alone.
async fn attack_without(
    test: &str,
    attack: &str,
    guards: &'static [&str],
) -> Option<Result<String, SandboxError>> {
    let settings = of_cluster(test).await?;
    let (Ok(image), Some(gate)) = (std::env::var(ATTACKER), gate()) else {
        skip(
            &format!("kubernetes cluster: {test}"),
            &format!("{ATTACKER} names no image"),
        );
        return None;
    };
    let taken_over = move |job: &mut Job| {
        let labels = job.metadata.labels.clone().unwrap_or_default();
        let pod = job.spec.as_mut().and_then(|spec| spec.template.spec.as_mut());
        if labels["app.kubernetes.io/component"] == "runner" {
            let container = &mut pod.expect("a pod").containers[0];
            container.image = Some(image.clone());
            let arguments = container.args.as_mut().expect("arguments");
            leave_out(arguments, guards);
        }
    };
    let provider = KubernetesProvider::open_altered(&settings, taken_over)
        .await
        .expect("it opens");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let limits = Limits {
        memory_bytes: 96 << 20,
        timeout_ms: 20_000,
        ..Limits::default()
    };
    let class = SandboxClass {
        resources: limits.resources(),
        ..class(folder.path())
    };
    let sql = UntrustedQuery::Sql(format!("SELECT 'ATTACK {attack}' AS attack FROM numbers"));
    let query = gate
        .check(&sql, &GateSchema::new(&dataset()), &limits)
        .outcome
        .expect("a query");
    let request = Request {
        query: &query,
        run_id: "run-1",
        limits: &limits,
    };
    let sandbox = provider.start(&class).await.expect("it starts");
    let mut used = sandbox.execute(request, &CancellationToken::new()).await;
    used.remains.destroy().await.expect("it can be destroyed");
    let answer = used
        .outcome
        .map(|execution| execution.table.rows[0][0].to_string());
    Some(answer)
}

/// Required no more, and not put up.
fn leave_out(arguments: &mut Vec<String>, guards: &[&str]) {
    for guard in guards {
        let required = arguments.windows(2).position(|pair| pair == ["--require", guard]);
        let required = required.expect("the guard is required where it holds");
        arguments.drain(required..required + 2);
        arguments.extend(["--without".to_owned(), (*guard).to_owned()]);
    }
}

#[tokio::test]
async fn one_without_limits_of_its_own_is_ended_by_the_kernel_and_the_node_s_word_for_it_is_read() {
    let Some(outcome) = attack_without("the kernel", "fill-memory", &["resource-limits"]).await else {
        return;
    };
    let error = outcome.expect_err("nothing else holds it");
    assert_eq!(error.code(), ErrorCode::RunnerResourceExceeded, "{error}");
}

#[tokio::test]
async fn one_that_takes_all_memory_is_ended_by_the_node_for_it() {
    let Some(outcome) = attack("memory", "fill-memory").await else {
        return;
    };
    match outcome {
        Err(error) => assert_eq!(error.code(), ErrorCode::RunnerResourceExceeded, "{error}"),
        // Its own limit on address space came first.
        Ok(told) => assert!(told.contains("refused"), "{told}"),
    }
}

#[tokio::test]
async fn one_that_reaches_for_the_api_is_refused() {
    let Some(outcome) = attack("network", "connect 10.96.0.1:443").await else {
        return;
    };
    match outcome {
        Ok(told) => assert!(told.contains("refused"), "{told}"),
        // Its filter of system calls ended it.
        Err(error) => assert_eq!(error.code(), ErrorCode::RunnerInternalError, "{error}"),
    }
}

#[tokio::test]
async fn one_that_writes_to_the_snapshot_s_folder_is_refused() {
    if let Some(outcome) = attack("claim", "write-outside /data/snapshot.duckdb").await {
        let told = outcome.expect("an answer");
        assert!(told.contains("refused"), "{told}");
    }
}

#[tokio::test]
async fn one_that_looks_for_a_token_finds_none() {
    let token = "read-file /var/run/secrets/kubernetes.io/serviceaccount/token";
    if let Some(outcome) = attack("token", token).await {
        let told = outcome.expect("an answer");
        assert!(told.contains("refused"), "{told}");
    }
}
