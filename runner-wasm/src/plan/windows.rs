//! Relative time: `(newest - amount units, newest]`, with the newest moment of the data written out.

use super::Compiler;
use super::expressions::Computed;
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
        let last = window.last;
        let now = self.between(window, last, 0)?;
        self.note(format!("Last {} of the data: {}.", amount(window), now.words));
        if !self.plan.compare {
            return Ok(now.condition);
        }
        let before = self.between(window, last.saturating_mul(2), last)?;
        self.note(format!(
            "Compared with the {} before: {}.",
            amount(window),
            before.words
        ));
        Ok(self.between(window, last.saturating_mul(2), 0)?.condition)
    }

    /// From and to that many units before the newest moment; the start itself is left out.
    pub fn between(&self, window: &TimeWindow, from: u32, to: u32) -> Checked<Span> {
        let anchor = self.anchor("/window")?;
        let column = self.computed_column(self.resolve(&window.column, "/window/column")?);
        let (from, to) = (anchor.minus(from, window.unit), anchor.minus(to, window.unit));
        let (after, until, words) = match column.kind {
            Kind::Timestamp => (
                values::timestamp_literal(from),
                values::timestamp_literal(to),
                Moment::times_in_words(from, to),
            ),
            Kind::Date if window.unit == TimeUnit::Hour => {
                return Err(
                    invalid("window", format!("`{}` holds days, not hours.", window.column))
                        .at_pointer("/window/unit")
                        .hint("Use `day`."),
                );
            }
            Kind::Date => (
                values::date_literal(from),
                values::date_literal(to),
                Moment::dates_in_words(from.next_day(), to),
            ),
            _ => {
                return Err(
                    invalid("window", format!("`{}` is not a date or a time.", window.column))
                        .at_pointer("/window/column"),
                );
            }
        };
        let after = Expr::compare(column.value.clone(), Comparison::Greater, after);
        let until = Expr::compare(column.value.clone(), Comparison::LessOrEqual, until);
        let condition = Computed {
            value: Expr::chain(after, ChainOperator::And, until),
            kind: Kind::Boolean,
            ..column
        };
        Ok(Span { condition, words })
    }
}

/// A stretch of time, as a condition and in words.
pub struct Span {
    pub condition: Computed,
    pub words: String,
}

/// `7 days`, `month`.
fn amount(window: &TimeWindow) -> String {
    match window.last {
        1 => window.unit.name().into(),
        several => format!("{several} {}s", window.unit.name()),
    }
}
