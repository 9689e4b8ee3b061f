//! What is said with one runner, whatever carries it: ready, one request, one answer, and how it ended
//! when there is none. Providers give the carrier and the runner's ending; no word is judged twice.

use super::judge::{self, Ending};
use super::wire::{Wire, WireError};
use super::{Execution, Request, SandboxError, SandboxFailure};
use csv_analyst_protocol::limits::Resources;
use csv_analyst_protocol::runner::{GuardReport, READY_LINE};
use futures::future::BoxFuture;
use std::future::Future;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const MAX_PROBE_BYTES: u64 = 64 << 10;

/// A started runner.
pub trait Partner: Send {
    fn wire(&mut self) -> &mut Wire;

    fn resources(&self) -> Resources;

    /// Nothing was said unasked, and it still runs as far as can be seen.
    fn is_waiting(&mut self) -> bool {
        self.wire().is_quiet()
    }

    /// How a runner that said nothing more has ended.
    fn ending(&mut self) -> impl Future<Output = Ending> + Send;

    /// Returns when it must be stopped for what it takes; never where something else holds it.
    fn exceeds(&self) -> BoxFuture<'static, SandboxError> {
        Box::pin(std::future::pending())
    }
}

/// Within a time that the caller sets. `guards` is what a runner of the same program said of itself: one
/// that waits may be woken where that program knows what it means.
pub async fn wait_until_ready(partner: &mut impl Partner, guards: &GuardReport) -> Result<(), SandboxError> {
    match partner.wire().receive(READY_LINE.len() as u64 + 1).await {
        Ok(line) if line == READY_LINE.as_bytes() => {
            partner.wire().can_be_woken = guards.wakes;
            Ok(())
        }
        Ok(_) => Err(not_ready("another line")),
        Err(_) => {
            let error = ended(partner, 0).await;
            Err(error.with_stderr(partner.wire().stderr()))
        }
    }
}

pub fn not_ready(detail: &'static str) -> SandboxError {
    SandboxError::broken("the runner did not get ready", detail)
}

/// Ended by its answer, the request's deadline, the token, or what it takes.
pub async fn answer(
    partner: &mut impl Partner,
    request: &Request<'_>,
    cancel: &CancellationToken,
) -> Result<Execution, SandboxError> {
    let outcome = match talk(partner, request, cancel).await {
        Ok(line) => judge::answer(&line, request.run_id, request.limits),
        // How it ended may be known a little later than its end, which came in time.
        Err(Silence::Ended) => Err(ended(partner, request.limits.timeout_ms).await),
        Err(Silence::Failed(error)) => Err(error),
    };
    let stderr = partner.wire().stderr();
    match outcome {
        Ok(execution) => Ok(Execution { stderr, ..execution }),
        Err(error) => Err(error.with_stderr(stderr)),
    }
}

/// Why there is no answer.
enum Silence {
    Ended,
    Failed(SandboxError),
}

impl From<SandboxError> for Silence {
    fn from(error: SandboxError) -> Self {
        Self::Failed(error)
    }
}

impl From<SandboxFailure> for Silence {
    fn from(failure: SandboxFailure) -> Self {
        Self::Failed(failure.into())
    }
}

async fn talk(
    partner: &mut impl Partner,
    request: &Request<'_>,
    cancel: &CancellationToken,
) -> Result<Vec<u8>, Silence> {
    let timeout_ms = request.limits.timeout_ms;
    let exceeds = partner.exceeds();
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(SandboxFailure::Cancelled.into()),
        heard = ask(partner, request) => heard,
        error = exceeds => Err(error.into()),
        () = tokio::time::sleep(Duration::from_millis(timeout_ms)) => {
            Err(SandboxFailure::TimedOut { timeout_ms }.into())
        }
    }
}

async fn ask(partner: &mut impl Partner, request: &Request<'_>) -> Result<Vec<u8>, Silence> {
    if !partner.is_waiting() {
        return Err(SandboxFailure::GoneBefore.into());
    }
    let line = judge::request(request)?;
    let wire = partner.wire();
    let received = match wire.send(&line).await {
        Ok(()) => wire.receive(judge::answer_limit(request.limits)).await,
        Err(error) => Err(error),
    };
    received.map_err(|error| match error {
        WireError::Closed | WireError::Broken(_) => Silence::Ended,
        error => judge::broken_wire(&error).into(),
    })
}

async fn ended(partner: &mut impl Partner, timeout_ms: u64) -> SandboxError {
    let ending = partner.ending().await;
    let stderr = partner.wire().stderr();
    judge::ending(ending, &stderr, partner.resources().memory_bytes, timeout_ms)
}

/// What a runner that was started for it says of the guards that hold; `None` if it says anything else.
pub async fn guards(wire: &mut Wire, patience: Duration) -> Option<GuardReport> {
    let line = tokio::time::timeout(patience, wire.receive(MAX_PROBE_BYTES)).await;
    let line = line.ok()?.ok()?;
    serde_json::from_slice(&line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::wire::StderrHead;
    use csv_analyst_protocol::runner::WAKE_LINE;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    struct Waiting(Wire);

    impl Partner for Waiting {
        fn wire(&mut self) -> &mut Wire {
            &mut self.0
        }

        fn resources(&self) -> Resources {
            Resources::default()
        }

        async fn ending(&mut self) -> Ending {
            Ending::Unknown
        }
    }

    /// What a runner hears that is woken when it has got ready.
    async fn heard(guards: &GuardReport) -> String {
        let (input, mut heard_by_runner) = tokio::io::duplex(64);
        let (output, mut said_by_runner) = tokio::io::duplex(64);
        let ready = format!("{READY_LINE}\n");
        said_by_runner.write_all(ready.as_bytes()).await.unwrap();
        let mut partner = Waiting(Wire::new(
            Box::pin(input),
            Box::pin(output),
            StderrHead::default(),
        ));
        wait_until_ready(&mut partner, guards).await.unwrap();
        partner.wire().wake();
        drop(partner);
        let mut heard = String::new();
        heard_by_runner.read_to_string(&mut heard).await.unwrap();
        heard
    }

    #[tokio::test]
    async fn a_runner_is_woken_only_if_its_program_knows_what_that_means() {
        let knowing = GuardReport {
            wakes: true,
            ..GuardReport::default()
        };
        assert_eq!(heard(&knowing).await, format!("{WAKE_LINE}\n"));
        assert_eq!(heard(&GuardReport::default()).await, "");
    }
}
