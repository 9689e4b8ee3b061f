//! The programs of Kubernetes, compiled from Go modules where no image can be pulled.
//!
//! Three small modules in `xtask/cluster` pin them by version and hash. Compiling takes tens of minutes
//! the first time and nothing after that; the module proxy is the only thing that is asked.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::layout::Layout;
use crate::fingerprint::{Fingerprint, files_under};
use crate::process;
use crate::workspace::Workspace;

struct Module {
    /// In `xtask/cluster`.
    folder: &'static str,
    builds: &'static [Build],
}

struct Build {
    packages: &'static [&'static str],
    /// Where a program learns its version: a variable, and the module whose version it is.
    version: Option<(&'static str, &'static str)>,
    tags: &'static str,
    /// runc joins namespaces in C before Go's threads start, and takes seccomp from the system's library.
    with_c: bool,
}

const PLAIN: Build = Build {
    packages: &[],
    version: None,
    tags: "",
    with_c: false,
};

const MODULES: [Module; 3] = [
    Module {
        folder: "kubernetes",
        builds: &[Build {
            packages: &["."],
            version: Some(("k8s.io/component-base/version.gitVersion", "k8s.io/kubernetes")),
            tags: "providerless,selinux_disabled",
            ..PLAIN
        }],
    },
    Module {
        folder: "node",
        builds: &[
            Build {
                packages: &[
                    "github.com/containerd/containerd/v2/cmd/containerd",
                    "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
                    "github.com/containerd/containerd/v2/cmd/ctr",
                ],
                version: Some((
                    "github.com/containerd/containerd/v2/version.Version",
                    "github.com/containerd/containerd/v2",
                )),
                ..PLAIN
            },
            Build {
                packages: &["github.com/opencontainers/runc"],
                version: Some(("main.version", "github.com/opencontainers/runc")),
                tags: "seccomp",
                with_c: true,
            },
            Build {
                packages: &[
                    "github.com/containernetworking/plugins/plugins/main/ptp",
                    "github.com/containernetworking/plugins/plugins/main/loopback",
                    "github.com/containernetworking/plugins/plugins/ipam/host-local",
                    "github.com/containernetworking/plugins/plugins/meta/portmap",
                ],
                ..PLAIN
            },
        ],
    },
    Module {
        folder: "pods",
        builds: &[Build {
            packages: &["./pause", "./dns", "./probe"],
            ..PLAIN
        }],
    },
];

/// Names by which the one program of Kubernetes is called.
const PARTS: [&str; 10] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubeadm",
    "kubectl",
    "kubelet",
    "network-policies",
    "volumes",
];

/// Whether a start would find every program, made from the modules as they are now.
pub fn are_built(workspace: &Workspace, layout: &Layout) -> Result<bool> {
    for module in &MODULES {
        if !module.fingerprint(workspace)?.is_recorded(&module.stamp(layout)) {
            return Ok(false);
        }
    }
    Ok(true)
}

pub fn build(workspace: &Workspace, layout: &Layout) -> Result<()> {
    for module in &MODULES {
        let fingerprint = module.fingerprint(workspace)?;
        if fingerprint.is_recorded(&module.stamp(layout)) {
            continue;
        }
        let words = format!("compiling the Go module xtask/cluster/{}", module.folder);
        process::step(&words, || module.build(workspace, layout))?;
        fingerprint.record(&module.stamp(layout))?;
    }
    name_the_parts(layout)
}

fn name_the_parts(layout: &Layout) -> Result<()> {
    for part in PARTS {
        link("kubernetes".as_ref(), &layout.program(part))?;
    }
    fs::create_dir_all(layout.tools())?;
    link(&layout.program("kubernetes"), &layout.tools().join("kubectl"))
}

fn link(program: &Path, name: &Path) -> Result<()> {
    match std::os::unix::fs::symlink(program, name) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot make {}", name.display()))
        }
        _ => Ok(()),
    }
}

impl Module {
    fn source(&self, workspace: &Workspace) -> PathBuf {
        workspace.root.join("xtask/cluster").join(self.folder)
    }

