//! The container engine killed, hung, restarted and absent; its image gone; runners killed inside.

use crate::case::Case;
use crate::engine::Engine;
use crate::invariants;
use crate::ledger::Ledger;
use crate::load::Load;
use crate::processes;
use crate::random::Random;
use crate::setting::{Family, times};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// A service whose sandboxes are containers of an engine of its own; dropped in this order.
struct Harbour {
    case: Case,
    engine: Engine,
    ledger: Arc<Ledger>,
}

impl Harbour {
    fn open(test: &str) -> Option<Self> {
        Self::open_with(test, "")
    }

    fn open_with(test: &str, settings: &str) -> Option<Self> {
        let mut case = Case::new(test)?;
        let engine = Engine::start(test)?;
        let socket = engine.socket();
        case.configure(
            &format!(
                "kind = 'docker'\n[sandbox.docker]\nimage = '{}'\nsocket = '{}'",
                engine.image(),
                socket.display()
            ),
            settings,
        );
        case.start();
        case.wait_until_it_answers();
        Some(Self {
            case,
            engine,
            ledger: Arc::default(),
        })
    }

    fn load(&self, random: &mut Random) -> Load {
        Load::start(self.case.address(), &self.ledger, random)
    }

    fn settle(&self) {
        invariants::hold(&self.case, &self.ledger);
        self.only_the_pool_is_left();
    }

    /// Containers that nobody uses are gone, by and by, but for those that wait to be used.
    fn only_the_pool_is_left(&self) {
        let dead = || {
            let all = self.engine.containers(&self.case.label);
            all.into_iter()
                .filter(|id| self.engine.runner_of(id).is_none())
                .collect::<Vec<_>>()
        };
        self.case
            .wait_for("no dead container is left", || dead().is_empty());
    }

    /// Why a run cannot have a sandbox now.
    fn refusal(&self) -> Value {
        let (status, answer) = self.case.run_sql(crate::case::QUICK, 5_000);
        assert_ne!(status, 200, "{answer}");
        self.ledger.note(&answer);
        answer["error"]["message"].clone()
    }

    fn close(mut self) {
        self.settle();
        self.case.stop();
        let left = || self.engine.containers(&self.case.label);
        self.case.wait_for("no container is left", || left().is_empty());
        invariants::nothing_is_left(&self.case);
    }
}

#[test]
fn an_engine_that_is_killed_or_restarted_takes_runs_with_it_but_no_service() {
    let (mut family, mut random) = Family::begin("engine killed or restarted");
    let Some(mut harbour) = Harbour::open("faults: engine killed") else {
        return;
    };
    for _ in 0..times(1, 10) {
        let load = harbour.load(&mut random);
        std::thread::sleep(random.up_to(Duration::from_secs(2)));
        match random.one_in(3) {
            true => {
                harbour.engine.stop();
                family.fault();
            }
            false => {
                harbour.engine.kill();
                family.kill();
            }
        }
        std::thread::sleep(random.up_to(Duration::from_secs(2)));
        assert_eq!(harbour.case.get("/healthz").0, 200);
        harbour.engine.start_daemon().expect("it starts again");
        std::thread::sleep(random.up_to(Duration::from_secs(1)));
        load.stop();
        harbour.settle();
    }
    harbour.close();
}

#[test]
fn an_engine_that_is_absent_or_hangs_is_named_and_used_again_when_it_is_back() {
    let (mut family, mut random) = Family::begin("engine absent or hung");
    let Some(mut harbour) = Harbour::open("faults: engine hung") else {
        return;
    };
    for _ in 0..times(1, 5) {
        harbour.engine.stop();
        family.fault();
        harbour.case.wait_for("it is said that no engine answers", || {
            harbour
                .refusal()
                .as_str()
                .is_some_and(|said| said.contains("no Docker daemon answers"))
        });
        harbour.engine.start_daemon().expect("it starts again");
        harbour.settle();

        let load = harbour.load(&mut random);
        std::thread::sleep(random.up_to(Duration::from_secs(1)));
        harbour.engine.hang();
        family.fault();
        // Asked for by requests that an engine which goes on would still carry out.
        std::thread::sleep(Duration::from_secs(times(5, 45)));
        assert_eq!(harbour.case.get("/healthz").0, 200);
        assert_eq!(harbour.case.get("/datasets").0, 200);
        harbour.engine.go_on();
        load.stop();
        harbour.settle();
    }
    harbour.close();
}

#[test]
fn a_server_stops_in_time_while_its_engine_hangs_and_the_next_one_cleans_up() {
    let (mut family, mut random) = Family::begin("stopped while the engine hangs");
    let Some(mut harbour) = Harbour::open("faults: stop while the engine hangs") else {
        return;
    };
    let load = harbour.load(&mut random);
    std::thread::sleep(Duration::from_millis(500));
    harbour.engine.hang();
    family.fault();
    harbour.case.stop();
    load.stop();
    harbour.engine.go_on();
    harbour.case.start();
    harbour.close();
}

#[test]
fn an_image_that_is_gone_is_named_and_used_again_when_it_is_back() {
    let (mut family, _) = Family::begin("image missing");
    // Containers that wait would hold the image.
    let Some(harbour) = Harbour::open_with("faults: image missing", "[pool]\nenabled = false") else {
        return;
    };
    for _ in 0..times(1, 3) {
        harbour.engine.remove_image(&harbour.case.label);
        family.fault();
        harbour
            .case
            .wait_for("it is said which image is missing and how to make it", || {
                harbour
                    .refusal()
                    .as_str()
                    .is_some_and(|said| said.contains("cargo xtask images"))
            });
        harbour.engine.load_image();
        harbour.settle();
    }
    harbour.close();
}

#[test]
fn runners_and_servers_killed_around_containers_leave_none() {
    let (mut family, mut random) = Family::begin("containers killed");
    let Some(mut harbour) = Harbour::open("faults: containers killed") else {
        return;
    };
    for _ in 0..times(1, 12) {
        let load = harbour.load(&mut random);
        std::thread::sleep(random.up_to(Duration::from_secs(2)));
        let containers = harbour.engine.containers(&harbour.case.label);
        let victim = random
            .pick(&containers)
            .and_then(|id| harbour.engine.runner_of(id));
        if let Some(victim) = victim {
            processes::kill(victim);
            family.kill();
        }
        if random.one_in(2) {
            harbour.case.kill();
            family.kill();
            load.stop();
            harbour.case.start();
        } else {
            load.stop();
        }
        harbour.settle();
    }
    harbour.close();
}
