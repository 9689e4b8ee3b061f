//! How long a cold sandbox takes: start, one query, destruction; and beside it, in turns, the same
//! program in the same wrapping doing nothing.
//!
//! `sandbox_latency GATE RUNNER REGISTRY_FOLDER process|docker|kubernetes [RUNS]`, with a snapshot made on
//! the way from the `ecommerce` files; the sandbox is configured by the environment, as the service's is.
//! Measures; asserts nothing.

mod floor;
mod job;

use csv_analyst_protocol::dataset::Registry;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::ingest::{IngestColumn, IngestRequest, IngestTable};
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::reading::FileLimits;
use csv_analyst_server::config;
use csv_analyst_server::gate::{Gate, GateSchema, GateSettings};
use csv_analyst_server::sandbox::{Request, SandboxChoice, SandboxClass, SandboxSettings, choose, ingest};
use figment::value::Dict;
use floor::{Failure, Floor};
use job::DoNothingJob;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

const QUERY: &str = "SELECT category, sum(price * quantity * (1 - discount / 100)) AS revenue \
                     FROM order_items GROUP BY category ORDER BY revenue DESC";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [gate, runner, library, kind, rest @ ..] = arguments.as_slice() else {
        return Err(
            "usage: sandbox_latency GATE RUNNER REGISTRY_FOLDER process|docker|kubernetes [RUNS]".into(),
        );
    };
    let runs: usize = rest.first().map_or(Ok(30), |text| text.parse())?;
    let settings = settings(kind, runner)?;
    let folder = tempfile::tempdir()?;
    let (snapshot, schema) = snapshot(&settings, Path::new(library), folder.path()).await?;
    let gate = Gate::load(
        &std::fs::read(gate)?,
        Some(&std::env::temp_dir()),
        GateSettings::default(),
    )?;
    let limits = Limits::default();
    let decision = gate.check(&UntrustedQuery::Sql(QUERY.into()), &schema, &limits);
    let query = decision.outcome.map_err(|rejection| rejection.message)?;
    let provider = choose(&settings).await?;
    let class = SandboxClass {
        snapshot,
        dataset_version: "1".into(),
        resources: limits.resources(),
    };
    let floor = Nothing::of(kind, &settings).await?;
    let mut times = Vec::new();
    for run in 0..runs {
        let idle = Instant::now();
        floor.do_nothing().await?;
        let nothing = idle.elapsed();
        let began = Instant::now();
        let sandbox = provider.start(&class).await?;
        let started = began.elapsed();
        let request = Request {
            query: &query,
            run_id: &format!("run-{run}"),
            limits: &limits,
        };
        let mut used = sandbox.execute(request, &CancellationToken::new()).await;
        used.outcome?;
        let answered = began.elapsed();
        used.remains.destroy().await?;
        times.push(
            [nothing, started, answered - started, answered, began.elapsed()]
                .map(|time| time.as_secs_f64() * 1e3),
        );
    }
    report(kind, &times)?;
    Ok(())
}

/// The least that a sandbox of this kind can cost.
enum Nothing {
    Here(Floor),
    Job(Box<DoNothingJob>),
}

impl Nothing {
    async fn of(kind: &str, settings: &SandboxSettings) -> Result<Self, Failure> {
        Ok(match settings.kind {
            SandboxChoice::Kubernetes => Self::Job(DoNothingJob::new(settings).await?.into()),
            _ => Self::Here(Floor::of(kind, settings)?),
        })
    }

    async fn do_nothing(&self) -> Result<(), Failure> {
        match self {
            Self::Here(floor) => floor.do_nothing().await,
            Self::Job(job) => job.run().await,
        }
    }
}

fn settings(kind: &str, runner: &str) -> Result<SandboxSettings, Failure> {
    let configured = config::load(None, Dict::new())?.sandbox;
    let kind = match kind {
        "kubernetes" => SandboxChoice::Kubernetes,
        "docker" => SandboxChoice::Docker,
        _ => SandboxChoice::Process,
    };
    Ok(SandboxSettings {
        kind,
        runner_binary: runner.into(),
        ..configured
    })
}

const STAGES: [&str; 5] = [
    "doing nothing",
    "start",
    "execute",
    "start and execute",
    "with destruction",
];

async fn snapshot(
    settings: &SandboxSettings,
    library: &Path,
    folder: &Path,
) -> Result<(PathBuf, GateSchema), Failure> {
    let registry: Registry = serde_json::from_str(&std::fs::read_to_string(library.join("registry.json"))?)?;
    let dataset = registry
        .datasets
        .into_iter()
        .find(|dataset| dataset.id == "ecommerce")
        .ok_or("no ecommerce")?;
    let library = library.canonicalize()?;
    let files: Vec<PathBuf> = dataset
        .tables
        .iter()
        .map(|table| library.join(&dataset.id).join(&table.file))
        .collect();
    let tables = dataset
        .tables
        .iter()
        .zip(&files)
        .map(|(table, file)| IngestTable {
            name: table.name.clone(),
            path: file.to_string_lossy().into_owned(),
            columns: table
                .columns
                .iter()
                .map(|column| IngestColumn {
                    name: column.name.clone(),
                    kind: column.kind,
                    nullable: column.nullable,
                })
                .collect(),
            reading: table.reading.clone(),
        });
    let output = folder.join("snapshot.duckdb");
    let request = IngestRequest {
        output: output.to_string_lossy().into_owned(),
        memory_bytes: 1 << 30,
        scratch: None,
        limits: FileLimits::default(),
        tables: tables.collect(),
    };
    ingest(settings, &request, &files, &|_| {}).await?;
    Ok((output, GateSchema::new(&dataset)))
}

fn report(kind: &str, times: &[[f64; STAGES.len()]]) -> Result<(), Failure> {
    for (index, name) in STAGES.iter().enumerate() {
        let mut sorted: Vec<f64> = times.iter().map(|all| all[index]).collect();
        sorted.sort_by(f64::total_cmp);
        let percentile = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
        let (half, most) = (percentile(0.5), percentile(0.99));
        writeln!(
            std::io::stdout(),
            "{kind} {name}: p50 {half:.1} ms, p99 {most:.1} ms ({} runs)",
            sorted.len()
        )?;
    }
    Ok(())
}
