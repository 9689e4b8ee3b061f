//! The first process's only work: start the parts, start again what ended, bury the orphans.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::{WaitOptions, wait};

use crate::cluster::daemon;
use crate::cluster::layout::Layout;
use crate::cluster::parts::Part;
use crate::fingerprint::write_atomically;

/// Between the end of a part and its next start.
const PAUSE: Duration = Duration::from_secs(1);

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The node has nothing of a person's environment: what parts find is the same on every machine.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub fn keep_running(layout: &Layout, parts: &[Part]) -> Result<()> {
    let mut running: BTreeMap<i32, &Part> = BTreeMap::new();
    let mut due: Vec<(Instant, &Part)> = parts.iter().map(|part| (Instant::now(), part)).collect();
    loop {
        let now = Instant::now();
        for (_, part) in due.extract_if(.., |(moment, _)| *moment <= now) {
            running.insert(start(layout, part)?, part);
        }
        while let Ok(Some((ended, status))) = wait(WaitOptions::NOHANG) {
            if let Some(part) = running.remove(&ended.as_raw_nonzero().get()) {
                eprintln!("{} ended ({status:?}) and is started again", part.name);
                due.push((Instant::now() + PAUSE, part));
            }
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn start(layout: &Layout, part: &Part) -> Result<i32> {
    let path = layout.log(part.name);
    fs::create_dir_all(layout.inside("logs"))?;
    let log = OpenOptions::new().create(true).append(true).open(path)?;
    let mut program = Command::new(&part.program);
    program
        .args(&part.arguments)
        .env_clear()
        .env("PATH", format!("{}:{SEARCH_PATH}", layout.programs().display()));
    let child = daemon::start(&mut program, log)?;
    let number = child.id().cast_signed();
    write_atomically(&layout.pid_file(part.name), number.to_string().as_bytes())?;
    Ok(number)
}
