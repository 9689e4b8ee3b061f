//! What production requires: every guard of the chosen sandbox, an explicit choice of it, an image that
//! can't change, names under which the page is opened, and files that nobody else may read or write.

use super::{Finding, Level, files, kernel};
use crate::config::Config;
use crate::sandbox::{SandboxChoice, SandboxKind, SandboxProvider};

/// All that production requires and this service lacks.
pub fn lacking(config: &Config, provider: &dyn SandboxProvider) -> Vec<Finding> {
    let mut found = of_guards(config, provider.kind(), &provider.missing_guards());
    found.extend(kernel::unsuitable());
    found.extend(of_configuration(config));
    found.extend(files::findings(config));
    found.retain(|finding| finding.level == Level::Lacking);
    found
}

/// A missing guard is lacking, unless the configuration accepts its absence by name.
pub fn of_guards(config: &Config, kind: SandboxKind, missing: &[String]) -> Vec<Finding> {
    let accepted = |guard: &String| config.sandbox.accept_missing_guards.contains(guard);
    let finding = |guard: &String| {
        let what = format!("guard missing: {guard}");
        match accepted(guard) {
            true => Finding::note(kind.as_str(), format!("{what} (accepted in the configuration)")),
            false => Finding::lacking(kind.as_str(), what, remedy_of(guard, kind)),
        }
    };
    missing.iter().map(finding).collect()
}

pub fn remedy_of(guard: &str, kind: SandboxKind) -> &'static str {
    match (guard, kind) {
        (_, SandboxKind::Process) if cfg!(not(target_os = "linux")) => {
            "set sandbox.kind = \"docker\": only Linux can lock a process down"
        }
        ("namespaces" | "own-root", _) => {
            "allow user namespaces to this program, or set sandbox.kind = \"docker\""
        }
        ("control-group", _) => {
            "start the service in a control group of its own (systemd: Delegate=memory pids cpu), or as root"
        }
        ("landlock", _) => "use Linux 5.19 or later with `landlock` among its security modules",
        ("seccomp", _) => "use a kernel and an engine that allow seccomp filters",
        (_, SandboxKind::Docker) => {
            "make the runner image anew (`cargo xtask images runner`) and look at the engine"
        }
        ("user namespace", SandboxKind::Kubernetes) => {
            "set sandbox.kubernetes.host_users to false, on nodes with user namespaces (Kubernetes 1.33, Linux 6.3)"
        }
        (_, SandboxKind::Kubernetes) => "see the runner's own message in the log, and the node's kernel",
        (_, SandboxKind::Process) => "see the runner's own message: `runner-native guards`",
    }
}

pub fn of_configuration(config: &Config) -> Vec<Finding> {
    let mut found = vec![listening(config), choice(config)];
    found.extend(image(config));
    found
}

fn listening(config: &Config) -> Finding {
    const AREA: &str = "listen";
    let address = config.listen;
    if address.ip().is_loopback() {
        return Finding::good(AREA, format!("{address}, this machine only"));
    }
    if config.public_hosts.is_empty() {
        return Finding::lacking(
            AREA,
            format!("{address} can be reached from elsewhere and public_hosts is empty"),
            "name the hosts under which the page is opened in public_hosts, behind a proxy that authenticates",
        );
    }
    Finding::good(AREA, format!("{address} for {}", config.public_hosts.join(", ")))
}

fn choice(config: &Config) -> Finding {
    const AREA: &str = "sandbox";
    match config.sandbox.kind {
        SandboxChoice::Auto => Finding::lacking(
            AREA,
            "sandbox.kind is auto: an engine that is down would change the sandbox silently",
            "set sandbox.kind to \"docker\", \"kubernetes\" or \"process\"",
        ),
        SandboxChoice::Kubernetes => Finding::good(AREA, "sandbox.kind is kubernetes"),
        SandboxChoice::Docker => Finding::good(AREA, "sandbox.kind is docker"),
        SandboxChoice::Process => Finding::good(AREA, "sandbox.kind is process"),
    }
}

/// Of the kind that runs are in, or may be.
fn image(config: &Config) -> Option<Finding> {
    let sandbox = &config.sandbox;
    let (area, image, remedy) = match sandbox.kind {
        SandboxChoice::Process => return None,
        SandboxChoice::Kubernetes => (
            "kubernetes",
            &sandbox.kubernetes.image,
            "set sandbox.kubernetes.image to a name with its digest (registry.example/runner@sha256:..)",
        ),
        SandboxChoice::Docker | SandboxChoice::Auto => (
            "docker",
            &sandbox.docker.image,
            "set sandbox.docker.image to the digest that `cargo xtask images runner` and this command print (sha256:..)",
        ),
    };
    if image.starts_with("sha256:") || image.contains("@sha256:") {
        return Some(Finding::good(area, "the image is named by its digest"));
    }
    let what = format!("the image is named by a tag, which can be moved: {image}");
    Some(match sandbox.kind {
        SandboxChoice::Auto => Finding::note(area, what),
        _ => Finding::lacking(area, what, remedy),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(finding: &Finding) -> bool {
        finding.level == Level::Lacking && finding.remedy.is_some()
    }

    #[test]
    fn a_public_address_needs_names() {
        let mut config = Config::default();
        assert!(!lacks(&listening(&config)));
        config.listen = "0.0.0.0:3000".parse().unwrap();
        assert!(lacks(&listening(&config)));
        config.public_hosts = vec!["data.example".into()];
        assert!(!lacks(&listening(&config)));
    }

    #[test]
    fn the_sandbox_is_chosen_and_its_image_fixed() {
        let mut config = Config::default();
        assert!(lacks(&choice(&config)));
        config.sandbox.kind = SandboxChoice::Docker;
        assert!(!lacks(&choice(&config)) && lacks(&image(&config).unwrap()));
        config.sandbox.docker.image = "sha256:0123".into();
        assert!(!lacks(&image(&config).unwrap()));
        config.sandbox.kind = SandboxChoice::Kubernetes;
        assert!(!lacks(&choice(&config)) && lacks(&image(&config).unwrap()));
        config.sandbox.kubernetes.image = "registry.example/runner@sha256:0123".into();
        assert!(!lacks(&image(&config).unwrap()));
    }

    #[test]
    fn a_missing_guard_is_lacking_unless_its_absence_is_accepted_by_name() {
        let mut config = Config::default();
        let missing = ["namespaces".to_owned(), "control-group".to_owned()];
        let lacking = |config: &Config| {
            of_guards(config, SandboxKind::Process, &missing)
                .into_iter()
                .filter(lacks)
                .map(|finding| finding.what)
                .collect::<Vec<_>>()
        };
        assert_eq!(lacking(&config).len(), 2);
        config.sandbox.accept_missing_guards = vec!["namespaces".into()];
        assert_eq!(lacking(&config), ["guard missing: control-group"]);
    }
}
