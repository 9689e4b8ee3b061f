//! Spans of time that groups stand for: what they are called, and which of them the data covers only
//! in part.

use crate::calendar::Moment;
use csv_analyst_protocol::dataset::{Column, ColumnType, Dataset};
use csv_analyst_protocol::plan::{Filter, Operator, QueryPlan, TimeUnit};
use csv_analyst_protocol::run::Cell;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// A thirtieth of a span may be missing: nobody sells something at every hour of a month.
const MISSING_PART: i64 = 30;

/// `2025-10-01` is "October 2025" where months are grouped; what is no date stays as it is.
pub(super) fn name(cell: &str, unit: TimeUnit) -> String {
    let Some(Moment { date, .. }) = Moment::parse(cell) else {
        return cell.to_owned();
    };
    match unit {
        TimeUnit::Hour => cell.to_owned(),
        TimeUnit::Day => date.words(),
        TimeUnit::Week => format!("the week of {}", date.words()),
        TimeUnit::Month => format!("{} {}", date.month_name(), date.year),
        TimeUnit::Quarter => format!("Q{} {}", (date.month - 1) / 3 + 1, date.year),
        TimeUnit::Year => date.year.to_string(),
    }
}

/// The groups' spans beside what the data covers, in seconds of the calendar.
pub(super) struct Periods {
    /// Of the group's start in a row.
    pub place: usize,
    pub unit: TimeUnit,
    from: Option<i64>,
    until: Option<i64>,
    /// Less than the data's own dates usually are apart: monthly figures that stand on the first of a
    /// month cover all of it.
    may_be_missing: i64,
}

impl Periods {
    pub fn new(plan: &QueryPlan, dataset: &Dataset, place: usize, column: &Column) -> Option<Self> {
        let seconds = |text: &Option<String>| Some(Moment::parse(text.as_deref()?)?.seconds());
        let step = smallest_step(column);
        let (first, last) = (seconds(&column.min), seconds(&column.max));
        let mut periods = Self {
            place,
            unit: plan.select[place].bucket?,
            from: first,
            until: last.or_else(|| seconds(&dataset.now)).map(|last| last + step),
            may_be_missing: between_dates(column, first, last) - step,
        };
        let name = plan.select[place].column.as_deref()?;
        periods.narrow_to_window(plan, dataset, name, step);
        for filter in &plan.filters {
            periods.narrow_to_filter(filter, name, step);
        }
        Some(periods)
    }

    fn narrow_to_window(&mut self, plan: &QueryPlan, dataset: &Dataset, name: &str, step: i64) {
        let window = plan.window.as_ref().filter(|window| window.column == name);
        let now = dataset.now.as_deref().and_then(Moment::parse);
        if let (Some(window), Some(now)) = (window, now) {
            let last = i32::try_from(window.last).unwrap_or(i32::MAX).min(10_000);
            self.begin(now.plus(-last, window.unit).seconds() + step);
        }
    }

    /// "in 2025", "since March": conditions on the grouped column itself.
    fn narrow_to_filter(&mut self, filter: &Filter, name: &str, step: i64) {
        let Filter::Condition(condition) = filter else {
            return;
        };
        let value = condition.value.as_str().and_then(Moment::parse);
        let Some(value) = value
            .filter(|_| condition.column.as_deref() == Some(name))
            .map(Moment::seconds)
        else {
            return;
        };
        match condition.op {
            Operator::GreaterOrEqual => self.begin(value),
            Operator::Greater => self.begin(value + step),
            Operator::Less => self.end(value),
            Operator::LessOrEqual => self.end(value + step),
            _ => {}
        }
    }

    fn begin(&mut self, from: i64) {
        self.from = Some(self.from.map_or(from, |known| known.max(from)));
    }

    fn end(&mut self, until: i64) {
        self.until = Some(self.until.map_or(until, |known| known.min(until)));
    }

    /// Whether the row's span is one that the data begins or ends in the middle of.
    pub fn is_partial(&self, row: &[Cell]) -> bool {
        let start = row.get(self.place).and_then(Cell::as_str).and_then(Moment::parse);
        let Some(start) = start else { return false };
        let end = start.plus(1, self.unit).seconds();
        let start = start.seconds();
        let allowed = self.may_be_missing.max((end - start) / MISSING_PART);
        self.from.is_some_and(|from| from - start > allowed)
            || self.until.is_some_and(|until| end - until > allowed)
    }
}

