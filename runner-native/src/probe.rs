//! `runner-native guards`: which locks this machine gives. Touches no data and reads no request.

use crate::command_line::ProbeArguments;
use crate::guards::{Guard, GuardError, GuardPolicy, LockDown, Reach, ResourceLimits, tell};
use crate::{engine, greeting};
use csv_analyst_protocol::runner::GuardReport;
use csv_analyst_protocol::runner::exit_status::LOCK_DOWN_FAILED;
use std::process::ExitCode;

/// Locks down as `serve` does, without a snapshot, and says what held.
pub fn run(arguments: &ProbeArguments) -> ExitCode {
    let policy = &arguments.guards.policy();
    let limits = ResourceLimits {
        memory_bytes: 512 << 20,
        file_bytes: 0,
        threads: 1,
        processor_seconds: 60,
    };
    match LockDown::begin(&limits, Reach::default(), policy).and_then(|lock| probe_with_engine(lock, policy))
    {
        Ok(report) if greeting::awaited(arguments.greeted) => crate::serve::print_line(&report),
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            tell(&error.to_string());
            ExitCode::from(LOCK_DOWN_FAILED)
        }
    }
}

fn probe_with_engine(lock: LockDown<'_>, policy: &GuardPolicy) -> Result<GuardReport, GuardError> {
    let connection = engine::open_empty();
    let mut report = lock.finish()?;
    let closed = match connection {
        Ok(connection) if policy.wants(Guard::EngineSettings) => engine::lock(&connection, 1, true).is_ok(),
        Ok(_) | Err(_) => false,
    };
    let list = if closed {
        &mut report.in_force
    } else {
        &mut report.missing
    };
    list.push(Guard::EngineSettings.name().into());
    report.wakes = true;
    Ok(report)
}
