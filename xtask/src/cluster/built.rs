//! The cluster that is compiled here: its way up, its state, its way down.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::kubectl::Kubectl;
use super::layout::{Layout, NODE_NAME};
use super::{control_groups, images, network, node, programs, settings};
use crate::fingerprint::write_atomically;
use crate::process;
use crate::workspace::Workspace;

const OBJECTS: [&str; 2] = [
    include_str!("../../cluster/objects/base.yaml"),
    include_str!("../../cluster/objects/dns.yaml"),
];

/// Two shared processors need seconds for each of these; a broken part never gets there.
const PATIENCE: Duration = Duration::from_secs(120);

/// Those of the components that hold none of kubeadm's own files: who, and the file.
const CREDENTIALS: [(&str, &str); 3] = [
    ("system:kube-proxy", "kube-proxy.conf"),
    ("csv-analyst-policies", "network-policies.conf"),
    ("csv-analyst-volumes", "volumes.conf"),
];

/// Of the node's first process, while it lives.
fn node_process(layout: &Layout) -> Option<u32> {
    let number = fs::read_to_string(node::pid_file(layout))
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let command = fs::read_to_string(format!("/proc/{number}/cmdline")).ok()?;
    // A number may have been given to another process since.
    command.contains("--inside").then_some(number)
}

pub fn is_running(layout: &Layout) -> bool {
    node_process(layout).is_some()
}

pub fn up(workspace: &Workspace, layout: &Layout) -> Result<()> {
    programs::build(workspace, layout)?;
    if !is_running(layout) {
        // What a killed cluster left.
        down(layout)?;
        process::step("starting the node", || start(layout))?;
    }
    let kubectl = Kubectl::of(layout);
    process::step("waiting for the API server", || {
        kubectl.wait_until("the API server", PATIENCE, &["get", "--raw=/readyz"], |answer| {
            answer == "ok"
        })
    })?;
    process::step("loading the cluster's own images", || load_own_images(layout))?;
    OBJECTS.iter().try_for_each(|objects| kubectl.apply(objects))?;
    process::step("waiting for the node and its names", || {
        wait_until_usable(&kubectl)
    })
}

fn start(layout: &Layout) -> Result<()> {
    if !rustix::process::getuid().is_root() {
        bail!("a node of namespaces is root's to make: run this as root, or install kind");
    }
    for folder in ["logs", "pids"] {
        fs::create_dir_all(layout.inside(folder))?;
    }
    let version = process::capture(Command::new(layout.program("kubeadm")).args(["version", "-o", "short"]))?;
    settings::write(layout, version.trim())?;
    make_credentials(layout)?;
    node::start(layout)?;
    let begin = Instant::now();
    let number = loop {
        if let Some(number) = node_process(layout) {
            break number;
        }
        if begin.elapsed() > PATIENCE {
            bail!("the node did not start; see {}", layout.log("node").display());
        }
        thread::sleep(Duration::from_millis(20));
    };
    network::plug_in(number)
}

/// kubeadm makes the certificates and what the components hold, as it would for a cluster of its own.
fn make_credentials(layout: &Layout) -> Result<()> {
    let kubeadm = |arguments: &[&str]| {
        let mut command = Command::new(layout.program("kubeadm"));
        command
            .args(arguments)
            .arg("--config")
            .arg(layout.inside("kubeadm.yaml"));
        command
    };
    process::capture(&mut kubeadm(&["init", "phase", "certs", "all"]))?;
    let mut files = kubeadm(&["init", "phase", "kubeconfig", "all"]);
    process::capture(files.arg("--kubeconfig-dir").arg(layout.state()))?;
    for (name, file) in CREDENTIALS {
        let made = process::capture(&mut kubeadm(&["kubeconfig", "user", "--client-name", name]))?;
        write_atomically(&layout.inside(file), made.as_bytes())?;
    }
    fs::copy(layout.inside("super-admin.conf"), layout.kubeconfig())?;
    Ok(())
}

fn load_own_images(layout: &Layout) -> Result<()> {
    let begin = Instant::now();
    while std::os::unix::net::UnixStream::connect(layout.containerd_socket()).is_err() {
        if begin.elapsed() > PATIENCE {
            bail!(
                "containerd does not answer; see {}",
                layout.log("containerd").display()
            );
        }
        thread::sleep(Duration::from_millis(50));
    }
    images::load_the_clusters_own(layout)
}

fn wait_until_usable(kubectl: &Kubectl) -> Result<()> {
    let ready = r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}"#;
    let node = ["get", "node", NODE_NAME, "-o", ready];
    kubectl.wait_until("the node", PATIENCE, &node, |answer| answer == "True")?;
    let account = ["get", "serviceaccount", "default", "-o", "name"];
    kubectl.wait_until("the default service account", PATIENCE, &account, |answer| {
        !answer.is_empty()
    })?;
    let replicas = [
        "-n",
        "kube-system",
        "get",
        "deployment",
        "coredns",
        "-o",
        "jsonpath={.status.readyReplicas}",
    ];
    kubectl.wait_until("the cluster's DNS", PATIENCE, &replicas, |answer| answer == "1")
}

pub fn down(layout: &Layout) -> Result<()> {
    if let Some(number) = node_process(layout) {
        // The kernel ends every process of the node before the first one is gone.
        process::capture(Command::new("kill").args(["-KILL", &number.to_string()]))?;
        wait_for_the_end_of(number)?;
    }
    network::unplug()?;
    control_groups::remove()?;
    fs::remove_file(layout.kubeconfig()).ok();
    remove_folder(&layout.state())
}

fn wait_for_the_end_of(number: u32) -> Result<()> {
    let begin = Instant::now();
    while Path::new(&format!("/proc/{number}")).exists() {
        if begin.elapsed() > PATIENCE {
            bail!("process {number} was killed and is still there");
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

pub fn status(layout: &Layout) -> Result<()> {
    let Some(number) = node_process(layout) else {
        println!("no cluster is up");
        return Ok(());
    };
    println!(
        "node: process {number}; logs in {}",
        layout.inside("logs").display()
    );
    if let Some(bytes) = control_groups::memory_bytes() {
        println!("memory: {} MiB, with the page cache", bytes >> 20);
    }
    let kubectl = Kubectl::of(layout);
    for question in [["get", "nodes", "-o", "wide"], ["get", "pods", "-A", "-o=wide"]] {
        println!("{}", kubectl.ask(&question)?);
    }
    Ok(())
}

/// `part` is one of those in the node's `pids`.
pub fn kill(layout: &Layout, part: &str) -> Result<()> {
    let node = node_process(layout).context("no cluster is up")?.to_string();
    let victim =
        fs::read_to_string(layout.pid_file(part)).with_context(|| format!("the node has no {part}"))?;
    // Its number counts inside the node only.
    let mut enter = Command::new("nsenter");
    process::capture(enter.args(["--target", &node, "--pid", "--", "kill", "-KILL", victim.trim()]))?;
    println!("{part} was killed; the node starts it again");
    Ok(())
}
