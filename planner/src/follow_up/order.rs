//! Another order for what was shown: "sort by count", "lowest first", "the 10 worst".

use super::{Changed, Conversation, unclear};
use crate::interpret::judgement::valence;
use crate::link::readable;
use crate::sense::Sense;
use csv_analyst_protocol::plan::{Aggregate, Direction, Filter, OrderBy, SelectItem};

/// More are not "the 10 worst".
const MOST_SHOWN: f64 = 10_000.0;

impl Conversation<'_> {
    pub(super) fn orders_by_metric(&self) -> bool {
        let by = self.plan.order_by.first().and_then(|order| order.expr.as_ref());
        by.is_some_and(|by| self.metrics().any(|item| item.alias.as_ref() == Some(by)))
    }

    pub(super) fn metrics(&self) -> impl Iterator<Item = &SelectItem> {
        self.plan
            .select
            .iter()
            .filter(|item| crate::explain::is_metric(item))
    }

    /// What the rows are ordered by, if it is a number of theirs; else their first number.
    fn ranked(&self) -> Option<&SelectItem> {
        let by = self.plan.order_by.first().and_then(|order| order.expr.as_ref());
        let ordered = by.and_then(|by| self.metrics().find(|item| item.alias.as_ref() == Some(by)));
        ordered.or_else(|| self.metrics().next())
    }

    fn order(&mut self, name: String, direction: Direction) -> Changed {
        if self.plan.top.is_some() {
            return unclear("how the best of each group are to be sorted otherwise");
        }
        self.plan.order_by = vec![OrderBy::by(name, direction)];
        if let Some(limit) = self.plan.limit {
            let sentence = format!("The first {limit} in this order are shown.");
            self.assumptions.push(sentence);
        }
        Ok(())
    }

    pub(super) fn sort_by_count(&mut self) -> Changed {
        if !self.shows_groups() {
            return unclear("what is to be counted and sorted");
        }
        let counts = |item: &&SelectItem| {
            matches!(item.agg, Some(Aggregate::Count | Aggregate::CountDistinct)) && item.condition.is_none()
        };
        let known = self.metrics().find(counts).and_then(|item| item.alias.clone());
        let name = match known {
            Some(name) => name,
            None => self.add_metric(self.count_item()),
        };
        self.order(name, Direction::Desc)
    }

    pub(super) fn sort_by(&mut self, sense: &Sense) -> Changed {
        let name = match sense {
            Sense::Number(column) => self.catalogue.column(*column).name.clone(),
            Sense::Measure(measure) => self.catalogue.dataset.measures[*measure].name.clone(),
            _ => return unclear("which number to sort by"),
        };
        let own = |known: &Option<String>| {
            known.as_deref().and_then(|known| known.rsplit('.').next()) == Some(&name)
        };
        let shown = self
            .plan
            .select
            .iter()
            .find(|item| own(&item.column) || own(&item.measure));
        let by = shown.and_then(|item| item.alias.clone().or_else(|| item.column.clone()));
        match by {
            Some(by) => self.order(by, Direction::Desc),
            None => unclear(format!(
                "how to sort by {}, which the answer does not show",
                readable(&name)
            )),
        }
    }

    /// "lowest first" speaks of the number that is shown, if there is one.
    pub(super) fn turn(&mut self, direction: Direction) -> Changed {
        let by_group = self.shows_groups().then(|| self.ranked()).flatten();
        if let Some(name) = by_group.and_then(|item| item.alias.clone()) {
            return self.order(name, direction);
        }
        match self.plan.order_by.first().and_then(|order| order.expr.clone()) {
            Some(name) => self.order(name, direction),
            None => unclear("what to sort by"),
        }
    }

    /// "top 5", "the 10 worst", "worst first".
    pub(super) fn best(&mut self, word: &str, direction: Direction, number: Option<f64>) -> Changed {
        if number.is_some_and(|number| number.fract() != 0.0 || !(1.0..=MOST_SHOWN).contains(&number)) {
            return unclear("how many to show");
        }
        let limit = number.map(|number| number as u64).or(self.plan.limit);
        if !self.shows_groups() {
            return self.first_rows(word, limit);
        }
        let Some(ranked) = self.ranked() else {
            return unclear("what to rank by");
        };
        let direction = match (word, self.is_bad(ranked)) {
            ("best" | "worst", None) => return unclear("which of them are good, and which are bad"),
            ("best", Some(true)) => Direction::Asc,
            ("worst", Some(true)) => Direction::Desc,
            _ => direction,
        };
        let Some(name) = ranked.alias.clone() else {
            return unclear("what to rank by");
        };
        self.plan.limit = None;
        self.order(name, direction)?;
        self.plan.limit = limit;
        Ok(())
    }

    /// Rows keep their order: "top 5" are the first five of them.
    fn first_rows(&mut self, word: &str, limit: Option<u64>) -> Changed {
        if word != "top" || self.plan.order_by.is_empty() {
            return unclear("what to rank by");
        }
        self.plan.limit = limit;
        Ok(())
    }

    /// Whether more of it is worse; nothing for a percentage of which nobody can say.
    fn is_bad(&self, item: &SelectItem) -> Option<bool> {
        let hours = |unit: Option<&str>| unit.is_some_and(|unit| unit.starts_with("hour"));
        let name = readable(
            item.column
                .as_deref()
                .or(item.measure.as_deref())
                .unwrap_or_default(),
        );
        match item.agg {
            Some(Aggregate::Rate) => valence(&condition_words(item.condition.iter())),
            Some(Aggregate::Count | Aggregate::CountDistinct) => {
                let conditions = self.plan.filters.iter().chain(&item.condition);
                Some(valence(&condition_words(conditions)) == Some(true))
            }
            _ => Some(hours(self.unit(item)) || valence(&name) == Some(true)),
        }
    }
}

/// The columns and values that conditions speak of.
fn condition_words<'f>(filters: impl Iterator<Item = &'f Filter>) -> String {
    let mut words = Vec::new();
    for filter in filters {
        if let Filter::Condition(condition) = filter {
            words.push(readable(condition.column.as_deref().unwrap_or_default()));
            words.push(readable(condition.value.as_str().unwrap_or_default()));
        }
    }
    words.join(" ")
}
