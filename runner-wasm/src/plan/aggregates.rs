//! Aggregates that never count a row twice.
//!
//! When the join repeats a table's rows (an order once per item), an aggregate over that table works on
//! its distinct rows: by key for counts and rates, by key and value for sums and means. Minima, maxima
//! and distinct counts don't mind repetition.

use super::Compiler;
use super::expressions::Computed;
use super::graph::Graph;
use super::names::ColumnRef;
use super::values::Kind;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{Argument, Call, ChainOperator, Expr};
use csv_analyst_protocol::plan::Aggregate;
use std::collections::BTreeSet;

/// A compiled `where` of a select item.
pub struct Restriction {
    pub value: Expr,
    pub tables: BTreeSet<String>,
}

impl<'a> Compiler<'a> {
    pub fn aggregate(
        &mut self,
        aggregate: Aggregate,
        of: Option<Computed>,
        restriction: Option<Restriction>,
        per: Option<ColumnRef<'a>>,
        pointer: &str,
    ) -> Checked<Computed> {
        if of.as_ref().is_some_and(|of| of.aggregated) {
            return Err(invalid(
                "nested-aggregate",
                "An aggregate of an aggregate has no meaning here.",
            )
            .at_pointer(pointer));
        }
        let (value, kind) = match aggregate {
            Aggregate::Rate => (self.rate(of, restriction, per, pointer)?, Kind::Number),
            Aggregate::Count => (self.count(of, restriction, per), Kind::Number),
            _ => {
                let of = of.ok_or_else(|| {
                    invalid(
                        "aggregate-needs-column",
                        "This aggregate needs a column, an expression or a measure.",
                    )
                    .at_pointer(pointer)
                })?;
                if per.is_some() {
                    return Err(
                        invalid("per-not-here", "`per` goes with `count` and `rate` only.")
                            .at_pointer(pointer),
                    );
                }
                let kind = if matches!(aggregate, Aggregate::Min | Aggregate::Max) {
                    of.kind
                } else {
                    Kind::Number
                };
                (self.of_values(aggregate, of, restriction, pointer)?, kind)
            }
        };
        Ok(Computed {
            value,
            kind,
            tables: BTreeSet::new(),
            aggregated: true,
        })
    }

    fn of_values(
        &mut self,
        aggregate: Aggregate,
        of: Computed,
        restriction: Option<Restriction>,
        pointer: &str,
    ) -> Checked<Expr> {
        let filter = restriction.map(|restriction| restriction.value);
        let (plain, of_list) = match aggregate {
            Aggregate::Sum => ("sum", "list_sum"),
            Aggregate::Avg => ("avg", "list_avg"),
            Aggregate::Median => ("median", "list_median"),
            Aggregate::Stddev => ("stddev", "list_stddev_samp"),
            Aggregate::Min => return Ok(call("min", false, vec![of.value], filter)),
            Aggregate::Max => return Ok(call("max", false, vec![of.value], filter)),
            Aggregate::CountDistinct => return Ok(call("count", true, vec![of.value], filter)),
            Aggregate::Count | Aggregate::Rate => return Ok(call("count", false, vec![of.value], filter)),
        };
        if of.kind != Kind::Number {
            let rejection =
                invalid("aggregate-type", format!("`{plain}` works on numbers only.")).at_pointer(pointer);
            return Err(if of.kind == Kind::Boolean {
                rejection.hint("For the share of rows use `rate` with a `where`; to count them use `count` with a `where`.")
            } else {
                rejection.hint("Use `count`, `count_distinct`, `min` or `max`.")
            });
        }
        match self.repeated_key(&of.tables) {
            None => Ok(call(plain, false, vec![of.value], filter)),
            Some(key) => Ok(distinct_rows(of_list, key, of.value, filter)),
        }
    }

