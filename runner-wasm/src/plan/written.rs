//! Numbers and dates that are written in a text: "$1,234.50", "July 1, 1867". The forms are fixed patterns
//! of ours; nothing of a plan becomes part of one.

use super::Compiler;
use super::expressions::Computed;
use super::values::Kind;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{Expr, Type};
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::plan::Expression;

/// A sign only where no letter or digit stands before it ("1990-95" is 1990), perhaps a currency's sign,
/// then digits with or without commas (or narrow spaces) between the thousands.
const NUMBER: &str = concat!(
    r"(?:^|[^\pL\pN.−–-])[-−–][$€£¥]?(?:\d{1,3}(?:[,\x{A0}\x{2009}\x{202F}]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)",
    r"|\d{1,3}(?:[,\x{A0}\x{2009}\x{202F}]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?:^|[\s($€£¥])\.\d+",
);
/// What may stand in front of the sign and between the digits of that.
const NOT_OF_NUMBER: &str = r"[^\d.−–-]";

/// The first number in a text.
pub fn number(of: Computed, pointer: &str) -> Checked<Computed> {
    match of.kind {
        Kind::Number | Kind::Null => return Ok(of),
        Kind::Text => {}
        kind => {
            return Err(invalid(
                "value-type",
                format!("`number` reads a text, not {}.", kind.name()),
            )
            .at_pointer(pointer));
        }
    }
    let found = Expr::call("regexp_extract", vec![of.value, Expr::text(NUMBER)]);
    let digits = replaced(found, NOT_OF_NUMBER, "");
    let signed = replaced(digits, "[−–]", "-");
    Ok(Computed {
        value: Expr::Cast {
            value: Box::new(signed),
            attempt: true,
            kind: Type::Plain("DOUBLE"),
        },
        kind: Kind::Number,
        ..of
    })
}

fn replaced(value: Expr, pattern: &str, replacement: &str) -> Expr {
    let arguments = vec![
        value,
        Expr::text(pattern),
        Expr::text(replacement),
        Expr::text("g"),
    ];
    Expr::call("regexp_replace", arguments)
}

/// Which of two numbers is the month in "3/4/2020".
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DayOrder {
    MonthFirst,
    DayFirst,
    /// Nothing that is known of the column decides it.
    Unknown,
}

const MONTH: &str = r"(?:(jan|feb)(?:r?uary)?|(mar|apr|aug)(?:ch|il|ust)?|(may|jun|jul)[ey]?|(sep|oct|nov|dec)(?:t|(?:t?em|o)ber)?)\b\.?";
/// The other end of a range, which is left out: "July 1–3, 1867", "1 – 3 July 1867".
const RANGE: &str = r"(?:st|nd|rd|th)?(?:\s*(?:[-–—/&]|to|and)\s*(?:[a-z]+\.?\s+)?\d{1,2}(?:st|nd|rd|th)?)?";

/// "20 March – 21 April 2001", "May – June 1990".
const LATER_DAY: &str = r"(?:\s*(?:[-–—/&]|to|and)\s*\d{1,2}(?:st|nd|rd|th)?\s+[a-z]+\.?)?";
const LATER_MONTH: &str = r"(?:\s*(?:[-–—/&]|to|and)\s*[a-z]+\.?)?";

impl<'a> Compiler<'a> {
    /// The first date in a text.
    pub fn written_date(&mut self, of: Computed, order: DayOrder, pointer: &str) -> Checked<Computed> {
        match of.kind {
            Kind::Date | Kind::Timestamp | Kind::Null => return Ok(of),
            Kind::Text => {}
            kind => {
                return Err(
                    invalid("value-type", format!("`date` reads a text, not {}.", kind.name()))
                        .at_pointer(pointer),
                );
            }
        }
        if order == DayOrder::Unknown {
            self.note("Dates such as 3/4/2020 are read as month/day/year.".into());
        }
        let forms = forms(order).into_iter().map(|(pattern, rearranged, format)| {
            let whole = format!(r"(?is)^.*?{pattern}.*$");
            let arguments = vec![of.value.clone(), Expr::text(&whole), Expr::text(rearranged)];
            let text = Expr::call("regexp_replace", arguments);
            Expr::call("try_strptime", vec![text, Expr::text(format)])
        });
        Ok(Computed {
            value: Expr::Cast {
                value: Box::new(Expr::call("coalesce", forms.collect())),
                attempt: false,
                kind: Type::Plain("DATE"),
            },
            kind: Kind::Date,
            ..of
        })
    }

    /// What the column's known values say.
    pub fn day_order(&self, of: &Expression, home: &'a Table) -> DayOrder {
        let Expression::Column(name) = of else {
            return DayOrder::MonthFirst;
        };
        let Ok(column) = self.resolve_from(home, name) else {
            return DayOrder::MonthFirst;
        };
        let pairs: Vec<(u32, u32)> = column
            .column
            .values
            .iter()
            .filter_map(|text| leading_pair(text))
            .collect();
        match () {
            () if pairs.iter().any(|(first, _)| *first > 12) => DayOrder::DayFirst,
            () if column.column.values.is_empty() => DayOrder::MonthFirst,
            () if pairs.is_empty() || pairs.iter().any(|(_, second)| *second > 12) => DayOrder::MonthFirst,
            () => DayOrder::Unknown,
        }
    }
}

/// The first two numbers of "12/31/1999".
fn leading_pair(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().splitn(3, '/');
    let (first, second) = (numbers.next()?, numbers.next()?);
    numbers.next()?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

/// Pattern, its parts in one order, and how they are read; the first that fits decides.
fn forms(order: DayOrder) -> Vec<(String, &'static str, &'static str)> {
    let slashes = |year: &str| format!(r"\b(\d{{1,2}})/(\d{{1,2}})/({year})\b");
    let (first, second) = match order {
        DayOrder::DayFirst => ("%d %m", "%m %d"),
        DayOrder::MonthFirst | DayOrder::Unknown => ("%m %d", "%d %m"),
    };
    let long = |order: &str| if order == "%d %m" { "%d %m %Y" } else { "%m %d %Y" };
    let short = |order: &str| if order == "%d %m" { "%d %m %y" } else { "%m %d %y" };
    vec![
        (
            r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:\b|T)".into(),
            r"\1 \2 \3",
            "%Y %m %d",
        ),
        (
            format!(r"\b{MONTH}\s*(\d{{1,2}}){RANGE},?\s+(\d{{4}})\b"),
            r"\1\2\3\4 \5 \6",
            "%b %d %Y",
        ),
        (
            format!(r"\b(\d{{1,2}}){RANGE}[\s-]+(?:of\s+)?{MONTH}{LATER_DAY},?[\s-]+(\d{{4}})\b"),
            r"\2\3\4\5 \1 \6",
            "%b %d %Y",
        ),
        (slashes(r"\d{4}"), r"\1 \2 \3", long(first)),
        (slashes(r"\d{4}"), r"\1 \2 \3", long(second)),
        (
            r"\b(\d{1,2})[.-](\d{1,2})[.-](\d{4})\b".into(),
            r"\1 \2 \3",
            "%d %m %Y",
        ),
        (slashes(r"\d{2}"), r"\1 \2 \3", short(first)),
        (
            format!(r"\b{MONTH}{LATER_MONTH},?\s+(\d{{4}})\b"),
            r"\1\2\3\4 \5",
            "%b %Y",
        ),
        (r"\b([12]\d{3})\b".into(), r"\1", "%Y"),
    ]
}
