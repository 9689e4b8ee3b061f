//! The real program: what `doctor` says, and that production mode starts with everything and refuses to
//! start without.

mod support;

use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use support::server::Server;
use support::{Artefacts, artefacts, compiled_gate, skip};
use tempfile::TempDir;

struct Case {
    folder: TempDir,
    parts: Vec<String>,
}

impl Case {
    fn new(artefacts: &Artefacts) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // A copy, whose mode a test may change.
        let runner = folder.path().join("runner-native");
        std::fs::copy(&artefacts.runner, &runner).expect("the runner can be copied");
        // Where the engine's library is not part of the program, it looks for it beside itself.
        let library = artefacts.runner.with_file_name("lib").join("libduckdb.so");
        if let Ok(library) = std::fs::canonicalize(library) {
            let link = folder.path().join("libduckdb.so");
            std::os::unix::fs::symlink(library, link).expect("a link");
        }
        let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let settings = format!(
            "[gate]\ncache_directory = '{}'\n",
            compiled_gate(artefacts).display()
        );
        let file = folder.path().join("csv-analyst.toml");
        std::fs::write(&file, settings).expect("a file");
        let gate = folder.path().join("gate.wasm");
        std::fs::copy(&artefacts.gate, &gate).expect("the gate can be copied");
        for part in [&runner, &gate] {
            std::fs::set_permissions(part, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        let parts = [
            ("--config", file),
            ("--runner-binary", runner),
            ("--gate-component", gate),
        ];
        Self {
            parts: parts
                .into_iter()
                .flat_map(|(flag, value)| [flag.to_owned(), path(&value)])
                .collect(),
            folder,
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn doctor(&self, flags: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_csv-analyst"));
        command.args(["doctor", "--data-directory"]).arg(self.data());
        command
            .args(&self.parts)
            .args(flags)
            .output()
            .expect("the program runs")
    }

    fn findings(&self, flags: &[&str]) -> (bool, Vec<Value>) {
        let flags: Vec<&str> = flags.iter().copied().chain(["--json"]).collect();
        let output = self.doctor(&flags);
        let document: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
        let ready = document["ready_for_production"].as_bool().expect("it says so");
        assert_eq!(output.status.success(), ready, "{document:#}");
        (ready, document["findings"].as_array().expect("a list").clone())
    }

    /// What a service in production mode says when it refuses to start.
    fn refusal(&self, flags: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_csv-analyst"));
        command
            .args(["serve", "--production", "--data-directory"])
            .arg(self.data());
        let output = command
            .args(&self.parts)
            .args(flags)
            .output()
            .expect("the program runs");
        assert!(!output.status.success(), "it started");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

fn lacking(findings: &[Value]) -> Vec<String> {
    let lacks = findings.iter().filter(|finding| finding["level"] == "lacking");
    lacks.map(|finding| finding["what"].to_string()).collect()
}

#[test]
fn the_doctor_names_guards_what_is_lacking_and_what_to_do() {
    let Some(artefacts) = artefacts("doctor") else {
        return;
    };
    let case = Case::new(&artefacts);
    let (ready, findings) = case.findings(&["--sandbox", "auto"]);
    assert!(!ready, "auto is no choice");
    assert!(
        lacking(&findings).iter().any(|what| what.contains("auto")),
        "{findings:#?}"
    );
    let remedies = findings.iter().filter(|finding| finding["level"] == "lacking");
    assert!(
        remedies.clone().all(|finding| finding["remedy"].is_string()),
        "{findings:#?}"
    );
    for area in [
        "kernel",
        "process",
        "gate",
        "runner",
        "data directory",
        "disk",
        "listen",
    ] {
        assert!(
            findings.iter().any(|finding| finding["area"] == area),
            "{area}: {findings:#?}"
        );
    }
    let text = String::from_utf8_lossy(&case.doctor(&["--sandbox", "auto"]).stdout).into_owned();
    assert!(
        text.contains("LACKING") && text.contains("engine-settings"),
        "{text}"
    );
    assert!(!case.data().exists(), "the doctor changes nothing");
}

/// How `config` ends with a variable in its environment, and what it says about it.
fn config_with(variable: &str) -> (bool, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_csv-analyst"));
    let output = program
        .arg("config")
        .env(variable, "1")
        .output()
        .expect("it starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), told)
}

#[test]
fn what_the_tests_and_the_build_are_told_is_no_setting_and_a_slip_is_named() {
    for variable in [
        "CACHE",
        "CI_CLUSTER",
        "DIFFERENTIAL_CASES",
        "KUBECONFIG",
        "PUBLISH",
        "SKIP_LOG",
        "TEST_HOSTILE_IMAGE",
        "TEST_KUBECONFIG",
        "UPDATE",
    ] {
        let (fine, told) = config_with(&format!("CSV_ANALYST_{variable}"));
        assert!(fine, "{variable}: {told}");
    }
    let (fine, told) = config_with("CSV_ANALYST_LISTENS");
    assert!(!fine && told.contains("listen"), "{told}");
}

#[test]
fn production_starts_with_everything_that_it_requires() {
    let Some(artefacts) = artefacts("production start") else {
        return;
    };
    let case = Case::new(&artefacts);
    let (ready, findings) = case.findings(&["--sandbox", "process"]);
    if !ready {
        return skip(
            "production start",
            &format!("this machine lacks {:?}", lacking(&findings)),
        );
    }
    let flags: Vec<&str> = case.parts.iter().map(String::as_str).collect();
    let flags = [flags.as_slice(), &["--sandbox", "process", "--production"]].concat();
    let mut server = Server::start(&case.data(), &flags);
    server.child.kill().expect("it is there");
    server.child.wait().expect("it ends");
}

#[test]
fn production_refuses_to_start_without_what_it_requires() {
    let Some(artefacts) = artefacts("production refusal") else {
        return;
    };
    let case = Case::new(&artefacts);
    let told = case.refusal(&["--sandbox", "auto", "--listen", "0.0.0.0:0"]);
    for (what, remedy) in [
        ("auto", "set sandbox.kind"),
        ("public_hosts is empty", "name the hosts"),
    ] {
        assert!(told.contains(what) && told.contains(remedy), "{told}");
    }
    let runner = case.folder.path().join("runner-native");
    std::fs::set_permissions(&runner, std::fs::Permissions::from_mode(0o777)).expect("it is ours");
    let told = case.refusal(&["--sandbox", "process"]);
    assert!(
        told.contains("can be written by others") && told.contains("chmod go-w"),
        "{told}"
    );
}

#[test]
fn production_refuses_a_sandbox_that_lacks_a_guard() {
    let Some(artefacts) = artefacts("production without a guard") else {
        return;
    };
    let case = Case::new(&artefacts);
    // A runner that reports what a kernel without landlock makes of it.
    let report = r#"{"in_force":["seccomp"],"missing":["landlock"]}"#;
    let script = format!("#!/bin/sh\necho '{report}'\n");
    std::fs::write(case.folder.path().join("runner-native"), script).expect("a script");
    let told = case.refusal(&["--sandbox", "process"]);
    assert!(
        told.contains("guard missing: landlock") && told.contains("Linux 5.19"),
        "{told}"
    );
}
