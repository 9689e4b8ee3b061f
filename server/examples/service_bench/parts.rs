//! What is measured, part by part.

use crate::client::Client;
use crate::floor::{Failure, Floor};
use crate::pause::Pause;
use crate::service::Service;
use crate::times::Times;
use crate::{Options, in_process, load, tell};
use csv_analyst_server::sandbox::SandboxSettings;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const SQL: &str = "SELECT category, sum(price * quantity * (1 - discount / 100)) AS revenue \
                   FROM order_items GROUP BY category ORDER BY revenue DESC";
const WARM_RUNS: usize = 300;
/// Each opens an engine.
const ANEW_RUNS: usize = 50;
/// Longer than one sandbox takes to be started behind the one that was taken.
const PROCESS_PAUSE: Duration = Duration::from_millis(150);
const CONTAINER_PAUSE: Duration = Duration::from_millis(600);
/// As long as one sandbox takes to be started.
const PROCESS_START: Duration = Duration::from_millis(40);
const CONTAINER_START: Duration = Duration::from_millis(200);
const CACHED_RUNS: usize = 2_000;
/// More than two do not help on two cores; the others keep the queue from running dry.
const BUSY_CLIENTS: usize = 4;
const MANY_CLIENTS: usize = 200;

fn question(cache: bool) -> Value {
    json!({"dataset_id": "ecommerce", "sql": SQL, "cache": cache})
}

/// The second start of a data directory: snapshots and the compiled gate are there.
pub async fn idle(options: &Options) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    Service::start(options, "process", &data, &[]).await?.stop()?;
    let mut starts = Vec::new();
    for _ in 0..10 {
        let service = Service::start(options, "process", &data, &[]).await?;
        starts.push(service.ready_after.as_secs_f64() * 1e3);
        service.stop()?;
    }
    tell("start to ready", &Times::new(starts).in_words())?;
    let service = Service::start(options, "process", &data, &[]).await?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    tell(
        "resident memory of an idle server",
        &format!("{:.1} MB", service.resident_megabytes()),
    )?;
    service.stop()
}

pub async fn runs(options: &Options, sandbox: &str) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let service = Service::start(options, sandbox, &data, &[]).await?;
    let canonical = canonical(&service).await?;
    warm(options, sandbox, &service, &data, &canonical).await?;
    let cached = load::alone(
        service.address,
        CACHED_RUNS,
        Pause::Asleep(Duration::ZERO),
        &question(true),
    )
    .await?;
    tell("cached answer over HTTP", &cached.in_words())?;
    sustained(options, sandbox, &service).await?;
    service.stop()
}

/// What the gate makes of the SQL, and the version of the data.
async fn canonical(service: &Service) -> Result<(String, String), Failure> {
    let mut client = Client::new(service.address);
    let answer = client.post("/runs", &question(false)).await?;
    let run = answer.json()?;
    let text = |name: &str| run[name].as_str().map(str::to_owned).ok_or("the run failed");
    Ok((text("sql")?, text("dataset_version")?))
}

async fn warm(
    options: &Options,
    sandbox: &str,
    service: &Service,
    data: &Path,
    (sql, version): &(String, String),
) -> Result<(), Failure> {
    let (pause, start) = match sandbox {
        "docker" => (CONTAINER_PAUSE, CONTAINER_START),
        _ => (PROCESS_PAUSE, PROCESS_START),
    };
    let snapshot = in_process::snapshot(data, version)?;
    let manners = [
        ("after pauses", Pause::Asleep(pause)),
        ("awake", Pause::Awake(start)),
    ];
    for (manner, pause) in manners {
        let bare = in_process::measure(options, &snapshot, sql, WARM_RUNS, pause)?;
        let anew = in_process::measure_anew(options, &snapshot, sql, ANEW_RUNS, pause)?;
        let warm = load::alone(service.address, WARM_RUNS, pause, &question(false)).await?;
        tell(
            &format!("the same SQL in an open DuckDB, {manner}"),
            &bare.in_words(),
        )?;
        tell(
            &format!("its first run in a DuckDB opened for it, {manner}"),
            &anew.in_words(),
        )?;
        tell(
            &format!("warm {sandbox} run over HTTP, {manner}"),
            &warm.in_words(),
        )?;
        let (half, most) = (warm.p50() - bare.p50(), warm.p99() - bare.p99());
        tell(
            &format!("warm {sandbox} run minus open DuckDB, {manner}"),
            &format!("p50 {half:.2} ms, p99 {most:.2} ms"),
        )?;
    }
    Ok(())
}

async fn sustained(options: &Options, sandbox: &str, service: &Service) -> Result<(), Failure> {
    let duration = Duration::from_secs(options.seconds);
    let idle = if sandbox == "docker" {
        Some(nothing_per_second(duration).await?)
    } else {
        None
    };
    let seen = load::run(service.address, BUSY_CLIENTS, duration, |_, _| question(false)).await?;
    let figure = format!("sustained {sandbox} runs, {BUSY_CLIENTS} clients");
    tell(&figure, &seen.in_words())?;
    if let Some(idle) = idle {
        tell(
            &format!("do-nothing containers, {BUSY_CLIENTS} at a time"),
            &format!("{idle:.1} a second; ratio {:.2}", seen.per_second() / idle),
        )?;
    }
    Ok(())
}

/// Created, attached, started, ended, removed.
async fn nothing_per_second(duration: Duration) -> Result<f64, Failure> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..BUSY_CLIENTS {
        let floor = Floor::of("docker", &SandboxSettings::default())?;
        tasks.spawn(async move {
            let mut count = 0_u32;
            while began.elapsed() < duration {
                floor.do_nothing().await?;
                count += 1;
            }
            Ok::<_, Failure>(count)
        });
    }
    let mut count = 0;
    while let Some(ended) = tasks.join_next().await {
        count += ended??;
    }
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

/// Questions of every kind: run anyway, of changing numbers, kept.
fn of_many(number: usize, count: usize) -> Value {
    match (number + count) % 10 {
        0 => question(false),
        1..=3 => json!({"dataset_id": "ecommerce",
            "sql": format!("SELECT count(*) AS n FROM orders WHERE order_id > {}", (number * 31 + count) % 500)}),
        _ => question(true),
    }
}

pub async fn many_clients(options: &Options) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let service = Service::start(options, "process", &folder.path().join("data"), &[]).await?;
    let duration = Duration::from_secs(60 * options.minutes);
    let loading = load::run(service.address, MANY_CLIENTS, duration, of_many);
    let (mut loading, mut memory) = (std::pin::pin!(loading), Vec::new());
    let mut every = tokio::time::interval(duration / 20);
    let seen = loop {
        tokio::select! {
            seen = &mut loading => break seen?,
            _ = every.tick() => memory.push(service.resident_megabytes()),
        }
    };
    let figure = format!("{MANY_CLIENTS} clients for {} minutes", options.minutes);
    tell(&figure, &seen.in_words())?;
    let shown: Vec<String> = memory.iter().map(|value| format!("{value:.0}")).collect();
    tell("resident memory over that time, MB", &shown.join(" "))?;
    service.stop()
}
