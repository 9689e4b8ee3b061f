//! What `xtask/docker/Dockerfile` says of an image must be what its recipe says.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::recipe::{RUNNER, Recipe, SERVER, USER};

const DOCKERFILE: &str = include_str!("../../docker/Dockerfile");

/// The instructions of one stage, continued lines joined: by name, all that were given.
fn stage(name: &str) -> BTreeMap<String, Vec<String>> {
    let joined = DOCKERFILE.replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.starts_with('#'));
    let mut inside = false;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let (instruction, rest) = line.split_once(' ').unwrap_or((line, ""));
        if instruction == "FROM" {
            inside = rest.ends_with(&format!(" AS {name}"));
        }
        if inside {
            let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
            found.entry(instruction.to_owned()).or_default().push(rest);
        }
    }
    found
}

fn agrees(stage: &BTreeMap<String, Vec<String>>, recipe: &Recipe) {
    assert_eq!(stage["FROM"].len(), 1);
    assert!(stage["FROM"][0].starts_with("scratch AS "), "{stage:?}");
    assert!(
        !stage.contains_key("RUN"),
        "there is nothing inside that could run"
    );
    assert_eq!(stage["USER"], [format!("{USER}:{USER}")]);
    assert_eq!(stage["ENTRYPOINT"], [listed(recipe.entrypoint)]);
    let labels = &stage["LABEL"][0];
    for text in [recipe.name, recipe.description] {
        assert!(labels.contains(&format!("=\"{text}\"")), "{labels}");
    }
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

#[test]
fn the_runners_stage_is_its_recipe() {
    agrees(&stage("runner"), &RUNNER);
}

#[test]
fn the_services_stage_is_its_recipe() {
    let stage = stage("server");
    agrees(&stage, &SERVER);
    let settings: BTreeMap<&str, Value> = (SERVER.settings)().into_iter().collect();
    let environment: Vec<&str> = stage["ENV"][0].split(' ').collect();
    assert_eq!(settings["Env"], json!(environment));
    assert_eq!(stage["CMD"], ["[\"serve\"]"]);
    assert_eq!(settings["Cmd"], json!(["serve"]));
    assert_eq!(settings["Volumes"], json!({stage["VOLUME"][0].as_str(): {}}));
    assert_eq!(settings["ExposedPorts"], json!({stage["EXPOSE"][0].as_str(): {}}));
    let health = &settings["Healthcheck"];
    let seconds = |name: &str| health[name].as_u64().unwrap() / 1_000_000_000;
    let expected = format!(
        "--interval={}s --timeout={}s --start-period={}s --retries={} CMD [\"/app/csv-analyst\", \"health\"]",
        seconds("Interval"),
        seconds("Timeout"),
        seconds("StartPeriod"),
        health["Retries"],
    );
    assert_eq!(stage["HEALTHCHECK"], [expected]);
    assert_eq!(health["Test"], json!(["CMD", "/app/csv-analyst", "health"]));
}
