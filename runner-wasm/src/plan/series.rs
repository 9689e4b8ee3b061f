//! Rows of the answer beside one another: shares, running totals, moving averages, changes, ranks. All are
//! window functions over what the select list has computed, so `limit` does not change them.
//!
//! Where rows are followed along a time bucket, steps are periods, not rows: a month that is missing in the
//! data does not make March follow January.

use super::Compiler;
use super::conditions::rank_of;
use super::expressions::{Computed, number};
use super::names::ColumnRef;
use super::order::{direction, find};
use super::ties::ranking;
use super::values::Kind;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::*;
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::plan::{self, Aggregate, Expression, TimeUnit};

const MOST_ROWS: u32 = 1_000;

/// What a name in a series stands for.
#[derive(Clone, Copy)]
struct Named<'a> {
    column: Option<ColumnRef<'a>>,
    bucket: Option<TimeUnit>,
}

/// Which rows are seen together, and in which order.
struct Rows {
    partition_by: Vec<Expr>,
    along: Expr,
    /// What tells rows of one partition apart where `along` does not.
    ties: Vec<Expr>,
    period: Option<TimeUnit>,
}

pub fn is_series(expression: &Expression) -> bool {
    expression.any(&|part| part.series().is_some())
}

impl<'a> Compiler<'a> {
    pub fn series(&mut self, expression: &Expression, home: &'a Table, pointer: &str) -> Checked<Computed> {
        let Some(series) = expression.series() else {
            return Err(invalid("series", "This compares no rows.").at_pointer(pointer));
        };
        let at = |part: &str| format!("{pointer}/{}/{part}", series.name);
        if !self.series_allowed {
            return Err(invalid(
                "series-place",
                "What compares rows of the answer stands in the select list, and not inside of another.",
            )
            .at_pointer(pointer)
            .hint("Give it a name with `as`, and order by that."));
        }
        let part = if series.name == "rank" { "by" } else { "of" };
        let inner = expression.parts().into_iter().next().map(|(_, inner)| inner);
        let Some(inner) = inner else {
            return Err(invalid("series", "This compares no values.").at_pointer(pointer));
        };
        self.series_allowed = false;
        let of = self.expression(inner, home, &at(part));
        self.series_allowed = true;
        let of = of?;
        if let Expression::Rank { dir, .. } = expression {
            let partition_by = self.named_values(series.within, &at("within"))?;
            let order = OrderItem {
                value: of.value.clone(),
                direction: direction(*dir),
            };
            let rank = windowed(of, |_| ranking("rank", partition_by, vec![order]));
            return Ok(Computed {
                kind: Kind::Number,
                ..rank
            });
        }
        let of = match expression {
            Expression::Previous { .. } => of,
            _ => number(of, &at(part))?,
        };
        let Some(along) = series.along else {
            let partition_by = self.named_values(series.within, &at("within"))?;
            return Ok(windowed(of, |value| share(value, partition_by)));
        };
        let rows = self.rows(along, series.within, of.aggregated, &at("along"), &at("within"))?;
        self.along(expression, of, &rows, &at("last"))
    }

    fn along(&self, expression: &Expression, of: Computed, rows: &Rows, pointer: &str) -> Checked<Computed> {
        Ok(match expression {
            Expression::Moving { agg, last, .. } => {
                if !(2..=MOST_ROWS).contains(last) {
                    return Err(invalid(
                        "series",
                        format!("A moving value looks at 2 to {MOST_ROWS} rows or periods."),
                    )
                    .at_pointer(pointer));
                }
                let name = moving_name(*agg).ok_or_else(|| {
                    invalid("series", "Only `avg`, `sum`, `min` and `max` move along.")
                        .at_pointer(pointer.trim_end_matches("/last"))
                })?;
                windowed(of, |value| rows.moving(name, value, *last))
            }
            Expression::Previous { .. } => windowed(of, |value| rows.previous(value)),
            Expression::Change { percent, .. } => windowed(of, |value| {
                let before = rows.previous(value.clone());
                let change = Expr::chain(value, ChainOperator::Subtract, before.clone());
                if *percent {
                    percentage(change, before)
                } else {
                    change
                }
            }),
            _ => windowed(of, |value| rows.over("sum", vec![value], Vec::new(), None)),
        })
    }

