//! Every guard alone against every attack of the hostile runner, and what `docs/security.md` says of it.
//! `cargo xtask guards` runs the whole and publishes it; Docker's part is run here where something has
//! to hold, and without any guard as the control.

mod sandbox_support;

#[path = "../examples/guard_matrix/attacks.rs"]
mod attacks;
#[path = "../examples/guard_matrix/docker.rs"]
mod docker;
#[path = "../examples/guard_matrix/host.rs"]
mod host;
#[path = "../examples/guard_matrix/matrix.rs"]
mod matrix;
#[path = "../examples/guard_matrix/naive.rs"]
mod naive;
#[path = "../examples/guard_matrix/process.rs"]
mod process;
#[path = "../examples/guard_matrix/render.rs"]
mod render;
#[path = "../examples/guard_matrix/stage.rs"]
mod stage;

use matrix::Matrix;
use sandbox_support::{gate, runner, skip};
use stage::Stage;

const DOCUMENT: &str = include_str!("../../docs/security.md");
const BEGIN: &str = "<!-- guards: begin -->\n";
const END: &str = "<!-- guards: end -->";

/// `None`, said loudly, where a part is not built.
fn stage(test: &str) -> Option<Stage> {
    let hostile = runner().with_file_name("examples").join("hostile");
    let (Some(gate), true) = (gate(), hostile.is_file()) else {
        skip(
            test,
            "the gate component or the hostile runner is not built; run `cargo xtask test`",
        );
        return None;
    };
    Some(Stage::new(gate, &hostile).expect("the attacks' aims can be made"))
}

/// A cell is as published, or this machine cannot tell and says why.
fn compare(matrix: &Matrix) {
    let differences = matrix.differences();
    for (place, reason) in &differences.unavailable {
        skip(place, reason);
    }
    assert!(differences.wrong.is_empty(), "{}", differences.wrong.join("\n"));
}

#[test]
fn the_published_tables_are_those_that_are_tested() {
    let tables = render::tables(&[process::outline(), docker::outline(), host::outline()]);
    let published = DOCUMENT
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .map(|(text, _)| text.trim());
    assert_eq!(
        published,
        Some(tables.trim()),
        "run `cargo xtask guards` to publish the tables"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_guard_of_a_process_holds_alone_and_without_it_the_attack_goes_through() {
    let Some(stage) = stage("guard matrix, process") else {
        return;
    };
    compare(&process::matrix(&stage).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_guard_of_a_container_holds_alone_and_without_it_the_attack_goes_through() {
    let Some(stage) = stage("guard matrix, Docker") else {
        return;
    };
    compare(&docker::matrix(&stage, docker::Extent::HeldOnly).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_believes_no_lie_whatever_the_sandbox_lets_through() {
    let Some(stage) = stage("guard matrix, host") else {
        return;
    };
    compare(&host::matrix(&stage).await);
}
