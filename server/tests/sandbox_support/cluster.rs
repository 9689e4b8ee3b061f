//! A real cluster for the contract suite, where there is one: its namespace, its claim, and a server's
//! account with exactly the rights that the provider names, which the tests act as.

use csv_analyst_server::sandbox::{KubernetesSettings, PullPolicy, role_rules};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tokio::sync::OnceCell;

pub const NAMESPACE: &str = "csv-analyst-contract";
const CLAIM: &str = "csv-analyst-snapshots";

fn kubeconfig() -> PathBuf {
    let named = std::env::var_os("CSV_ANALYST_TEST_KUBECONFIG")
        .or_else(|| std::env::var_os("CSV_ANALYST_KUBECONFIG"));
    let cache = std::env::var_os("CSV_ANALYST_CACHE").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/csv-analyst");
    named.map_or_else(
        || cache.unwrap_or_else(home).join("cluster/kubeconfig"),
        PathBuf::from,
    )
}

/// The cluster with everything that the provider needs in it, or why there is none. Each test has a
/// runtime of its own, which its client must not outlive.
pub async fn settings() -> Result<KubernetesSettings, String> {
    static PREPARED: OnceCell<Result<(), String>> = OnceCell::const_new();
    PREPARED.get_or_init(prepare).await.clone()?;
    let name = |key: &str| std::env::var(format!("CSV_ANALYST_SANDBOX__KUBERNETES__{key}")).ok();
    Ok(KubernetesSettings {
        namespace: NAMESPACE.into(),
        claim: CLAIM.into(),
        image: name("IMAGE").unwrap_or_else(|| "csv-analyst-runner:dev".into()),
        image_pull_policy: Some(PullPolicy::Never),
        kubeconfig: Some(as_server().to_owned()),
        host_users: name("HOST_USERS").is_some_and(|text| text == "true"),
        runtime_class: name("RUNTIME_CLASS"),
        // Many tests share a small node.
        cpu_request_millis: Some(10),
        memory_request_bytes: Some(32 << 20),
        start_deadline_seconds: 120,
        ..KubernetesSettings::default()
    })
}

/// As the person who made the cluster, for what a test has to arrange in it.
pub async fn client() -> Result<Client, String> {
    let file = kubeconfig();
    let read = Kubeconfig::read_from(&file).map_err(|_| format!("no kubeconfig at {}", file.display()))?;
    let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await;
    let client = Client::try_from(config.map_err(|error| error.to_string())?);
    client.map_err(|error| error.to_string())
}

async fn prepare() -> Result<(), String> {
    let client = client().await?;
    let answer = client.apiserver_version().await;
    answer.map_err(|error| format!("the cluster does not answer: {error}"))?;
    for object in objects_of(NAMESPACE) {
        apply(&client, object).await;
    }
    Ok(())
}

/// What an operator makes for runners; the account is the same for all of a test's namespaces.
pub fn objects_of(namespace: &str) -> Vec<Value> {
    let metadata = |name: &str| json!({"name": name, "namespace": namespace});
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": namespace, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata("server")}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata("server"),
            "rules": role_rules()}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata("server"),
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "server"},
            "subjects": [{"kind": "ServiceAccount", "name": "server", "namespace": NAMESPACE}]}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata("nothing"),
            "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}),
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata(CLAIM),
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}),
    ]
}

pub async fn apply(client: &Client, object: Value) {
    let object: DynamicObject = serde_json::from_value(object).expect("an object");
    let types = object.types.clone().expect("it names its kind");
    let kind = GroupVersionKind::try_from(&types).expect("a kind");
    let resource = ApiResource::from_gvk(&kind);
    let name = object.metadata.name.clone().expect("a name");
    let api: Api<DynamicObject> = match types.kind.as_str() {
        "Namespace" => Api::all_with(client.clone(), &resource),
        _ => {
            let namespace = object.metadata.namespace.as_deref().expect("a namespace");
            Api::namespaced_with(client.clone(), namespace, &resource)
        }
    };
    // What can't be changed any more is left as it is.
    if api.get_opt(&name).await.expect("the API answers").is_none() {
        api.create(&PostParams::default(), &object)
            .await
            .expect("it can be made");
    } else if types.kind != "PersistentVolumeClaim" {
        let parameters = PatchParams::apply("csv-analyst-tests").force();
        api.patch(&name, &parameters, &Patch::Apply(&object))
            .await
            .expect("it can be changed");
    }
}

/// The same cluster, as the server's account.
fn as_server() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| acting_as("server"))
}

/// By one of the namespace's service accounts.
pub fn acting_as(account: &str) -> PathBuf {
    let mut config = Kubeconfig::read_from(kubeconfig()).expect("it was read before");
    for user in &mut config.auth_infos {
        let user = user.auth_info.get_or_insert_default();
        user.impersonate = Some(format!("system:serviceaccount:{NAMESPACE}:{account}"));
    }
    let name = format!("kubeconfig-{account}-{}", std::process::id());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Whatever reads YAML reads JSON.
    std::fs::write(&file, serde_json::to_string(&config).expect("a kubeconfig")).expect("a file");
    file
}

fn labelled(label: &str) -> ListParams {
    ListParams::default().labels(&format!("csv-analyst.instance={label}"))
}

/// As an operator does it, or a node that is short of memory.
pub async fn kill_pods(label: &str) {
    let pods: Api<Pod> = Api::namespaced(client().await.expect("a cluster"), NAMESPACE);
    for pod in pods.list(&labelled(label)).await.expect("a list") {
        let name = pod.metadata.name.expect("a name");
        pods.delete(&name, &DeleteParams::default())
            .await
            .expect("it can be deleted");
    }
}

pub async fn objects(label: &str) -> Vec<String> {
    let client = client().await.expect("a cluster");
    let pods: Api<Pod> = Api::namespaced(client.clone(), NAMESPACE);
    let jobs: Api<Job> = Api::namespaced(client, NAMESPACE);
    let pods = pods.list_metadata(&labelled(label)).await.expect("a list").items;
    let jobs = jobs.list_metadata(&labelled(label)).await.expect("a list").items;
    let pods = pods.into_iter().filter_map(|pod| pod.metadata.name);
    pods.chain(jobs.into_iter().filter_map(|job| job.metadata.name))
        .collect()
}
