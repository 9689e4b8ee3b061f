//! The control of the host's guards: a host that gives its environment and descriptors away, reads what
//! comes, asks a runner to end, and believes it all. Bounded, since it is for tests.

use super::stage::{RUN_ID, Stage};
use csv_analyst_protocol::gate::Claims;
use csv_analyst_protocol::runner::{READY_LINE, RunRequest, RunResponse};
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

const MAX_BYTES: u64 = 16 << 20;
const PATIENCE: Duration = Duration::from_millis(1_500);

#[derive(Debug)]
pub struct Seen {
    /// After the ready line.
    pub output: Vec<u8>,
    /// Bytes of standard error.
    pub errors: usize,
    /// When the host had waited long enough.
    pub lives: bool,
    pub ignores_terminate: bool,
}

impl Seen {
    pub fn lines(&self) -> usize {
        self.output.iter().filter(|byte| **byte == b'\n').count()
    }

    pub fn response(&self) -> Option<RunResponse> {
        serde_json::from_slice(&self.output).ok()
    }

    pub fn went_through(&self) -> bool {
        String::from_utf8_lossy(&self.output).contains("went through")
    }
}

pub async fn believe(stage: &Stage, lie: &str) -> io::Result<Seen> {
    let mut command = Command::new(&stage.hostile);
    command.args([
        "serve",
        "--snapshot",
        "/nowhere",
        "--memory-bytes",
        "1",
        "--timeout-ms",
        "1",
    ]);
    for guard in super::process::RUNNER_GUARDS {
        command.args(["--without", guard]);
    }
    let mut child = command
        .env("CSV_ANALYST_MATRIX", "a secret")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut input), Some(output), Some(errors)) = pipes else {
        return Err(io::Error::other("no pipes"));
    };
    input.write_all(request(lie).as_bytes()).await?;
    let (output, errors) = tokio::join!(read(output), read(errors));
    let lives = child.try_wait()?.is_none();
    let ignores_terminate = lives && ignores_terminate(&mut child).await?;
    child.kill().await?;
    let said = READY_LINE.len() + 1;
    Ok(Seen {
        output: output.get(said..).unwrap_or_default().to_vec(),
        errors: errors.len(),
        lives,
        ignores_terminate,
    })
}

async fn ignores_terminate(child: &mut tokio::process::Child) -> io::Result<bool> {
    let Some(id) = child.id() else { return Ok(false) };
    // SAFETY: plain numbers; it is a child that is not reaped yet.
    unsafe { libc::kill(id as i32, libc::SIGTERM) };
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok(child.try_wait()?.is_none())
}

async fn read(source: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut bounded = source.take(MAX_BYTES);
    // What came until then counts.
    let _ = tokio::time::timeout(PATIENCE, bounded.read_to_end(&mut bytes)).await;
    bytes
}

fn request(lie: &str) -> String {
    let request = RunRequest {
        run_id: RUN_ID.into(),
        sql: format!("SELECT 'ATTACK {lie} '"),
        claims: Claims::default(),
        timeout_ms: 20_000,
        max_rows: 1,
        max_result_bytes: 1,
        max_cell_bytes: 1,
    };
    serde_json::to_string(&request).unwrap_or_default() + "\n"
}
