//! `csv-analyst smoke`: asks a running service one question of each dataset, as a visitor would, and says
//! by its exit code whether all were answered and put on record.
//!
//! It opens no data and starts no sandbox of its own. The conversations it began are deleted again; the
//! runs stay on record, like anybody's.

use super::flags::Flags;
use super::running::{Answer, NoAnswer, Running, on_this_machine};
use super::{CliError, say, terminal};
use clap::Args;
use csv_analyst_protocol::api::{CreateRun, DatasetList, DatasetState, DatasetSummary};
use csv_analyst_protocol::capsule::Verification;
use csv_analyst_protocol::chat::{ChatAnswer, ChatRequest};
use csv_analyst_protocol::error::ErrorBody;
use csv_analyst_protocol::run::{Run, RunState, SandboxStart};
use hyper::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::Instant;

/// For what the service answers from memory.
const AT_ONCE: Duration = Duration::from_secs(10);
/// The longest that a run may be configured to wait for a place and to take, and some more.
const PATIENT: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_millis(500);
const MAX_SHOWN_BYTES: usize = 2_000;

#[derive(Args)]
#[command(after_help = "Exit code: 0 when every dataset was asked and answered, 1 otherwise.")]
pub struct SmokeFlags {
    /// Host and port to ask [default: the configured address, on this machine].
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<String>,
    /// Wait at most so long until the service is ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    patience: u64,
    #[command(flatten)]
    common: Flags,
}

pub async fn smoke(flags: SmokeFlags) -> Result<(), CliError> {
    let address = match &flags.address {
        Some(given) => given.clone(),
        None => on_this_machine(flags.common.load()?.listen).to_string(),
    };
    let service = Running::Address(address);
    until_ready(&service, Duration::from_secs(flags.patience)).await?;
    let list: DatasetList = get(&service, "/datasets").await.map_err(CliError::Asked)?;
    let total = list.datasets.len();
    let mut failed = 0;
    for dataset in &list.datasets {
        let asked = ask(&service, dataset).await;
        failed += usize::from(asked.is_err());
        say(&told(dataset, asked))?;
    }
    say(&format!("{} of {total} datasets answered", total - failed))?;
    match (total, failed) {
        (0, _) => Err(CliError::NotAnswered("there is no dataset to ask")),
        (_, 0) => Ok(()),
        _ => Err(CliError::NotAnswered("not every dataset answered")),
    }
}

