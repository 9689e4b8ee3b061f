//! "agents with no open tickets", "places that never had an outage": groups of which nothing is there.

use super::Interpreter;
use crate::lexicon::Cue;
use crate::reading::{Bound, Metric, Side};
use crate::sense::Sense;
use csv_analyst_protocol::plan::Operator;

impl Interpreter<'_> {
    /// The groups are those of the plan's own rows: what has no row at all is not among them.
    pub(super) fn read_absence(&mut self) {
        let plain = self.reading.metrics.is_empty() && self.reading.groups.is_empty();
        let named_numbers = (0..self.items.len()).any(|index| self.numeric(index).is_some());
        if !plain || named_numbers {
            return;
        }
        for (index, cue) in self.open_cues() {
            let never = self.words(index).eq_ignore_ascii_case("never");
            if cue == Cue::Missing || never {
                self.read_absence_after(index, never);
            }
        }
    }

    fn read_absence_after(&mut self, index: usize, never: bool) {
        let holders: Vec<usize> = (0..index)
            .filter(|place| {
                matches!(
                    self.sense(*place),
                    Some(Sense::Dimension(_) | Sense::Key(_) | Sense::Entity(_))
                )
            })
            .collect();
        let checks: Vec<usize> = (index + 1..self.items.len())
            .filter(|place| self.check(*place).is_some())
            .collect();
        let ([holder], [condition]) = (&holders[..], &checks[..]) else {
            return;
        };
        let counted = (index + 1..self.items.len())
            .find(|place| matches!(self.sense(*place), Some(Sense::Rows(_) | Sense::Entity(_))));
        let (Some(group), Some(check)) = (self.group_at(*holder), self.check(*condition)) else {
            return;
        };
        let same_table = match self.sense(*holder) {
            Some(Sense::Dimension(column) | Sense::Key(column)) => column.table == check.column.table,
            Some(Sense::Entity(table)) => *table == check.column.table,
            _ => false,
        };
        if !same_table || (counted.is_none() && !never) {
            return;
        }
        let entity = match counted.and_then(|place| self.sense(place)) {
            Some(Sense::Entity(table)) => Some(*table),
            _ => None,
        };
        self.reading.current |= entity.is_some();
        let metric = entity.map_or(Metric::Rows(check.column.table), Metric::Entities);
        for used in [Some(index), Some(*holder), Some(*condition), counted]
            .into_iter()
            .flatten()
        {
            self.consume(used);
        }
        self.add_group(group);
        self.reading.metrics.push(Metric::Sided {
            metric: Box::new(metric),
            side: Side::Check(check),
        });
        let none = Bound {
            op: Operator::Equal,
            values: vec![0.0],
            unit: None,
        };
        self.reading.having.push((0, none));
    }
}
