//! "best" and "worst": which end of a number that is.

use super::Interpreter;
use crate::lexicon::{is_bad, is_good};
use crate::link::readable;
use crate::reading::Metric;
use crate::text::tokenise;
use csv_analyst_protocol::plan::Direction;

impl Interpreter<'_> {
    /// More is better, unless what is measured is bad, or is time that something takes. A percentage of
    /// which nobody can say is refused.
    pub(super) fn settle_judgement(&mut self) {
        let Some(index) = self.judged else { return };
        let Some(metric) = self.reading.metrics.first().cloned() else {
            return;
        };
        let bad = match &metric {
            Metric::Rate { name, .. } => match valence(name) {
                Some(bad) => bad,
                None => return self.problem(index),
            },
            Metric::Column(column, _) => {
                let described = self.catalogue.column(*column);
                let takes_time = described
                    .unit
                    .as_deref()
                    .is_some_and(|unit| unit.starts_with("hour"));
                takes_time || valence(&readable(&described.name)) == Some(true)
            }
            Metric::Rows(_) | Metric::Entities(_) => {
                let said: Vec<String> = (0..self.items.len())
                    .filter(|place| self.check(*place).is_some())
                    .map(|place| self.words(place))
                    .collect();
                said.iter().any(|words| valence(words) == Some(true))
            }
            _ => false,
        };
        let worst = self.words(index).eq_ignore_ascii_case("worst");
        if let Some(ranking) = &mut self.reading.ranking {
            ranking.direction = if worst == bad {
                Direction::Desc
            } else {
                Direction::Asc
            };
        }
    }
}

/// Whether words speak of something bad; nothing when they speak of neither.
pub(crate) fn valence(words: &str) -> Option<bool> {
    let tokens = tokenise(words);
    let bad = tokens.iter().any(|token| is_bad(&token.word));
    let good = tokens.iter().any(|token| is_good(&token.word));
    (bad || good).then_some(bad)
}
