//! Metrics as output columns.

use super::Builder;
use crate::lexicon::Contrast;
use crate::link::ColumnId;
use crate::reading::{Metric, Side};
use crate::sense::{Catalogue, ColumnCheck};
use csv_analyst_protocol::plan::{Aggregate, Expression, Filter, SelectItem};

/// An average of prices or hours says nothing beyond hundredths.
const AVERAGE_DECIMALS: u8 = 2;
/// A ratio below one would lose too much of itself.
const RATIO_DECIMALS: u8 = 4;

/// Metrics for a plan of the base table; nothing where one is of other rows and would be added up twice.
pub(crate) fn metric_items(
    catalogue: Catalogue<'_>,
    base: usize,
    metrics: &[Metric],
) -> Option<Vec<SelectItem>> {
    let builder = Builder::of_base(catalogue, base);
    let fits = |metric: &Metric| match metric {
        Metric::Rows(table) => catalogue.distance(base, *table).is_some(),
        Metric::Distinct(column) => catalogue.distance(base, column.table).is_some(),
        Metric::Column(..) | Metric::Measure(..) | Metric::Rate { .. } => {
            builder.metric_table(metric) == base
        }
        _ => false,
    };
    let item = |metric: &Metric| fits(metric).then(|| builder.metric_item(metric));
    metrics.iter().map(item).collect()
}

/// What a share of this column is taken of, written for a plan of the base table; nothing where the parts
/// do not add up.
pub(crate) fn share_of(catalogue: Catalogue<'_>, base: usize, item: &SelectItem) -> Option<Expression> {
    let of = match (item.agg, &item.column, &item.measure, &item.per) {
        (Some(Aggregate::Count), None, _, Some(per)) => {
            (Aggregate::CountDistinct, Expression::Column(per.clone()))
        }
        (Some(Aggregate::Count), None, _, None) => (Aggregate::Count, Expression::Literal(1.into())),
        (Some(agg @ (Aggregate::Count | Aggregate::Sum)), Some(column), ..) => {
            (agg, Expression::Column(column.clone()))
        }
        (None | Some(Aggregate::Sum), None, Some(name), _) => {
            let measure = catalogue
                .dataset
                .measures
                .iter()
                .find(|measure| measure.name == *name)?;
            let adds_up = item.agg.unwrap_or(measure.aggregate) == Aggregate::Sum;
            let builder = Builder::of_base(catalogue, base);
            let of = builder
                .qualified(&measure.expression, &measure.table)
                .filter(|_| adds_up)?;
            (Aggregate::Sum, of)
        }
        _ => return None,
    };
    Some(Expression::Aggregate {
        agg: of.0,
        of: Box::new(of.1),
        condition: item.condition.clone().map(Box::new),
    })
}