    fn stamp(&self, layout: &Layout) -> PathBuf {
        layout.program(&format!("{}.stamp", self.folder))
    }

    /// Of the contents alone: another checkout of the same files finds the programs too.
    fn fingerprint(&self, workspace: &Workspace) -> Result<Fingerprint> {
        let mut contents = String::new();
        for file in files_under(&[self.source(workspace)])? {
            contents +=
                &fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        }
        Fingerprint::of(&[], &contents)
    }

    fn build(&self, workspace: &Workspace, layout: &Layout) -> Result<()> {
        if !process::on_path("go") {
            bail!(
                "the cluster's programs are compiled with Go 1.26 or later, and there is no `go` on the search path"
            );
        }
        let manifest = fs::read_to_string(self.source(workspace).join("go.mod"))?;
        for build in self.builds {
            let mut go = build.command(layout, &manifest)?;
            process::run(go.current_dir(self.source(workspace)))?;
        }
        Ok(())
    }
}

impl Build {
    fn command(&self, layout: &Layout, manifest: &str) -> Result<Command> {
        let mut linker = "-s -w".to_owned();
        if let Some((variable, module)) = self.version {
            let version = version_of(manifest, module)?;
            linker += &format!(" -X {variable}={}", worded(variable, version));
            linker += &numbers(variable, version);
        }
        fs::create_dir_all(layout.programs())?;
        let mut go = Command::new("go");
        go.args([
            "build",
            "-trimpath",
            "-tags",
            self.tags,
            "-ldflags",
            &linker,
            "-o",
        ])
        .arg(format!("{}/", layout.programs().display()))
        .args(self.packages)
        .env("GOPATH", layout.root().join("go"))
        .env("GOCACHE", layout.root().join("go-build"))
        // Otherwise not even the folder's owner can remove what is downloaded.
        .env("GOFLAGS", "-modcacherw")
        .env("CGO_ENABLED", if self.with_c { "1" } else { "0" });
        Ok(go)
    }
}

/// `k8s.io/kubernetes v1.37.2`, indented, possibly with a comment behind.
fn version_of<'text>(manifest: &'text str, module: &str) -> Result<&'text str> {
    let required = manifest.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == module).then(|| words.next()).flatten()
    });
    required.with_context(|| format!("go.mod does not require {module}"))
}

/// Kubernetes tells its version with a `v`, the others without.
fn worded<'text>(variable: &str, version: &'text str) -> &'text str {
    match variable.starts_with("k8s.io/") {
        true => version,
        false => version.trim_start_matches('v'),
    }
}

/// Kubernetes wants its first two numbers apart as well.
fn numbers(variable: &str, version: &str) -> String {
    let Some(package) = variable.strip_suffix(".gitVersion") else {
        return String::new();
    };
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or("1"), numbers.next().unwrap_or("0"));
    format!(" -X {package}.gitMajor={major} -X {package}.gitMinor={minor} -X {package}.gitTreeState=archive")
}

#[cfg(test)]
mod tests {
    use super::{numbers, version_of, worded};

    const MANIFEST: &str = "require (\n\tk8s.io/kubernetes v1.37.2\n\tk8s.io/api v0.37.2 // indirect\n)\n";

    #[test]
    fn a_version_stands_in_one_place() {
        assert_eq!(version_of(MANIFEST, "k8s.io/kubernetes").unwrap(), "v1.37.2");
        assert_eq!(version_of(MANIFEST, "k8s.io/api").unwrap(), "v0.37.2");
        assert!(version_of(MANIFEST, "k8s.io").is_err());
    }

    #[test]
    fn programs_tell_their_version_in_their_own_way() {
        let variable = "k8s.io/component-base/version.gitVersion";
        assert_eq!(worded(variable, "v1.37.2"), "v1.37.2");
        assert_eq!(worded("main.version", "v1.5.3"), "1.5.3");
        assert!(numbers(variable, "v1.37.2").contains("version.gitMinor=37"));
        assert!(numbers("main.version", "v1.5.3").is_empty());
    }
}
