//! How well a set of conditions fits the words that state them.

use super::checks::is_partial;
use super::context::Context;
use super::form::{Check, Test};
use super::mentions::{Mention, Value};
use super::model::Bag;

impl Context<'_> {
    pub(crate) fn describe_checks(&self, checks: &[Check], bag: &mut Bag) {
        bag.bucket(&["checks"], checks.len());
        for check in checks {
            self.describe_check(check, bag);
        }
        for (place, check) in checks.iter().enumerate() {
            let twin = checks[..place].iter().any(|known| known.column == check.column);
            bag.flag(&["checks", "same column"], twin);
        }
        self.describe_missed_mentions(checks, bag);
    }

    fn describe_check(&self, check: &Check, bag: &mut Bag) {
        let kind = test_name(&check.test);
        let column = &self.view.columns[check.column];
        let facet = column.facet.name();
        bag.add(&["check", kind], 1.0);
        bag.add(&["check", kind, facet], 1.0);
        self.describe_column_nearby(check, kind, bag);
        for class in &column.classes {
            bag.add(&["check", kind, "class", &format!("{class:?}")], 1.0);
        }
        let before = check.start.checked_sub(1).map_or("^", |place| self.norm(place));
        bag.add(&["check", kind, "before", before], 1.0);
        for class in &column.classes {
            bag.add(&["check", "before", before, &format!("{class:?}")], 1.0);
        }
        bag.flag(&["check", kind, "subject"], check.column == self.view.subject);
        bag.flag(&["check", kind, "first column"], check.column == 0);
        if let Some(mention) = check.mention.map(|number| &self.mentions[number]) {
            self.describe_mention(mention, kind, bag);
        }
        if let Test::Beyond(_, anchor) | Test::SameAs(anchor) = &check.test {
            bag.add(
                &["anchor", kind, self.view.columns[anchor.column].facet.name()],
                1.0,
            );
            bag.flag(&["anchor", kind, "subject"], anchor.column == self.view.subject);
        }
    }

    fn describe_mention(&self, mention: &Mention, kind: &str, bag: &mut Bag) {
        let fit = mention.fit.name();
        bag.add(&["fit", fit], 1.0);
        bag.add(&["fit", kind, fit], 1.0);
        bag.bucket(&["fit", fit, "length"], mention.length());
        bag.bucket(&["fit", fit, "values"], mention.values);
        bag.bucket(&["fit", fit, "rivals"], mention.rivals);
        bag.add(&["fit", fit, "coverage"], mention.coverage);
        bag.flag(&["fit", fit, "loose"], mention.loose);
        let marked = (mention.start..mention.end)
            .filter(|place| self.marked[*place])
            .count();
        bag.add(&["fit", fit, "marked"], marked as f64 / mention.length() as f64);
        let content = (mention.start..mention.end)
            .filter(|place| self.content[*place])
            .count();
        bag.add(&["fit", fit, "content"], content as f64 / mention.length() as f64);
        let facet = self.view.columns[mention.column].facet.name();
        bag.add(&["fit", fit, facet], 1.0);
        if mention.length() == 1 {
            bag.flag(&["fit", fit, "one small word"], content == 0);
            let named = self.names_any_column(mention.start);
            bag.flag(&["fit", fit, "names a column"], named);
        }
        let tighter = self.mentions.iter().any(|other| {
            other.column != mention.column && other.overlaps(mention) && other.length() > mention.length()
        });
        bag.flag(&["fit", fit, "longer elsewhere"], tighter);
        let exact_elsewhere = self.mentions.iter().any(|other| {
            other.column != mention.column
                && other.start == mention.start
                && other.end == mention.end
                && other.fit < mention.fit
        });
        bag.flag(&["fit", fit, "better elsewhere"], exact_elsewhere);
    }

    fn names_any_column(&self, place: usize) -> bool {
        self.hits
            .iter()
            .any(|hits| hits.iter().any(|hit| hit.place == place && hit.quality > 0.9))
    }

    /// Whether the column is named right beside its value, or another one is.
    fn describe_column_nearby(&self, check: &Check, kind: &str, bag: &mut Bag) {
        const REACH: usize = 6;
        let near = |place: usize| {
            (place < check.start && check.start - place <= REACH)
                || (place >= check.end && place - check.end < REACH - 1)
        };
        let naming = self.naming(check.column, near);
        bag.add(&["near", "cover"], naming.cover);
        bag.add(&["near", kind, "cover"], naming.cover);
        bag.add(&["near", "literal"], naming.literal);
        if naming.is_there() {
            let distance = if naming.end <= check.start {
                check.start - naming.end
            } else {
                naming.start.saturating_sub(check.end)
            };
            let side = if naming.end <= check.start {
                "before"
            } else {
                "after"
            };
            bag.bucket(&["near", side, "distance"], distance);
            bag.add(&["near", side, "literal"], naming.literal);
        } else {
            bag.add(&["near", kind, "unnamed"], 1.0);
        }
        let rival = (0..self.view.columns.len())
            .filter(|column| *column != check.column)
            .map(|column| self.naming(column, near).cover)
            .fold(0.0, f64::max);
        bag.add(&["near", "behind"], (rival - naming.cover).max(0.0));
        bag.add(&["near", kind, "behind"], (rival - naming.cover).max(0.0));
        bag.add(&["near", "ahead"], (naming.cover - rival).max(0.0));
        let whole = self.naming(check.column, |place| place < check.start || place >= check.end);
        bag.add(&["named", kind, "cover"], whole.cover);
    }

    /// Spans that are a whole cell, and that no condition uses.
    fn describe_missed_mentions(&self, checks: &[Check], bag: &mut Bag) {
        let used = |place: usize| {
            checks
                .iter()
                .any(|check| check.start <= place && place < check.end)
        };
        let mut missed = vec![false; self.question.len()];
        for mention in &self.mentions {
            let free = (mention.start..mention.end).all(|place| !used(place));
            if free && !missed[mention.start] {
                missed[mention.start..mention.end].fill(true);
                let marked = (mention.start..mention.end).any(|place| self.marked[place]);
                let content = (mention.start..mention.end).any(|place| self.content[place]);
                let named = mention.length() == 1 && self.names_any_column(mention.start);
                let name = match (marked, content, named) {
                    (_, _, true) => "names a column",
                    (true, true, _) => "marked",
                    (false, true, _) => "plain",
                    _ => "small",
                };
                bag.add(&["missed", mention.fit.name(), name], mention.length() as f64);
            }
        }
    }
}

pub(crate) fn test_name(test: &Test) -> &'static str {
    match test {
        Test::Equal(Value::Part(_)) => "contains",
        Test::Equal(Value::Number(_)) => "equal-number",
        Test::Equal(Value::Text(_)) => "equal",
        Test::NotEqual(_) => "not",
        Test::OneOf(_) => "one-of",
        Test::Compare(order, _) => match order {
            super::form::Order::Equal => "compare=",
            super::form::Order::Less | super::form::Order::LessOrEqual => "compare<",
            _ => "compare>",
        },
        Test::Between(..) => "between",
        Test::Dated(super::form::Order::Equal, _) => "dated=",
        Test::Dated(..) => "dated",
        Test::Beyond(..) => "beyond",
        Test::SameAs(_) => "same-as",
    }
}

/// Kept beside its user: conditions on parts of cells are weaker.
pub(crate) fn partial_checks(checks: &[Check]) -> usize {
    checks.iter().filter(|check| is_partial(check)).count()
}
