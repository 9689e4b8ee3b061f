//! A sandbox provider that plays a script: no engine, no process, every way to fail.

use async_trait::async_trait;
use csv_analyst_protocol::run::{ResultColumn, SandboxReport};
use csv_analyst_protocol::runner::{ResultTable, RunnerTimings};
use csv_analyst_server::sandbox::{
    Execution, Remains, Request, Sandbox, SandboxClass, SandboxError, SandboxFailure, SandboxKind,
    SandboxProvider, Used,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Copy, PartialEq)]
pub enum Script {
    Answer,
    EngineError,
    PanicWhileRunning,
    /// Until it is cancelled.
    Hang,
    HangAtStart,
    FailToStart,
    /// Takes [`SLOW`] to start, and again until its time is over.
    TimeOutSlowly,
}

pub const SLOW: Duration = Duration::from_millis(30);

pub struct Scripted {
    pub script: Script,
    /// Sandboxes that exist now.
    pub alive: Arc<AtomicUsize>,
}

struct ScriptedSandbox {
    script: Script,
    alive: Arc<AtomicUsize>,
}

#[async_trait]
impl SandboxProvider for Scripted {
    fn kind(&self) -> SandboxKind {
        SandboxKind::Process
    }

    fn report(&self) -> SandboxReport {
        SandboxReport {
            kind: "scripted".into(),
            ..SandboxReport::default()
        }
    }

    fn missing_guards(&self) -> Vec<String> {
        Vec::new()
    }

    async fn start(&self, _: &SandboxClass) -> Result<Box<dyn Sandbox>, SandboxError> {
        match self.script {
            Script::HangAtStart => std::future::pending().await,
            Script::FailToStart => Err(SandboxFailure::Unavailable("no engine".into()).into()),
            script => {
                if script == Script::TimeOutSlowly {
                    tokio::time::sleep(SLOW).await;
                }
                self.alive.fetch_add(1, Ordering::SeqCst);
                Ok(Box::new(ScriptedSandbox {
                    script: self.script,
                    alive: self.alive.clone(),
                }))
            }
        }
    }

    async fn remove_leftovers(&self) -> Result<u64, SandboxError> {
        Ok(0)
    }
}

#[async_trait]
impl Sandbox for ScriptedSandbox {
    async fn execute(self: Box<Self>, _: Request<'_>, cancel: &CancellationToken) -> Used {
        Used {
            outcome: self.play(cancel).await,
            remains: self,
        }
    }

    fn give_up(self: Box<Self>) -> Box<dyn Remains> {
        self
    }

    fn is_waiting(&mut self) -> bool {
        true
    }

    fn memory_bytes(&self) -> Option<u64> {
        None
    }
}

#[async_trait]
impl Remains for ScriptedSandbox {
    /// Counted as gone when it is dropped.
    async fn destroy(&mut self) -> Result<(), SandboxError> {
        Ok(())
    }
}

impl ScriptedSandbox {
    async fn play(&self, cancel: &CancellationToken) -> Result<Execution, SandboxError> {
        match self.script {
            Script::EngineError => Err(SandboxFailure::Engine("overflow".into()).into()),
            Script::PanicWhileRunning => panic!("a provider's bug"),
            Script::Hang => {
                cancel.cancelled().await;
                Err(SandboxFailure::Cancelled.into())
            }
            Script::TimeOutSlowly => {
                tokio::time::sleep(SLOW).await;
                Err(SandboxFailure::TimedOut { timeout_ms: 30 }.into())
            }
            _ => Ok(one_row()),
        }
    }
}

impl Drop for ScriptedSandbox {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

fn one_row() -> Execution {
    Execution {
        table: ResultTable {
            columns: vec![ResultColumn {
                name: "n".into(),
                kind: "BIGINT".into(),
            }],
            rows: vec![vec![7.into()]],
            row_count: 1,
            truncated: false,
        },
        timings: RunnerTimings::default(),
        peak_memory_bytes: None,
        stderr: String::new(),
    }
}
