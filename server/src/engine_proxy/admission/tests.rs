//! What the proxy lets through, and everything else that an engine would do for a container.

use super::*;
use bollard::models::Mount;
use serde_json::json;

const IMAGE: &str = "sha256:0123";

fn admission() -> Admission {
    Admission::new(&EngineProxySettings::default(), &SandboxSettings::default())
}

/// As the provider makes it, in the service.
fn body(resources: Resources) -> ContainerCreateBody {
    let class = SandboxClass {
        snapshot: "/data/snapshots/shop-1a2b.duckdb".into(),
        dataset_version: "1".into(),
        resources,
    };
    let guards = GuardReport {
        in_force: vec!["seccomp".into(), "landlock".into(), "engine-settings".into()],
        missing: Vec::new(),
        ..GuardReport::default()
    };
    let specification = Specification::new(&SandboxSettings::default(), IMAGE, Arc::new(|_| {}));
    marked(specification.serve(&class, &guards))
}

/// What the janitor adds.
fn marked(mut body: ContainerCreateBody) -> ContainerCreateBody {
    body.labels
        .get_or_insert_default()
        .insert(SANDBOX_LABEL.into(), "one".into());
    body
}

fn description() -> Value {
    serde_json::to_value(body(Resources::default())).unwrap()
}

fn judged(description: &Value) -> Result<Wanted, Refusal> {
    admission().judge(description.to_string().as_bytes())
}

fn refused(description: &Value) -> String {
    let refusal = judged(description).expect_err("it must be refused");
    assert_eq!(refusal.status(), 403, "{refusal}");
    refusal.to_string()
}

fn altered(pointer: &str, value: Value) -> Value {
    let mut description = description();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    description.pointer_mut(parent).unwrap()[name] = value;
    description
}

#[test]
fn what_the_provider_asks_for_is_made_with_the_copy_and_the_proxys_mark() {
    let wanted = judged(&description()).unwrap();
    assert_eq!(wanted.snapshot.as_deref(), Some("shop-1a2b.duckdb"));
    assert_eq!(wanted.image, IMAGE);
    let mut made = admission().make(&wanted, Some(Path::new("/host/copy.duckdb")), "mine");
    assert_eq!(
        made.labels.as_mut().unwrap().remove(PROXY_LABEL).as_deref(),
        Some("mine")
    );
    let mut expected = body(Resources::default());
    let mounts = expected.host_config.as_mut().unwrap().mounts.as_mut().unwrap();
    mounts[0].source = Some("/host/copy.duckdb".into());
    assert_eq!(made, expected);
}

#[test]
fn a_runner_that_says_which_guards_hold_is_made_without_a_mount() {
    let specification = Specification::new(&SandboxSettings::default(), IMAGE, Arc::new(|_| {}));
    let probe = serde_json::to_value(marked(specification.probe())).unwrap();
    let wanted = judged(&probe).unwrap();
    assert_eq!(wanted.snapshot, None);
    assert!(
        admission()
            .make(&wanted, None, "mine")
            .host_config
            .unwrap()
            .mounts
            .is_none()
    );
}

#[test]
fn other_numbers_are_let_through_up_to_their_bounds() {
    let least = Resources {
        memory_bytes: 64 << 20,
        cpu_millis: 100,
        max_processes: 8,
        scratch_bytes: 0,
    };
    let most = EngineProxySettings::default().most;
    let largest = Resources {
        memory_bytes: most.memory_bytes,
        cpu_millis: most.cpu_millis,
        max_processes: most.processes,
        scratch_bytes: most.scratch_bytes,
    };
    for resources in [least, largest] {
        judged(&serde_json::to_value(body(resources)).unwrap()).unwrap();
    }
    let beyond: [fn(&mut Resources); 7] = [
        |resources| resources.memory_bytes += 1,
        |resources| resources.cpu_millis += 1,
        |resources| resources.max_processes += 1,
        |resources| resources.scratch_bytes += 1,
        // Without limit, to the engine.
        |resources| resources.memory_bytes = 0,
        |resources| resources.cpu_millis = 0,
        |resources| resources.max_processes = 0,
    ];
    for change in beyond {
        let mut resources = largest;
        change(&mut resources);
        refused(&serde_json::to_value(body(resources)).unwrap());
    }
}

/// Every field that the description has, down to single elements of lists, taken out and changed.
#[test]
fn no_part_of_the_description_can_be_left_out_or_changed() {
    let description = description();
    let mut places = Vec::new();
    collect(&description, String::new(), &mut places);
    assert!(places.len() > 100, "{}", places.len());
    let free = |place: &str| {
        // A number below its bound that nothing else repeats; the one name, checked by its caller; the command's
        // lists of guards; the names of server and sandbox.
        place == "/HostConfig/PidsLimit"
            || place == "/Image"
            || place == "/Cmd"
            || place.starts_with("/Cmd/")
            || place.starts_with("/Labels/")
    };
    for place in &places {
        let mut without = description.clone();
        remove(&mut without, place);
        refused(&without);
        if !free(place) {
            let mut other = description.clone();
            let value = other.pointer_mut(place).unwrap();
            *value = different(value);
            refused(&other);
        }
    }
}

fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(value, format!("{place}/{}", escaped(name)), places);
            }
        }
        Value::Array(elements) => {
            for (at, value) in elements.iter().enumerate() {
                collect(value, format!("{place}/{at}"), places);
            }
        }
        _ => {}
    }
    if !place.is_empty() {
        places.push(place);
    }
}

fn remove(value: &mut Value, place: &str) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.shift_remove(&name.replace("~1", "/").replace("~0", "~"))),
        Value::Array(elements) => drop(elements.remove(name.parse().unwrap())),
        other => panic!("{place} lies in {other}"),
    }
}

fn different(value: &Value) -> Value {
    match value {
        Value::Bool(value) => json!(!value),
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::String(text) => json!(format!("{text}x")),
        Value::Array(_) => json!(["x"]),
        Value::Object(_) => json!({"x": "y"}),
        Value::Null => json!(1),
    }
}

/// What has been used to become root on a host through an engine, field by field.
#[test]
fn nothing_can_be_added() {
    let host = [
        ("Privileged", json!(true)),
        ("CapAdd", json!(["SYS_ADMIN"])),
        ("Capabilities", json!(["all"])),
        ("Binds", json!(["/:/host"])),
        ("VolumesFrom", json!(["csv-analyst-engine-proxy-1"])),
        ("VolumeDriver", json!("x")),
        (
            "Devices",
            json!([{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/sda", "CgroupPermissions": "rwm"}]),
        ),
        ("DeviceRequests", json!([{"Driver": "nvidia", "Count": -1}])),
        ("DeviceCgroupRules", json!(["a *:* rwm"])),
        ("PidMode", json!("host")),
        ("PidMode", json!("container:csv-analyst-app-1")),
        ("UTSMode", json!("host")),
        ("UsernsMode", json!("host")),
        ("CgroupParent", json!("/")),
        ("Cgroup", json!("container:x")),
        ("Links", json!(["x:y"])),
        ("PortBindings", json!({"80/tcp": [{"HostPort": "80"}]})),
        ("PublishAllPorts", json!(true)),
        ("ExtraHosts", json!(["a:1.2.3.4"])),
        ("Sysctls", json!({"net.ipv4.ip_forward": "1"})),
        ("ShmSize", json!(1 << 30)),
        ("StorageOpt", json!({"size": "1T"})),
        ("GroupAdd", json!(["docker"])),
        ("RestartPolicy", json!({"Name": "always"})),
        ("AutoRemove", json!(true)),
        ("Init", json!(true)),
        ("ContainerIDFile", json!("/etc/cron.d/x")),
        ("Annotations", json!({"a": "b"})),
        ("BlkioWeight", json!(1000)),
        ("CpuRealtimeRuntime", json!(1)),
        ("CpusetCpus", json!("0")),
        ("Isolation", json!("hyperv")),
        ("Runtime", json!("io.containerd.runc.v1")),
        ("KernelMemory", json!(1)),
        ("AFieldOfTheNextEngine", json!(true)),
        // Another spelling, which the engine's reader takes for the same.
        ("privileged", json!(true)),
        ("PRIVILEGED", json!(true)),
        ("binds", json!(["/:/host"])),
    ];
    for (name, value) in host {
        let words = refused(&altered(&format!("/HostConfig/{name}"), value));
        assert!(words.contains("engine proxy"), "{words}");
    }
    for (name, value) in [
        ("Volumes", json!({"/host": {}})),
        ("Entrypoint", json!(["/bin/sh"])),
        ("ExposedPorts", json!({"80/tcp": {}})),
        ("Domainname", json!("x")),
        ("MacAddress", json!("02:42:ac:11:00:02")),
        ("OnBuild", json!(["x"])),
        ("Shell", json!(["x"])),
        ("StopSignal", json!("SIGKILL")),
        ("NetworkingConfig", json!({"EndpointsConfig": {"bridge": {}}})),
        ("user", json!("0")),
    ] {
        refused(&altered(&format!("/{name}"), value));
    }
}

#[test]
fn namespaces_of_others_are_refused_where_the_provider_has_its_own_word() {
    for (name, value) in [
        ("NetworkMode", "host"),
        ("NetworkMode", "bridge"),
        ("NetworkMode", "container:csv-analyst-app-1"),
        ("IpcMode", "host"),
        ("CgroupnsMode", "host"),
    ] {
        refused(&altered(&format!("/HostConfig/{name}"), json!(value)));
    }
    for option in [
        json!([]),
        json!(["no-new-privileges"]),
        json!(["no-new-privileges", "seccomp=unconfined"]),
    ] {
        refused(&altered("/HostConfig/SecurityOpt", option));
    }
}

#[test]
fn only_one_file_of_the_folder_of_snapshots_can_be_mounted() {
    for source in [
        "/",
        "/etc/shadow",
        "/var/run/docker.sock",
        "/data/keys/capsule-signing.key",
        "/data/records.sqlite3",
        "/data/snapshots",
        "/data/snapshots/",
        "/data/snapshots/../keys/capsule-signing.duckdb",
        "/data/snapshots/./a.duckdb",
        "/data/snapshots//a.duckdb",
        "/data/snapshots/a/b.duckdb",
        "/data/snapshots/..duckdb/../a.duckdb",
        "/data/snapshots/.a.duckdb",
        "/data/snapshots/a.duckdb/",
        "/data/snapshots/a.duckdb\u{0}/../../x",
        "/data/snapshots/a\n.duckdb",
        "/data/snapshots/records.sqlite3",
        "data/snapshots/a.duckdb",
        "",
    ] {
        let mount =
            json!({"Type": "bind", "Source": source, "Target": "/data/snapshot.duckdb", "ReadOnly": true});
        refused(&altered("/HostConfig/Mounts", json!([mount])));
    }
}

#[test]
fn a_mount_of_another_kind_or_place_is_refused() {
    let mount = || {
        body(Resources::default())
            .host_config
            .unwrap()
            .mounts
            .unwrap()
            .remove(0)
    };
    let changes: [fn(&mut Mount); 6] = [
        |mount| mount.read_only = Some(false),
        |mount| mount.read_only = None,
        |mount| mount.target = Some("/runner-native".into()),
        |mount| mount.typ = Some(bollard::models::MountType::VOLUME),
        |mount| mount.consistency = Some("cached".into()),
        |mount| {
            mount.bind_options = Some(bollard::models::MountBindOptions {
                propagation: Some(bollard::models::MountBindOptionsPropagationEnum::RSHARED),
                ..Default::default()
            });
        },
    ];
    for change in changes {
        let mut one = mount();
        change(&mut one);
        refused(&altered("/HostConfig/Mounts", json!([one])));
    }
    refused(&altered("/HostConfig/Mounts", json!([mount(), mount()])));
}

#[test]
fn another_command_than_the_runners_is_refused() {
    let given = description()["Cmd"].clone();
    let words = |change: fn(&mut Vec<String>)| {
        let mut words: Vec<String> = serde_json::from_value(given.clone()).unwrap();
        change(&mut words);
        altered("/Cmd", json!(words))
    };
    let changes: [fn(&mut Vec<String>); 9] = [
        Vec::clear,
        |words| words[0] = "ingest".into(),
        |words| words.push("--without".into()),
        |words| words.extend(["--without".into(), "seccomp".into()]),
        |words| words.extend(["--require".into(), "a b".into()]),
        |words| words.extend(["--snapshot".into(), "/proc/self/environ".into()]),
        |words| words.retain(|word| word != "--memory-bytes"),
        |words| *words = vec!["guards".into(), "--without".into(), "landlock".into()],
        |words| {
            let at = words.iter().position(|word| word == "--timeout-ms").unwrap();
            words[at + 1] = "60001".into();
        },
    ];
    for change in changes {
        refused(&words(change));
    }
}

#[test]
fn labels_are_the_three_of_a_sandbox() {
    refused(&altered(&format!("/Labels/{PROXY_LABEL}"), json!("another")));
    refused(&altered("/Labels/com.docker.compose.project", json!("x")));
    refused(&altered(
        &format!("/Labels/{OWNER_LABEL}"),
        json!("x".repeat(1_000)),
    ));
}

#[test]
fn text_that_is_no_description_is_refused() {
    for text in [
        "",
        "{}",
        "null",
        "[]",
        "{\"HostConfig\": 1}",
        "{\"HostConfig\": {}}",
        "\u{0}",
    ] {
        assert!(admission().judge(text.as_bytes()).is_err(), "{text}");
    }
    let deep = "[".repeat(60_000);
    assert!(admission().judge(deep.as_bytes()).is_err());
    // The reader keeps the last of two; what is made is written anew, so the engine reads neither.
    let text = description().to_string();
    let twice = text.replacen(
        "\"Privileged\":false",
        "\"Privileged\":true,\"Privileged\":false",
        1,
    );
    assert_ne!(text, twice);
    let made = admission()
        .judge(twice.as_bytes())
        .map(|wanted| admission().make(&wanted, None, "mine"));
    if let Ok(made) = made {
        assert_eq!(made.host_config.unwrap().privileged, Some(false));
    }
}
