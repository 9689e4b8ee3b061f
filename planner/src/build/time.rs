//! Windows and calendar ranges: which column they bind, and how they are written.

use super::Builder;
use crate::calendar::Moment;
use crate::link::ColumnId;
use crate::time_phrases::TimeRange;
use csv_analyst_protocol::dataset::{ColumnType, Dataset};
use csv_analyst_protocol::plan::{AllOf, ColumnCondition, Filter, Operator, QueryPlan, TimeUnit, TimeWindow};

impl Builder<'_> {
    pub(super) fn write_range(&mut self) -> Result<(), String> {
        let Some(range) = self.reading.range.clone() else {
            return Ok(());
        };
        let column = self
            .time()
            .ok_or("which date is meant, because this data has no date or timestamp there")?;
        match range {
            TimeRange::Rolling { last, unit } => self.write_window(column, last, unit),
            TimeRange::Before { .. } => {
                let filter = self.range_filter(column, &range).ok_or("what lies before")?;
                self.plan.filters.push(filter);
            }
            TimeRange::Calendar { from, until, .. } => {
                self.push_date(column, Operator::GreaterOrEqual, from.map(|date| date.iso()));
                self.push_date(column, Operator::Less, until.map(|date| date.iso()));
            }
        }
        Ok(())
    }

    fn write_window(&mut self, column: ColumnId, last: u32, unit: TimeUnit) {
        let whole_days = self.catalogue.column(column).kind == ColumnType::Date && unit == TimeUnit::Hour;
        let (last, unit) = if whole_days {
            (last.div_ceil(24), TimeUnit::Day)
        } else {
            (last, unit)
        };
        self.plan.window = Some(TimeWindow {
            column: self.name(column),
            last,
            unit,
        });
        // Its dates stand in the answering sentence.
        if window_dates(&self.plan, self.catalogue.dataset).is_some() {
            let label = self.catalogue.label(column);
            let sentence = format!("The time range counts back from the newest data, by {label}.");
            self.assumptions.push(sentence);
        }
    }

    fn push_date(&mut self, column: ColumnId, op: Operator, date: Option<String>) {
        if let Some(date) = date {
            let condition = ColumnCondition::on(self.name(column), op, date.into());
            self.plan.filters.push(Filter::Condition(condition));
        }
    }

    /// A range as a condition, for one side of a comparison.
    pub(super) fn range_filter(&self, column: ColumnId, range: &TimeRange) -> Option<Filter> {
        let now = Moment::parse(self.catalogue.dataset.now.as_deref()?)?;
        let by_day = self.catalogue.column(column).kind == ColumnType::Date;
        let text = |moment: Moment| if by_day { moment.date.iso() } else { moment.iso() };
        let back =
            |times: i32, last: u32, unit| text(now.plus(-times * i32::try_from(last).unwrap_or(0), unit));
        let (low, high) = match range {
            TimeRange::Rolling { last, unit } => (Some((Operator::Greater, back(1, *last, *unit))), None),
            TimeRange::Before { last, unit } => (
                Some((Operator::Greater, back(2, *last, *unit))),
                Some((Operator::LessOrEqual, back(1, *last, *unit))),
            ),
            TimeRange::Calendar { from, until, .. } => (
                from.map(|date| (Operator::GreaterOrEqual, date.iso())),
                until.map(|date| (Operator::Less, date.iso())),
            ),
        };
        let ends = low.into_iter().chain(high);
        let filters: Vec<Filter> = ends
            .map(|(op, date)| Filter::Condition(ColumnCondition::on(self.name(column), op, date.into())))
            .collect();
        Some(match <[Filter; 1]>::try_from(filters) {
            Ok([only]) => only,
            Err(and) => Filter::All(AllOf { and }),
        })
    }

    /// The column that a range or bucket means: as said, the base table's own, or the nearest one.
    pub(super) fn time(&self) -> Option<ColumnId> {
        if let Some(column) = self.reading.time_column {
            return Some(column);
        }
        let mut tables: Vec<(usize, usize)> = (0..self.catalogue.dataset.tables.len())
            .filter_map(|table| Some((self.catalogue.distance(self.reading.base, table)?, table)))
            .collect();
        tables.sort_unstable();
        tables
            .into_iter()
            .find_map(|(_, table)| self.catalogue.time_column(table))
    }
}

/// The plan's window in dates: "25 Jan 2026 to 31 Jan 2026".
pub(crate) fn window_dates(plan: &QueryPlan, dataset: &Dataset) -> Option<String> {
    let window = plan.window.as_ref()?;
    let now = Moment::parse(dataset.now.as_deref()?)?;
    let last = i32::try_from(window.last).ok()?.min(10_000);
    let start = now.plus(-last, window.unit);
    let (table, column) = window
        .column
        .split_once('.')
        .unwrap_or((&plan.table, &window.column));
    let kind = dataset.table(table)?.column(column)?.kind;
    if kind == ColumnType::Date {
        return Some(format!(
            "{} to {}",
            start.date.plus_days(1).words(),
            now.date.words()
        ));
    }
    Some(format!("{} to {}", start.words(), now.words()))
}
