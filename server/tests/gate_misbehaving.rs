//! Guests that misbehave. Each has the gate's own face, and each comes back as a rejection with a
//! code, in bounded time and memory, while the server goes on.

mod gate_support;

use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::Rejection;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_server::gate::{Gate, GateDecision, GateLoadError, GateSettings};
use gate_support::{schema, sql};
use std::os::unix::fs::PermissionsExt;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The gate's world, and for one guest an import beside it.
const WORLD: &str = "package test:guest;
world plain { include csv-analyst:gate/gate@1.0.0; }
world calls-out { include csv-analyst:gate/gate@1.0.0; import now: func() -> u64; }";

fn component(text: &str, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).expect("the fixture is WebAssembly text");
    let mut resolve = Resolve::default();
    resolve.push_dir("../runner-wasm/wit").expect("the gate's world");
    let package = resolve.push_str("world.wit", WORLD).expect("the fixture's world");
    let world = resolve.select_world(&[package], Some(world)).expect("a world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    ComponentEncoder::default()
        .module(&module)
        .expect("the face fits")
        .encode()
        .expect("a component")
}

fn decide_with(text: &str, world: &str, settings: GateSettings) -> GateDecision {
    let gate = Gate::load(&component(text, world), None, settings).expect("it looks like a gate");
    gate.check(&sql("SELECT 1"), &schema(), &Limits::default())
}

fn refused(decision: &GateDecision, rule: &str) -> Rejection {
    let rejection = decision
        .outcome
        .as_ref()
        .expect_err("a broken guest proves nothing")
        .clone();
    assert_eq!(rejection.code, ErrorCode::GateResourceExceeded);
    assert_eq!(rejection.rule, rule, "{}", rejection.message);
    assert!(!decision.report.accepted);
    rejection
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("fixtures/", $name, ".wat"))
    };
}

#[test]
fn a_guest_that_loops_runs_out_of_fuel() {
    let settings = GateSettings {
        fuel: 5_000_000,
        ..GateSettings::default()
    };
    let decision = decide_with(fixture!("loops"), "plain", settings);
    refused(&decision, "gate-fuel");
    assert_eq!(decision.report.fuel, 5_000_000);
}

#[test]
fn a_guest_that_loops_on_endless_fuel_meets_its_deadline() {
    let settings = GateSettings {
        fuel: u64::MAX,
        deadline_ms: 50,
        ..GateSettings::default()
    };
    refused(
        &decide_with(fixture!("loops"), "plain", settings),
        "gate-deadline",
    );
}

#[test]
fn a_guest_that_allocates_stays_within_its_memory() {
    let settings = GateSettings {
        memory_bytes: 8 << 20,
        ..GateSettings::default()
    };
    let decision = decide_with(fixture!("allocates"), "plain", settings);
    refused(&decision, "gate-trap");
    assert!(decision.report.memory_bytes <= 8 << 20);
}

#[test]
fn a_guest_that_panics_is_a_rejection() {
    let rejection = refused(
        &decide_with(fixture!("panics"), "plain", GateSettings::default()),
        "gate-trap",
    );
    assert!(!rejection.message.contains("wasm"), "{}", rejection.message);
}

#[test]
fn a_guest_that_recurses_without_end_overflows_its_own_stack_only() {
    refused(
        &decide_with(fixture!("recurses"), "plain", GateSettings::default()),
        "gate-stack",
    );
}

#[test]
fn answers_that_are_no_answers_are_thrown_away() {
    for text in [fixture!("points_outside"), fixture!("says_nonsense")] {
        refused(&decide_with(text, "plain", GateSettings::default()), "gate-trap");
    }
}

#[test]
fn acceptances_that_no_gate_would_give_are_thrown_away() {
    for text in [
        fixture!("lies"),
        fixture!("answers_nothing"),
        fixture!("names_a_stranger"),
    ] {
        refused(
            &decide_with(text, "plain", GateSettings::default()),
            "gate-answer",
        );
    }
}

#[test]
fn a_guest_that_calls_out_finds_nothing_there() {
    refused(
        &decide_with(fixture!("calls_out"), "calls-out", GateSettings::default()),
        "gate-trap",
    );
}

#[test]
fn tables_and_instances_are_as_many_as_is_set() {
    let few = GateSettings {
        fuel: 5_000_000,
        table_elements: 100,
        ..GateSettings::default()
    };
    refused(
        &decide_with(fixture!("grows_its_table"), "plain", few.clone()),
        "gate-trap",
    );
    let enough = GateSettings {
        table_elements: 2_000,
        ..few.clone()
    };
    refused(
        &decide_with(fixture!("grows_its_table"), "plain", enough),
        "gate-fuel",
    );
    let none = GateSettings { instances: 0, ..few };
    refused(&decide_with(fixture!("loops"), "plain", none), "gate-trap");
}

