//! Who reaches whom, as written; whether it holds is the network plugin's.

use super::helm::rendered;
use super::shape::{list, named, of_kind};
use super::values::{all, jobs, processes};
use serde_json::json;

#[test]
fn runners_reach_nobody_and_nobody_reaches_them() {
    for case in all().into_iter().filter(|case| case.jobs) {
        let Some(objects) = rendered("the runners' network", &case.values) else {
            return;
        };
        let policies = of_kind(&objects, "NetworkPolicy");
        let around = policies
            .iter()
            .filter(|policy| policy["metadata"].get("namespace").is_some());
        let around: Vec<_> = around.collect();
        assert_eq!(around.len(), 1, "{}", case.name);
        // Every pod, both ways, and no exception: not even name servers.
        let nothing =
            json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [], "egress": []});
        assert_eq!(around[0]["spec"], nothing, "{}", case.name);
    }
}

#[test]
fn a_service_with_processes_calls_nobody() {
    let Some(objects) = rendered("the service's network", &processes().values) else {
        return;
    };
    let policy = named(&objects, "NetworkPolicy", "chat-csv-analyst");
    assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
    assert_eq!(policy["spec"]["egress"], json!([]));
}

#[test]
fn a_service_with_jobs_calls_the_api_server_and_nobody_else() {
    let Some(objects) = rendered("the service's network", &jobs().values) else {
        return;
    };
    let policy = named(&objects, "NetworkPolicy", "chat-csv-analyst");
    let server = json!([{
        "to": [{"ipBlock": {"cidr": "192.0.2.10/32"}}],
        "ports": [{"port": 443, "protocol": "TCP"}, {"port": 6443, "protocol": "TCP"}],
    }]);
    assert_eq!(policy["spec"]["egress"], server);
}

#[test]
fn a_model_provider_is_called_where_the_values_say_so() {
    let rule = r#"--set-json=networkPolicy.egress=[{"to":[{"ipBlock":{"cidr":"198.51.100.0/24"}}]}]"#;
    for (case, rules) in [(processes(), 1), (jobs(), 2)] {
        let Some(objects) = rendered("a model provider", &[case.values[0], rule]) else {
            return;
        };
        let policy = named(&objects, "NetworkPolicy", "chat-csv-analyst");
        let egress = list(policy, "/spec/egress");
        assert_eq!(egress.len(), rules, "{}", case.name);
        assert_eq!(egress[rules - 1]["to"][0]["ipBlock"]["cidr"], "198.51.100.0/24");
    }
}

/// Or a narrow `from` would make `helm test` fail in clusters that enforce it.
#[test]
fn helm_s_test_may_ask_the_service_whoever_else_may() {
    let from = "--set=networkPolicy.from[0].podSelector.matchLabels.app=proxy";
    let Some(objects) = rendered("the test's network", &[processes().values[0], from]) else {
        return;
    };
    let service = named(&objects, "NetworkPolicy", "chat-csv-analyst");
    let test = of_kind(&objects, "Pod")[0];
    let allowed = list(service, "/spec/ingress/0/from");
    let is_test = |peer: &&serde_json::Value| {
        let labels = peer["podSelector"]["matchLabels"].as_object();
        labels.is_some_and(|labels| {
            labels
                .iter()
                .all(|(key, value)| test["metadata"]["labels"][key] == *value)
        })
    };
    assert_eq!(allowed.iter().filter(is_test).count(), 1, "{allowed:?}");
    assert_eq!(allowed.len(), 2);
}

#[test]
fn the_test_is_no_endpoint_of_the_service() {
    let Some(objects) = rendered("the service's endpoints", &processes().values) else {
        return;
    };
    let selector = &of_kind(&objects, "Service")[0]["spec"]["selector"];
    let selector = selector.as_object().expect("labels");
    let labels = &of_kind(&objects, "Pod")[0]["metadata"]["labels"];
    assert!(selector.iter().any(|(key, value)| labels[key] != *value));
}
