//! The service refuses keys that it does not know: this keeps it and the chart together.

use super::helm::rendered;
use super::shape::{environment, of_kind, text};
use super::values::all;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn program() -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("csv-analyst");
    if program.exists() {
        return Some(program);
    }
    eprintln!("SKIPPED: the chart: the rendered configuration: csv-analyst is not built");
    None
}

/// What `csv-analyst config` makes of the rendered file and environment.
fn effective(program: &Path, objects: &[Value]) -> String {
    let map = of_kind(objects, "ConfigMap")[0];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("csv-analyst.toml");
    std::fs::write(&file, text(map, "/data/csv-analyst.toml")).expect("a file");
    let mut command = Command::new(program);
    // Whoever tests on a cluster names it in a variable that the service would take for a key of its own.
    command.env_clear().envs(environment(objects));
    command.arg("config").arg("--config").arg(&file);
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_service_accepts_what_is_rendered() {
    let Some(program) = program() else { return };
    for case in all() {
        let Some(objects) = rendered("the rendered configuration", &case.values) else {
            return;
        };
        let printed = effective(&program, &objects);
        for line in [
            "chat-csv-analyst.analysts.svc",
            "data_directory = \"/data/service\"",
            "listen = \"0.0.0.0:3000\"",
            if case.jobs {
                "kind = \"kubernetes\""
            } else {
                "kind = \"process\""
            },
        ] {
            let questions = case.name.starts_with("another operator");
            let line = if questions {
                line.replace("chat-csv-analyst", "questions")
            } else {
                line.to_owned()
            };
            assert!(
                printed.contains(&line),
                "{}: {line} is not in\n{printed}",
                case.name
            );
        }
    }
}

#[test]
fn what_the_values_say_of_runners_reaches_the_service() {
    let Some(program) = program() else { return };
    for case in all()
        .into_iter()
        .filter(|case| case.name.starts_with("runners of"))
    {
        let Some(objects) = rendered("the rendered configuration", &case.values) else {
            return;
        };
        let printed = effective(&program, &objects);
        for line in [
            "namespace = \"somewhere\"",
            "image_pull_policy = \"IfNotPresent\"",
            "image_pull_secrets = [\"pull\"]",
            "runtime_class = \"gvisor\"",
            "priority_class = \"low\"",
            "host_users = true",
            "memory_bytes = 1073741824",
            "memory_request_bytes = 1073741824",
            "\"kubernetes.io/arch\" = \"amd64\"",
            "key = \"runners\"",
        ] {
            assert!(printed.contains(line), "{line} is not in\n{printed}");
        }
    }
}
