//! What holds for all objects, whatever the values.

use super::helm::{chart, helm, rendered, text as output};
use super::openapi::published;
use super::shape::{list, named, of_kind, pods, text, variable};
use super::values::{all, jobs, processes};
use serde_json::json;

#[test]
fn helm_finds_nothing_to_complain_about() {
    for case in all() {
        let chart = chart();
        let mut arguments = vec!["lint", "--strict", chart.to_str().expect("a path of text")];
        arguments.extend(&case.values);
        let Some(linted) = helm("lint", &arguments) else {
            return;
        };
        assert!(linted.status.success(), "{}: {}", case.name, output(&linted));
    }
}

#[test]
fn every_object_fits_the_api_of_the_oldest_and_of_the_newest_kubernetes() {
    let apis = published();
    for case in all() {
        let Some(objects) = rendered("the published API", &case.values) else {
            return;
        };
        for api in &apis {
            for object in &objects {
                let complaints = api.complaints(object);
                assert_eq!(complaints, [""; 0], "{}, {}: {object}", case.name, api.name);
            }
        }
    }
}

#[test]
fn no_image_is_named_by_a_tag_that_moves() {
    for case in all() {
        let Some(objects) = rendered("images", &case.values) else {
            return;
        };
        let mut images: Vec<&str> = Vec::new();
        for pod in pods(&objects) {
            images.extend(
                list(pod, "/containers")
                    .iter()
                    .map(|container| text(container, "/image")),
            );
        }
        if case.jobs {
            images.push(variable(&objects, "CSV_ANALYST_SANDBOX__KUBERNETES__IMAGE"));
        }
        for image in images {
            let digest = image.contains("@sha256:");
            let version = image
                .rsplit_once(':')
                .is_some_and(|(_, tag)| !tag.is_empty() && tag != "latest");
            assert!(digest || version, "{}: {image}", case.name);
        }
    }
}

#[test]
fn a_digest_wins_over_a_tag() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let value = format!("--set=image.digest={digest},image.tag=1.0.0");
    let Some(objects) = rendered("images by digest", &[processes().values[0], &value]) else {
        return;
    };
    for pod in pods(&objects) {
        assert_eq!(text(pod, "/containers/0/image"), format!("csv-analyst@{digest}"));
    }
}

/// Two on one record would close each other's runs.
#[test]
fn one_pod_replaces_the_other() {
    let Some(objects) = rendered("replacement", &jobs().values) else {
        return;
    };
    let deployment = of_kind(&objects, "Deployment")[0];
    assert_eq!(deployment["spec"]["replicas"], 1);
    assert_eq!(deployment["spec"]["strategy"], json!({"type": "Recreate"}));
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    for (probe, path) in [
        ("startupProbe", "/healthz"),
        ("livenessProbe", "/healthz"),
        ("readinessProbe", "/readyz"),
    ] {
        assert_eq!(text(container, &format!("/{probe}/httpGet/path")), path);
    }
    let budget = of_kind(&objects, "PodDisruptionBudget")[0];
    assert_eq!(budget["spec"]["selector"], deployment["spec"]["selector"]);
}

/// A number of pods in both would be set back by each upgrade.
#[test]
fn an_autoscaler_and_the_deployment_do_not_both_say_how_many() {
    for case in all() {
        let Some(objects) = rendered("autoscaling", &case.values) else {
            return;
        };
        let deployment = of_kind(&objects, "Deployment")[0];
        let scalers = of_kind(&objects, "HorizontalPodAutoscaler");
        let is_asked_for = case.name.starts_with("an autoscaler");
        assert_eq!(scalers.len(), usize::from(is_asked_for), "{}", case.name);
        assert_eq!(deployment["spec"].get("replicas").is_none(), is_asked_for);
        for scaler in scalers {
            let target = json!({
                "apiVersion": deployment["apiVersion"],
                "kind": "Deployment",
                "name": deployment["metadata"]["name"],
            });
            assert_eq!(scaler["spec"]["scaleTargetRef"], target);
            assert_eq!(scaler["spec"]["maxReplicas"], 1);
            let usage = &scaler["spec"]["metrics"][0]["resource"];
            assert_eq!(usage["name"], "cpu");
            assert_eq!(
                usage["target"],
                json!({"type": "Utilization", "averageUtilization": 70})
            );
        }
    }
}

/// Of the service's objects and the runners': what is named in one is there in the other.
#[test]
fn what_the_service_is_told_of_its_runners_is_what_stands_in_their_namespace() {
    for case in all().into_iter().filter(|case| case.jobs) {
        let Some(objects) = rendered("runners", &case.values) else {
            return;
        };
        let told = |key: &str| variable(&objects, &format!("CSV_ANALYST_SANDBOX__KUBERNETES__{key}"));
        let namespace = told("NAMESPACE");
        for kind in ["ResourceQuota", "LimitRange", "Role", "RoleBinding"] {
            for object in of_kind(&objects, kind) {
                assert_eq!(
                    text(object, "/metadata/namespace"),
                    namespace,
                    "{}: {kind}",
                    case.name
                );
            }
        }
        let account = named(&objects, "ServiceAccount", told("SERVICE_ACCOUNT"));
        assert_eq!(text(account, "/metadata/namespace"), namespace);
        assert_eq!(account["automountServiceAccountToken"], false);
        let claims = of_kind(&objects, "PersistentVolumeClaim");
        let own = claims
            .iter()
            .filter(|claim| text(claim, "/metadata/namespace") == namespace);
        for claim in own {
            assert_eq!(text(claim, "/metadata/name"), told("CLAIM"));
        }
    }
}

#[test]
fn with_processes_there_is_no_second_namespace_and_no_right() {
    let Some(objects) = rendered("processes", &processes().values) else {
        return;
    };
    for kind in ["Namespace", "Role", "RoleBinding", "ResourceQuota", "LimitRange"] {
        assert!(of_kind(&objects, kind).is_empty(), "{kind}");
    }
}
