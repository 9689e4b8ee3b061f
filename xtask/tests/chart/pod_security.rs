//! Pod Security *restricted*, as Kubernetes publishes it
//! (<https://kubernetes.io/docs/concepts/security/pod-security-standards/>), and what this project asks
//! of each pod beside it. The admission plugin itself judges the same pods where there is a cluster.

use super::shape::{list, text};
use serde_json::Value;

const VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// Sysctls that a pod may set.
const SYSCTLS: [&str; 9] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
];

pub fn breaches(pod: &Value) -> Vec<String> {
    let mut found = Vec::new();
    of_the_pod(pod, &mut found);
    for kind in ["containers", "initContainers", "ephemeralContainers"] {
        for container in list(pod, &format!("/{kind}")) {
            let mut inside = Vec::new();
            of_a_container(pod, container, &mut inside);
            let name = text(container, "/name");
            found.extend(inside.iter().map(|breach| format!("{name}: {breach}")));
        }
    }
    found
}

fn of_the_pod(pod: &Value, found: &mut Vec<String>) {
    for namespace in ["hostNetwork", "hostPID", "hostIPC"] {
        if pod[namespace] == true {
            found.push(format!("{namespace} is shared"));
        }
    }
    for volume in list(pod, "/volumes") {
        let kinds = volume.as_object().into_iter().flat_map(|fields| fields.keys());
        for kind in kinds.filter(|kind| *kind != "name" && !VOLUMES.contains(&kind.as_str())) {
            found.push(format!("a volume is a {kind}"));
        }
    }
    for sysctl in list(pod, "/securityContext/sysctls") {
        if !SYSCTLS.contains(&text(sysctl, "/name")) {
            found.push(format!("sysctl {}", text(sysctl, "/name")));
        }
    }
    of_a_context(&pod["securityContext"], found);
}

/// What may stand in either place.
fn of_a_context(context: &Value, found: &mut Vec<String>) {
    if context["runAsUser"] == 0 {
        found.push("runs as root".into());
    }
    if context["runAsNonRoot"] == false {
        found.push("runAsNonRoot is false".into());
    }
    if context["windowsOptions"]["hostProcess"] == true {
        found.push("is a process of the host".into());
    }
    for kind in ["seccompProfile", "appArmorProfile"] {
        if context[kind]["type"] == "Unconfined" {
            found.push(format!("{kind} is Unconfined"));
        }
    }
    let selinux = &context["seLinuxOptions"];
    if selinux.get("user").is_some() || selinux.get("role").is_some() {
        found.push("seLinuxOptions name a user or a role".into());
    }
}

fn of_a_container(pod: &Value, container: &Value, found: &mut Vec<String>) {
    let context = &container["securityContext"];
    of_a_context(context, found);
    if context["privileged"] == true {
        found.push("is privileged".into());
    }
    if context["allowPrivilegeEscalation"] != false {
        found.push("allowPrivilegeEscalation is not false".into());
    }
    if !list(context, "/capabilities/drop").contains(&"ALL".into()) {
        found.push("keeps capabilities".into());
    }
    if list(context, "/capabilities/add")
        .iter()
        .any(|one| one != "NET_BIND_SERVICE")
    {
        found.push("adds capabilities".into());
    }
    if !matches!(text(context, "/procMount"), "" | "Default") {
        found.push("procMount is not the default".into());
    }
    if list(container, "/ports")
        .iter()
        .any(|port| port["hostPort"].as_i64().unwrap_or(0) != 0)
    {
        found.push("has a port of the host".into());
    }
    if context["runAsNonRoot"] != true && pod["securityContext"]["runAsNonRoot"] != true {
        found.push("runAsNonRoot is not true".into());
    }
    let profile = |context: &Value| text(context, "/seccompProfile/type").to_owned();
    let allowed = ["RuntimeDefault", "Localhost"];
    if ![profile(context), profile(&pod["securityContext"])]
        .iter()
        .any(|one| allowed.contains(&one.as_str()))
    {
        found.push("no seccompProfile".into());
    }
    of_hosts_asked(container, found);
}

/// A probe or a hook that names a host lets the kubelet ask for the pod.
fn of_hosts_asked(container: &Value, found: &mut Vec<String>) {
    let probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(|probe| &container[probe]);
    let hooks = ["postStart", "preStop"].map(|hook| &container["lifecycle"][hook]);
    for asked in probes.into_iter().chain(hooks) {
        for way in ["httpGet", "tcpSocket"] {
            if asked[way].get("host").is_some() {
                found.push(format!("{way} names a host"));
            }
        }
    }
}

/// What a pod is given for a purpose.
pub struct Needs {
    pub token: bool,
    pub services: bool,
}

/// Beside the standard: nothing of the root can be written, and a token and the addresses of services are
/// there only for whoever needs them.
pub fn own_breaches(pod: &Value, needs: &Needs) -> Vec<String> {
    let mut found = Vec::new();
    for container in list(pod, "/containers") {
        if container["securityContext"]["readOnlyRootFilesystem"] != true {
            found.push("the root can be written".into());
        }
        for amount in ["cpu", "memory"] {
            if container["resources"]["limits"].get(amount).is_none() {
                found.push(format!("no limit of {amount}"));
            }
        }
    }
    if pod["enableServiceLinks"] != needs.services {
        found.push("enableServiceLinks is not as needed".into());
    }
    if pod["automountServiceAccountToken"] != needs.token {
        found.push("automountServiceAccountToken is not as needed".into());
    }
    found
}
