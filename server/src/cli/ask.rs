//! `csv-analyst ask`: one question, answered by the same services as in the browser, then everything
//! is taken down again.

use super::flags::{Flags, PartFlags, named_path};
use super::{CliError, say};
use crate::config::Config;
use crate::datasets::dataset_id;
use crate::services::Services;
use crate::telemetry;
use clap::Args;
use csv_analyst_protocol::chat::{ChatAnswer, ChatRequest};
use csv_analyst_protocol::run::{Cell, Run};
use std::fmt::Write;

#[derive(Args)]
pub struct AskFlags {
    /// Id of a served dataset, or NAME=PATH of a CSV file or a folder of them.
    #[arg(long, value_name = "ID|NAME=PATH")]
    dataset: String,
    /// Print the whole answer as JSON.
    #[arg(long)]
    json: bool,
    question: String,
    #[command(flatten)]
    common: Flags,
    #[command(flatten)]
    parts: PartFlags,
}

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
    if config.log.level == "info" {
        // The answer is the output; what is normal stays quiet.
        config.log.level = "warn".into();
    }
    telemetry::install(&config.log)?;
    let services = Services::start(config).await?;
    let request = ChatRequest {
        dataset_id,
        message: flags.question,
        thread_id: None,
    };
    let (_steps, answering) = services.chat.ask(request);
    let answered = answering.await;
    services.shut_down().await;
    let answer = answered
        .map_err(|error| CliError::Asked(error.to_string()))?
        .map_err(|error| CliError::Asked(error.to_string()))?;
    match flags.json {
        true => say(&serde_json::to_string_pretty(&answer).map_err(std::io::Error::other)?),
        false => say(&as_text(&answer)),
    }
}

fn as_text(answer: &ChatAnswer) -> String {
    let mut text = answer.message.clone();
    if let Some(run) = &answer.run {
        text.push_str("\n\n");
        text.push_str(&table(run));
        // Writing to a string cannot fail.
        let _ = write!(text, "\nRun {}, {} ms", run.run_id, run.timings.total_ms.round());
    }
    for suggestion in &answer.suggestions {
        let _ = write!(text, "\n  > {suggestion}");
    }
    text
}

fn table(run: &Run) -> String {
    let header: Vec<String> = run.columns.iter().map(|column| column.name.clone()).collect();
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
        Cell::String(text) => text.clone(),
        other => other.to_string(),
    }
}
