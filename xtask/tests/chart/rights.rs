//! Rights: those that the provider of sandboxes needs, in the runners' namespace, and no more.

use super::helm::{documents, rendered, root};
use super::shape::{list, of_kind, text};
use super::values::all;
use serde_json::Value;
use std::collections::BTreeSet;

/// What the provider's own tests hold together with its code.
const NEEDED: &str = "server/src/sandbox/kubernetes/role.yaml";

type Right = (String, String, String);

/// One entry for each group, resource and verb, however they are put together.
fn rights(role: &Value) -> BTreeSet<Right> {
    let mut found = BTreeSet::new();
    for rule in list(role, "/rules") {
        let texts = |key: &str| {
            list(rule, key)
                .iter()
                .map(|one| one.as_str().unwrap_or_default().to_owned())
        };
        for group in texts("/apiGroups") {
            for resource in texts("/resources") {
                found.extend(texts("/verbs").map(|verb| (group.clone(), resource.clone(), verb)));
            }
        }
    }
    found
}

#[test]
fn the_service_may_do_what_its_sandboxes_need_and_no_more() {
    let needed = std::fs::read_to_string(root().join(NEEDED)).expect("the provider says what it needs");
    let needed = rights(&documents(&needed)[0]);
    for case in all() {
        let Some(objects) = rendered("rights", &case.values) else {
            return;
        };
        let roles = of_kind(&objects, "Role");
        assert_eq!(roles.len(), usize::from(case.jobs), "{}", case.name);
        for role in roles {
            assert_eq!(rights(role), needed, "{}", case.name);
        }
    }
}

#[test]
fn rights_end_at_the_runners_namespace_and_are_the_service_s_alone() {
    for case in all() {
        let Some(objects) = rendered("rights", &case.values) else {
            return;
        };
        assert!(of_kind(&objects, "ClusterRole").is_empty());
        assert!(of_kind(&objects, "ClusterRoleBinding").is_empty());
        let pod = &of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"];
        for binding in of_kind(&objects, "RoleBinding") {
            assert_ne!(text(binding, "/metadata/namespace"), "analysts", "{}", case.name);
            let subjects = list(binding, "/subjects");
            assert_eq!(subjects.len(), 1);
            assert_eq!(text(&subjects[0], "/namespace"), "analysts");
            assert_eq!(subjects[0]["name"], pod["serviceAccountName"]);
        }
    }
}
