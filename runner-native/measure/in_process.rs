//! The floor under every figure of the service: the same SQL over the same snapshot in a DuckDB that is
//! open already, in this process, without any wall.
//!
//! `in_process SNAPSHOT THREADS MEMORY_BYTES RUNS asleep|awake PAUSE_MS < SQL` prints one JSON array of
//! milliseconds, one per run, each with all rows read. The pause before each is that of the client it is
//! compared with: a processor that has slept is slow for a while, with or without walls. Measures; asserts
//! nothing.

use duckdb::{AccessMode, Config, Connection};
use std::error::Error;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [snapshot, threads, memory_bytes, runs, manner, pause_ms] = arguments.as_slice() else {
        return Err(
            "usage: in_process SNAPSHOT THREADS MEMORY_BYTES RUNS asleep|awake PAUSE_MS < SQL".into(),
        );
    };
    let mut sql = String::new();
    std::io::stdin().read_to_string(&mut sql)?;
    let config = Config::default()
        .access_mode(AccessMode::ReadOnly)?
        .with("threads", threads)?
        .with("memory_limit", format!("{memory_bytes}B"))?;
    let connection = Connection::open_with_flags(snapshot, config)?;
    let pause = Duration::from_millis(pause_ms.parse()?);
    let is_awake = match manner.as_str() {
        "asleep" => false,
        "awake" => true,
        other => return Err(format!("{other} is no manner of waiting").into()),
    };
    let mut times = Vec::new();
    for _ in 0..runs.parse::<usize>()? {
        wait(pause, is_awake);
        let began = Instant::now();
        read_all(&connection, &sql)?;
        times.push(format!("{:.4}", began.elapsed().as_secs_f64() * 1e3));
    }
    writeln!(std::io::stdout(), "[{}]", times.join(","))?;
    Ok(())
}

fn wait(pause: Duration, is_awake: bool) {
    if !is_awake {
        return std::thread::sleep(pause);
    }
    let began = Instant::now();
    while began.elapsed() < pause {
        std::hint::spin_loop();
    }
}

fn read_all(connection: &Connection, sql: &str) -> duckdb::Result<usize> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}
