//! Which rows come first, in words.

use super::metrics::{is_metric, listed};
use super::names::Names;
use csv_analyst_protocol::plan::{Direction, OrderBy};

impl Names<'_> {
    pub fn order_words(&self) -> Option<String> {
        let first = self.plan.order_by.first()?;
        let (words, temporal, text) = self.ordered_by(first);
        let direction = match (first.dir, temporal, text) {
            (Direction::Desc, true, _) => "newest",
            (Direction::Asc, true, _) => "oldest",
            (Direction::Asc, false, true) => return Some(format!("by {words}")),
            (Direction::Desc, false, true) => return Some(format!("by {words}, backwards")),
            (Direction::Desc, false, false) => "highest",
            (Direction::Asc, false, false) => "lowest",
        };
        if temporal || self.is_the_subject(first) {
            return Some(format!("{direction} first"));
        }
        Some(format!("{direction} {words} first"))
    }

    /// "the top 3 per category by revenue".
    pub fn top_words(&self) -> Option<String> {
        let top = self.plan.top.as_ref()?;
        let per: Vec<String> = top.per.iter().map(|name| self.label(name)).collect();
        let by = top.order_by.first().map(|order| {
            let lowest = if order.dir == Direction::Asc {
                "lowest "
            } else {
                ""
            };
            format!(" by {lowest}{}", self.ordered_by(order).0)
        });
        let ties = if top.ties { " and what ties with them" } else { "" };
        Some(format!(
            "the first {} per {}{}{ties}",
            top.n,
            listed(&per),
            by.unwrap_or_default()
        ))
    }

    /// The words of what is ordered by, whether it is a time, and whether it is a text.
    fn ordered_by(&self, order: &OrderBy) -> (String, bool, bool) {
        let Some(name) = &order.expr else {
            let words = order
                .expression
                .as_ref()
                .map(|expression| self.expression(expression));
            return (words.unwrap_or_default(), false, false);
        };
        let item = self.item(name);
        let bucketed = item.is_some_and(|item| item.bucket.is_some() && item.agg.is_none());
        let column = match item {
            Some(item) if item.agg.is_none() => item.column.as_deref(),
            Some(_) => None,
            None => Some(name.as_str()),
        };
        let described = column
            .and_then(|column| self.column(column))
            .map(|id| self.catalogue().column(id));
        let temporal = bucketed || described.is_some_and(|column| column.kind.is_temporal());
        let text = described.is_some_and(|column| {
            column.kind == csv_analyst_protocol::dataset::ColumnType::Text && column.ordered_values.is_empty()
        });
        (self.label(name), temporal, text)
    }

    /// The one number of the answer need not be named again.
    fn is_the_subject(&self, order: &OrderBy) -> bool {
        let mut metrics = self.plan.select.iter().filter(|item| is_metric(item));
        match (metrics.next(), metrics.next()) {
            (Some(only), None) => only.alias.is_some() && only.alias == order.expr,
            _ => false,
        }
    }
}
