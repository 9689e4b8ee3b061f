//! The description of each Job, as a whole and by the rules that it has to keep.

use super::*;
use serde_json::{Value, json};

fn specification(change: impl FnOnce(&mut SandboxSettings)) -> Specification {
    let mut settings = SandboxSettings {
        instance_label: "chat".into(),
        ..SandboxSettings::default()
    };
    settings.kubernetes.image = "registry.example/runner@sha256:0123".into();
    change(&mut settings);
    Specification::new(&settings, Arc::new(|_| {}))
}

fn class() -> SandboxClass {
    SandboxClass {
        snapshot: "/srv/secret/place/abc.duckdb".into(),
        dataset_version: "abc".into(),
        resources: Resources::default(),
    }
}

fn guards() -> GuardReport {
    GuardReport {
        in_force: vec!["seccomp".into()],
        missing: Vec::new(),
        wakes: false,
    }
}

fn all(specification: &Specification) -> Vec<Value> {
    [
        specification.serve(&class(), "chat-0", &guards()),
        specification.probe(),
        specification.receive("chat-0"),
        specification.sweep(),
    ]
    .map(|job| serde_json::to_value(job).unwrap())
    .into()
}

/// Everything that differs from one to the next is cut.
fn fixed(mut job: Value) -> Value {
    job["metadata"]["name"] = "NAME".into();
    for metadata in ["/metadata", "/spec/template/metadata"] {
        job.pointer_mut(metadata).unwrap()["annotations"] = json!("OWNER");
    }
    job
}

#[test]
fn a_runner_s_job_is_this() {
    let job = specification(|_| {}).serve(&class(), "chat-0", &guards());
    insta::assert_json_snapshot!("runner_job", fixed(serde_json::to_value(job).unwrap()));
}

#[test]
fn a_loader_s_job_is_this() {
    let job = specification(|_| {}).receive("chat-0");
    insta::assert_json_snapshot!("loader_job", fixed(serde_json::to_value(job).unwrap()));
}

/// The namespace may be limited to what a run is given.
#[test]
fn no_pod_is_larger_than_a_run() {
    let small = Resources {
        memory_bytes: 128 << 20,
        cpu_millis: 50,
        ..Resources::default()
    };
    let specification = specification(|settings| settings.run_resources = small);
    for job in [
        specification.probe(),
        specification.receive("chat-0"),
        specification.sweep(),
    ] {
        let job = serde_json::to_value(job).unwrap();
        let limits = &job["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"];
        assert_eq!(
            (&limits["cpu"], &limits["memory"]),
            (&json!("50m"), &json!("134217728"))
        );
    }
}

