//! Computed values: a plan's typed expression tree to SQL. There is no text in it to be trusted.

use super::Compiler;
use super::names::ColumnRef;
use super::values::{self, Kind};
use crate::calendar::Moment;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{ChainOperator, Expr, Literal, Type};
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::plan::{Expression, TimeUnit};
use std::collections::BTreeSet;

/// A compiled value, and what it is made from.
#[derive(Clone, Debug)]
pub struct Computed {
    pub value: Expr,
    pub kind: Kind,
    /// Tables whose columns it uses.
    pub tables: BTreeSet<String>,
    /// Holds an aggregate: one value per group, not per row.
    pub aggregated: bool,
}

impl<'a> Compiler<'a> {
    pub fn computed_column(&self, column: ColumnRef<'a>) -> Computed {
        Computed {
            value: self.column(column),
            kind: Kind::of(column.column.kind),
            tables: BTreeSet::from([column.table.name.clone()]),
            aggregated: false,
        }
    }

    /// `home` is where bare names are looked up first: the plan's table, or a measure's.
    pub fn expression(
        &mut self,
        expression: &Expression,
        home: &'a Table,
        pointer: &str,
    ) -> Checked<Computed> {
        let at = |part: &str| format!("{pointer}/{part}");
        match expression {
            Expression::Column(name) => {
                let column = self
                    .resolve_from(home, name)
                    .map_err(|rejection| rejection.at_pointer(&at("column")))?;
                Ok(self.computed_column(column))
            }
            Expression::Literal(value) => literal(value, &at("literal")),
            Expression::Add(left, right) => {
                self.arithmetic(ChainOperator::Add, left, right, home, &at("add"))
            }
            Expression::Subtract(left, right) => {
                self.arithmetic(ChainOperator::Subtract, left, right, home, &at("subtract"))
            }
            Expression::Multiply(left, right) => {
                self.arithmetic(ChainOperator::Multiply, left, right, home, &at("multiply"))
            }
            Expression::Divide(left, right) => {
                self.arithmetic(ChainOperator::Divide, left, right, home, &at("divide"))
            }
            Expression::Aggregate { agg, of } => {
                let of = self.expression(of, home, &at("aggregate/of"))?;
                self.aggregate(*agg, Some(of), None, None, &at("aggregate"))
            }
            Expression::Elapsed { unit, from, to } => self.elapsed(*unit, from, to, home, &at("elapsed")),
            Expression::Now => self.now(pointer),
        }
    }

    fn arithmetic(
        &mut self,
        operator: ChainOperator,
        left: &Expression,
        right: &Expression,
        home: &'a Table,
        pointer: &str,
    ) -> Checked<Computed> {
        let left = number(
            self.expression(left, home, &format!("{pointer}/0"))?,
            &format!("{pointer}/0"),
        )?;
        let right = number(
            self.expression(right, home, &format!("{pointer}/1"))?,
            &format!("{pointer}/1"),
        )?;
        let divisor = match (operator, right.value) {
            (ChainOperator::Divide, value) if !is_nonzero(&value) => {
                Expr::call("nullif", vec![value, Expr::number(0)])
            }
            (_, value) => value,
        };
        Ok(Computed {
            value: Expr::chain(left.value, operator, divisor),
            kind: Kind::Number,
            tables: left.tables.into_iter().chain(right.tables).collect(),
            aggregated: left.aggregated || right.aggregated,
        })
    }

    /// Complete units between two moments.
    fn elapsed(
        &mut self,
        unit: TimeUnit,
        from: &Expression,
        to: &Expression,
        home: &'a Table,
        pointer: &str,
    ) -> Checked<Computed> {
        let from = moment(
            self.expression(from, home, &format!("{pointer}/from"))?,
            &format!("{pointer}/from"),
        )?;
        let to = moment(
            self.expression(to, home, &format!("{pointer}/to"))?,
            &format!("{pointer}/to"),
        )?;
        Ok(Computed {
            value: Expr::call(
                "date_sub",
                vec![Expr::text(unit_name(unit)), timestamp(&from), timestamp(&to)],
            ),
            kind: Kind::Number,
            aggregated: from.aggregated || to.aggregated,
            tables: from.tables.into_iter().chain(to.tables).collect(),
        })
    }

    fn now(&self, pointer: &str) -> Checked<Computed> {
        let value = values::timestamp_literal(self.anchor(pointer)?);
        Ok(Computed {
            value,
            kind: Kind::Timestamp,
            tables: BTreeSet::new(),
            aggregated: false,
        })
    }

    /// The dataset's newest timestamp.
    pub fn anchor(&self, pointer: &str) -> Checked<Moment> {
        self.dataset
            .now
            .as_deref()
            .and_then(Moment::parse)
            .ok_or_else(|| {
                invalid(
                    "no-newest-time",
                    "This dataset has no date or time that \"now\" or \"last week\" could mean.",
                )
                .at_pointer(pointer)
            })
    }
}

fn literal(value: &serde_json::Value, pointer: &str) -> Checked<Computed> {
    let (value, kind) = match value {
        serde_json::Value::Number(number) => (values::number(number), Kind::Number),
        serde_json::Value::Bool(boolean) => (Expr::Literal(Literal::Boolean(*boolean)), Kind::Boolean),
        serde_json::Value::String(_) => (values::literal(value, Kind::Text, "This", pointer)?, Kind::Text),
        serde_json::Value::Null => (Expr::Literal(Literal::Null), Kind::Null),
        other => {
            return Err(invalid(
                "value-type",
                format!("{} is no value to compute with.", excerpt(&other.to_string())),
            )
            .at_pointer(pointer));
        }
    };
    Ok(Computed {
        value,
        kind,
        tables: BTreeSet::new(),
        aggregated: false,
    })
}

fn number(computed: Computed, pointer: &str) -> Checked<Computed> {
    match computed.kind {
        Kind::Number | Kind::Null => Ok(computed),
        _ => Err(
            invalid("value-type", "Only numbers can be added, multiplied and divided.")
                .at_pointer(pointer)
                .hint("For the time between two dates use `elapsed`."),
        ),
    }
}

fn moment(computed: Computed, pointer: &str) -> Checked<Computed> {
    if computed.kind.is_temporal() {
        return Ok(computed);
    }
    Err(invalid("value-type", "Time passes only between dates or timestamps.").at_pointer(pointer))
}

fn timestamp(moment: &Computed) -> Expr {
    if moment.kind == Kind::Timestamp {
        return moment.value.clone();
    }
    Expr::Cast {
        value: Box::new(moment.value.clone()),
        attempt: false,
        kind: Type::Plain("TIMESTAMP"),
    }
}

/// A written number other than zero needs no guard against division by zero.
fn is_nonzero(value: &Expr) -> bool {
    match value {
        Expr::Literal(Literal::Number(digits)) => digits.bytes().any(|b| (b'1'..=b'9').contains(&b)),
        _ => false,
    }
}

pub fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Hour => "hour",
        TimeUnit::Day => "day",
        TimeUnit::Week => "week",
        TimeUnit::Month => "month",
        TimeUnit::Quarter => "quarter",
        TimeUnit::Year => "year",
    }
}
