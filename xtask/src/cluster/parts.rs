//! The command lines of the parts: what runs on the node, and with which settings.

use std::path::PathBuf;

use super::layout::{Layout, NODE_ADDRESS, NODE_NAME, POD_RANGE, SERVICE_RANGE};

/// One program that the node keeps running.
#[derive(Debug, Clone)]
pub struct Part {
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<String>,
}

/// In the order of their start; each waits by itself for what it needs.
pub fn all(layout: &Layout) -> Vec<Part> {
    let part = |name, arguments| Part {
        name,
        program: layout.program(name),
        arguments,
    };
    vec![
        part("etcd", etcd(layout)),
        part("kube-apiserver", api_server(layout)),
        part("kube-controller-manager", controllers(layout)),
        part("kube-scheduler", scheduler(layout)),
        part("containerd", containerd(layout)),
        part("kubelet", kubelet(layout)),
        part("kube-proxy", proxy(layout)),
        part("network-policies", network_policies(layout)),
        part("volumes", volumes(layout)),
    ]
}

/// Only the node's own loopback reaches it, so it needs no certificates.
fn etcd(layout: &Layout) -> Vec<String> {
    vec![
        format!("--data-dir={}", layout.text("etcd")),
        "--listen-client-urls=http://127.0.0.1:2379".to_owned(),
        "--advertise-client-urls=http://127.0.0.1:2379".to_owned(),
        "--listen-peer-urls=http://127.0.0.1:2380".to_owned(),
        "--log-level=warn".to_owned(),
        // The state is thrown away with the cluster: nothing has to survive a power cut.
        "--unsafe-no-fsync".to_owned(),
    ]
}

/// As kubeadm would start it.
fn api_server(layout: &Layout) -> Vec<String> {
    let pki = |file: &str| layout.text(&format!("pki/{file}"));
    vec![
        "--etcd-servers=http://127.0.0.1:2379".to_owned(),
        "--secure-port=6443".to_owned(),
        format!("--advertise-address={NODE_ADDRESS}"),
        format!("--service-cluster-ip-range={SERVICE_RANGE}"),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--enable-admission-plugins=NodeRestriction".to_owned(),
        "--allow-privileged=true".to_owned(),
        format!("--client-ca-file={}", pki("ca.crt")),
        format!("--tls-cert-file={}", pki("apiserver.crt")),
        format!("--tls-private-key-file={}", pki("apiserver.key")),
        format!(
            "--kubelet-client-certificate={}",
            pki("apiserver-kubelet-client.crt")
        ),
        format!("--kubelet-client-key={}", pki("apiserver-kubelet-client.key")),
        "--kubelet-preferred-address-types=InternalIP".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
        format!("--service-account-key-file={}", pki("sa.pub")),
        format!("--service-account-signing-key-file={}", pki("sa.key")),
        format!("--requestheader-client-ca-file={}", pki("front-proxy-ca.crt")),
        "--requestheader-allowed-names=front-proxy-client".to_owned(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
        "--requestheader-group-headers=X-Remote-Group".to_owned(),
        "--requestheader-username-headers=X-Remote-User".to_owned(),
        format!("--proxy-client-cert-file={}", pki("front-proxy-client.crt")),
        format!("--proxy-client-key-file={}", pki("front-proxy-client.key")),
    ]
}

fn controllers(layout: &Layout) -> Vec<String> {
    let pki = |file: &str| layout.text(&format!("pki/{file}"));
    let mut arguments = with_credentials(layout, "controller-manager.conf");
    arguments.extend([
        "--leader-elect=false".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
        "--use-service-account-credentials=true".to_owned(),
        "--allocate-node-cidrs=true".to_owned(),
        format!("--cluster-cidr={POD_RANGE}"),
        format!("--service-cluster-ip-range={SERVICE_RANGE}"),
        format!("--root-ca-file={}", pki("ca.crt")),
        format!("--client-ca-file={}", pki("ca.crt")),
        format!("--cluster-signing-cert-file={}", pki("ca.crt")),
        format!("--cluster-signing-key-file={}", pki("ca.key")),
        format!("--service-account-private-key-file={}", pki("sa.key")),
    ]);
    arguments
}

fn scheduler(layout: &Layout) -> Vec<String> {
    let mut arguments = with_credentials(layout, "scheduler.conf");
    arguments.extend([
        "--leader-elect=false".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
    ]);
    arguments
}

fn containerd(layout: &Layout) -> Vec<String> {
    vec![format!("--config={}", layout.text("containerd.toml"))]
}

fn kubelet(layout: &Layout) -> Vec<String> {
    vec![
        format!("--config={}", layout.text("kubelet.yaml")),
        format!("--kubeconfig={}", layout.text("kubelet.conf")),
        format!("--cert-dir={}", layout.text("kubelet-pki")),
        format!("--hostname-override={NODE_NAME}"),
        format!("--node-ip={NODE_ADDRESS}"),
    ]
}

fn proxy(layout: &Layout) -> Vec<String> {
    vec![
        format!("--config={}", layout.text("kube-proxy.yaml")),
        format!("--hostname-override={NODE_NAME}"),
    ]
}

fn network_policies(layout: &Layout) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", layout.text("network-policies.conf")),
        format!("--hostname-override={NODE_NAME}"),
        format!("--service-cluster-ip-range={SERVICE_RANGE}"),
    ]
}

fn volumes(layout: &Layout) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", layout.text("volumes.conf")),
        "--root=/var/lib/volumes".to_owned(),
    ]
}

/// A component that also serves metrics asks the API server who its own callers are.
fn with_credentials(layout: &Layout, file: &str) -> Vec<String> {
    [
        "kubeconfig",
        "authentication-kubeconfig",
        "authorization-kubeconfig",
    ]
    .map(|flag| format!("--{flag}={}", layout.text(file)))
    .into()
}
