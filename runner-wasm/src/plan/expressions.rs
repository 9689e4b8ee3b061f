//! Computed values: a plan's typed expression tree to SQL. There is no text in it to be trusted.

use super::Compiler;
use super::functions::{bin, date_part, length, rounded};
use super::names::ColumnRef;
use super::order::find;
use super::values::{self, Kind};
use super::written;
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
    /// Columns through which it may have no value.
    pub missing: BTreeSet<String>,
    /// Holds an aggregate: one value per group, not per row.
    pub aggregated: bool,
    /// Compares rows of the answer: it exists only once all of them are there.
    pub windowed: bool,
}

impl Computed {
    /// Something that stands by itself: a literal, a lookup.
    pub fn constant(value: Expr, kind: Kind) -> Self {
        Self {
            value,
            kind,
            tables: BTreeSet::new(),
            missing: BTreeSet::new(),
            aggregated: false,
            windowed: false,
        }
    }

    /// A text may hold no number and no date.
    fn perhaps_missing(mut self, of: &Expression, is_text: bool) -> Self {
        if let Expression::Column(name) = of
            && is_text
        {
            self.missing.insert(name.clone());
        }
        self
    }

    /// The same rows and groups, another number.
    pub fn map(self, change: impl FnOnce(Expr) -> Expr) -> Self {
        Self {
            value: change(self.value),
            kind: Kind::Number,
            ..self
        }
    }
}

impl<'a> Compiler<'a> {
    pub fn computed_column(&self, column: ColumnRef<'a>) -> Computed {
        Computed {
            value: self.column(column),
            kind: Kind::of(column.column.kind),
            tables: BTreeSet::from([column.table.name.clone()]),
            missing: may_be_missing(column),
            aggregated: false,
            windowed: false,
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
                if let Some(output) = find(&self.named, name) {
                    return Ok(output.computed.clone());
                }
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
            Expression::Aggregate { agg, of, condition } => {
                let of = self.of_rows(of, home, &at("aggregate/of"))?;
                let restriction = self.restriction(condition.as_deref(), &at("aggregate/where"))?;
                self.aggregate(*agg, Some(of), restriction, None, &at("aggregate"))
            }
            Expression::Elapsed { unit, from, to } => self.elapsed(*unit, from, to, home, &at("elapsed")),
            Expression::Now => self.now(pointer),
            Expression::Number(of) => {
                let value = self.expression(of, home, &at("number"))?;
                let is_text = value.kind == Kind::Text;
                let written = written::number(value, &at("number"))?;
                Ok(written.perhaps_missing(of, is_text))
            }
            Expression::Date(of) => {
                let order = self.day_order(of, home);
                let value = self.expression(of, home, &at("date"))?;
                let is_text = value.kind == Kind::Text;
                let written = self.written_date(value, order, &at("date"))?;
                Ok(written.perhaps_missing(of, is_text))
            }
            Expression::Position => self.position(home, pointer),
            Expression::Part { part, of } => {
                let of = self.expression(of, home, &at("part/of"))?;
                date_part(*part, of, &at("part"))
            }
            Expression::Lookup { agg, of, filters } => self.lookup(*agg, of, filters, &at("lookup")),
            Expression::Abs(of) => {
                let of = number(self.expression(of, home, &at("abs"))?, &at("abs"))?;
                Ok(of.map(|value| Expr::call("abs", vec![value])))
            }
            Expression::Round { of, digits } => {
                let of = number(self.expression(of, home, &at("round/of"))?, &at("round/of"))?;
                rounded(of, *digits, &at("round/digits"))
            }
            Expression::Bin { of, width } => {
                let of = number(self.expression(of, home, &at("bin/of"))?, &at("bin/of"))?;
                bin(of, *width, &at("bin/width"))
            }
            Expression::Length(of) => {
                let of = self.expression(of, home, &at("length"))?;
                length(of, &at("length"))
            }
            Expression::Percentile { of, percent } => {
                let of = self.of_rows(of, home, &at("percentile/of"))?;
                self.percentile(of, *percent, &at("percentile"))
            }
            Expression::Share { .. }
            | Expression::Running { .. }
            | Expression::Moving { .. }
            | Expression::Previous { .. }
            | Expression::Change { .. }
            | Expression::Rank { .. } => self.series(expression, home, pointer),
        }
    }

    /// Inside an aggregate names are those of columns: outputs are not there yet.
    fn of_rows(&mut self, of: &Expression, home: &'a Table, pointer: &str) -> Checked<Computed> {
        let named = std::mem::take(&mut self.named);
        let allowed = std::mem::take(&mut self.series_allowed);
        let computed = self.expression(of, home, pointer);
        self.named = named;
        self.series_allowed = allowed;
        computed
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
            missing: left.missing.into_iter().chain(right.missing).collect(),
            aggregated: left.aggregated || right.aggregated,
            windowed: left.windowed || right.windowed,
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
                vec![Expr::text(unit.name()), timestamp(&from), timestamp(&to)],
            ),
            kind: Kind::Number,
            aggregated: from.aggregated || to.aggregated,
            windowed: from.windowed || to.windowed,
            tables: from.tables.into_iter().chain(to.tables).collect(),
            missing: from.missing.into_iter().chain(to.missing).collect(),
        })
    }

    fn now(&self, pointer: &str) -> Checked<Computed> {
        let value = values::timestamp_literal(self.anchor(pointer)?);
        Ok(Computed::constant(value, Kind::Timestamp))
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

fn may_be_missing(column: ColumnRef<'_>) -> BTreeSet<String> {
    let name = column.column.nullable.then(|| column.column.name.clone());
    name.into_iter().collect()
}

fn literal(value: &serde_json::Value, pointer: &str) -> Checked<Computed> {
    let (value, kind) = match value {
        serde_json::Value::Number(number) => (values::number(number), Kind::Number),
        serde_json::Value::Bool(boolean) => (Expr::Literal(Literal::Boolean(*boolean)), Kind::Boolean),
        serde_json::Value::String(_) => (values::literal(value, Kind::Text, "This", pointer)?, Kind::Text),
        serde_json::Value::Null => {
            return Err(invalid("value-type", "Nothing can be computed with nothing.")
                .at_pointer(pointer)
                .hint("To ask whether a value is missing use `is_null`."));
        }
        other => {
            return Err(invalid(
                "value-type",
                format!("{} is no value to compute with.", excerpt(&other.to_string())),
            )
            .at_pointer(pointer));
        }
    };
    Ok(Computed::constant(value, kind))
}

pub fn number(computed: Computed, pointer: &str) -> Checked<Computed> {
    match computed.kind {
        Kind::Number | Kind::Null => Ok(computed),
        kind => Err(invalid("value-type", "Only numbers can be computed with.")
            .at_pointer(pointer)
            .hint(if kind == Kind::Text {
                "For the number that is written in a text use `number`."
            } else {
                "For the time between two dates use `elapsed`."
            })),
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