/// A service that was just started is not a broken one.
async fn until_ready(service: &Running, patience: Duration) -> Result<(), CliError> {
    let deadline = Instant::now() + patience;
    loop {
        let reason = match service.get("/readyz", AT_ONCE).await {
            Ok(answer) if answer.status == StatusCode::OK => return Ok(()),
            Ok(answer) => answer.shown(MAX_SHOWN_BYTES),
            Err(error) => error.to_string(),
        };
        if Instant::now() + PAUSE > deadline {
            return Err(CliError::Unhealthy {
                address: terminal::one_line(&service.to_string()),
                reason: terminal::one_line(&reason),
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A question and what came of it.
struct Asked {
    question: String,
    answer: String,
    run: Run,
}

async fn ask(service: &Running, dataset: &DatasetSummary) -> Result<Asked, String> {
    if dataset.state != DatasetState::Ready {
        let reason = dataset.error.as_ref().map(|error| error.message.as_str());
        return Err(reason.unwrap_or("it is still being prepared").to_owned());
    }
    let asked = match dataset.prompts.first() {
        Some(prompt) => by_chat(service, dataset, prompt).await?,
        None => by_count(service, dataset).await?,
    };
    if asked.run.status != RunState::Succeeded {
        let reason = asked.run.error.as_ref().map(|error| error.message.clone());
        return Err(reason.unwrap_or_else(|| format!("the run ended as {:?}", asked.run.status)));
    }
    verify(service, &asked.run).await?;
    Ok(asked)
}

async fn by_chat(service: &Running, dataset: &DatasetSummary, prompt: &str) -> Result<Asked, String> {
    let request = ChatRequest {
        dataset_id: dataset.id.clone(),
        message: prompt.to_owned(),
        thread_id: None,
        // A kept answer would say nothing about the sandbox.
        cache: Some(false),
    };
    let answer: ChatAnswer = post(service, "/chat", &request).await?;
    let forgotten = format!("/threads/{}", answer.thread_id);
    let deleted = service
        .send(Method::DELETE, &forgotten, String::new(), AT_ONCE)
        .await;
    deleted.map_err(|error| format!("the conversation cannot be deleted: {error}"))?;
    Ok(Asked {
        question: prompt.to_owned(),
        run: answer
            .run
            .ok_or_else(|| format!("declined: {}", answer.message))?,
        answer: answer.message,
    })
}

/// Of a dataset for which the planner has nothing to suggest, the rows of its first table.
async fn by_count(service: &Running, dataset: &DatasetSummary) -> Result<Asked, String> {
    let table = dataset.tables.first().ok_or("it has no tables")?;
    let name = table.name.replace('"', "\"\"");
    let request = CreateRun {
        dataset_id: dataset.id.clone(),
        sql: Some(format!("SELECT count(*) AS \"rows\" FROM \"{name}\"")),
        cache: Some(false),
        ..CreateRun::default()
    };
    let run: Run = post(service, "/runs", &request).await?;
    let cell = run.rows.first().and_then(|row| row.first());
    Ok(Asked {
        question: format!("How many rows has {}?", table.name),
        answer: cell.map(ToString::to_string).unwrap_or_default(),
        run,
    })
}

async fn verify(service: &Running, run: &Run) -> Result<(), String> {
    let path = format!("/runs/{}/verify", run.run_id);
    let verified: Verification = post(service, &path, &serde_json::Map::new()).await?;
    match verified.valid {
        true => Ok(()),
        false => Err(format!("the record of run {} does not verify", run.run_id)),
    }
}

async fn get<T: DeserializeOwned>(service: &Running, path: &str) -> Result<T, String> {
    read(service.get(path, AT_ONCE).await)
}

async fn post<T: DeserializeOwned>(
    service: &Running,
    path: &str,
    body: &impl Serialize,
) -> Result<T, String> {
    let body = serde_json::to_string(body).map_err(|error| error.to_string())?;
    read(service.send(Method::POST, path, body, PATIENT).await)
}

fn read<T: DeserializeOwned>(answer: Result<Answer, NoAnswer>) -> Result<T, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    if answer.status != StatusCode::OK {
        let said = answer.json::<ErrorBody>().map(|body| body.error.message);
        let said = said.unwrap_or_else(|_| answer.shown(MAX_SHOWN_BYTES));
        return Err(format!("{}: {said}", answer.status.as_u16()));
    }
    answer
        .json()
        .map_err(|error| format!("the answer is not understood: {error}"))
}

/// All of it comes from the service's data.
fn told(dataset: &DatasetSummary, asked: Result<Asked, String>) -> String {
    let id = terminal::one_line(&dataset.id);
    let lines = match asked {
        Err(reason) => return format!("{id}: NOT ANSWERED: {}\n", terminal::one_line(&reason)),
        Ok(asked) => [
            asked.question.clone(),
            first_line(&asked.answer),
            ended(&asked.run),
        ],
    };
    let [question, answer, ended] = lines.map(|line| terminal::one_line(&line));
    format!("{id}: {question}\n  {answer}\n  {ended}\n")
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn ended(run: &Run) -> String {
    let sandbox = match &run.sandbox {
        None => "no sandbox".to_owned(),
        Some(report) => match report.start {
            Some(SandboxStart::Warm) => format!("{}, warm", report.kind),
            Some(SandboxStart::Cold) => format!("{}, cold", report.kind),
            None => report.kind.clone(),
        },
    };
    let took = run.timings.total_ms.round();
    format!(
        "run {}, {} rows, {took} ms, {sandbox}, record verified",
        run.run_id, run.row_count
    )
}