#[test]
fn the_stack_is_as_deep_as_is_set() {
    let spent = |max_wasm_stack_bytes| {
        let settings = GateSettings {
            max_wasm_stack_bytes,
            ..GateSettings::default()
        };
        let decision = decide_with(fixture!("recurses"), "plain", settings);
        refused(&decision, "gate-stack");
        decision.report.fuel
    };
    assert!(spent(128 << 10) * 4 < spent(1 << 20));
}

/// What a gate does not need is not even read.
#[test]
fn features_of_webassembly_that_no_gate_needs_are_off() {
    for module in [
        "(memory i64 1)",
        "(memory 1 1 shared)",
        "(memory 1) (memory 1)",
        "(func (result v128) (v128.const i64x2 0 0))",
        "(func $f (return_call $f))",
        "(type $t (struct))",
        "(tag)",
        "(func (i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (drop) (drop))",
    ] {
        let text = format!("(component (core module {module}))");
        let bytes = wat::parse_str(&text).expect(module);
        let loaded = Gate::load(&bytes, None, GateSettings::default());
        assert!(matches!(loaded, Err(GateLoadError::Component(_))), "{module}");
    }
}

/// Memories are used again: what the check before has written must be gone.
#[test]
fn nothing_of_a_check_is_left_for_the_next_one() {
    let settings = GateSettings {
        fuel: 5_000_000,
        places: 1,
        ..GateSettings::default()
    };
    let gate = Gate::load(&component(fixture!("remembers"), "plain"), None, settings).expect("a gate");
    for _ in 0..20 {
        let decision = gate.check(&sql("SELECT 1"), &schema(), &Limits::default());
        refused(&decision, "gate-trap");
    }
}

#[test]
fn more_checks_than_places_wait_for_their_turn() {
    let settings = GateSettings {
        fuel: 5_000_000,
        places: 2,
        ..GateSettings::default()
    };
    let gate = Gate::load(&component(fixture!("loops"), "plain"), None, settings).expect("a gate");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let decision = gate.check(&sql("SELECT 1"), &schema(), &Limits::default());
                    refused(&decision, "gate-fuel");
                }
            });
        }
    });
}

/// A pool of such memories can't be had: each check maps its own.
#[test]
fn a_gate_without_a_pool_is_as_closed() {
    let settings = GateSettings {
        memory_bytes: 64 << 30,
        ..GateSettings::default()
    };
    refused(
        &decide_with(fixture!("recurses"), "plain", settings),
        "gate-stack",
    );
}

#[test]
fn what_is_no_gate_is_not_loaded() {
    let load = |bytes: &[u8]| Gate::load(bytes, None, GateSettings::default()).map(|_| ());
    assert!(matches!(load(b"not wasm"), Err(GateLoadError::Component(_))));
    let empty = wat::parse_str("(component)").expect("an empty component");
    assert!(matches!(load(&empty), Err(GateLoadError::NotAGate(_))));
}

/// A small guest compiles at once, and the cache does not look at what it keeps.
fn small() -> Vec<u8> {
    component(fixture!("panics"), "plain")
}

fn only_file(folder: &std::path::Path) -> std::path::PathBuf {
    let mut entries = std::fs::read_dir(folder)
        .expect("a cache")
        .map(|entry| entry.expect("an entry").path());
    let first = entries.next().expect("one file");
    assert_eq!(entries.next(), None, "more than one file");
    first
}

#[test]
fn a_compiled_gate_is_kept_for_this_user_alone_and_loaded_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("gate");
    Gate::load(&small(), Some(&cache), GateSettings::default()).expect("compiles");
    let kept = only_file(&cache);
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!((mode(&kept), mode(&cache)), (0o600, 0o700));
    let written = std::fs::metadata(&kept)
        .and_then(|metadata| metadata.modified())
        .expect("a time");
    let again = Gate::load(&small(), Some(&cache), GateSettings::default()).expect("loads");
    refused(
        &again.check(&sql("SELECT 1"), &schema(), &Limits::default()),
        "gate-trap",
    );
    let unchanged = std::fs::metadata(only_file(&cache))
        .and_then(|metadata| metadata.modified())
        .expect("a time");
    assert_eq!(unchanged, written, "it was loaded, not compiled again");
}

#[test]
fn a_damaged_or_foreign_cache_is_not_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("gate");
    Gate::load(&small(), Some(&cache), GateSettings::default()).expect("compiles");
    let kept = only_file(&cache);
    let good = std::fs::read(&kept).expect("machine code");
    std::fs::write(&kept, b"not machine code").expect("damaged");
    Gate::load(&small(), Some(&cache), GateSettings::default()).expect("compiles again");
    assert!(
        std::fs::read(&kept).expect("machine code") == good,
        "the damaged file was replaced"
    );
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o666)).expect("opened to others");
    Gate::load(&small(), Some(&cache), GateSettings::default()).expect("compiles again");
    let mode = std::fs::metadata(&kept).expect("metadata").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the open file was replaced");
}
