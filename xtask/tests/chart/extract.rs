//! Makes `openapi/*.json` anew: of the published API documents, what the kinds of the chart need, without
//! descriptions. `cargo test -p xtask --test chart -- --ignored` with Go installed, which fetches the
//! published modules.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const RELEASES: [(&str, &str); 2] = [("oldest", OLDEST), ("newest", NEWEST)];
const OLDEST: &str = "k8s.io/kubernetes@v1.33.13";
const NEWEST: &str = "k8s.io/kubernetes@v1.37.2";

const KINDS: [(&str, &str); 14] = [
    ("apps/v1/Deployment", "io.k8s.api.apps.v1.Deployment"),
    (
        "autoscaling/v2/HorizontalPodAutoscaler",
        "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    ),
    ("v1/ConfigMap", "io.k8s.api.core.v1.ConfigMap"),
    ("v1/LimitRange", "io.k8s.api.core.v1.LimitRange"),
    ("v1/Namespace", "io.k8s.api.core.v1.Namespace"),
    (
        "v1/PersistentVolumeClaim",
        "io.k8s.api.core.v1.PersistentVolumeClaim",
    ),
    ("v1/Pod", "io.k8s.api.core.v1.Pod"),
    ("v1/ResourceQuota", "io.k8s.api.core.v1.ResourceQuota"),
    ("v1/Service", "io.k8s.api.core.v1.Service"),
    ("v1/ServiceAccount", "io.k8s.api.core.v1.ServiceAccount"),
    ("networking.k8s.io/v1/Ingress", "io.k8s.api.networking.v1.Ingress"),
    (
        "networking.k8s.io/v1/NetworkPolicy",
        "io.k8s.api.networking.v1.NetworkPolicy",
    ),
    (
        "policy/v1/PodDisruptionBudget",
        "io.k8s.api.policy.v1.PodDisruptionBudget",
    ),
    ("rbac.authorization.k8s.io/v1/Role", "io.k8s.api.rbac.v1.Role"),
];
const BINDING: (&str, &str) = (
    "rbac.authorization.k8s.io/v1/RoleBinding",
    "io.k8s.api.rbac.v1.RoleBinding",
);

/// Module, file, kind.
const RESOURCES: [(&str, &str, &str); 2] = [
    (
        "sigs.k8s.io/gateway-api@v1.6.0",
        "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
        "gateway.networking.k8s.io/v1/HTTPRoute",
    ),
    (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        "monitoring.coreos.com/v1/ServiceMonitor",
    ),
];

#[test]
#[ignore = "rewrites files of the repository from published Go modules"]
fn the_published_apis_are_fetched() {
    for (name, module) in RELEASES {
        let swagger = std::fs::read_to_string(fetched(module).join("api/openapi-spec/swagger.json"));
        let swagger: Value = serde_json::from_str(&swagger.expect("a file")).expect("JSON");
        let document = document(module, &swagger["definitions"]);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/chart/openapi/{name}.json"));
        let text = serde_json::to_string(&document).expect("JSON");
        std::fs::write(file, text + "\n").expect("it is written");
    }
}

/// Where Go keeps the module.
fn fetched(module: &str) -> PathBuf {
    let mut go = Command::new("go");
    let output = go
        .args(["mod", "download", "-json", module])
        .output()
        .expect("go");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    PathBuf::from(told["Dir"].as_str().unwrap_or_else(|| panic!("{told}")))
}

fn document(module: &str, definitions: &Value) -> Value {
    let mut kinds = Map::new();
    let mut needed = BTreeMap::new();
    for (kind, name) in KINDS.into_iter().chain([BINDING]) {
        kinds.insert(kind.to_owned(), json!({"$ref": format!("#/definitions/{name}")}));
        collect(name, definitions, &mut needed);
    }
    let mut sources = vec![module];
    for (module, file, kind) in RESOURCES {
        sources.push(module);
        kinds.insert(kind.to_owned(), resource(&fetched(module).join(file), kind));
    }
    json!({"sources": sources, "kinds": kinds, "definitions": needed})
}

/// The definition and all that it names.
fn collect(name: &str, definitions: &Value, needed: &mut BTreeMap<String, Value>) {
    if needed.contains_key(name) {
        return;
    }
    let bare = bare(&definitions[name]);
    let mut references = Vec::new();
    find_references(&bare, &mut references);
    needed.insert(name.to_owned(), bare);
    for reference in references {
        collect(&reference, definitions, needed);
    }
}

fn find_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                found.extend(reference.rsplit('/').next().map(str::to_owned));
            }
            fields.values().for_each(|field| find_references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| find_references(item, found)),
        _ => {}
    }
}

fn resource(file: &Path, kind: &str) -> Value {
    let text = std::fs::read_to_string(file).expect("a file");
    let definition = crate::helm::documents(&text).remove(0);
    let version = kind.rsplit('/').nth(1).expect("a version");
    let versions = definition["spec"]["versions"].as_array().expect("a list");
    let found = versions.iter().find(|entry| entry["name"] == version);
    bare(&found.expect("this version")["schema"]["openAPIV3Schema"])
}

/// What the judge reads, and nothing else.
fn bare(schema: &Value) -> Value {
    let Value::Object(fields) = schema else {
        return schema.clone();
    };
    let mut kept = Map::new();
    for (key, value) in fields {
        let value = match key.as_str() {
            "properties" => {
                let entries = value.as_object().expect("a map").iter();
                entries
                    .map(|(name, schema)| (name.clone(), bare(schema)))
                    .collect()
            }
            "items" | "additionalProperties" => bare(value),
            "type"
            | "required"
            | "enum"
            | "format"
            | "$ref"
            | "x-kubernetes-int-or-string"
            | "x-kubernetes-preserve-unknown-fields" => value.clone(),
            _ => continue,
        };
        kept.insert(key.clone(), value);
    }
    Value::Object(kept)
}
