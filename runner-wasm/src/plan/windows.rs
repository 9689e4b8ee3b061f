//! Relative time: `(newest - amount units, newest]`, with the newest moment of the data written out.

use super::Compiler;
use super::expressions::{Computed, unit_name};
use super::values::{self, Kind};
use crate::calendar::Moment;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{ChainOperator, Comparison, Expr};
use csv_analyst_protocol::plan::{TimeUnit, TimeWindow};

const MAX_UNITS: u32 = 10_000;

impl<'a> Compiler<'a> {
    pub fn window(&mut self, window: &TimeWindow) -> Checked<Computed> {
        if !(1..=MAX_UNITS).contains(&window.last) {
            return Err(
                invalid("window", format!("A window lasts 1 to {MAX_UNITS} units."))
                    .at_pointer("/window/last"),
            );
        }
        let anchor = self.anchor("/window")?;
        let column = self.computed_column(self.resolve(&window.column, "/window/column")?);
        let (from, to, words) = match column.kind {
            Kind::Timestamp => {
                let from = anchor.minus(window.last, window.unit);
                let words = Moment::times_in_words(from, anchor);
                (
                    values::timestamp_literal(from),
                    values::timestamp_literal(anchor),
                    words,
                )
            }
            Kind::Date if window.unit == TimeUnit::Hour => {
                return Err(
                    invalid("window", format!("`{}` holds days, not hours.", window.column))
                        .at_pointer("/window/unit")
                        .hint("Use `day`."),
                );
            }
            Kind::Date => {
                let from = anchor.minus(window.last, window.unit);
                let words = Moment::dates_in_words(from.next_day(), anchor);
                (values::date_literal(from), values::date_literal(anchor), words)
            }
            _ => {
                return Err(
                    invalid("window", format!("`{}` is not a date or a time.", window.column))
                        .at_pointer("/window/column"),
                );
            }
        };
        self.note(format!("Last {} of the data: {words}.", amount(window)));
        let after = Expr::compare(column.value.clone(), Comparison::Greater, from);
        let until = Expr::compare(column.value, Comparison::LessOrEqual, to);
        Ok(Computed {
            value: Expr::chain(after, ChainOperator::And, until),
            kind: Kind::Boolean,
            ..column
        })
    }
}

/// `7 days`, `month`.
fn amount(window: &TimeWindow) -> String {
    match window.last {
        1 => unit_name(window.unit).into(),
        several => format!("{several} {}s", unit_name(window.unit)),
    }
}
