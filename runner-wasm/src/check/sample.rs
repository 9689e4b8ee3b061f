//! Samples: a written size, a known method, and always a seed, so that the same query draws the same rows.

use super::Checker;
use super::limit::percentage;
use super::unsupported::refuse;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{Sample, SampleMethod};
use crate::syntax::ast::{self, ExprKind, Literal};

/// Drawn with when none is written.
const SEED: u64 = 42;
const MAX_SEED: u64 = i32::MAX as u64;
const MAX_ROWS: u64 = 1_000_000;

impl Checker<'_> {
    pub fn sample(&mut self, sample: Option<&ast::Sample>) -> Checked<Option<Sample>> {
        let Some(ast::Sample {
            size,
            percent,
            method,
            seed,
            place,
        }) = sample
        else {
            return Ok(None);
        };
        let method = match method
            .as_ref()
            .map(|method| method.text.to_ascii_lowercase())
            .as_deref()
        {
            None if *percent => SampleMethod::System,
            None | Some("reservoir") => SampleMethod::Reservoir,
            Some("bernoulli") if *percent => SampleMethod::Bernoulli,
            Some("system") if *percent => SampleMethod::System,
            Some(_) => {
                return Err(refuse("This method of sampling", *place)
                    .hint("Write USING SAMPLE 10%, 10% (bernoulli) or reservoir(100 ROWS)."));
            }
        };
        let size = if *percent { percentage(size)? } else { rows(size)? };
        let seed = match seed {
            Some(seed) if *seed > MAX_SEED => return Err(refuse("So large a seed", *place)),
            Some(seed) => *seed,
            None => {
                self.note(&format!(
                    "The sample is drawn with the seed {SEED}, so that the same query draws the same rows."
                ));
                SEED
            }
        };
        Ok(Some(Sample {
            size,
            percent: *percent,
            method,
            seed,
        }))
    }

    /// A number of rows that could be a limit, too.
    pub fn is_few(&self, sample: &Sample) -> bool {
        let rows = sample.size.parse::<u64>().ok();
        !sample.percent && rows.is_some_and(|rows| rows <= self.limits.row_cap)
    }
}

fn rows(size: &ast::Expr) -> Checked<String> {
    match &size.kind {
        ExprKind::Literal(Literal::Number(digits))
            if digits.parse::<u64>().is_ok_and(|rows| rows <= MAX_ROWS) =>
        {
            Ok(digits.clone())
        }
        _ => Err(invalid(
            "limit-not-a-number",
            format!("A sample's size is a whole number up to {MAX_ROWS}, or a share, written out."),
        )
        .at(size.place)
        .hint("Write USING SAMPLE 100 ROWS or USING SAMPLE 10%.")),
    }
}