    /// Values of the outputs or columns of these names, which must not be aggregated.
    fn named_values(&self, names: Option<&[String]>, pointer: &str) -> Checked<Vec<Expr>> {
        let names = names.unwrap_or_default().iter().enumerate();
        names
            .map(|(index, name)| Ok(self.named_value(name, &format!("{pointer}/{index}"))?.0))
            .collect()
    }

    fn named_value(&self, name: &str, pointer: &str) -> Checked<(Expr, Named<'a>)> {
        let Some(output) = find(&self.named, name) else {
            let column = self.resolve(name, pointer)?;
            return Ok((
                self.column(column),
                Named {
                    column: Some(column),
                    bucket: None,
                },
            ));
        };
        if output.computed.aggregated {
            return Err(invalid(
                "series",
                format!(
                    "`{}` is an aggregate: rows can't be told apart by it.",
                    excerpt(name)
                ),
            )
            .at_pointer(pointer));
        }
        let named = Named {
            column: output.column,
            bucket: output.bucket,
        };
        Ok((output.computed.value.clone(), named))
    }

    fn rows(
        &self,
        along: &str,
        within: Option<&[String]>,
        aggregated: bool,
        along_pointer: &str,
        within_pointer: &str,
    ) -> Checked<Rows> {
        let (along, named) = self.named_value(along, along_pointer)?;
        let grouped = aggregated
            || self.plan.distinct
            || !self.plan.group_by.is_empty()
            || self.named.iter().any(|output| output.computed.aggregated);
        let others: Vec<Expr> = if grouped {
            let keys = self.keys_so_far()?;
            keys.into_iter().filter(|key| *key != along).collect()
        } else {
            self.own_key()
        };
        let partition_by = match within {
            Some(_) => self.named_values(within, within_pointer)?,
            None if grouped => others.clone(),
            None => Vec::new(),
        };
        let ties = others
            .into_iter()
            .filter(|other| *other != along && !partition_by.contains(other))
            .collect();
        let along = match named.column {
            Some(column) if !column.column.ordered_values.is_empty() => {
                rank_of(along, &column.column.ordered_values)
            }
            _ => along,
        };
        Ok(Rows {
            partition_by,
            along,
            ties,
            period: named.bucket,
        })
    }

    /// The groups of the plan, as far as they are compiled: those of `group_by` and those that are selected.
    fn keys_so_far(&self) -> Checked<Vec<Expr>> {
        let mut keys: Vec<Expr> = Vec::new();
        for (index, name) in self.plan.group_by.iter().enumerate() {
            let (value, _) = self.named_value(name, &format!("/group_by/{index}"))?;
            keys.push(value);
        }
        let selected = self
            .named
            .iter()
            .filter(|output| !output.computed.aggregated && is_column(&output.computed.value));
        for output in selected {
            if !keys.contains(&output.computed.value) {
                keys.push(output.computed.value.clone());
            }
        }
        Ok(keys)
    }

    /// What tells rows of the joined tables apart.
    fn own_key(&self) -> Vec<Expr> {
        let root = self.joins.root;
        let all = root.columns.iter().map(|column| &column.name);
        let names: Vec<&String> = if root.primary_key.is_empty() {
            all.collect()
        } else {
            root.primary_key.iter().collect()
        };
        let columns = names.into_iter().filter_map(|name| root.column(name));
        columns
            .map(|column| self.column(ColumnRef { table: root, column }))
            .collect()
    }
}

