//! The quota of the runners' namespace, and what the service is told of it: whatever waits, a query finds
//! room.

use super::helm::{rendered, root, template, text as output};
use super::shape::{of_kind, text, variable};
use super::values::{all, jobs};
use serde_json::Value;

/// As which the pool counts a pod, into which it can't look.
const WAITING_BYTES: u64 = 48 << 20;

/// The one that brings a snapshot.
const LOADER: u64 = 1;

/// `pool.max_leaving`, unless the configuration says another.
const LEAVING: u64 = 2;

fn number(objects: &[Value], name: &str) -> u64 {
    variable(objects, name).parse().expect("a number")
}

fn pods(objects: &[Value]) -> u64 {
    let quota = of_kind(objects, "ResourceQuota")[0];
    text(quota, "/spec/hard/pods").parse().expect("a number")
}

#[test]
fn quota_and_limits_are_what_the_service_gives_its_runners() {
    for case in all().into_iter().filter(|case| case.jobs) {
        let Some(objects) = rendered("quota", &case.values) else {
            return;
        };
        let cpu = number(&objects, "CSV_ANALYST_LIMITS__CPU_MILLIS");
        let memory = number(&objects, "CSV_ANALYST_LIMITS__MEMORY_BYTES") >> 20;
        let range = of_kind(&objects, "LimitRange")[0];
        let largest = &range["spec"]["limits"][0]["max"];
        assert_eq!(largest["cpu"], format!("{cpu}m"), "{}", case.name);
        assert_eq!(largest["memory"], format!("{memory}Mi"), "{}", case.name);
        let hard = &of_kind(&objects, "ResourceQuota")[0]["spec"]["hard"];
        let pods = pods(&objects);
        assert_eq!(hard["limits.cpu"], format!("{}m", pods * cpu), "{}", case.name);
        assert_eq!(
            hard["limits.memory"],
            format!("{}Mi", pods * memory),
            "{}",
            case.name
        );
    }
}

#[test]
fn what_waits_leaves_room_for_queries_and_for_what_comes_and_goes() {
    for case in all().into_iter().filter(|case| case.jobs) {
        let Some(objects) = rendered("what waits", &case.values) else {
            return;
        };
        // Its configuration says so.
        let leaving = if case.name.starts_with("an autoscaler") {
            3
        } else {
            LEAVING
        };
        let busy = number(&objects, "CSV_ANALYST_QUEUE__MAX_RUNNING") + leaving + LOADER;
        let waiting = number(&objects, "CSV_ANALYST_POOL__MEMORY_BYTES");
        assert_eq!(waiting, (pods(&objects) - busy) * WAITING_BYTES, "{}", case.name);
    }
}

/// Or the first question of some dataset would always start its own pod.
#[test]
fn fewer_pods_than_let_one_wait_for_each_dataset_are_refused_with_the_least_number() {
    let registry = std::fs::read_to_string(root().join("datasets/registry.json")).expect("the registry");
    let registry: Value = serde_json::from_str(&registry).expect("JSON");
    let built_in = registry["datasets"].as_array().expect("a list").len() as u64;
    let two = r#"--set-json=datasets=[{"name":"a","configMap":"a"},{"name":"b","configMap":"b"}]"#;
    let folder = r#"--set-json=config="[[datasets.folders]]\nname = 'films'\npath = '/films'""#;
    let other_registry = "--set=config=datasets.registry = '/mine/registry.json'";
    for (values, waiting) in [
        (vec![], built_in),
        (vec![two], built_in + 2),
        (vec![folder], built_in + 1),
        (vec![two, other_registry], 2),
        (vec![two, "--set=config=pool.min_idle = 0"], 1),
        (vec!["--set=config=pool.min_idle = 2"], built_in * 2),
    ] {
        let least = 5 + LEAVING + LOADER + waiting;
        let with = |pods: u64| {
            let pods = format!("--set=runners.concurrent=5,runners.maxPods={pods}");
            let values = [&jobs().values[..], &values[..], &[pods.as_str()]].concat();
            template("the least quota", &values)
        };
        let (Some(enough), Some(too_few)) = (with(least), with(least - 1)) else {
            return;
        };
        assert!(enough.status.success(), "{values:?}: {}", output(&enough));
        assert!(!too_few.status.success(), "{values:?}");
        let said = output(&too_few);
        let advice = format!("runners.maxPods must be at least {least}");
        assert!(said.contains(&advice), "{values:?}: {said}");
    }
}
