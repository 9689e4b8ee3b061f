//! `csv-analyst eval`: a file of questions, each through planner, gate and sandbox, and a line for each of
//! what came of it. What it prints is for people; the lines are for whoever judges them.

use super::flags::{Flags, PartFlags};
use super::progress::Progress;
use super::{CliError, say, stop_on_signals, terminal};
use crate::config::Config;
use crate::eval::{EvalError, Evaluation, Out, Stage, Tables, Tally, Work, read_questions};
use crate::telemetry;
use clap::Args;
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub struct EvalFlags {
    /// One JSON object a line: `id`, `question`, and `table` or `db`.
    #[arg(long, value_name = "FILE")]
    questions: PathBuf,
    /// Where `<table>.csv` lies, or for `db` the folder `<db>` of CSV files.
    #[arg(long, value_name = "DIRECTORY")]
    tables: PathBuf,
    /// What came of each question, one JSON object a line; begun anew.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Questions at the same time [default: one for each processor].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Only the first N questions.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Keep the tables' snapshots here for the next time; otherwise they are removed at the end.
    #[arg(long, value_name = "DIRECTORY")]
    work: Option<PathBuf>,
    /// Answer what is at least this likely to be right, 0 to 1, instead of what the service answers;
    /// 0 answers all that it can, for a curve of accuracy over coverage.
    #[arg(long, value_name = "CHANCE")]
    least_confidence: Option<f64>,
    /// Also write what the planner is told of each table, one JSON file for each.
    #[arg(long, value_name = "DIRECTORY")]
    schemas: Option<PathBuf>,
    #[command(flatten)]
    common: Flags,
    #[command(flatten)]
    parts: PartFlags,
}

const EXIT_CODES: &str = "Nothing is recorded, and the data directory is not used. Queries run in \
    locked-down processes unless another sandbox is named. Exit code: 0 when every question was asked, \
    whatever came of it; 1 when it was interrupted or could not begin; 2 when the command line is wrong.";

pub async fn eval(flags: EvalFlags) -> Result<(), CliError> {
    let mut config = flags.common.load_with_parts(&flags.parts, &[])?;
    // A line for each dataset would bury the progress.
    config.log.quieten("warn");
    telemetry::install(&config.log)?;
    let stop = stop_on_signals()?;
    let began = Instant::now();
    let measured = measure(&flags, config, &stop).await;
    // Names in it come from the file of questions.
    let tally = measured.map_err(|error| CliError::Eval(terminal::lines(&error.to_string())))?;
    say(&summary(&tally, began.elapsed()))?;
    match (tally.done(), tally.total) {
        (done, total) if done < total => Err(CliError::Interrupted { done, total }),
        _ => Ok(()),
    }
}

/// What can be wrong with the command is found before the first question, and before the file of
/// predictions is begun anew.
async fn measure(flags: &EvalFlags, config: Config, stop: &CancellationToken) -> Result<Tally, EvalError> {
    let questions = read_questions(&flags.questions, flags.limit)?;
    let tables = Tables::find(&questions, &flags.tables)?;
    let work = Work::open(flags.work.as_deref())?;
    let evaluation = Evaluation::open(config, planner_settings(flags), tables, &work).await?;
    if let Some(directory) = &flags.schemas {
        evaluation.write_schemas(&questions, directory).await?;
    }
    let mut out = Out::create(&flags.out, &flags.questions)?;
    let jobs = flags.jobs.or_else(|| std::thread::available_parallelism().ok());
    let jobs = jobs.map_or(1, NonZeroUsize::get);
    let mut progress = Progress::begin();
    let told = |tally: &Tally| progress.show(tally);
    let tally = evaluation.run(&questions, jobs, &mut out, stop, told).await;
    progress.end();
    evaluation.close().await;
    tally
}

fn planner_settings(flags: &EvalFlags) -> csv_analyst_planner::Settings {
    let mut settings = csv_analyst_planner::Settings::default();
    if let Some(least) = flags.least_confidence {
        settings.least_confidence = least;
    }
    settings
}

fn summary(tally: &Tally, elapsed: Duration) -> String {
    let mut text = format!("{} questions in {} s", tally.done(), elapsed.as_secs());
    let mut line = |name: &str, count: usize| {
        let share = 100.0 * count as f64 / tally.done().max(1) as f64;
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {name:<10}{count:>6}{share:>7.1} %");
    };
    line("answered", tally.answered);
    for stage in Stage::ALL {
        line(stage.name(), tally.ended(stage));
    }
    for stage in Stage::ALL {
        text.push_str(&kinds(tally, stage));
    }
    text
}

fn kinds(tally: &Tally, stage: Stage) -> String {
    let kinds = tally.kinds(stage);
    let lines = kinds
        .iter()
        .map(|(kind, count)| format!("\n  {count:>6}  {}", terminal::one_line(kind)));
    match kinds.is_empty() {
        true => String::new(),
        false => format!("\n{}:{}", stage.name(), lines.collect::<String>()),
    }
}
