//! Values that people use, each as arguments of helm.

/// What every release with Jobs must say.
const JOBS: &str =
    "--set=sandbox.kind=kubernetes,networkPolicy.apiServer.cidrs={192.0.2.10/32},production=false";
const DIGEST: &str =
    "runners.image.digest=sha256:0000000000000000000000000000000000000000000000000000000000000000";

pub struct Case {
    pub name: &'static str,
    pub jobs: bool,
    pub values: Vec<&'static str>,
}

fn case(name: &'static str, jobs: bool, values: &[&'static str]) -> Case {
    let kind = if jobs { JOBS } else { "--set=sandbox.kind=process" };
    Case {
        name,
        jobs,
        values: [&[kind], values].concat(),
    }
}

pub fn processes() -> Case {
    case("processes", false, &[])
}

pub fn jobs() -> Case {
    case("jobs", true, &[])
}

pub fn all() -> Vec<Case> {
    vec![
        processes(),
        jobs(),
        case("production", true, &[concat_production()]),
        case(
            "an Ingress",
            false,
            &[
                "--set=ingress.enabled=true,ingress.host=data.example,ingress.className=nginx",
                "--set=ingress.tlsSecretName=data-tls,ingress.annotations.who=me",
            ],
        ),
        case(
            "a Gateway",
            true,
            &[
                "--set=httpRoute.enabled=true,httpRoute.hostnames={data.example,data2.example}",
                "--set=httpRoute.parentRefs[0].name=public,httpRoute.parentRefs[0].namespace=gateways",
                "--set=httpRoute.parentRefs[0].sectionName=https,httpRoute.annotations.who=me",
            ],
        ),
        case(
            "little of it",
            false,
            &[
                "--set=persistence.enabled=false,networkPolicy.enabled=false,serviceAccount.create=false",
                "--set=runtimeClassName=gvisor,image.tag=1.2.3,imagePullSecrets[0].name=pull",
                "--set=podDisruptionBudget.enabled=false",
            ],
        ),
        case(
            "another operator's names",
            false,
            &[
                "--set=persistence.existingClaim=mine,fullnameOverride=questions,service.port=8080",
                "--set=networkPolicy.from[0].podSelector.matchLabels.app=proxy,environment.CSV_ANALYST_LOG__LEVEL=debug",
                "--set=publicHosts={a.example,b.example},persistence.storageClassName=fast",
                "--set=podSecurityContext.fsGroup=1000,service.type=LoadBalancer",
            ],
        ),
        case(
            "a careful operator",
            false,
            &[
                "--set=image.digest=sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "--set=nodeSelector.disk=ssd,podLabels.team=data,podAnnotations.note=yes",
                "--set-json=tolerations=[{\"key\":\"a\",\"operator\":\"Exists\"}]",
                "--set=serviceMonitor.enabled=true,serviceMonitor.labels.release=prometheus",
                "--set=podDisruptionBudget.maxUnavailable=0",
            ],
        ),
        case(
            "an autoscaler and keys of other tables",
            true,
            &[
                "--set=autoscaling.enabled=true,autoscaling.targetCPUUtilizationPercentage=70",
                r#"--set-json=config="[gate]\nmemory_bytes = 67108864\n[pool]\nmax_leaving = 3\nmin_idle = 2""#,
                "--set=runners.concurrent=6,runners.maxPods=16",
            ],
        ),
        case(
            "runners of their own kind",
            true,
            &[
                "--set=runners.namespace.name=somewhere,runners.namespace.create=false",
                "--set=runners.runtimeClassName=gvisor,runners.priorityClassName=low,runners.hostUsers=true",
                "--set=runners.imagePullSecrets[0].name=pull,runners.snapshots.accessModes={ReadWriteMany}",
                "--set=runners.snapshots.storageClassName=shared,runners.snapshots.size=20Gi",
                "--set=runners.cpuMillis=500,runners.memoryMiB=1024,runners.requests.memoryMiB=1024",
                "--set-json=runners.nodeSelector={\"kubernetes.io/arch\":\"amd64\",\"pool\":\"runners\"}",
                "--set-json=runners.tolerations=[{\"key\":\"runners\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}]",
            ],
        ),
        case(
            "data of one's own and a model",
            true,
            &[
                "--set-json=datasets=[{\"name\":\"sales\",\"existingClaim\":\"files\",\"subPath\":\"2026\"},{\"name\":\"prices\",\"configMap\":\"lists\"}]",
                "--set-json=secretEnvironment=[{\"name\":\"MODEL_KEY\",\"secretName\":\"model\",\"key\":\"api-key\"}]",
                "--set-json=networkPolicy.egress=[{\"to\":[{\"ipBlock\":{\"cidr\":\"198.51.100.0/24\"}}],\"ports\":[{\"port\":443}]}]",
                "--set=runners.snapshots.existingClaim=ours",
                "--set=serviceAccount.create=false,serviceAccount.name=made-before",
            ],
        ),
    ]
}

fn concat_production() -> &'static str {
    const VALUES: &str = "--set=production=true,runners.image.digest=sha256:0000000000000000000000000000000000000000000000000000000000000000";
    assert!(VALUES.ends_with(DIGEST));
    VALUES
}
