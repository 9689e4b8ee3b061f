//! What the API refuses for good: said at once, asked once, in words that help.

use super::case::Case;
use super::play::Fault;

async fn refused(which: &'static str, code: u16, reason: &'static str, message: &str) -> (String, usize) {
    let case = Case::new().await;
    let fault = Fault::Status(code, reason, message.to_owned());
    case.stage().lock().faults.push_back((which, fault));
    let error = case.open().await.map(drop).expect_err("it is refused");
    (error.to_string(), case.stage().calls(which))
}

#[tokio::test]
async fn a_right_that_is_lacking_is_named_by_verb_and_resource() {
    let message = "jobs.batch is forbidden: User \"system:serviceaccount:a:b\" cannot create resource \"jobs\" in API group \"batch\" in the namespace \"runners\"";
    let (words, calls) = refused("CREATE jobs", 403, "Forbidden", message).await;
    assert!(words.contains("may not create jobs"), "{words}");
    assert!(!words.contains("serviceaccount:a"), "{words}");
    assert_eq!(calls, 1, "a refusal is not asked again");
}

#[tokio::test]
async fn a_right_to_look_is_found_out_before_anything_is_made() {
    let message = "pods is forbidden: User \"u\" cannot list resource \"pods\" in API group \"\" in the namespace \"runners\"";
    let (words, _) = refused("LIST pods", 403, "Forbidden", message).await;
    assert!(words.contains("may not list pods"), "{words}");
}

#[tokio::test]
async fn a_right_to_attach_that_is_lacking_is_told() {
    let message = "pods \"x\" is forbidden: User \"u\" cannot create resource \"pods/attach\" in API group \"\" in the namespace \"runners\"";
    let (words, _) = refused("ATTACH pods", 403, "Forbidden", message).await;
    assert!(words.contains("may not attach to pods"), "{words}");
}

#[tokio::test]
async fn a_quota_of_jobs_is_a_quota() {
    let message = "jobs.batch \"x\" is forbidden: exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=2";
    let (words, calls) = refused("CREATE jobs", 403, "Forbidden", message).await;
    assert!(words.contains("quota") && calls == 1, "{words}");
}

#[tokio::test]
async fn a_namespace_that_is_missing_is_told() {
    let (words, calls) = refused("CREATE jobs", 404, "NotFound", "namespaces \"runners\" not found").await;
    assert!(words.contains("namespace is missing") && calls == 1, "{words}");
}

#[tokio::test]
async fn a_description_that_is_not_accepted_is_told() {
    let (words, calls) = refused("CREATE jobs", 422, "Invalid", "Job.batch \"x\" is invalid: spec").await;
    assert!(words.contains("does not accept") && calls == 1, "{words}");
}

#[tokio::test]
async fn credentials_that_are_not_known_are_told() {
    let (words, calls) = refused("LIST pods", 401, "Unauthorized", "Unauthorized").await;
    assert!(words.contains("credentials") && calls == 1, "{words}");
}

#[tokio::test]
async fn no_api_at_all_is_told() {
    let mut case = Case::new().await;
    case.settings.kubernetes.kubeconfig = Some("/nowhere/kubeconfig".into());
    let words = case.open().await.map(drop).unwrap_err().to_string();
    assert!(
        words.contains("no Kubernetes cluster is configured") && !words.contains("/nowhere"),
        "{words}"
    );
}
