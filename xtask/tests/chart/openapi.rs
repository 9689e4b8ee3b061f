//! What Kubernetes publishes of its API (and two other projects of theirs), as a judge of objects.
//!
//! Stricter than the API server's own reading: a field that the API does not know is an error, not
//! dropped. Rules in the API's own language (CEL) and patterns are not read.

use serde_json::{Map, Value};

/// Oldest and newest release that the chart is for.
const PUBLISHED: [(&str, &str); 2] = [
    ("the oldest Kubernetes", include_str!("openapi/oldest.json")),
    ("the newest Kubernetes", include_str!("openapi/newest.json")),
];

const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";

pub struct Api {
    pub name: &'static str,
    document: Value,
}

pub fn published() -> Vec<Api> {
    let read = |(name, text)| Api {
        name,
        document: serde_json::from_str(text).expect("JSON"),
    };
    PUBLISHED.into_iter().map(read).collect()
}

impl Api {
    /// Everything about this object that does not fit, by its place.
    pub fn complaints(&self, object: &Value) -> Vec<String> {
        let text = |key: &str| object[key].as_str().unwrap_or_default();
        let kind = format!("{}/{}", text("apiVersion"), text("kind"));
        let mut found = Vec::new();
        match self.document["kinds"].get(&kind) {
            Some(schema) => self.look(schema, object, &kind, &mut found),
            None => found.push(format!("{kind} is not a kind that this API has")),
        }
        found
    }

    fn look(&self, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            if name == QUANTITY {
                if !value.is_string() && !value.is_number() {
                    found.push(format!("{place}: {value} is not a quantity"));
                }
                return;
            }
            return self.look(&self.document["definitions"][name], value, place, found);
        }
        if !has_type(schema, value) {
            found.push(format!("{place}: {value} is not {}", schema["type"]));
            return;
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            found.push(format!("{place}: {value} is none of {allowed:?}"));
        }
        match value {
            Value::Object(fields) => self.look_at_fields(schema, fields, place, found),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.look(&schema["items"], item, &format!("{place}[{index}]"), found);
                }
            }
            _ => {}
        }
    }

    fn look_at_fields(
        &self,
        schema: &Value,
        fields: &Map<String, Value>,
        place: &str,
        found: &mut Vec<String>,
    ) {
        for required in schema["required"].as_array().into_iter().flatten() {
            let name = required.as_str().unwrap_or_default();
            if !fields.contains_key(name) {
                found.push(format!("{place}: {name} is missing"));
            }
        }
        for (name, value) in fields {
            let place = format!("{place}.{name}");
            let known = schema["properties"].get(name);
            match known.or_else(|| schema.get("additionalProperties")) {
                Some(schema) => self.look(schema, value, &place, found),
                None if is_open(schema) => {}
                None => found.push(format!("{place} is not a field of this API")),
            }
        }
    }
}

/// An object of which nothing is said, or that says so, may hold anything.
fn is_open(schema: &Value) -> bool {
    schema["x-kubernetes-preserve-unknown-fields"] == true || schema.get("properties").is_none()
}

fn has_type(schema: &Value, value: &Value) -> bool {
    let either = schema["format"] == "int-or-string" || schema["x-kubernetes-int-or-string"] == true;
    if either {
        return value.is_string() || value.is_i64();
    }
    match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => !value.is_null(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_found_with_its_place() {
        let object = |spec: Value| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec});
        for api in published() {
            assert_eq!(
                api.complaints(&object(json!({"ports": [{"port": 80, "targetPort": "http"}]}))),
                [""; 0]
            );
            for (spec, complaint) in [
                (
                    json!({"ports": [{"port": "80"}]}),
                    "spec.ports[0].port: \"80\" is not",
                ),
                (
                    json!({"ports": [{"name": "http"}]}),
                    "spec.ports[0]: port is missing",
                ),
                (json!({"port": []}), "spec.port is not a field"),
                (json!({"selector": {"a": 1}}), "spec.selector.a: 1 is not"),
                (json!({"clusterIP": null}), "spec.clusterIP: null is not"),
            ] {
                let found = api.complaints(&object(spec));
                assert!(
                    found.len() == 1 && found[0].contains(complaint),
                    "{}: {found:?}",
                    api.name
                );
            }
            assert_eq!(
                api.complaints(&json!({"apiVersion": "v2", "kind": "Service"}))
                    .len(),
                1
            );
        }
    }
}
