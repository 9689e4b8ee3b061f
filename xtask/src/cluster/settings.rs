//! The settings files of the node's parts, written afresh at every start.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::images::PAUSE;
use super::layout::{DNS_ADDRESS, Layout, NODE_ADDRESS, NODE_NAME, NODE_POD_RANGE, POD_RANGE, SERVICE_RANGE};
use crate::fingerprint::write_atomically;

/// What pods may use together. Two thirds of a small machine's memory stay for the machine.
const POD_MEMORY_MIB: u64 = 4096;

pub fn write(layout: &Layout, kubernetes_version: &str) -> Result<()> {
    put(layout, "kubeadm.yaml", &kubeadm(layout, kubernetes_version))?;
    put(layout, "kubelet.yaml", &kubelet(layout)?.to_string())?;
    put(layout, "kube-proxy.yaml", &proxy(layout).to_string())?;
    put(layout, "containerd.toml", &containerd(layout))?;
    put(
        layout,
        "cni/config/10-csv-analyst.conflist",
        &network(layout).to_string(),
    )?;
    // Nobody outside the cluster is asked for names.
    put(layout, "resolv.conf", "")
}

fn put(layout: &Layout, path: &str, contents: &str) -> Result<()> {
    write_atomically(&layout.inside(path), contents.as_bytes())
}

/// For its phases that make certificates and the components' credentials.
fn kubeadm(layout: &Layout, version: &str) -> String {
    let start = json!({
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "InitConfiguration",
        "localAPIEndpoint": {"advertiseAddress": NODE_ADDRESS, "bindPort": 6443},
        "nodeRegistration": {
            "name": NODE_NAME,
            "criSocket": format!("unix://{}", layout.containerd_socket().display()),
        },
    });
    let cluster = json!({
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "ClusterConfiguration",
        "kubernetesVersion": version,
        "controlPlaneEndpoint": format!("{NODE_ADDRESS}:6443"),
        "certificatesDir": layout.inside("pki"),
        "apiServer": {"certSANs": ["127.0.0.1"]},
        "networking": {"podSubnet": POD_RANGE, "serviceSubnet": SERVICE_RANGE, "dnsDomain": "cluster.local"},
        "etcd": {"external": {"endpoints": ["http://127.0.0.1:2379"]}},
    });
    // Every JSON document is a YAML document.
    format!("{start}\n---\n{cluster}\n")
}

fn kubelet(layout: &Layout) -> Result<Value> {
    let reserved_mib = machine_memory_mib()?.saturating_sub(POD_MEMORY_MIB);
    Ok(json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"enabled": true},
            "x509": {"clientCAFile": layout.inside("pki/ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": format!("unix://{}", layout.containerd_socket().display()),
        "cgroupDriver": "cgroupfs",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": layout.inside("resolv.conf"),
        "podLogsDir": layout.inside("pod-logs"),
        "volumePluginDir": layout.inside("volume-plugins"),
        // The machine may be one with control groups of version 1, and may swap.
        "failCgroupV1": false,
        "failSwapOn": false,
        "enforceNodeAllocatable": ["pods"],
        "systemReserved": {"memory": format!("{reserved_mib}Mi")},
        // A developer's disk is often fuller than a kubelet likes. Images can't be fetched again, so
        // none is ever removed.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1Gi", "imagefs.available": "1Gi"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "makeIPTablesUtilChains": true,
    }))
}

fn machine_memory_mib() -> Result<u64> {
    let text = fs::read_to_string("/proc/meminfo")?;
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kibibytes = total.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kibibytes.context("/proc/meminfo tells no total")? / 1024)
}

fn proxy(layout: &Layout) -> Value {
    json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clusterCIDR": POD_RANGE,
        "clientConnection": {"kubeconfig": layout.inside("kube-proxy.conf")},
        // These limits belong to the whole machine: the node leaves them as they are.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    })
}

fn containerd(layout: &Layout) -> String {
    format!(
        r#"version = 3
root = "/var/lib/containerd"
state = "/run/containerd"

[grpc]
address = "{socket}"

[plugins."io.containerd.cri.v1.images"]
snapshotter = "overlayfs"

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{PAUSE}"

[plugins."io.containerd.cri.v1.runtime"]
# Root of some machines may not make a process less likely to be killed for memory than itself.
restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{programs}"]
conf_dir = "{network}"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = "{runc}"
SystemdCgroup = false
"#,
        socket = layout.containerd_socket().display(),
        programs = layout.programs().display(),
        network = layout.text("cni/config"),
        runc = layout.program("runc").display(),
    )
}

/// Each pod has a cable of its own to the node; nothing is bridged, so packets between pods pass the
/// node's packet filter.
fn network(layout: &Layout) -> Value {
    json!({
        "cniVersion": "1.0.0",
        "name": "csv-analyst",
        "plugins": [
            {
                "type": "ptp",
                "ipMasq": false,
                "ipam": {
                    "type": "host-local",
                    "dataDir": layout.inside("cni/addresses"),
                    "ranges": [[{"subnet": NODE_POD_RANGE}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": true}},
        ],
    })
}
