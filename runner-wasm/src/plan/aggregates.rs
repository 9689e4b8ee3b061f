//! Aggregates that never count a row twice.
//!
//! When the join repeats a table's rows (an order once per item), an aggregate over that table works on
//! its distinct rows: by key for counts and rates, by key and value for sums and means. Minima, maxima
//! and distinct counts don't mind repetition.

use super::Compiler;
use super::expressions::Computed;
use super::graph::Graph;
use super::names::ColumnRef;
use super::series::percentage;
use super::values::Kind;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{Argument, Call, Expr};
use csv_analyst_protocol::gate::Rejection;
use csv_analyst_protocol::plan::{Aggregate, Filter};
use std::collections::BTreeSet;

/// A compiled `where` of an aggregate.
pub struct Restriction {
    pub value: Expr,
    pub tables: BTreeSet<String>,
}

impl<'a> Compiler<'a> {
    /// A compiled `where`.
    pub fn restriction(&mut self, condition: Option<&Filter>, pointer: &str) -> Checked<Option<Restriction>> {
        let compiled = condition.map(|filter| self.filter(filter, pointer)).transpose()?;
        Ok(compiled.map(|condition| Restriction {
            value: condition.value,
            tables: condition.tables,
        }))
    }

    pub fn aggregate(
        &mut self,
        aggregate: Aggregate,
        of: Option<Computed>,
        restriction: Option<Restriction>,
        per: Option<ColumnRef<'a>>,
        pointer: &str,
    ) -> Checked<Computed> {
        if of.as_ref().is_some_and(|of| of.aggregated) {
            return Err(nested(pointer));
        }
        if of.as_ref().is_some_and(|of| of.windowed) {
            return Err(invalid(
                "series-place",
                "What compares rows of the answer can't be aggregated again.",
            )
            .at_pointer(pointer));
        }
        if aggregate != Aggregate::Rate {
            self.say_what_is_left_out(of.as_ref());
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
            missing: BTreeSet::new(),
            aggregated: true,
            windowed: false,
        })
    }

    fn of_values(
        &mut self,
        aggregate: Aggregate,
        of: Computed,
        restriction: Option<Restriction>,
        pointer: &str,
    ) -> Checked<Expr> {
        let filter = self.in_period(restriction.map(|restriction| restriction.value));
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
        let filter = self.in_period(restriction.map(|restriction| restriction.value));
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
        let whole = self.period.clone();
        let filter = self.in_period(Some(restriction.value));
        let (meeting, all) = match counted {
            Some(key) => (
                call("count", true, vec![key.clone()], filter),
                call("count", true, vec![key], whole),
            ),
            None => (count_rows(filter), count_rows(whole)),
        };
        Ok(percentage(meeting, all))
    }

    /// `quantile_cont`, with the rows of the "one" side once each.
    pub fn percentile(&mut self, of: Computed, percent: f64, pointer: &str) -> Checked<Computed> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(invalid("percentile", "A percentile is a share from 0 to 100.")
                .at_pointer(&format!("{pointer}/percent")));
        }
        if of.aggregated {
            return Err(nested(&format!("{pointer}/of")));
        }
        if of.kind != Kind::Number {
            return Err(
                invalid("aggregate-type", "Percentiles are of numbers.").at_pointer(&format!("{pointer}/of"))
            );
        }
        self.say_what_is_left_out(Some(&of));
        let share = Expr::number(percent / 100.0);
        let filter = self.in_period(None);
        let value = match self.repeated_key(&of.tables) {
            None => call("quantile_cont", false, vec![of.value, share], filter),
            Some(key) => {
                let values = values_of_distinct_rows(key, of.value, filter);
                Expr::call("list_aggregate", vec![values, Expr::text("quantile_cont"), share])
            }
        };
        Ok(Computed {
            value,
            aggregated: true,
            ..Computed::constant(Expr::number(0), Kind::Number)
        })
    }

    /// Of two windows that are compared, only the rows of one.
    fn in_period(&self, filter: Option<Expr>) -> Option<Expr> {
        Expr::all(self.period.clone().into_iter().chain(filter))
    }

    fn say_what_is_left_out(&mut self, of: Option<&Computed>) {
        for column in of.map(|of| of.missing.clone()).unwrap_or_default() {
            self.note(format!(
                "Rows without a value of `{}` are left out.",
                excerpt(&column)
            ));
        }
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

fn nested(pointer: &str) -> Box<Rejection> {
    invalid(
        "nested-aggregate",
        "An aggregate of an aggregate has no meaning here.",
    )
    .at_pointer(pointer)
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
    Expr::call(of_list, vec![values_of_distinct_rows(key, value, filter)])
}

fn values_of_distinct_rows(key: Expr, value: Expr, filter: Option<Expr>) -> Expr {
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
    Expr::call("list_transform", vec![pairs, values])
}
