//! The real Helm, without anybody's settings.

use super::installed;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("xtask lies in the checkout").to_owned()
}

pub fn chart() -> PathBuf {
    root().join("helm/csv-analyst")
}

/// `None`, said loudly, where there is no helm.
pub fn helm(test: &str, arguments: &[&str]) -> Option<Output> {
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = installed::helm(home.path()).args(arguments).output();
    if run.is_err() {
        eprintln!("SKIPPED: the chart: {test}: `helm` is not installed (see docs/kubernetes.md)");
    }
    run.ok()
}

pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What `helm template` prints, as a release called `chat` in the namespace `analysts`.
pub fn template(test: &str, values: &[&str]) -> Option<Output> {
    let chart = chart();
    let mut arguments = vec!["template", "chat", "--namespace=analysts"];
    arguments.push(chart.to_str().expect("a path of text"));
    arguments.extend(values);
    helm(test, &arguments)
}

/// All objects that are rendered.
pub fn rendered(test: &str, values: &[&str]) -> Option<Vec<Value>> {
    let output = template(test, values)?;
    assert!(output.status.success(), "{values:?}: {}", text(&output));
    let printed = String::from_utf8(output.stdout).expect("text");
    Some(documents(&printed))
}

pub fn documents(yaml: &str) -> Vec<Value> {
    let documents = yaml_serde::Deserializer::from_str(yaml);
    let values = documents.map(|document| Value::deserialize(document).expect("YAML"));
    values.filter(|value| !value.is_null()).collect()
}
