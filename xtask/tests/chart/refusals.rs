//! Values that cannot work are refused, with the reason and what to do.

use super::helm::{rendered, template, text};
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
            (
                "--set=autoscaling.enabled=true,autoscaling.maxReplicas=2",
                "SQLite on one volume. What grows with load are the runners",
            ),
            ("--set=replica=1", "replica"),
            ("--set=image.digest=latest", "digest"),
            ("--set=image.tag=latest", "tag"),
            ("--set=image.tag=1", "tag"),
            ("--set=ingress.enabled=true", "ingress.host"),
            ("--set=httpRoute.enabled=true", "httpRoute.parentRefs"),
            ("--set=podSecurityContext.runAsUser=0", "runAsUser"),
            ("--set=config=listen = '0.0.0.0:1'", "set by the chart"),
            ("--set=config=[sandbox]", "set by the chart"),
            (
                "--set=config=sandbox.kind = 'process'",
                "sandbox is set by the chart",
            ),
            (
                r#"--set=config="sandbox" = {kind = 'process'}"#,
                "sandbox is set by the chart",
            ),
            (r#"--set-json=config="public_hosts\n= 1""#, "config is not TOML"),
            (
                "--set=environment.CSV_ANALYST_MODE=development",
                "CSV_ANALYST_MODE is set by the chart",
            ),
            (
                "--set=environment.CSV_ANALYST_PUBLIC_HOSTS=[]",
                "publicHosts adds names",
            ),
            (
                r#"--set-json=secretEnvironment=[{"name":"CSV_ANALYST_LISTEN","secretName":"a","key":"b"}]"#,
                "CSV_ANALYST_LISTEN is set by the chart",
            ),
            (
                r"--set=podLabels.app\.kubernetes\.io/component=proxy",
                "podLabels: app.kubernetes.io/component",
            ),
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
            ("--set=runners.maxPods=9", "must be at least 10"),
            ("--set=runners.requests.cpuMillis=2000", "runners.requests"),
            ("--set=runners.image.tag=latest", "tag"),
            ("--set=config=limits.memory_bytes = 1", "limits.memory_bytes"),
            (
                r#"--set-json=config="[queue]\nmax_running = 1""#,
                "queue.max_running",
            ),
            ("--set=config=pool = {memory_bytes = 1}", "pool.memory_bytes"),
            ("--set=serviceAccount.create=false", "serviceAccount.name"),
            ("--set=serviceAccount.name=default", "serviceAccount.name"),
            (
                "--set-string=environment.CSV_ANALYST_LIMITS__MEMORY_BYTES=1",
                "CSV_ANALYST_LIMITS__MEMORY_BYTES is set by the chart",
            ),
            (
                "--set=runners.snapshots.accessModes={ReadOnlyMany}",
                "accessModes",
            ),
        ],
    );
}

/// Tables have keys of the same name, and labels a common beginning.
#[test]
fn what_only_looks_like_the_chart_s_own_passes() {
    for value in [
        r#"--set-json=config="[gate]\nmemory_bytes = 67108864""#,
        r#"--set-json=config="[sandboxes]""#,
        "--set-string=environment.CSV_ANALYST_LIMITS__TIMEOUT_MS=5000",
        r"--set=podLabels.app\.kubernetes\.io/part-of=questions",
    ] {
        if rendered("no refusals", &[jobs().values[0], value]).is_none() {
            return;
        }
    }
}