/// <https://kubernetes.io/docs/concepts/security/pod-security-standards/>: every rule of *baseline* and
/// *restricted* that a Linux pod can break.
fn breaches(pod: &Value) -> Vec<&'static str> {
    let containers = pod["containers"].as_array().unwrap();
    let each = |rule: &dyn Fn(&Value) -> bool| containers.iter().all(rule);
    let absent = |name: &str| pod[name].is_null() || pod[name] == json!(false);
    let volumes = pod["volumes"].as_array().cloned().unwrap_or_default();
    let allowed_volume = |volume: &Value| {
        let kinds = [
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "persistentVolumeClaim",
            "projected",
            "secret",
        ];
        volume
            .as_object()
            .unwrap()
            .keys()
            .all(|key| key == "name" || kinds.contains(&key.as_str()))
    };
    let rules = [
        (
            "host namespaces",
            absent("hostNetwork") && absent("hostPID") && absent("hostIPC"),
        ),
        (
            "init containers",
            absent("initContainers") && absent("ephemeralContainers"),
        ),
        ("volume types", volumes.iter().all(allowed_volume)),
        ("host ports", each(&|one| one["ports"].is_null())),
        (
            "privileged",
            each(&|one| one["securityContext"]["privileged"] != json!(true)),
        ),
        (
            "privilege escalation",
            each(&|one| one["securityContext"]["allowPrivilegeEscalation"] == json!(false)),
        ),
        (
            "capabilities",
            each(&|one| {
                let capabilities = &one["securityContext"]["capabilities"];
                capabilities["drop"] == json!(["ALL"]) && capabilities["add"].is_null()
            }),
        ),
        (
            "non-root",
            each(&|one| {
                one["securityContext"]["runAsNonRoot"] == json!(true)
                    && one["securityContext"]["runAsUser"].as_i64() > Some(0)
            }),
        ),
        (
            "seccomp",
            pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
                && each(&|one| one["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"),
        ),
        (
            "proc mount",
            each(&|one| one["securityContext"]["procMount"].is_null()),
        ),
        (
            "labels of security modules",
            pod["securityContext"]["seLinuxOptions"].is_null()
                && pod["securityContext"]["appArmorProfile"].is_null(),
        ),
        ("sysctls", pod["securityContext"]["sysctls"].is_null()),
    ];
    rules
        .into_iter()
        .filter(|(_, holds)| !holds)
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn every_pod_keeps_to_pod_security_restricted() {
    for job in all(&specification(|_| {})) {
        assert_eq!(
            breaches(&job["spec"]["template"]["spec"]),
            Vec::<&str>::new(),
            "{job}"
        );
    }
}

#[test]
fn the_rules_find_what_breaks_them() {
    let sound = all(&specification(|_| {}))[0]["spec"]["template"]["spec"].clone();
    let broken = |pointer: &str, value: Value| {
        let mut pod = sound.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        pod.pointer_mut(parent).unwrap()[name] = value;
        breaches(&pod).len()
    };
    let security = "/containers/0/securityContext";
    assert_eq!(broken("/hostNetwork", json!(true)), 1);
    assert_eq!(
        broken("/volumes", json!([{"name": "x", "hostPath": {"path": "/"}}])),
        1
    );
    assert_eq!(broken(&format!("{security}/privileged"), json!(true)), 1);
    assert_eq!(
        broken(&format!("{security}/allowPrivilegeEscalation"), json!(true)),
        1
    );
    assert_eq!(
        broken(
            &format!("{security}/capabilities"),
            json!({"drop": ["ALL"], "add": ["SYS_ADMIN"]})
        ),
        1
    );
    assert_eq!(broken(&format!("{security}/runAsUser"), json!(0)), 1);
    assert_eq!(
        broken(
            &format!("{security}/seccompProfile"),
            json!({"type": "Unconfined"})
        ),
        1
    );
}

/// Beyond *restricted*.
#[test]
fn every_pod_is_denied_more_than_pod_security_asks() {
    for job in all(&specification(|_| {})) {
        let pod = &job["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        assert_eq!(pod["automountServiceAccountToken"], false);
        assert_eq!(pod["enableServiceLinks"], false);
        assert_eq!(pod["hostUsers"], false);
        assert_eq!(pod["restartPolicy"], "Never");
        assert_eq!(pod["dnsPolicy"], "None");
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
        assert!(
            container["env"].is_null() && container["envFrom"].is_null() && container["command"].is_null()
        );
        assert_eq!(
            container["resources"]["limits"],
            container["resources"]["requests"]
        );
        for amount in ["cpu", "memory", "ephemeral-storage"] {
            assert!(container["resources"]["limits"][amount].is_string(), "{amount}");
        }
        assert_eq!(job["spec"]["backoffLimit"], 0);
        assert!(job["spec"]["activeDeadlineSeconds"].as_i64() > Some(0));
        assert!(job["spec"]["ttlSecondsAfterFinished"].is_i64());
    }
}

#[test]
fn a_runner_sees_one_folder_of_the_claim_and_nothing_of_the_server() {
    let job = &all(&specification(|_| {}))[0];
    let mount = &job["spec"]["template"]["spec"]["containers"][0]["volumeMounts"][0];
    assert_eq!(
        (&mount["subPath"], &mount["readOnly"]),
        (&json!("chat-0"), &json!(true))
    );
    let claim = &job["spec"]["template"]["spec"]["volumes"][0]["persistentVolumeClaim"];
    assert_eq!(claim["readOnly"], true);
    assert!(!job.to_string().contains("secret"), "{job}");
}

#[test]
fn what_held_at_the_probe_is_required_of_every_runner_and_it_is_greeted() {
    let job = &all(&specification(|_| {}))[0];
    let arguments = job["spec"]["template"]["spec"]["containers"][0]["args"]
        .as_array()
        .unwrap();
    assert!(
        arguments.windows(2).any(|pair| pair == ["--require", "seccomp"]),
        "{arguments:?}"
    );
    assert!(arguments.contains(&json!("--greeted")), "{arguments:?}");
}

#[test]
fn what_the_configuration_says_of_pods_arrives() {
    let specification = specification(|settings| {
        let kubernetes = &mut settings.kubernetes;
        kubernetes.runtime_class = Some("gvisor".into());
        kubernetes.priority_class = Some("low".into());
        kubernetes.service_account = Some("runner".into());
        kubernetes.image_pull_secrets = vec!["registry".into()];
        kubernetes.node_selector.insert("pool".into(), "runners".into());
        kubernetes.host_users = true;
        kubernetes.cpu_request_millis = Some(100);
        kubernetes.memory_request_bytes = Some(1 << 40);
        kubernetes.tolerations = vec![Toleration {
            key: Some("runners".into()),
            operator: Some("Exists".into()),
            ..Toleration::default()
        }];
    });
    let pod = &all(&specification)[0]["spec"]["template"]["spec"];
    assert_eq!(pod["runtimeClassName"], "gvisor");
    assert_eq!(pod["priorityClassName"], "low");
    assert_eq!(pod["serviceAccountName"], "runner");
    assert_eq!(pod["imagePullSecrets"], json!([{"name": "registry"}]));
    assert_eq!(pod["nodeSelector"], json!({"pool": "runners"}));
    assert_eq!(
        pod["tolerations"],
        json!([{"key": "runners", "operator": "Exists"}])
    );
    assert!(pod["hostUsers"].is_null());
    let resources = &pod["containers"][0]["resources"];
    assert_eq!(resources["requests"]["cpu"], "100m");
    assert_eq!(
        resources["requests"]["memory"], resources["limits"]["memory"],
        "no more than the limit"
    );
}