/// How far apart neighbouring dates are, and a fifth more, because months differ in length. Data of
/// working days has gaps as long as a weekend.
fn between_dates(column: &Column, first: Option<i64>, last: Option<i64>) -> i64 {
    let gaps = column
        .distinct_count
        .map_or(0, |count| count.saturating_sub(1) as i64);
    let mean = match (first, last) {
        (Some(first), Some(last)) if gaps > 0 => (last - first) / gaps,
        _ => return 0,
    };
    let gap = if (DAY * 5 / 4..DAY * 2).contains(&mean) {
        3 * DAY
    } else {
        mean
    };
    gap * 6 / 5
}

/// A date stands for the whole of its day, a timestamp for a moment.
fn smallest_step(column: &Column) -> i64 {
    if column.kind == ColumnType::Date { DAY } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::plan::SelectItem;
    use serde_json::json;

    fn column(kind: ColumnType, min: &str, max: &str, distinct: u64) -> Column {
        Column {
            name: "day".into(),
            kind,
            min: Some(min.into()),
            max: Some(max.into()),
            distinct_count: Some(distinct),
            ..Column::default()
        }
    }

    fn partial(unit: TimeUnit, column: &Column, start: &str) -> bool {
        let item = SelectItem {
            column: Some("day".into()),
            bucket: Some(unit),
            ..SelectItem::default()
        };
        let plan = QueryPlan {
            select: vec![item],
            ..QueryPlan::default()
        };
        let periods = Periods::new(&plan, &Dataset::default(), 0, column).expect("periods");
        periods.is_partial(&[json!(start)])
    }

    #[test]
    fn spans_are_called_as_people_call_them() {
        for (unit, said) in [
            (TimeUnit::Hour, "2025-08-04 00:00:00"),
            (TimeUnit::Day, "4 Aug 2025"),
            (TimeUnit::Week, "the week of 4 Aug 2025"),
            (TimeUnit::Month, "August 2025"),
            (TimeUnit::Quarter, "Q3 2025"),
            (TimeUnit::Year, "2025"),
        ] {
            assert_eq!(name("2025-08-04 00:00:00", unit), said);
        }
        assert_eq!(name("(none)", TimeUnit::Month), "(none)");
    }

    #[test]
    fn daily_data_covers_its_first_and_last_month_only_in_part() {
        let daily = column(ColumnType::Date, "2025-08-05", "2026-01-30", 179);
        assert!(partial(TimeUnit::Month, &daily, "2025-08-01"));
        assert!(!partial(TimeUnit::Month, &daily, "2025-09-01"));
        assert!(
            !partial(TimeUnit::Month, &daily, "2026-01-01"),
            "one day is missing"
        );
        assert!(partial(TimeUnit::Year, &daily, "2026-01-01"));
    }

    #[test]
    fn a_week_of_daily_data_without_its_monday_is_partial() {
        let from_tuesday = column(ColumnType::Date, "2025-08-05", "2026-01-31", 180);
        assert!(partial(TimeUnit::Week, &from_tuesday, "2025-08-04"));
        assert!(!partial(TimeUnit::Week, &from_tuesday, "2025-08-11"));
        let working_days = column(ColumnType::Date, "2025-08-04", "2025-10-31", 65);
        assert!(!partial(TimeUnit::Week, &working_days, "2025-10-27"));
        assert!(partial(TimeUnit::Year, &working_days, "2025-01-01"));
    }

    #[test]
    fn monthly_data_covers_its_months_from_their_first_day() {
        let monthly = column(ColumnType::Date, "2025-01-01", "2025-12-01", 12);
        assert!(!partial(TimeUnit::Month, &monthly, "2025-12-01"));
        assert!(!partial(TimeUnit::Year, &monthly, "2025-01-01"));
        let shorter = column(ColumnType::Date, "2025-01-01", "2025-10-01", 10);
        assert!(partial(TimeUnit::Year, &shorter, "2025-01-01"));
    }

    #[test]
    fn a_last_day_of_timestamps_is_partial_at_noon() {
        let noon = column(
            ColumnType::Timestamp,
            "2026-01-01 00:00:00",
            "2026-01-05 12:00:00",
            650,
        );
        assert!(partial(TimeUnit::Day, &noon, "2026-01-05 00:00:00"));
        assert!(!partial(TimeUnit::Day, &noon, "2026-01-01 00:00:00"));
        let night = column(
            ColumnType::Timestamp,
            "2026-01-01 00:10:00",
            "2026-01-05 23:50:00",
            700,
        );
        assert!(!partial(TimeUnit::Day, &night, "2026-01-05 00:00:00"));
    }
}
