//! The Helm chart, read by the real Helm: it lints, renders what it should under several values, and
//! refuses values that cannot work. No cluster is asked.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Values that people use, each as arguments of helm.
const VALUES: [&[&str]; 5] = [
    &[],
    &[
        "--set=ingress.enabled=true,ingress.host=data.example,ingress.className=nginx",
        "--set=ingress.tlsSecretName=data-tls,ingress.annotations.who=me",
    ],
    &[
        "--set=persistence.enabled=false,networkPolicy.enabled=false,serviceAccount.create=false",
        "--set=runtimeClassName=gvisor,image.tag=1.2.3,imagePullSecrets[0].name=pull",
    ],
    &[
        "--set=persistence.existingClaim=mine,fullnameOverride=questions,service.port=8080",
        "--set=networkPolicy.from[0].podSelector.matchLabels.app=proxy,environment.CSV_ANALYST_LOG__LEVEL=debug",
        "--set=publicHosts={a.example,b.example},persistence.storageClassName=fast,podSecurityContext.fsGroup=1000",
    ],
    &[
        "--set=image.digest=sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "--set=nodeSelector.disk=ssd,podLabels.team=data,podAnnotations.note=yes",
        "--set-json=tolerations=[{\"key\":\"a\",\"operator\":\"Exists\"}]",
    ],
];

fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../helm/csv-analyst")
}

/// `None`, said loudly, where there is no helm.
fn helm(test: &str, arguments: &[&str]) -> Option<Output> {
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = Command::new("helm")
        .args(arguments)
        .env("HELM_CACHE_HOME", home.path())
        .env("HELM_CONFIG_HOME", home.path())
        .env("HELM_DATA_HOME", home.path())
        .output();
    if run.is_err() {
        eprintln!("SKIPPED: the chart: {test}: `helm` is not installed (see docs/hosting.md)");
    }
    run.ok()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What `helm template` prints, as a release called `chat` in the namespace `analysts`.
fn template(test: &str, values: &[&str]) -> Option<Output> {
    let chart = chart();
    let mut arguments = vec!["template", "chat", "--namespace=analysts"];
    arguments.push(chart.to_str().expect("a path of text"));
    arguments.extend(values);
    helm(test, &arguments)
}

fn rendered(test: &str, values: &[&str]) -> Option<String> {
    let output = template(test, values)?;
    assert!(output.status.success(), "{values:?}: {}", text(&output));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn helm_finds_nothing_to_complain_about() {
    for values in VALUES {
        let chart = chart();
        let mut arguments = vec!["lint", "--strict", chart.to_str().expect("a path of text")];
        arguments.extend(values);
        let Some(output) = helm("lint", &arguments) else {
            return;
        };
        assert!(output.status.success(), "{values:?}: {}", text(&output));
    }
}

#[test]
fn every_pod_is_restricted_whatever_the_values() {
    for values in VALUES {
        let Some(objects) = rendered("restricted pods", values) else {
            return;
        };
        let pods: Vec<&str> = objects
            .split("\n---")
            .filter(|object| object.contains("containers:"))
            .collect();
        assert_eq!(pods.len(), 2, "the service and its test");
        for pod in pods {
            for line in [
                "automountServiceAccountToken: false",
                "enableServiceLinks: false",
                "runAsNonRoot: true",
                "readOnlyRootFilesystem: true",
                "allowPrivilegeEscalation: false",
                "- ALL",
                "type: RuntimeDefault",
            ] {
                assert!(pod.contains(line), "{line} is not in\n{pod}");
            }
            assert!(!pod.contains("hostPath") && !pod.contains("docker.sock"), "{pod}");
        }
    }
}

#[test]
fn one_pod_replaces_the_other_and_reaches_nobody() {
    let Some(objects) = rendered("replacement", &[]) else {
        return;
    };
    for line in [
        "replicas: 1",
        "type: Recreate",
        "egress: []",
        "path: /readyz",
        "path: /healthz",
    ] {
        assert!(objects.contains(line), "{line} is not in\n{objects}");
    }
}

#[test]
fn values_that_cannot_work_are_refused_with_the_reason() {
    for (value, reason) in [
        ("--set=replicas=2", "SQLite"),
        ("--set=replica=1", "replica"),
        ("--set=image.digest=latest", "digest"),
        ("--set=ingress.enabled=true", "ingress.host"),
        ("--set=image.tag=1", "tag"),
        ("--set=podSecurityContext.runAsUser=0", "runAsUser"),
        ("--set=config=listen = '0.0.0.0:1'", "set by the chart"),
    ] {
        let Some(output) = template("refusals", &[value]) else {
            return;
        };
        assert!(!output.status.success(), "{value} passed");
        assert!(text(&output).contains(reason), "{value}: {}", text(&output));
    }
}

/// The service refuses keys that it does not know, so this also keeps the chart and the service together.
#[test]
fn the_service_accepts_the_configuration_that_is_rendered() {
    let program = Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("csv-analyst");
    if !program.exists() {
        eprintln!("SKIPPED: the chart: the rendered configuration: csv-analyst is not built");
        return;
    }
    for values in VALUES {
        let mut arguments = vec!["--show-only=templates/configmap.yaml"];
        arguments.extend(values);
        let Some(object) = rendered("the rendered configuration", &arguments) else {
            return;
        };
        let (_, indented) = object.split_once("csv-analyst.toml: |\n").expect("the file");
        let lines: Vec<&str> = indented
            .lines()
            .map(|line| line.trim_start_matches("    "))
            .collect();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("csv-analyst.toml");
        std::fs::write(&file, lines.join("\n")).expect("a file");
        let mut command = Command::new(&program);
        let output = command.arg("config").arg("--config").arg(&file).output();
        let output = output.expect("the program starts");
        let printed = text(&output);
        assert!(output.status.success(), "{printed}");
        assert!(printed.contains(".analysts.svc"), "{printed}");
    }
}