impl Rows {
    fn over(&self, name: &'static str, arguments: Vec<Expr>, ties: Vec<Expr>, frame: Option<Frame>) -> Expr {
        let order = std::iter::once(self.along.clone()).chain(ties);
        let window = Window {
            partition_by: self.partition_by.clone(),
            order_by: order.map(in_order).collect(),
            frame,
            ..Window::default()
        };
        over(name, arguments, window)
    }

    fn moving(&self, name: &'static str, value: Expr, last: u32) -> Expr {
        let before = last.saturating_sub(1);
        let (units, start, ties) = match self.period {
            Some(unit) => (FrameUnits::Range, interval(before, unit), Vec::new()),
            None => (FrameUnits::Rows, Expr::number(before), self.ties.clone()),
        };
        let frame = Frame {
            units,
            start: FrameBound::Preceding(Box::new(start)),
            end: Some(FrameBound::CurrentRow),
            exclude: None,
        };
        self.over(name, vec![value], ties, Some(frame))
    }

    fn previous(&self, value: Expr) -> Expr {
        let Some(unit) = self.period else {
            return self.over("lag", vec![value], self.ties.clone(), None);
        };
        let one = || FrameBound::Preceding(Box::new(interval(1, unit)));
        let frame = Frame {
            units: FrameUnits::Range,
            start: one(),
            end: Some(one()),
            exclude: None,
        };
        self.over("max", vec![value], Vec::new(), Some(frame))
    }
}

/// `100.0 * part / nullif(whole, 0)`.
pub fn percentage(part: Expr, whole: Expr) -> Expr {
    let hundredfold = Expr::chain(Expr::number("100.0"), ChainOperator::Multiply, part);
    let divisor = Expr::call("nullif", vec![whole, Expr::number(0)]);
    Expr::chain(hundredfold, ChainOperator::Divide, divisor)
}

fn share(value: Expr, partition_by: Vec<Expr>) -> Expr {
    let window = Window {
        partition_by,
        ..Window::default()
    };
    let total = over("sum", vec![value.clone()], window);
    percentage(value, total)
}

fn over(name: &'static str, arguments: Vec<Expr>, window: Window) -> Expr {
    let arguments = arguments
        .into_iter()
        .map(|value| Argument { name: None, value })
        .collect();
    Expr::Call(Box::new(Call {
        name,
        arguments,
        over: Some(Over::Window(window)),
        ..Call::default()
    }))
}

fn windowed(of: Computed, change: impl FnOnce(Expr) -> Expr) -> Computed {
    Computed {
        value: change(of.value),
        windowed: true,
        ..of
    }
}

fn in_order(value: Expr) -> OrderItem {
    OrderItem {
        value,
        direction: direction(plan::Direction::Asc),
    }
}

fn is_column(value: &Expr) -> bool {
    value.any(&|part| matches!(part, Expr::Column { .. }))
}

/// In units that intervals have.
fn interval(count: u32, unit: TimeUnit) -> Expr {
    let (count, unit) = match unit {
        TimeUnit::Hour => (count, "HOUR"),
        TimeUnit::Day => (count, "DAY"),
        TimeUnit::Week => (count.saturating_mul(7), "DAY"),
        TimeUnit::Month => (count, "MONTH"),
        TimeUnit::Quarter => (count.saturating_mul(3), "MONTH"),
        TimeUnit::Year => (count, "YEAR"),
    };
    Expr::Interval {
        value: Box::new(Expr::number(count)),
        unit,
    }
}

fn moving_name(aggregate: Aggregate) -> Option<&'static str> {
    match aggregate {
        Aggregate::Avg => Some("avg"),
        Aggregate::Sum => Some("sum"),
        Aggregate::Min => Some("min"),
        Aggregate::Max => Some("max"),
        Aggregate::Count
        | Aggregate::CountDistinct
        | Aggregate::Median
        | Aggregate::Stddev
        | Aggregate::Rate => None,
    }
}
