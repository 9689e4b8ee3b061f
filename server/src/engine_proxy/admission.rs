//! Whether a container may be created: only if its whole description is, field by field, what the Docker
//! provider's own code makes of a few numbers, each of which has a bound.
//!
//! No list of dangerous settings is kept here, which would lack the next engine's: a field that the provider
//! does not set, whatever it is called, makes the description another one. And what is sent to the engine is
//! not the text that came but the description made here, so no two readers of one text can differ.

use super::call::LONGEST_LABEL;
use super::refusal::Refusal;
use super::settings::{EngineProxySettings, MostResources};
use crate::sandbox::docker::{INSTANCE_LABEL, OWNER_LABEL, SANDBOX_LABEL, Specification};
use crate::sandbox::{SandboxClass, SandboxSettings};
use bollard::models::{ContainerCreateBody, HostConfig};
use csv_analyst_protocol::limits::Resources;
use csv_analyst_protocol::runner::GuardReport;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which proxy a container belongs to; the service cannot choose it.
pub const PROXY_LABEL: &str = "csv-analyst.engine-proxy";

/// Processors are told in billionths, and given in thousandths.
const NANOS_IN_MILLI: u64 = 1_000_000;
const MOST_GUARDS: usize = 32;
const LONGEST_GUARD: usize = 40;

/// What a description asks for, within bounds.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The content address of the image; the caller says whether it is the right one.
    pub image: String,
    /// File name of the snapshot; a runner that only says which guards hold has none.
    pub snapshot: Option<String>,
    resources: Resources,
    timeout_ms: u64,
    guards: Vec<String>,
    labels: HashMap<String, String>,
}

pub struct Admission {
    sandbox: SandboxSettings,
    snapshots_of_service: PathBuf,
    most: MostResources,
}

impl Admission {
    pub fn new(settings: &EngineProxySettings, sandbox: &SandboxSettings) -> Self {
        let mut sandbox = sandbox.clone();
        // Paths are translated here, never by the service.
        sandbox.docker.snapshot_host_directory = None;
        Self {
            sandbox,
            snapshots_of_service: settings.snapshots_of_service.clone(),
            most: settings.most,
        }
    }

    /// What the text asks for, if it asks for nothing else.
    pub fn judge(&self, text: &[u8]) -> Result<Wanted, Refusal> {
        let given: Value =
            serde_json::from_slice(text).map_err(|_| Refusal::forbidden("a description that is no JSON"))?;
        let body: ContainerCreateBody = serde_json::from_value(given.clone())
            .map_err(|_| Refusal::forbidden("a description of another form"))?;
        let wanted = self.read(&body)?;
        let source = wanted
            .snapshot
            .as_ref()
            .map(|name| self.snapshots_of_service.join(name));
        let expected = serde_json::to_value(self.description(&wanted, source.as_deref()))
            .map_err(|_| Refusal::forbidden("a description that can't be written"))?;
        match difference(&expected, &given, "") {
            None => Ok(wanted),
            Some(place) => Err(Refusal::forbidden(format!("a container with another `{place}`"))),
        }
    }

    /// For the engine: the snapshot is `shown`, and the container carries the proxy's mark.
    pub fn make(&self, wanted: &Wanted, shown: Option<&Path>, mark: &str) -> ContainerCreateBody {
        let mut body = self.description(wanted, shown);
        let labels = body.labels.get_or_insert_default();
        labels.insert(PROXY_LABEL.into(), mark.into());
        body
    }

    fn description(&self, wanted: &Wanted, snapshot: Option<&Path>) -> ContainerCreateBody {
        let mut settings = self.sandbox.clone();
        settings.longest_run_ms = wanted.timeout_ms;
        let specification = Specification::new(&settings, &wanted.image, Arc::new(|_| {}));
        let mut body = match snapshot {
            None => specification.probe(),
            Some(snapshot) => {
                let class = SandboxClass {
                    snapshot: snapshot.to_owned(),
                    dataset_version: String::new(),
                    resources: wanted.resources,
                };
                let guards = GuardReport {
                    in_force: wanted.guards.clone(),
                    missing: Vec::new(),
                    ..GuardReport::default()
                };
                specification.serve(&class, &guards)
            }
        };
        body.labels = Some(wanted.labels.clone());
        body
    }

    fn read(&self, body: &ContainerCreateBody) -> Result<Wanted, Refusal> {
        let host = body.host_config.as_ref();
        let host = host.ok_or_else(|| Refusal::forbidden("a container without limits"))?;
        let command = Command::read(body.cmd.as_deref().unwrap_or_default())?;
        let scratch_bytes = match &command {
            Command::Guards => Resources::default().scratch_bytes,
            Command::Serve { scratch_bytes, .. } => *scratch_bytes,
        };
        let resources = self.resources(host, scratch_bytes)?;
        let (timeout_ms, guards, snapshot) = match command {
            Command::Guards => (1, Vec::new(), None),
            Command::Serve {
                timeout_ms, guards, ..
            } => (timeout_ms, guards, Some(self.snapshot(host)?)),
        };
        within("the time of a runner", timeout_ms, 1, self.most.timeout_ms)?;
        Ok(Wanted {
            image: body.image.clone().unwrap_or_default(),
            snapshot,
            resources,
            timeout_ms,
            guards,
            labels: labels(body)?,
        })
    }

