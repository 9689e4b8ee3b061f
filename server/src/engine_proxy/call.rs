//! The calls that exist, read from method, path and query. What is not listed here does not exist.

use super::refusal::Refusal;
use crate::sandbox::docker::{INSTANCE_LABEL, OWNER_LABEL};
use hyper::{Method, Uri};
use std::collections::HashMap;

/// A whole id, as the engine gives it: a name, or a beginning of an id, could mean another container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContainerId(String);

#[derive(Debug, PartialEq, Eq)]
pub enum Call {
    Ping,
    Version,
    /// The configured image only.
    Image(String),
    /// The description follows in the body.
    Create,
    /// Containers of the proxy with these labels.
    List(Vec<String>),
    Inspect(ContainerId),
    Attach(ContainerId),
    Start(ContainerId),
    /// With force, and its anonymous volumes.
    Remove(ContainerId),
}

const ID_LENGTH: usize = 64;
/// The labels of one instance and one owner.
const MOST_LABELS: usize = 2;
pub const LONGEST_LABEL: usize = 256;

impl ContainerId {
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let is_hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == ID_LENGTH && text.bytes().all(is_hexadecimal) {
            return Ok(Self(text.to_owned()));
        }
        Err(Refusal::forbidden("a container is named by its whole id"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A part of a query, and the values that it may have.
type Parameter = (&'static str, &'static [&'static str]);

const YES: &[&str] = &["true", "1"];
const NO: &[&str] = &["false", "0"];
const ATTACH: &[Parameter] = &[
    ("stdin", YES),
    ("stdout", YES),
    ("stderr", YES),
    ("stream", YES),
    ("logs", NO),
];
const REMOVE: &[Parameter] = &[("force", YES), ("v", YES), ("link", NO)];
const LIST: &[Parameter] = &[("all", YES), ("size", NO)];
const SIZE: &[Parameter] = &[("size", NO)];

impl Call {
    pub fn parse(method: &Method, uri: &Uri) -> Result<Self, Refusal> {
        let path = without_version(uri.path());
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let query = query(uri)?;
        let plain = |call: Self| only(&query, &[]).map(|()| call);
        match (method, parts.as_slice()) {
            (&Method::GET, ["_ping"]) => plain(Self::Ping),
            (&Method::GET, ["version"]) => plain(Self::Version),
            (&Method::GET, ["images", name @ .., "json"]) if !name.is_empty() => {
                only(&query, &[("manifests", NO)])?;
                Ok(Self::Image(name.join("/")))
            }
            (&Method::POST, ["containers", "create"]) => plain(Self::Create),
            (&Method::GET, ["containers", "json"]) => list(&query),
            (&Method::GET, ["containers", id, "json"]) => {
                only(&query, SIZE)?;
                Ok(Self::Inspect(ContainerId::parse(id)?))
            }
            (&Method::POST, ["containers", id, "start"]) => plain(Self::Start(ContainerId::parse(id)?)),
            (&Method::POST, ["containers", id, "attach"]) => {
                only(&query, ATTACH)?;
                all_of(&query, &["stdin", "stdout", "stderr", "stream"])?;
                Ok(Self::Attach(ContainerId::parse(id)?))
            }
            (&Method::DELETE, ["containers", id]) => {
                only(&query, REMOVE)?;
                all_of(&query, &["force", "v"])?;
                Ok(Self::Remove(ContainerId::parse(id)?))
            }
            _ => Err(Refusal::forbidden("no such call is known here")),
        }
    }
}

/// `/v1.41/..` and `/..` are the same: what goes to the engine is written anew in the proxy's own version.
fn without_version(path: &str) -> &str {
    let is_version = |part: &str| {
        let minor = part.strip_prefix("v1.");
        minor.is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let rest = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    match rest {
        Some((first, _)) if is_version(first) => &path[1 + first.len()..],
        _ => path,
    }
}

fn query(uri: &Uri) -> Result<HashMap<String, String>, Refusal> {
    type Pairs = axum::extract::Query<Vec<(String, String)>>;
    let pairs = Pairs::try_from_uri(uri).map_err(|_| Refusal::forbidden("the query can't be read"))?;
    let mut query = HashMap::new();
    for (name, value) in pairs.0 {
        if query.insert(name, value).is_some() {
            return Err(Refusal::forbidden("a part of the query is said twice"));
        }
    }
    Ok(query)
}

fn only(query: &HashMap<String, String>, allowed: &[Parameter]) -> Result<(), Refusal> {
    for (name, value) in query {
        let known = allowed.iter().find(|(known, _)| known == name);
        if !known.is_some_and(|(_, values)| values.contains(&value.as_str())) {
            return Err(Refusal::forbidden(format!("the query's `{}`", shown(name))));
        }
    }
    Ok(())
}

fn all_of(query: &HashMap<String, String>, names: &[&str]) -> Result<(), Refusal> {
    match names.iter().find(|name| !query.contains_key(**name)) {
        Some(name) => Err(Refusal::forbidden(format!("a query without `{name}`"))),
        None => Ok(()),
    }
}

fn list(query: &HashMap<String, String>) -> Result<Call, Refusal> {
    let mut query = query.clone();
    let filters = query.remove("filters");
    only(&query, LIST)?;
    all_of(&query, &["all"])?;
    let filters = filters.ok_or_else(|| Refusal::forbidden("a listing without labels"))?;
    let mut filters: HashMap<String, Vec<String>> = serde_json::from_str(&filters)
        .map_err(|_| Refusal::forbidden("the listing's filters can't be read"))?;
    let labels = filters.remove("label").unwrap_or_default();
    let is_ours = |label: &String| {
        let name = label.split_once('=').map(|(name, _)| name);
        matches!(name, Some(INSTANCE_LABEL | OWNER_LABEL)) && label.len() <= LONGEST_LABEL
    };
    if !filters.is_empty() || labels.is_empty() || labels.len() > MOST_LABELS || !labels.iter().all(is_ours) {
        return Err(Refusal::forbidden("a listing by anything but its own labels"));
    }
    Ok(Call::List(labels))
}

/// A bounded part of what was written, harmless in a log.
pub fn shown(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn parse(method: &str, path: &str) -> Result<Call, Refusal> {
        Call::parse(
            &method.parse().unwrap(),
            &path.replace("{id}", ID).parse().unwrap(),
        )
    }

    #[test]
    fn the_providers_calls_are_known_with_and_without_a_version() {
        let id = || ContainerId::parse(ID).unwrap();
        let labels = vec![format!("{INSTANCE_LABEL}=a")];
        let known = [
            ("GET", "/_ping", Call::Ping),
            ("GET", "/version?", Call::Version),
            ("GET", "/images/a/b:c/json", Call::Image("a/b:c".into())),
            ("POST", "/containers/create", Call::Create),
            (
                "GET",
                "/containers/json?all=true&size=false&filters=%7B%22label%22:[%22csv-analyst.instance=a%22]%7D",
                Call::List(labels),
            ),
            ("GET", "/containers/{id}/json?size=false", Call::Inspect(id())),
            ("POST", "/containers/{id}/start", Call::Start(id())),
            (
                "POST",
                "/containers/{id}/attach?stdin=true&stdout=true&stderr=true&stream=true&logs=false",
                Call::Attach(id()),
            ),
            (
                "DELETE",
                "/containers/{id}?force=true&v=true&link=false",
                Call::Remove(id()),
            ),
        ];
        for (method, path, call) in known {
            assert_eq!(parse(method, path).unwrap(), call, "{path}");
            assert_eq!(parse(method, &format!("/v1.41{path}")).unwrap(), call, "{path}");
        }
    }

    #[test]
    fn every_other_call_of_the_engine_is_refused() {
        for path in [
            "/containers/{id}/exec",
            "/containers/{id}/kill",
            "/containers/{id}/stop",
            "/containers/{id}/update",
            "/containers/{id}/restart",
            "/containers/{id}/rename?name=x",
            "/containers/{id}/pause",
            "/containers/{id}/resize",
            "/containers/{id}/wait",
            "/containers/prune",
            "/exec/{id}/start",
            "/build",
            "/images/create?fromImage=x",
            "/images/load",
            "/images/x/push",
            "/images/x/tag",
            "/commit",
            "/volumes/create",
            "/networks/create",
            "/networks/x/connect",
            "/swarm/init",
            "/services/create",
            "/secrets/create",
            "/configs/create",
            "/plugins/pull",
            "/plugins/x/enable",
            "/auth",
            "/session",
            "/grpc",
            "/distribution/x/json",
            "/containers/{id}/copy",
        ] {
            assert!(parse("POST", path).is_err(), "{path}");
        }
        for path in [
            "/info",
            "/events",
            "/system/df",
            "/containers/{id}/logs?stdout=1",
            "/containers/{id}/top",
            "/containers/{id}/stats",
            "/containers/{id}/export",
            "/containers/{id}/archive?path=/",
            "/images/json",
            "/images/x/get",
            "/images/get",
            "/volumes",
            "/volumes/x",
            "/networks",
            "/secrets",
            "/nodes",
            "/tasks",
            "/containers/{id}/attach/ws",
            "/containers/{id}/changes",
            "/",
            "/containers/create",
        ] {
            assert!(parse("GET", path).is_err(), "{path}");
        }
        for path in ["/containers/{id}/archive?path=/", "/containers/{id}"] {
            assert!(
                parse("PUT", path).is_err() && parse("HEAD", path).is_err(),
                "{path}"
            );
        }
        for path in [
            "/images/x",
            "/volumes/x",
            "/networks/x",
            "/containers/{id}/start",
            "/containers",
        ] {
            assert!(parse("DELETE", path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_path_in_disguise_is_no_known_call() {
        for path in [
            "//containers/create",
            "/containers//create",
            "/containers/create/",
            "/./containers/create",
            "/x/../containers/create",
            "/containers%2Fcreate",
            "/v1.41/v1.41/containers/create",
            "/v2.0/containers/create",
            "/v1./containers/create",
            "/v1.41x/containers/create",
            "/Containers/create",
            "/containers/create#x/../../build",
        ] {
            // A fragment never reaches a server: the last is the call itself, or nothing.
            let parsed = path
                .parse::<Uri>()
                .ok()
                .map(|uri| Call::parse(&Method::POST, &uri));
            let harmless = matches!(parsed, None | Some(Err(_))) || path.contains('#');
            assert!(harmless, "{path}");
        }
    }

    #[test]
    fn a_container_is_named_by_its_whole_id_only() {
        for id in [
            "csv-analyst-app-1",
            &ID[..12],
            &ID.to_uppercase(),
            "..",
            "",
            &format!("{ID}0"),
            "%2e%2e",
        ] {
            let path = format!("/containers/{id}?force=true&v=true");
            assert!(parse("DELETE", &path).is_err(), "{id}");
        }
    }

    #[test]
    fn a_query_says_what_the_provider_says_and_nothing_else() {
        for (method, path) in [
            ("POST", "/containers/create?name=csv-analyst"),
            ("POST", "/containers/create?platform=linux/arm64"),
            ("POST", "/containers/{id}/start?detachKeys=a"),
            (
                "POST",
                "/containers/{id}/attach?stdin=true&stdout=true&stderr=true&stream=true&logs=true",
            ),
            ("POST", "/containers/{id}/attach?stdout=true"),
            ("DELETE", "/containers/{id}"),
            ("DELETE", "/containers/{id}?force=true&v=true&link=true"),
            ("DELETE", "/containers/{id}?force=true&v=true&force=false"),
            ("GET", "/containers/json?all=true"),
            ("GET", "/containers/json?all=true&filters={}"),
            ("GET", "/containers/json?all=true&filters=%7B%22label%22:[]%7D"),
            (
                "GET",
                "/containers/json?all=true&filters=%7B%22label%22:[%22other=a%22]%7D",
            ),
            (
                "GET",
                "/containers/json?all=true&filters=%7B%22label%22:[%22csv-analyst.instance%22]%7D",
            ),
            (
                "GET",
                "/containers/json?all=true&filters=%7B%22label%22:[%22csv-analyst.instance=a%22],%22name%22:[%22x%22]%7D",
            ),
        ] {
            assert!(parse(method, path).is_err(), "{path}");
        }
    }
}
