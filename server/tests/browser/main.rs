//! The whole path in a real browser: the page, a click on an example prompt, the right table.
//!
//! Every dataset's first prompt is clicked; with `XTASK_BROWSER_ALL` (`cargo xtask e2e`) all of them.
//! An error on the browser's console fails the test, wherever it happens. Where there is no Chromium
//! the test says so and is skipped.

mod chromium;
mod page;
mod pictures;
mod webdriver;
// Shared with the tests that talk to the service without a browser.
#[path = "../support/golden.rs"]
mod golden;
#[path = "../support/server.rs"]
#[allow(dead_code, reason = "not every test file uses every helper")]
mod server;

use std::path::{Path, PathBuf};

use chromium::Browser;
use csv_analyst_server::sandbox::{SandboxChoice, SandboxSettings};
use golden::Golden;
use page::Page;
use server::Server;

const ALL_PROMPTS_VARIABLE: &str = "XTASK_BROWSER_ALL";
const SCREENSHOTS_VARIABLE: &str = "XTASK_SCREENSHOTS";

/// What the test needs beside the programs that cargo builds for it.
fn missing_parts() -> Option<String> {
    let folder = Path::new(env!("CARGO_BIN_EXE_csv-analyst")).parent()?;
    let parts = [
        "runner-native",
        "../artefacts/gate.wasm",
        "../site/pkg/csv_analyst_bg.wasm",
    ];
    let absent = parts.into_iter().find(|part| !folder.join(part).exists())?;
    Some(format!("{absent} is not built; run `cargo xtask test`"))
}

/// Why queries cannot run in a sandbox of this kind here.
fn missing_sandbox(kind: SandboxChoice) -> Option<String> {
    let settings = SandboxSettings {
        kind,
        runner_binary: Path::new(env!("CARGO_BIN_EXE_csv-analyst")).with_file_name("runner-native"),
        ..SandboxSettings::default()
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let chosen = runtime.block_on(csv_analyst_server::sandbox::choose(&settings));
    chosen.err().map(|error| error.to_string())
}

fn start_service(directory: &Path, kind: SandboxChoice) -> Server {
    let registry = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/registry.json");
    let registry = registry.to_str().expect("the checkout's path is UTF-8");
    let kind = match kind {
        SandboxChoice::Docker => "docker",
        _ => "process",
    };
    let server = Server::start(directory, &["--sandbox", kind, "--registry", registry]);
    server.wait_until_ready();
    server
}

/// The prompts to click: of each dataset the first, or all.
fn prompts() -> Vec<Golden> {
    let mut prompts = golden::example_prompts();
    if std::env::var_os(ALL_PROMPTS_VARIABLE).is_none() {
        prompts.dedup_by(|later, earlier| later.dataset == earlier.dataset);
    }
    prompts
}

/// Runs `steps` in a browser on a service of its own, and leaves nothing of either.
fn in_a_browser(test: &str, kind: SandboxChoice, steps: impl FnOnce(&Page) -> Result<(), String>) {
    let missing = missing_parts()
        .or_else(chromium::missing)
        .or_else(|| missing_sandbox(kind));
    if let Some(reason) = missing {
        eprintln!("SKIPPED: {test}: {reason}");
        return;
    }
    let directory = tempfile::tempdir().expect("a temporary folder");
    // First what kills its children when the rest panics.
    let browser = Browser::start();
    let server = start_service(directory.path(), kind);
    let page = Page::new(&browser, server.address);
    let outcome = steps(&page);
    drop(browser);
    let drained = server.stop();
    if let Err(reason) = outcome {
        panic!("{reason}");
    }
    assert!(drained, "the service did not end cleanly");
}

fn click_the_prompts(page: &Page) -> Result<(), String> {
    for golden in prompts() {
        let question = &golden.question;
        page.open(&golden.dataset)?;
        page.click_prompt(question)?;
        let run = page.answer().map_err(|reason| format!("{question}: {reason}"))?;
        golden
            .check(&run)
            .map_err(|reason| format!("{question}: {reason}"))?;
        page.refuse_console_errors(question)?;
    }
    Ok(())
}

#[test]
fn a_clicked_prompt_shows_the_right_table_from_a_process() {
    in_a_browser(
        "browser: prompts, process",
        SandboxChoice::Process,
        click_the_prompts,
    );
}

#[test]
fn a_clicked_prompt_shows_the_right_table_from_a_container() {
    in_a_browser(
        "browser: prompts, docker",
        SandboxChoice::Docker,
        click_the_prompts,
    );
}

#[test]
fn a_conversation_is_still_there_after_a_reload() {
    in_a_browser("browser: reload", SandboxChoice::Process, |page| {
        let golden = prompts().swap_remove(0);
        page.open(&golden.dataset)?;
        page.click_prompt(&golden.question)?;
        let before = page.answer()?;
        page.reload()?;
        let after = page.answer()?;
        page.refuse_console_errors("reload")?;
        if before == after {
            Ok(())
        } else {
            Err(format!("before {before}, after {after}"))
        }
    });
}

#[test]
fn a_question_that_the_data_cannot_answer_is_declined_in_words() {
    in_a_browser("browser: decline", SandboxChoice::Process, |page| {
        page.open("ecommerce")?;
        page.type_question("What will the weather be in Paris tomorrow?")?;
        let said = page.declined_text()?;
        page.refuse_console_errors("decline")?;
        if said.len() > 20 {
            Ok(())
        } else {
            Err(format!("it only said `{said}`"))
        }
    });
}

#[test]
fn pictures_of_the_page_are_taken_where_they_are_wanted() {
    let Some(folder) = std::env::var_os(SCREENSHOTS_VARIABLE).map(PathBuf::from) else {
        return;
    };
    in_a_browser("browser: pictures", SandboxChoice::Process, |page| {
        pictures::take_all(page, &folder)
    });
}
