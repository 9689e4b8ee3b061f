//! `csv-analyst ask`: one question, answered by the same services as in the browser, then everything
//! is taken down again.

use super::flags::{Flags, PartFlags, named_path};
use super::{CliError, say, terminal};
use crate::config::Config;
use crate::datasets::dataset_id;
use crate::runs::Client;
use crate::services::Services;
use crate::telemetry;
use clap::Args;
use csv_analyst_protocol::chat::{ChatAnswer, ChatRequest};
use csv_analyst_protocol::run::{Cell, Run, RunState};
use std::fmt::Write;

#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub struct AskFlags {
    /// Id of a served dataset, or NAME=PATH of a CSV file or a folder of them.
    #[arg(long, value_name = "ID|NAME=PATH")]
    dataset: String,
    /// Print the whole answer as JSON.
    #[arg(long)]
    json: bool,
    /// In plain English: "total amount by category".
    question: String,
    #[command(flatten)]
    common: Flags,
    #[command(flatten)]
    parts: PartFlags,
}

const EXIT_CODES: &str = "Exit code: 0 when the question was answered; 1 when it was declined, refused, \
    stopped at a limit or failed, or when the program could not start; 2 when the command line is wrong. \
    Control characters in the data are shown as escapes such as \\u{1b}.";

impl AskFlags {
    /// The configuration, and the id of the dataset to ask.
    fn load(&self) -> Result<(Config, String), CliError> {
        match named_path(&self.dataset) {
            Err(_) => Ok((
                self.common.load_with_parts(&self.parts, &[])?,
                self.dataset.clone(),
            )),
            Ok(folder) => {
                let dataset_id = dataset_id(&folder.name).unwrap_or_default();
                Ok((self.common.load_with_parts(&self.parts, &[folder])?, dataset_id))
            }
        }
    }
}

pub async fn ask(flags: AskFlags) -> Result<(), CliError> {
    let (mut config, dataset_id) = flags.load()?;
    config.log.quieten("warn");
    telemetry::install(&config.log)?;
    // For the one question there is one sandbox.
    config.pool.enabled = false;
    let services = Services::start(config).await?;
    let request = ChatRequest {
        dataset_id,
        message: flags.question,
        thread_id: None,
        cache: None,
    };
    let dataset_id = request.dataset_id.clone();
    let answered = answer(&services, request).await;
    let assumed = assumed(&services, &dataset_id);
    services.shut_down().await;
    let answer = answered?;
    match flags.json {
        true => say(&terminal::json(
            &serde_json::to_string_pretty(&answer).map_err(std::io::Error::other)?,
        ))?,
        false => say(&format!("{}{assumed}", as_text(&answer)))?,
    }
    was_answered(&answer)
}

/// Somebody who asks once waits for the files to be read, however long that takes.
async fn answer(services: &Services, request: ChatRequest) -> Result<ChatAnswer, CliError> {
    let asked = |error: &dyn std::fmt::Display| CliError::Asked(terminal::lines(&error.to_string()));
    let prepared = services.catalog.get_patiently(&request.dataset_id).await;
    prepared.map_err(|error| asked(&error.message))?;
    let (_steps, answering) = services.chat.ask(request, Client::default());
    let answered = answering.await.map_err(|error| asked(&error))?;
    answered.map_err(|error| asked(&error))
}

/// What an answer rests on beside the data: one line, since most answers do not depend on it.
fn assumed(services: &Services, dataset_id: &str) -> String {
    let notes = services
        .catalog
        .summary(dataset_id)
        .map(|dataset| dataset.notes.len());
    match notes.unwrap_or_default() {
        0 => String::new(),
        1 => "\n  (one thing was assumed when the files were read; `csv-analyst datasets` tells what)".into(),
        count => format!(
            "\n  ({count} things were assumed when the files were read; `csv-analyst datasets` tells what)"
        ),
    }
}

/// The exit code's reason; what exactly happened was printed as the answer.
fn was_answered(answer: &ChatAnswer) -> Result<(), CliError> {
    let reason = match answer.run.as_ref().map(|run| run.status) {
        Some(RunState::Succeeded) => return Ok(()),
        None => "the question was declined",
        Some(RunState::Rejected) => "the query was refused",
        Some(RunState::TimedOut) => "the query was stopped at its time limit",
        Some(RunState::Cancelled) => "the query was cancelled",
        Some(RunState::Failed | RunState::Queued | RunState::Running) => "the query failed",
    };
    Err(CliError::NotAnswered(reason))
}

fn as_text(answer: &ChatAnswer) -> String {
    let mut text = terminal::lines(&answer.message);
    if let Some(run) = &answer.run {
        text.push_str("\n\n");
        text.push_str(&table(run));
        // Writing to a string cannot fail.
        let _ = write!(text, "\nRun {}, {} ms", run.run_id, run.timings.total_ms.round());
    }
    for suggestion in &answer.suggestions {
        let _ = write!(text, "\n  > {}", terminal::one_line(suggestion));
    }
    text
}

fn table(run: &Run) -> String {
    let header: Vec<String> = run
        .columns
        .iter()
        .map(|column| terminal::one_line(&column.name))
        .collect();
    let lines: Vec<Vec<String>> = std::iter::once(header)
        .chain(run.rows.iter().map(|row| row.iter().map(cell).collect()))
        .collect();
    let widths: Vec<usize> = (0..run.columns.len())
        .map(|index| {
            lines
                .iter()
                .filter_map(|line| line.get(index))
                .map(|text| text.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    lines.iter().map(|line| padded(line, &widths) + "\n").collect()
}

fn padded(line: &[String], widths: &[usize]) -> String {
    let cells = line
        .iter()
        .zip(widths)
        .map(|(text, width)| format!("{text:<width$}"));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::String(text) => terminal::one_line(text),
        other => terminal::one_line(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_line_of_visible_text() {
        assert_eq!(
            cell(&"\u{1b}]0;owned\u{7}\nforged".into()),
            "\\u{1b}]0;owned\\u{7}\\nforged"
        );
        assert_eq!(cell(&Cell::Null), "NULL");
    }

    #[test]
    fn a_declined_question_is_a_failure() {
        let declined = ChatAnswer {
            thread_id: "t".into(),
            message: "No.".into(),
            run: None,
            suggestions: Vec::new(),
        };
        assert!(was_answered(&declined).is_err());
    }
}
