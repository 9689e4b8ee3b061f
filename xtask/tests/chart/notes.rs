//! What a person is told after an install.

use super::helm::{chart, helm, text};
use super::values::processes;

/// As after an install, without one.
fn notes(values: &[&str]) -> Option<String> {
    let chart = chart();
    let mut arguments = vec!["install", "chat", "--namespace=analysts", "--dry-run=client"];
    arguments.push(chart.to_str().expect("a path of text"));
    arguments.extend(processes().values);
    arguments.extend(values);
    let output = helm("notes", &arguments)?;
    let said = text(&output);
    assert!(output.status.success(), "{values:?}: {said}");
    let (_, notes) = said.split_once("NOTES:").expect("notes");
    Some(notes.to_owned())
}

#[test]
fn a_service_that_every_pod_can_reach_is_called_so() {
    let warning = "networkPolicy.from is empty";
    let Some(open) = notes(&[]) else { return };
    assert!(open.contains(warning), "{open}");
    for closed in [
        "--set=networkPolicy.from[0].podSelector.matchLabels.app=proxy",
        "--set=networkPolicy.enabled=false",
    ] {
        let Some(notes) = notes(&[closed]) else { return };
        assert!(!notes.contains(warning), "{closed}: {notes}");
    }
}
