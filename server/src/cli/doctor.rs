//! `csv-analyst doctor`: what this machine and this configuration give, and what production lacks.
//!
//! It starts a sandbox of each kind and asks it; it makes no file and needs no running service.

use super::flags::ServeFlags;
use super::{CliError, say, terminal};
use crate::doctor::{Diagnosis, Finding, Level, examine};
use crate::telemetry;
use clap::Args;

#[derive(Args)]
#[command(
    after_help = "Exit code: 0 when production mode would start (`serve --production`), 1 when something is lacking."
)]
pub struct DoctorFlags {
    /// One JSON document instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: ServeFlags,
}

pub async fn doctor(flags: DoctorFlags) -> Result<(), CliError> {
    let mut config = flags.service.load()?;
    // What is found is said once, in the findings.
    config.log.quieten("off");
    telemetry::install(&config.log)?;
    let diagnosis = examine(&config).await;
    if flags.json {
        let text = serde_json::to_string_pretty(&diagnosis).map_err(std::io::Error::from)?;
        say(&text)?;
    } else {
        say(&text(&diagnosis))?;
    }
    let lacking = |finding: &&Finding| finding.level == Level::Lacking;
    match diagnosis.findings.iter().filter(lacking).count() {
        0 => Ok(()),
        count => Err(CliError::NotReady(count)),
    }
}

fn text(diagnosis: &Diagnosis) -> String {
    let mut lines: Vec<String> = diagnosis.findings.iter().map(line).collect();
    lines.push(
        match diagnosis.ready_for_production {
            true => "Ready for production (`csv-analyst serve --production`).",
            false => "Not ready for production: see what is marked LACKING.",
        }
        .to_owned(),
    );
    lines.join("\n")
}

/// What is found may hold paths and names of the machine, so it is shown harmlessly.
fn line(finding: &Finding) -> String {
    let mark = match finding.level {
        Level::Good => "ok     ",
        Level::Note => "note   ",
        Level::Lacking => "LACKING",
    };
    let mut text = format!(
        "{mark}  {:<15} {}",
        finding.area,
        terminal::one_line(&finding.what)
    );
    if let Some(remedy) = &finding.remedy {
        text.push_str(&format!("\n{:25}-> {}", "", terminal::one_line(remedy)));
    }
    text
}
