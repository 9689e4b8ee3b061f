//! The rights that the server needs, as the API names them.

use k8s_openapi::api::rbac::v1::PolicyRule;

pub struct Right {
    pub group: &'static str,
    pub resource: &'static str,
    pub subresource: &'static str,
    pub verb: &'static str,
}

const fn right(
    group: &'static str,
    resource: &'static str,
    subresource: &'static str,
    verb: &'static str,
) -> Right {
    Right {
        group,
        resource,
        subresource,
        verb,
    }
}

/// Exactly those of `role.yaml`.
pub const RIGHTS: &[Right] = &[
    right("batch", "jobs", "", "create"),
    right("batch", "jobs", "", "delete"),
    right("batch", "jobs", "", "list"),
    right("", "pods", "", "delete"),
    right("", "pods", "", "list"),
    right("", "pods", "", "watch"),
    right("", "pods", "attach", "create"),
    right("", "pods", "attach", "get"),
    right("", "events", "", "list"),
    right("", "events", "", "watch"),
];

/// As the rules of a Role; for tests that make one.
pub fn rules() -> Vec<PolicyRule> {
    let one = |text: &str| Some(vec![text.to_owned()]);
    let rule = |right: &Right| PolicyRule {
        api_groups: one(right.group),
        resources: one(&right.name()),
        verbs: vec![right.verb.to_owned()],
        ..PolicyRule::default()
    };
    RIGHTS.iter().map(rule).collect()
}

impl Right {
    /// As in a Role.
    pub fn name(&self) -> String {
        match self.subresource {
            "" => self.resource.to_owned(),
            below => format!("{}/{below}", self.resource),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Of the published file, which keeps to one shape: three lists in brackets a rule.
    fn published() -> BTreeSet<String> {
        let list = |line: &str| -> Vec<String> {
            let (_, inner) = line.split_once('[').unwrap();
            let words = inner.trim_end_matches(']').split(',');
            words
                .map(|word| word.trim().trim_matches('"').to_owned())
                .collect()
        };
        let lines: Vec<&str> = include_str!("role.yaml")
            .lines()
            .map(str::trim)
            .filter(|line| line.contains('[') && !line.starts_with('#'))
            .collect();
        let mut rights = BTreeSet::new();
        for rule in lines.chunks(3) {
            let [groups, resources, verbs] = [rule[0], rule[1], rule[2]].map(list);
            for (group, resource) in groups.iter().zip(&resources) {
                rights.extend(verbs.iter().map(|verb| format!("{group}/{resource} {verb}")));
            }
        }
        rights
    }

    #[test]
    fn the_published_role_grants_what_is_needed_and_nothing_more() {
        let needed: BTreeSet<String> = RIGHTS
            .iter()
            .map(|right| format!("{}/{} {}", right.group, right.name(), right.verb))
            .collect();
        assert_eq!(published(), needed);
    }
}
