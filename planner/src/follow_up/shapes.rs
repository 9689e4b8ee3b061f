//! Follow-ups that are recognised by their shape: one structural word, and nothing named beside it.

use super::phrases::Phrase;
use super::{Changed, Conversation, unclear};
use crate::interpret::items::Kind;
use crate::lexicon::Cue;
use crate::question::{Parsed, kinds_of};
use csv_analyst_protocol::plan::Direction;

impl Conversation<'_> {
    /// What the words mean, small words aside, with the words themselves.
    pub(super) fn shape(&self, parsed: &Parsed) -> Vec<(Kind, String)> {
        kinds_of(parsed, self.catalogue.dataset, self.base)
            .into_iter()
            .filter(|(kind, _)| !matches!(kind, Kind::Light | Kind::To))
            .collect()
    }

    /// Nothing when the text has another shape.
    pub(super) fn take_shape(&mut self, parsed: &Parsed, phrase: &Phrase) -> Option<Changed> {
        let shape = self.shape(parsed);
        let kinds: Vec<&Kind> = shape.iter().map(|(kind, _)| kind).collect();
        Some(match kinds[..] {
            [Kind::Cue(Cue::Aggregate(aggregate))] => self.summarise(*aggregate, phrase.instead),
            [Kind::Cue(Cue::Rate)] | [Kind::Cue(Cue::Rate), Kind::Cue(Cue::Total)] => self.show_shares(),
            [Kind::Cue(Cue::SortBy), Kind::Cue(Cue::Count)] => self.sort_by_count(),
            [Kind::Cue(Cue::SortBy), Kind::Sense { sense, .. }] => {
                let sense = sense.clone();
                self.sort_by(&sense)
            }
            [Kind::Cue(Cue::Ascending)] => self.turn(Direction::Asc),
            [Kind::Cue(Cue::Descending)] => self.turn(Direction::Desc),
            [
                Kind::Cue(Cue::Superlative { direction, .. }),
                Kind::Cue(Cue::Recency(Direction::Asc)),
            ] => {
                let direction = *direction;
                self.best(&shape[0].1, direction, None)
            }
            [
                Kind::Cue(Cue::Superlative { direction, .. }),
                Kind::Number(number),
            ] => {
                let (direction, number) = (*direction, *number);
                self.best(&shape[0].1, direction, Some(number))
            }
            [
                Kind::Number(number),
                Kind::Cue(Cue::Superlative { direction, .. }),
            ] => {
                let (direction, number) = (*direction, *number);
                self.best(&shape[1].1, direction, Some(number))
            }
            [Kind::Bound(bound)] if self.shows_groups() => {
                let bound = bound.clone();
                self.bound_groups(&bound)
            }
            [Kind::Cue(Cue::SortBy), Kind::Unknown] => {
                unclear(format!("what \u{201c}{}\u{201d} is, to sort by", shape[1].1))
            }
            _ => return None,
        })
    }
}
