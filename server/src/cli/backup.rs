//! `csv-analyst backup` and `restore`: the record as one archive, through standard output and input, so
//! that it leaves and enters places without a shell or another program.

use super::flags::Flags;
use super::{CliError, say};
use crate::services::{back_up_record, restore_record};
use std::io::{BufWriter, IsTerminal};

pub fn back_up(flags: &Flags) -> Result<(), CliError> {
    let out = std::io::stdout().lock();
    if out.is_terminal() {
        return Err(CliError::Asked(
            "the archive goes to standard output: csv-analyst backup > record.tar".into(),
        ));
    }
    Ok(back_up_record(&flags.load()?, BufWriter::new(out))?)
}

pub fn restore(flags: &Flags) -> Result<(), CliError> {
    let archive = std::io::stdin().lock();
    if archive.is_terminal() {
        return Err(CliError::Asked(
            "the archive comes from standard input: csv-analyst restore < record.tar".into(),
        ));
    }
    let report = restore_record(&flags.load()?, archive)?;
    say(&format!("{} sealed records, 0 broken", report.capsules))
}
