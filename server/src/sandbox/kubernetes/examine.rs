//! What `csv-analyst doctor` asks a cluster, changing nothing: its version, the server's rights, and what
//! surrounds the runners, as far as the server may see that.

use super::connect::connect;
use super::rights::{RIGHTS, Right};
use super::settings::KubernetesSettings;
use crate::sandbox::SandboxError;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::{Namespace, ResourceQuota};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::api::{ListParams, PostParams};
use kube::{Api, Client};

/// What was found, and what to do where something is lacking.
pub struct ClusterFinding {
    pub what: String,
    pub verdict: Verdict,
}

pub enum Verdict {
    Good,
    Note,
    Lacking(&'static str),
}

fn finding(verdict: Verdict, what: impl Into<String>) -> ClusterFinding {
    ClusterFinding {
        what: what.into(),
        verdict,
    }
}

pub async fn examine(settings: &KubernetesSettings) -> Result<Vec<ClusterFinding>, SandboxError> {
    let client = connect(settings).await?;
    let mut found = vec![version(&client).await];
    found.extend(rights(&client, &settings.namespace).await);
    found.push(pod_security(&client, &settings.namespace).await);
    found.push(network(&client, &settings.namespace).await);
    found.push(quota(&client, &settings.namespace).await);
    Ok(found)
}

async fn version(client: &Client) -> ClusterFinding {
    match client.apiserver_version().await {
        Ok(version) => finding(Verdict::Good, format!("Kubernetes {}", version.git_version)),
        Err(_) => finding(
            Verdict::Lacking("see whether the server can reach the API (its network policy, its kubeconfig)"),
            "the Kubernetes API does not answer",
        ),
    }
}

async fn rights(client: &Client, namespace: &str) -> Vec<ClusterFinding> {
    let mut lacking = Vec::new();
    for right in RIGHTS {
        match is_allowed(client, namespace, right).await {
            Ok(true) => {}
            Ok(false) => lacking.push(format!("{} {}", right.verb, right.name())),
            Err(_) => return vec![finding(Verdict::Note, "the server's rights can't be seen")],
        }
    }
    if lacking.is_empty() {
        return vec![finding(Verdict::Good, "the server has the rights it needs")];
    }
    let remedy = "bind the Role of docs/hosting.md in the runners' namespace to the server's service account";
    let lacking = lacking.into_iter().map(|right| format!("right missing: {right}"));
    lacking
        .map(|what| finding(Verdict::Lacking(remedy), what))
        .collect()
}

async fn is_allowed(client: &Client, namespace: &str, right: &Right) -> kube::Result<bool> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                namespace: Some(namespace.to_owned()),
                group: some(right.group),
                resource: some(right.resource),
                subresource: some(right.subresource),
                verb: some(right.verb),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let answer = reviews.create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

async fn pod_security(client: &Client, namespace: &str) -> ClusterFinding {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let Ok(found) = namespaces.get(namespace).await else {
        return unseen("the namespace's Pod Security", "get namespaces");
    };
    match found
        .metadata
        .labels
        .unwrap_or_default()
        .get(ENFORCE)
        .map(String::as_str)
    {
        Some("restricted") => finding(Verdict::Good, "the namespace enforces Pod Security restricted"),
        _ => finding(
            Verdict::Lacking("label the runners' namespace pod-security.kubernetes.io/enforce=restricted"),
            "the runners' namespace does not enforce Pod Security restricted",
        ),
    }
}

async fn network(client: &Client, namespace: &str) -> ClusterFinding {
    let policies: Api<NetworkPolicy> = Api::namespaced(client.clone(), namespace);
    let Ok(found) = policies.list(&ListParams::default()).await else {
        return unseen("the namespace's network policies", "list networkpolicies");
    };
    match found.items.iter().any(denies_everything) {
        true => finding(
            Verdict::Good,
            "a network policy denies runners everything, where the cluster's network enforces it",
        ),
        false => finding(
            Verdict::Lacking(
                "add a NetworkPolicy over all pods, for Ingress and Egress, that allows nothing",
            ),
            "no network policy denies runners everything",
        ),
    }
}

fn denies_everything(policy: &NetworkPolicy) -> bool {
    let Some(spec) = &policy.spec else {
        return false;
    };
    let has = |kind: &str| spec.policy_types.iter().flatten().any(|each| each == kind);
    let selects_all = spec.pod_selector.as_ref().is_none_or(|selector| {
        selector
            .match_labels
            .as_ref()
            .is_none_or(|labels| labels.is_empty())
            && selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
    });
    let nothing =
        spec.ingress.as_ref().is_none_or(Vec::is_empty) && spec.egress.as_ref().is_none_or(Vec::is_empty);
    selects_all && has("Ingress") && has("Egress") && nothing
}

async fn quota(client: &Client, namespace: &str) -> ClusterFinding {
    let quotas: Api<ResourceQuota> = Api::namespaced(client.clone(), namespace);
    match quotas.list(&ListParams::default()).await {
        Ok(found) if found.items.is_empty() => finding(
            Verdict::Note,
            "the runners' namespace has no quota: what waits and runs is bounded by the service alone",
        ),
        Ok(found) => {
            let hard = found
                .items
                .into_iter()
                .filter_map(|quota| quota.spec?.hard)
                .flatten();
            let list: Vec<String> = hard
                .map(|(name, amount)| format!("{name}={}", amount.0))
                .collect();
            finding(Verdict::Good, format!("quota: {}", list.join(", ")))
        }
        Err(_) => unseen("the namespace's quota", "list resourcequotas"),
    }
}

fn unseen(what: &str, right: &str) -> ClusterFinding {
    finding(
        Verdict::Note,
        format!("{what} can't be seen from here (it would need: {right})"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_policy_that_lets_something_through_does_not_deny_everything() {
        let denies = |spec: serde_json::Value| {
            denies_everything(&serde_json::from_value(json!({"spec": spec})).unwrap())
        };
        let both = ["Ingress", "Egress"];
        assert!(denies(json!({"podSelector": {}, "policyTypes": both})));
        assert!(!denies(json!({"podSelector": {}, "policyTypes": ["Ingress"]})));
        assert!(!denies(
            json!({"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": both})
        ));
        assert!(!denies(
            json!({"podSelector": {}, "policyTypes": both, "egress": [{}]})
        ));
    }
}
