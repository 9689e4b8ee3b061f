//! `csv-analyst datasets`: what is in the files, and what was assumed when they were read. For trying out
//! settings before a service is started with them.

use super::{CliError, say, terminal};
use crate::config::Config;
use crate::services::Services;
use crate::telemetry;
use csv_analyst_protocol::api::DatasetSummary;
use csv_analyst_protocol::error::ErrorDetail;
use csv_analyst_protocol::reading::Note;
use std::fmt::Write;

pub async fn datasets(mut config: Config) -> Result<(), CliError> {
    config.log.quieten("off");
    telemetry::install(&config.log)?;
    // Nobody asks them.
    config.pool.enabled = false;
    let services = Services::start(config).await?;
    services.catalog.prepare_all().await;
    let list = services.catalog.list();
    services.shut_down().await;
    let refused = list
        .datasets
        .iter()
        .filter(|dataset| dataset.error.is_some())
        .count();
    let texts: Vec<String> = list.datasets.iter().map(as_text).collect();
    say(&texts.join("\n"))?;
    match refused {
        0 => Ok(()),
        count => Err(CliError::Refused(count)),
    }
}

fn as_text(dataset: &DatasetSummary) -> String {
    let mut text = format!("{} ({})\n", terminal::one_line(&dataset.name), dataset.id);
    for table in &dataset.tables {
        let name = terminal::one_line(&table.name);
        let (rows, columns) = (count(table.row_count, "row"), count(table.column_count, "column"));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name}: {rows}, {columns}");
    }
    if let Some(error) = &dataset.error {
        refusal(&mut text, error);
    }
    for note in &dataset.notes {
        let _ = writeln!(text, "  - {}", note_line(note));
    }
    text
}

fn count(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

fn refusal(text: &mut String, error: &ErrorDetail) {
    let _ = writeln!(text, "  cannot be asked: {}", terminal::one_line(&error.message));
    if let Some(hint) = &error.hint {
        let _ = writeln!(text, "  hint: {}", terminal::one_line(hint));
    }
}

/// `orders.csv, line 17, column day: Read as dates ... (otherwise: date_format = "mdy")`
pub fn note_line(note: &Note) -> String {
    let mut line = note.file.clone();
    if let Some(number) = note.line {
        let _ = write!(line, ", line {number}");
    }
    if let Some(column) = &note.column {
        let _ = write!(line, ", column {column}");
    }
    let _ = write!(line, ": {}", note.message);
    if let Some(instead) = &note.instead {
        let _ = write!(line, " (otherwise: {instead})");
    }
    terminal::one_line(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_where_what_and_how_to_say_otherwise() {
        let note = Note {
            file: "orders.csv".into(),
            line: Some(17),
            column: Some("day".into()),
            message: "Read as dates.".into(),
            instead: Some("date_format = \"mdy\"".into()),
            ..Note::default()
        };
        assert_eq!(
            note_line(&note),
            "orders.csv, line 17, column day: Read as dates. (otherwise: date_format = \"mdy\")"
        );
    }
}
