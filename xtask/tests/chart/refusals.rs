//! Values that cannot work are refused, with the reason and what to do.

use super::helm::{template, text};
use super::values::{jobs, processes};

fn refused(kind: &'static str, cases: &[(&str, &str)]) {
    for (value, reason) in cases {
        let Some(output) = template("refusals", &[kind, value]) else {
            return;
        };
        assert!(!output.status.success(), "{value} passed");
        let said = text(&output);
        assert!(said.contains(reason), "{value}: {said}");
    }
}

#[test]
fn whatever_the_sandbox() {
    refused(
        processes().values[0],
        &[
            ("--set=replicas=2", "SQLite"),
            ("--set=autoscaling.enabled=true", "runners.concurrent"),
            ("--set=replica=1", "replica"),
            ("--set=image.digest=latest", "digest"),
            ("--set=image.tag=latest", "tag"),
            ("--set=image.tag=1", "tag"),
            ("--set=ingress.enabled=true", "ingress.host"),
            ("--set=httpRoute.enabled=true", "httpRoute.parentRefs"),
            ("--set=podSecurityContext.runAsUser=0", "runAsUser"),
            ("--set=config=listen = '0.0.0.0:1'", "set by the chart"),
            ("--set=config=[sandbox]", "set by the chart"),
            ("--set=sandbox.kind=docker", "kind"),
            ("--set=datasets[0].name=sales", "existingClaim or configMap"),
            ("--set=datasets[0].name=../x,datasets[0].configMap=x", "name"),
            ("--set=model.apiKey=secret", "model"),
        ],
    );
}

#[test]
fn with_jobs() {
    refused(
        jobs().values[0],
        &[
            ("--set=production=true", "runners.image.digest"),
            (
                "--set=networkPolicy.apiServer.cidrs=null",
                "kubectl get endpointslices",
            ),
            ("--set=runners.namespace.name=analysts", "own namespace"),
            ("--set=runners.maxPods=6", "runners.maxPods"),
            ("--set=runners.requests.cpuMillis=2000", "runners.requests"),
            ("--set=runners.image.tag=latest", "tag"),
            ("--set=config=memory_bytes = 1", "runners.*"),
            (
                "--set=runners.snapshots.accessModes={ReadOnlyMany}",
                "accessModes",
            ),
        ],
    );
}