    /// To the engine, 0 means without limit; here it means refused.
    fn resources(&self, host: &HostConfig, scratch_bytes: u64) -> Result<Resources, Refusal> {
        let number = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0);
        let resources = Resources {
            memory_bytes: number(host.memory),
            cpu_millis: number(host.nano_cpus) / NANOS_IN_MILLI,
            max_processes: number(host.pids_limit),
            scratch_bytes,
        };
        let most = &self.most;
        within("memory", resources.memory_bytes, 1, most.memory_bytes)?;
        within("processors", resources.cpu_millis, 1, most.cpu_millis)?;
        within("processes", resources.max_processes, 1, most.processes)?;
        within("scratch", scratch_bytes, 0, most.scratch_bytes)?;
        Ok(resources)
    }

    /// The name of one file directly in the folder of snapshots.
    fn snapshot(&self, host: &HostConfig) -> Result<String, Refusal> {
        let refused = || Refusal::forbidden("a mount of anything but one snapshot");
        let [mount] = host.mounts.as_deref().unwrap_or_default() else {
            return Err(refused());
        };
        let source = Path::new(mount.source.as_deref().unwrap_or_default());
        let name = source
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(refused)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let is_snapshot = name.bytes().all(is_plain) && !name.starts_with('.') && name.ends_with(".duckdb");
        // Compared as text: `a/../b` and `a/./b` are other texts.
        let whole = self.snapshots_of_service.join(name);
        if is_snapshot && name.len() <= LONGEST_LABEL && whole.as_os_str() == source.as_os_str() {
            return Ok(name.to_owned());
        }
        Err(refused())
    }
}

/// The two things that a runner's program is started for, with what may differ.
enum Command {
    Guards,
    Serve {
        timeout_ms: u64,
        scratch_bytes: u64,
        guards: Vec<String>,
    },
}

impl Command {
    /// Only picks out the values; that the words are these and no others shows the comparison.
    fn read(words: &[String]) -> Result<Self, Refusal> {
        let refused = || Refusal::forbidden("another command than the runner's");
        match words.first().map(String::as_str) {
            Some("guards") => return Ok(Self::Guards),
            Some("serve") => {}
            _ => return Err(refused()),
        }
        let following = |name: &'static str| {
            let pairs = words.windows(2).filter(move |pair| pair[0] == name);
            pairs.map(|pair| pair[1].clone())
        };
        let number = |name| following(name).next().map(|text| text.parse::<u64>());
        let guards: Vec<String> = following("--require").collect();
        let is_name = |name: &String| {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            name.len() <= LONGEST_GUARD && name.bytes().all(is_plain)
        };
        if guards.len() > MOST_GUARDS || !guards.iter().all(is_name) {
            return Err(refused());
        }
        Ok(Self::Serve {
            timeout_ms: number("--timeout-ms").and_then(Result::ok).ok_or_else(refused)?,
            scratch_bytes: number("--scratch-bytes")
                .unwrap_or(Ok(0))
                .map_err(|_| refused())?,
            guards,
        })
    }
}

/// Three of ours, none missing: without an owner, nobody could tell later what is left over.
fn labels(body: &ContainerCreateBody) -> Result<HashMap<String, String>, Refusal> {
    let labels = body.labels.clone().unwrap_or_default();
    let ours = [INSTANCE_LABEL, OWNER_LABEL, SANDBOX_LABEL];
    let is_short = |name: &&str| {
        labels
            .get(*name)
            .is_some_and(|value| value.len() <= LONGEST_LABEL)
    };
    match labels.len() == ours.len() && ours.iter().all(is_short) {
        true => Ok(labels),
        false => Err(Refusal::forbidden("other labels than a sandbox's")),
    }
}

fn within(what: &str, value: u64, least: u64, most: u64) -> Result<(), Refusal> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Refusal::forbidden(format!(
        "{what}: {value} is not from {least} to {most}"
    )))
}

/// The first place where two descriptions differ, as a path in it. Never a value: profiles are long.
fn difference(expected: &Value, given: &Value, place: &str) -> Option<String> {
    let (Value::Object(wanted), Value::Object(found)) = (expected, given) else {
        return (expected != given).then(|| place.to_owned());
    };
    let inside = |name: &str| format!("{place}/{}", super::call::shown(name));
    if let Some(stranger) = found.keys().find(|name| !wanted.contains_key(*name)) {
        return Some(inside(stranger));
    }
    wanted.iter().find_map(|(name, value)| match found.get(name) {
        None => Some(inside(name)),
        Some(other) => difference(value, other, &inside(name)),
    })
}

#[cfg(test)]
mod tests;