impl Builder<'_> {
    pub(super) fn metric_item(&self, metric: &Metric) -> SelectItem {
        let item = match metric {
            Metric::Rows(table) => SelectItem {
                agg: Some(Aggregate::Count),
                per: self.per(*table),
                ..SelectItem::default()
            },
            Metric::Entities(table) => self.entity_count(*table),
            Metric::Distinct(id) => SelectItem {
                agg: Some(Aggregate::CountDistinct),
                ..self.column_item(*id)
            },
            Metric::Column(id, aggregate) => SelectItem {
                agg: Some(*aggregate),
                ..self.column_item(*id)
            },
            Metric::Measure(measure, aggregate) => {
                let name = self.catalogue.dataset.measures[*measure].name.clone();
                SelectItem {
                    measure: Some(name),
                    agg: *aggregate,
                    ..SelectItem::default()
                }
            }
            Metric::Mean { counted, per, rows } => SelectItem {
                expression: Some(self.mean(*counted, *per, *rows)),
                ..SelectItem::default()
            },
            Metric::Part { metric, check } => SelectItem {
                expression: self.part(metric, check),
                ..SelectItem::default()
            },
            Metric::Sided { metric, side } => SelectItem {
                condition: self.side_filter(side),
                round: None,
                alias: None,
                ..self.metric_item(metric)
            },
            Metric::Contrast { kind, left, right } => SelectItem {
                expression: self.contrast(*kind, left, right),
                ..SelectItem::default()
            },
            Metric::Rate { check, .. } => SelectItem {
                agg: Some(Aggregate::Rate),
                condition: Some(self.filter(check)),
                per: self.per(check.column.table),
                ..SelectItem::default()
            },
        };
        let is_ratio = matches!(
            metric,
            Metric::Contrast {
                kind: Contrast::Ratio,
                ..
            }
        );
        let decimals = if is_ratio {
            RATIO_DECIMALS
        } else {
            AVERAGE_DECIMALS
        };
        let rounded = item.measure.is_some()
            || item.expression.is_some()
            || matches!(
                item.agg,
                Some(Aggregate::Avg | Aggregate::Median | Aggregate::Stddev | Aggregate::Rate)
            );
        SelectItem {
            alias: Some(self.alias(metric)),
            round: rounded.then_some(decimals),
            ..item
        }
    }

    /// How many different ones of the first there are for each of the second.
    fn mean(&self, counted: ColumnId, per: ColumnId, rows: bool) -> Expression {
        let count = |agg, id| {
            Box::new(Expression::Aggregate {
                agg,
                of: Box::new(Expression::Column(self.name(id))),
                condition: None,
            })
        };
        let all = if rows {
            Aggregate::Count
        } else {
            Aggregate::CountDistinct
        };
        Expression::Divide(count(all, counted), count(Aggregate::CountDistinct, per))
    }

    /// What to count by when the plan's table is finer than the table that is counted.
    fn per(&self, table: usize) -> Option<String> {
        if table == self.reading.base {
            return None;
        }
        let (base, target) = (
            &self.catalogue.table(self.reading.base).name,
            &self.catalogue.table(table).name,
        );
        let link = self
            .catalogue
            .dataset
            .relationships
            .iter()
            .find(|link| link.from_table == *base && link.to_table == *target);
        match link {
            Some(link) => Some(format!("{target}.{}", link.to_column)),
            None => self.catalogue.key(table).map(|key| self.name(key)),
        }
    }

    fn entity_count(&self, table: usize) -> SelectItem {
        let key = self
            .catalogue
            .table(table)
            .entity
            .as_ref()
            .and_then(|entity| entity.key.first());
        match key
            .and_then(|key| self.catalogue.find(table, key))
            .filter(|_| self.plan.latest.is_none())
        {
            Some(id) => SelectItem {
                agg: Some(Aggregate::CountDistinct),
                ..self.column_item(id)
            },
            None => SelectItem {
                agg: Some(Aggregate::Count),
                ..SelectItem::default()
            },
        }
    }

    /// What a reader should know about a metric: an agreed calculation, rows left out.
    pub(super) fn explain_metric(&mut self, metric: &Metric) {
        match metric {
            Metric::Measure(measure, _) => {
                let measure = &self.catalogue.dataset.measures[*measure];
                if !measure.description.is_empty() {
                    let name = super::names::capitalised(&measure.name);
                    self.assumptions.push(format!("{name}: {}", measure.description));
                }
            }
            Metric::Column(id, Aggregate::Avg | Aggregate::Median) if self.catalogue.column(*id).nullable => {
                let label = self.catalogue.label(*id);
                let noun = super::plural(&self.catalogue.noun(id.table));
                let sentence = format!(
                    "{} without {label} are left out.",
                    super::names::capitalised(&noun)
                );
                if !self.assumptions.contains(&sentence) {
                    self.assumptions.push(sentence);
                }
            }
            _ => {}
        }
    }

    /// The condition of one side of a comparison.
    fn side_filter(&self, side: &Side) -> Option<Filter> {
        match side {
            Side::Check(check) => Some(self.filter(check)),
            Side::Range(range) => self.range_filter(self.time()?, range),
        }
    }

    /// Both sides computed again, as one value.
    fn contrast(&self, kind: Contrast, left: &Metric, right: &Metric) -> Option<Expression> {
        let left = Box::new(self.computed(left, None)?);
        let right = Box::new(self.computed(right, None)?);
        Some(match kind {
            Contrast::Ratio => Expression::Divide(left, right),
            Contrast::Difference | Contrast::Beside => Expression::Subtract(left, right),
        })
    }

    fn part(&self, metric: &Metric, check: &ColumnCheck) -> Option<Expression> {
        let some = Box::new(self.computed(metric, Some(self.filter(check)))?);
        let all = Box::new(self.computed(metric, None)?);
        let ratio = Box::new(Expression::Divide(some, all));
        Some(Expression::Multiply(
            Box::new(Expression::Literal(100.into())),
            ratio,
        ))
    }

    /// A metric inside arithmetic.
    pub(super) fn computed(&self, metric: &Metric, condition: Option<Filter>) -> Option<Expression> {
        let aggregate = |agg, of| {
            Some(Expression::Aggregate {
                agg,
                of: Box::new(of),
                condition: condition.clone().map(Box::new),
            })
        };
        match metric {
            Metric::Sided { metric, side } => self.computed(metric, self.side_filter(side)),
            Metric::Rows(table) => {
                let key = self
                    .catalogue
                    .key(*table)
                    .map(|key| Expression::Column(self.name(key)));
                match key {
                    Some(key) => aggregate(Aggregate::CountDistinct, key),
                    None if *table == self.reading.base => {
                        aggregate(Aggregate::Count, Expression::Literal(1.into()))
                    }
                    None => None,
                }
            }
            Metric::Entities(table) => {
                let entity = self.catalogue.table(*table).entity.as_ref()?;
                let key = self.catalogue.find(*table, entity.key.first()?)?;
                aggregate(Aggregate::CountDistinct, Expression::Column(self.name(key)))
            }
            Metric::Distinct(id) => aggregate(Aggregate::CountDistinct, Expression::Column(self.name(*id))),
            Metric::Column(id, agg) => aggregate(*agg, Expression::Column(self.name(*id))),
            Metric::Measure(measure, agg) => {
                let measure = &self.catalogue.dataset.measures[*measure];
                let of = self.qualified(&measure.expression, &measure.table)?;
                aggregate(agg.unwrap_or(measure.aggregate), of)
            }
            Metric::Mean { .. } | Metric::Part { .. } | Metric::Contrast { .. } | Metric::Rate { .. } => None,
        }
    }

    /// A measure's expression, whose columns are its own table's, as the plan's table sees it.
    fn qualified(&self, expression: &Expression, table: &str) -> Option<Expression> {
        let both = |left: &Expression, right: &Expression| {
            Some((
                Box::new(self.qualified(left, table)?),
                Box::new(self.qualified(right, table)?),
            ))
        };
        let base = &self.catalogue.table(self.reading.base).name;
        Some(match expression {
            Expression::Column(name) if base != table && !name.contains('.') => {
                Expression::Column(format!("{table}.{name}"))
            }
            Expression::Column(_) | Expression::Literal(_) | Expression::Now => expression.clone(),
            Expression::Add(left, right) => {
                both(left, right).map(|(left, right)| Expression::Add(left, right))?
            }
            Expression::Subtract(left, right) => {
                both(left, right).map(|(left, right)| Expression::Subtract(left, right))?
            }
            Expression::Multiply(left, right) => {
                both(left, right).map(|(left, right)| Expression::Multiply(left, right))?
            }
            Expression::Divide(left, right) => {
                both(left, right).map(|(left, right)| Expression::Divide(left, right))?
            }
            Expression::Elapsed { unit, from, to } => {
                let (from, to) = both(from, to)?;
                Expression::Elapsed {
                    unit: *unit,
                    from,
                    to,
                }
            }
            _ => return None,
        })
    }
}