    fn count(
        &mut self,
        of: Option<Computed>,
        restriction: Option<Restriction>,
        per: Option<ColumnRef<'a>>,
    ) -> Expr {
        let filter = restriction.map(|restriction| restriction.value);
        if let Some(per) = per {
            return call("count", true, vec![self.column(per)], filter);
        }
        let tables = of.as_ref().map_or_else(
            || BTreeSet::from([self.base.name.clone()]),
            |of| of.tables.clone(),
        );
        match (self.repeated_key(&tables), of) {
            (None, None) => count_rows(filter),
            (None, Some(of)) => call("count", false, vec![of.value], filter),
            (Some(key), None) => call("count", true, vec![key], filter),
            (Some(key), Some(of)) => {
                let present = Expr::Is {
                    value: Box::new(of.value),
                    test: "NOT NULL",
                };
                call(
                    "count",
                    true,
                    vec![key],
                    Expr::all([Some(present), filter].into_iter().flatten()),
                )
            }
        }
    }

    /// Percentage of rows, or of distinct keys, that meet a condition.
    fn rate(
        &mut self,
        of: Option<Computed>,
        restriction: Option<Restriction>,
        per: Option<ColumnRef<'a>>,
        pointer: &str,
    ) -> Checked<Expr> {
        let restriction = match (restriction, of) {
            (Some(restriction), None) => restriction,
            (None, Some(of)) if of.kind == Kind::Boolean => Restriction {
                value: of.value,
                tables: of.tables,
            },
            (Some(_), Some(_)) => {
                return Err(
                    invalid("rate-form", "A rate has a `where` and no column of its own.")
                        .at_pointer(pointer),
                );
            }
            (None, _) => {
                return Err(invalid("rate-form", "A rate needs a condition.")
                    .at_pointer(pointer)
                    .hint("Add `where`: the rows that count."));
            }
        };
        let counted = per
            .map(|per| self.column(per))
            .or_else(|| self.repeated_key(&restriction.tables));
        let (meeting, all) = match counted {
            Some(key) => (
                call("count", true, vec![key.clone()], Some(restriction.value)),
                call("count", true, vec![key], None),
            ),
            None => (count_rows(Some(restriction.value)), count_rows(None)),
        };
        let percentage = Expr::chain(Expr::number("100.0"), ChainOperator::Multiply, meeting);
        Ok(Expr::chain(
            percentage,
            ChainOperator::Divide,
            Expr::call("nullif", vec![all, Expr::number(0)]),
        ))
    }

    /// The key of the finest of these tables, if the join repeats its rows.
    fn repeated_key(&mut self, tables: &BTreeSet<String>) -> Option<Expr> {
        let finest = Graph(self.dataset).finest(tables)?;
        let key = self.joins.key_of(&finest.name)?;
        let noun = if finest.row_noun.is_empty() {
            format!("row of `{}`", finest.name)
        } else {
            finest.row_noun.clone()
        };
        let note = format!(
            "Each {noun} counts once per group, however many rows of `{}` belong to it.",
            self.joins.root.name
        );
        self.note(note);
        Some(Expr::column(&finest.name, key))
    }
}

fn call(name: &'static str, distinct: bool, arguments: Vec<Expr>, filter: Option<Expr>) -> Expr {
    let arguments = arguments
        .into_iter()
        .map(|value| Argument { name: None, value })
        .collect();
    Expr::Call(Box::new(Call {
        name,
        distinct,
        arguments,
        filter: filter.map(Box::new),
        ..Call::default()
    }))
}

fn count_rows(filter: Option<Expr>) -> Expr {
    Expr::Call(Box::new(Call {
        name: "count",
        star: true,
        filter: filter.map(Box::new),
        ..Call::default()
    }))
}

/// `list_sum(list_transform(list(DISTINCT {key, value}), row -> row.value))`: the values of distinct rows.
fn distinct_rows(of_list: &'static str, key: Expr, value: Expr, filter: Option<Expr>) -> Expr {
    let pair = Expr::Struct(vec![("key".into(), key), ("value".into(), value)]);
    let pairs = call("list", true, vec![pair], filter);
    let value = Expr::Field {
        base: Box::new(Expr::name("entry")),
        name: "value".into(),
    };
    let values = Expr::Lambda {
        parameters: vec!["entry".into()],
        body: Box::new(value),
    };
    Expr::call(of_list, vec![Expr::call("list_transform", vec![pairs, values])])
}
