//! How the questions ended so far, in numbers.

use super::{End, Stage};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct Tally {
    /// Of all questions, also those not asked yet.
    pub total: usize,
    pub answered: usize,
    ends: BTreeMap<(Stage, String), usize>,
}

impl Tally {
    pub fn new(total: usize) -> Self {
        Self {
            total,
            ..Self::default()
        }
    }

    pub fn count(&mut self, end: &End) {
        match end {
            End::Answered(_) => self.answered += 1,
            End::NotAnswered(refusal) => {
                let key = (refusal.stage, refusal.kind.clone());
                *self.ends.entry(key).or_default() += 1;
            }
        }
    }

    pub fn done(&self) -> usize {
        self.answered + self.ends.values().sum::<usize>()
    }

    pub fn ended(&self, stage: Stage) -> usize {
        self.kinds(stage).iter().map(|(_, count)| count).sum()
    }

    /// Why questions ended at this stage, the most frequent first.
    pub fn kinds(&self, stage: Stage) -> Vec<(&str, usize)> {
        let ends = self.ends.iter().filter(|((at, _), _)| *at == stage);
        let mut kinds: Vec<_> = ends.map(|((_, kind), count)| (kind.as_str(), *count)).collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_counted_once_at_the_stage_where_it_ended() {
        let mut tally = Tally::new(9);
        for (stage, kind) in [
            (Stage::Declined, "a"),
            (Stage::Declined, "b"),
            (Stage::Declined, "b"),
            (Stage::Failed, "a"),
        ] {
            tally.count(&End::without_answer(stage, kind.into(), String::new()));
        }
        assert_eq!((tally.done(), tally.answered), (4, 0));
        assert_eq!(tally.kinds(Stage::Declined), [("b", 2), ("a", 1)]);
        assert_eq!(tally.ended(Stage::Failed), 1);
        assert_eq!(tally.ended(Stage::Rejected), 0);
    }
}
