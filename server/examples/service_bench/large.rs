//! A table of 10 million rows: read once, then grouped, here and in bare engines over the same snapshot.

use crate::client::Client;
use crate::floor::Failure;
use crate::pause::Pause;
use crate::service::Service;
use crate::times::Times;
use crate::{Options, in_process, tell};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

const SQL: &str = "SELECT region, product, count(*) AS orders, sum(amount) AS total, avg(quantity) AS quantity \
                   FROM sales GROUP BY region, product ORDER BY region, product";
const RUNS: usize = 10;
const TIMEOUT_MS: u64 = 60_000;
const PAUSE: Duration = Duration::from_millis(500);

pub async fn measure(options: &Options) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("sales.csv");
    write_rows(&file, options.rows)?;
    let bytes = file.metadata()?.len();
    let data = folder.path().join("data");
    let datasets = [("large", file.clone())];
    let service = Service::start(options, "process", &data, &datasets).await?;
    tell(
        &format!(
            "reading {} rows ({:.0} MB of CSV) at a first start",
            options.rows,
            bytes as f64 / 1e6
        ),
        &format!(
            "{:.1} s until everything was ready",
            service.ready_after.as_secs_f64()
        ),
    )?;
    let mut client = Client::new(service.address);
    let body = json!({"dataset_id": "large", "sql": SQL, "cache": false, "timeout_ms": TIMEOUT_MS});
    let (mut over_http, mut canonical) = (Vec::new(), (String::new(), String::new()));
    for _ in 0..RUNS {
        tokio::time::sleep(PAUSE).await;
        let answer = client.post("/runs", &body).await?;
        over_http.push(answer.elapsed.as_secs_f64() * 1e3);
        let run = answer.json()?;
        let text = |name: &str| run[name].as_str().map(str::to_owned).ok_or(format!("{run}"));
        canonical = (text("sql")?, text("dataset_version")?);
    }
    let snapshot = in_process::snapshot(&data, &canonical.1)?;
    let bare = in_process::measure(options, &snapshot, &canonical.0, RUNS, Pause::Asleep(PAUSE))?;
    let anew = in_process::measure_anew(options, &snapshot, &canonical.0, RUNS, Pause::Asleep(PAUSE))?;
    let over_http = Times::new(over_http);
    let beside = |bare: &Times| format!("{}; ratio {:.3}", bare.in_words(), over_http.p50() / bare.p50());
    tell(
        &format!("group-by over {} rows, over HTTP", options.rows),
        &over_http.in_words(),
    )?;
    tell("the same in a DuckDB opened anew for each run", &beside(&anew))?;
    tell(
        "the same in a DuckDB that stays open and keeps the table",
        &beside(&bare),
    )?;
    service.stop()
}

/// The same rows every time: a number's digits stand for chance.
fn write_rows(file: &Path, rows: u64) -> std::io::Result<()> {
    const REGIONS: [&str; 5] = ["north", "south", "east", "west", "centre"];
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(file)?);
    writeln!(out, "order_id,region,product,quantity,amount,ordered_on")?;
    for row in 0..rows {
        let mixed = row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        writeln!(
            out,
            "{row},{},product {},{},{}.{:02},2025-{:02}-{:02}",
            REGIONS[(mixed % 5) as usize],
            mixed / 5 % 40,
            mixed / 200 % 9 + 1,
            mixed / 1_800 % 500,
            mixed / 900_000 % 100,
            mixed / 7 % 12 + 1,
            mixed / 84 % 28 + 1,
        )?;
    }
    out.flush()
}
