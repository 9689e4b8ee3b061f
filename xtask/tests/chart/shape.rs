//! Finding one's way in rendered objects.

use serde_json::Value;

pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let is_one = |object: &&Value| object["kind"] == kind;
    objects.iter().filter(is_one).collect()
}

pub fn named<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = of_kind(objects, kind)
        .into_iter()
        .find(|object| object["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("there is no {kind} {name}"))
}

/// Of the Deployment and of the test.
pub fn pods(objects: &[Value]) -> Vec<&Value> {
    let of_deployments = of_kind(objects, "Deployment").into_iter();
    let templates = of_deployments.map(|object| &object["spec"]["template"]["spec"]);
    templates
        .chain(of_kind(objects, "Pod").into_iter().map(|object| &object["spec"]))
        .collect()
}

/// The service's environment variables that stand in the Deployment.
pub fn environment(objects: &[Value]) -> Vec<(&str, &str)> {
    let deployment = of_kind(objects, "Deployment")[0];
    let variables = list(deployment, "/spec/template/spec/containers/0/env").iter();
    variables
        .filter(|variable| variable.get("value").is_some())
        .map(|variable| (text(variable, "/name"), text(variable, "/value")))
        .collect()
}

pub fn variable<'a>(objects: &'a [Value], name: &str) -> &'a str {
    let found = environment(objects).into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("{name} is not set")).1
}
