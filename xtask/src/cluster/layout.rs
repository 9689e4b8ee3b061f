//! Where the cluster's things are: programs that are built once and kept, and the state of a running
//! cluster, which `down` removes whole.

use std::path::PathBuf;

use crate::workspace::Workspace;

pub const NODE_NAME: &str = "csv-analyst-node";

/// Addresses that neither Docker nor common networks of offices use. The node is a machine of its own
/// at the far end of a cable (`network.rs`).
pub const HOST_ADDRESS: &str = "10.89.0.1";
pub const NODE_ADDRESS: &str = "10.89.0.2";
pub const POD_RANGE: &str = "10.244.0.0/16";
pub const NODE_POD_RANGE: &str = "10.244.0.0/24";
pub const SERVICE_RANGE: &str = "10.96.0.0/16";
pub const DNS_ADDRESS: &str = "10.96.0.10";

#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    pub fn of(workspace: &Workspace) -> Self {
        Self::at(workspace.cache.join("cluster"))
    }

    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    pub fn root(&self) -> &PathBuf {
        &self.root
    }

    /// Programs: they take long to build, so `down` leaves them.
    pub fn programs(&self) -> PathBuf {
        self.root.join("bin")
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.programs().join(name)
    }

    /// For people's search path: what speaks with a cluster, and not what a node is made of, which
    /// would hide the machine's own containerd.
    pub fn tools(&self) -> PathBuf {
        self.root.with_file_name("bin")
    }

    /// For people and tests; gone when the cluster is.
    pub fn kubeconfig(&self) -> PathBuf {
        self.root.join("kubeconfig")
    }

    /// Everything that a running cluster wrote.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    pub fn inside(&self, path: &str) -> PathBuf {
        self.state().join(path)
    }

    pub fn text(&self, path: &str) -> String {
        self.inside(path).display().to_string()
    }

    pub fn containerd_socket(&self) -> PathBuf {
        self.inside("containerd.sock")
    }

    /// What one part printed.
    pub fn log(&self, part: &str) -> PathBuf {
        self.inside(&format!("logs/{part}.log"))
    }

    /// The process id of a part, as seen inside the node.
    pub fn pid_file(&self, part: &str) -> PathBuf {
        self.inside(&format!("pids/{part}"))
    }
}
