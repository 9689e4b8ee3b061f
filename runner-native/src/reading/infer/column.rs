//! What all values of one column have in common, gathered in one pass over every row: never a sample.
//!
//! Each value strikes out what it can't be. Where one type was struck out by few values only, that is
//! remembered, so that somebody can be told where.

use super::choice::MAX_PRECISION;
use super::moment::{self, ANY_ORDER};
use super::number::{self, Affix, COMMA_STYLES, POINT_STYLES, STYLES, Style};
use super::trim;
use crate::reading::record::Cell;

/// How often something was seen, and where first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub count: u64,
    pub first_line: u64,
}

impl Tally {
    pub fn add(&mut self, line: u64) {
        if self.count == 0 {
            self.first_line = line;
        }
        self.count += 1;
    }
}

#[derive(Clone, Debug)]
pub struct Column {
    /// With a value, spellings of "no value" not counted.
    pub values: u64,
    pub booleans: bool,
    pub times: bool,
    pub numbers: Numbers,
    pub moments: Moments,
    /// Spelled as "no value": `N/A`, `-`.
    pub nullish: Tally,
}

impl Default for Column {
    fn default() -> Self {
        Self {
            values: 0,
            booleans: true,
            times: true,
            numbers: Numbers::default(),
            moments: Moments::default(),
            nullish: Tally::default(),
        }
    }
}

/// Spellings that mean "no value" beside a type that they can't belong to, in lower case.
const NULLISH: [&str; 14] = [
    "na", "n/a", "#n/a", "#na", "null", "none", "nil", "nan", "-", "--", "–", "—", "\\n", "?",
];

pub fn is_nullish(text: &[u8]) -> bool {
    let can_be = text.len() <= 4 && !text.first().is_some_and(u8::is_ascii_digit);
    can_be
        && NULLISH
            .iter()
            .any(|spelling| spelling.as_bytes().eq_ignore_ascii_case(text))
}

impl Column {
    /// `cell` is not empty and not one of the texts that somebody declared to mean "no value".
    pub fn see(&mut self, cell: Cell<'_>, line: u64, guess_nulls: bool) {
        let value = trim(cell.text);
        if value.is_empty() {
            return;
        }
        if guess_nulls && is_nullish(value) {
            self.nullish.add(line);
            return;
        }
        self.values += 1;
        if self.booleans {
            self.booleans = value.eq_ignore_ascii_case(b"true") || value.eq_ignore_ascii_case(b"false");
        }
        match cell.is_number {
            true => self.numbers.see_typed(value, line, self.values),
            false => self.numbers.see(value, line, self.values),
        }
        self.moments.see(value, line, self.values);
        if self.times {
            self.times = moment::time(value).is_some();
        }
    }
}

/// Few enough that the rest is worth looking at: after so many values, at least half must fit.
const PATIENCE: u64 = 16;

fn is_worth_looking(fitting: u64, seen: u64) -> bool {
    seen <= PATIENCE || fitting * 2 >= seen
}

#[derive(Clone, Debug)]
pub struct Numbers {
    /// Styles that every value fits.
    pub styles: u8,
    pub affix: Option<Affix>,
    pub has_exponent: bool,
    pub has_separator: bool,
    /// Behind a last separator there were other than three digits: it was a decimal mark.
    pub has_short_group: bool,
    pub fitting: u64,
    /// Of those, the ones that the file itself holds as numbers: they leave no style open and decide none.
    pub typed: u64,
    /// Values that are no number in any style.
    pub misfits: Tally,
    /// The first value that is a number, but not written as those before.
    pub differs_on: Option<u64>,
    /// By style: the most digits before and behind the decimal mark.
    pub whole: [u32; 6],
    pub scale: [u32; 6],
    /// The most that an exponent puts behind the point, of those that a decimal could hold.
    exponent_scale: u32,
    pub smallest: i128,
    pub largest: i128,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            styles: number::ANY_STYLE,
            affix: None,
            has_exponent: false,
            has_separator: false,
            has_short_group: false,
            fitting: 0,
            typed: 0,
            misfits: Tally::default(),
            differs_on: None,
            whole: [0; 6],
            scale: [0; 6],
            exponent_scale: 0,
            smallest: 0,
            largest: 0,
        }
    }
}

impl Numbers {
    /// The styles in which the texts may be read. Where there are only typed numbers none is open.
    pub fn allowed(&self, decimal_mark: Option<&str>) -> u8 {
        if self.typed > 0 && self.typed == self.fitting {
            return self.styles & Style::Plain.bit();
        }
        match decimal_mark {
            Some(",") => self.styles & COMMA_STYLES,
            Some(_) => self.styles & POINT_STYLES,
            None => self.styles,
        }
    }

    fn see(&mut self, value: &[u8], line: u64, seen: u64) {
        let Some(shape) = self.shape(value, line, seen) else {
            return;
        };
        self.agree(shape.affix, shape.styles, line);
        self.has_separator |= shape.has_separator;
        self.has_short_group |= shape.has_short_group();
        for style in STYLES {
            self.measure(style, &shape, style);
        }
        self.widen(value, number::ANY_STYLE);
    }

    /// How it is written is the format's way, and says nothing about the texts of the column.
    fn see_typed(&mut self, value: &[u8], line: u64, seen: u64) {
        let Some(shape) = self.shape(value, line, seen) else {
            return;
        };
        self.typed += 1;
        self.agree(Affix::None, number::ANY_STYLE, line);
        for style in STYLES {
            self.measure(style, &shape, Style::Plain);
        }
        self.widen(value, Style::Plain.bit());
    }

    fn shape(&mut self, value: &[u8], line: u64, seen: u64) -> Option<number::Shape> {
        if self.styles == 0 && !is_worth_looking(self.fitting, seen) {
            return None;
        }
        let shape = number::shape(value);
        match shape {
            Some(shape) => {
                self.fitting += 1;
                self.has_exponent |= shape.has_exponent();
            }
            None => {
                self.misfits.add(line);
                self.styles = 0;
            }
        }
        shape
    }

    /// Whether this value may stand beside those before.
    fn agree(&mut self, affix: Affix, styles: u8, line: u64) {
        let same_affix = *self.affix.get_or_insert(affix) == affix;
        let common = if same_affix { self.styles & styles } else { 0 };
        if common == 0 && self.misfits.count == 0 && self.differs_on.is_none() {
            self.differs_on = Some(line);
        }
        self.styles = common;
    }

    /// `written`: the style that the value's digits are counted in.
    fn measure(&mut self, style: Style, shape: &number::Shape, written: Style) {
        let (whole, scale) = shape.digits(written);
        let place = style as usize;
        if !shape.has_exponent() {
            self.whole[place] = self.whole[place].max(whole);
            self.scale[place] = self.scale[place].max(scale);
        } else if whole + scale <= u32::from(MAX_PRECISION) {
            self.whole[place] = self.whole[place].max(whole);
            self.exponent_scale = self.exponent_scale.max(scale);
        }
    }

    /// Digits behind the point that a decimal of this column has: as many as are written out, and those that
    /// exponents ask for as far as they take no room from the digits before the point. What does not fit
    /// then is refused where it stands, instead of the values beside it.
    pub fn decimals(&self, style: Style) -> u8 {
        let most = u32::from(MAX_PRECISION);
        let place = style as usize;
        let room = most.saturating_sub(self.whole[place]);
        self.scale[place].max(self.exponent_scale.min(room)).min(most) as u8
    }

    /// Only numbers of ten digits and more can pass the bounds of 32 bits.
    fn widen(&mut self, value: &[u8], styles: u8) {
        const SURELY_SHORT: usize = 9;
        if value.len() <= SURELY_SHORT {
            return;
        }
        if let Some(number) = number::parse(value, styles)
            && let Some(whole) = number.signed()
        {
            self.smallest = self.smallest.min(whole);
            self.largest = self.largest.max(whole);
        }
    }
}

#[derive(Clone, Debug)]
pub struct Moments {
    /// Orders of day, month and year that every value fits.
    pub orders: u8,
    pub fitting: u64,
    /// Of those, the ones that name their month: no order is open in them.
    pub with_month_name: u64,
    pub misfits: Tally,
    /// Where the order became certain.
    pub decided_on: Option<u64>,
    pub with_time: u64,
    pub has_offset: bool,
    pub has_two_digit_year: bool,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            orders: ANY_ORDER,
            fitting: 0,
            with_month_name: 0,
            misfits: Tally::default(),
            decided_on: None,
            with_time: 0,
            has_offset: false,
            has_two_digit_year: false,
        }
    }
}

impl Moments {
    /// Every value names its month.
    pub fn are_named(&self) -> bool {
        self.orders != 0 && self.fitting > 0 && self.with_month_name == self.fitting
    }

    fn see(&mut self, value: &[u8], line: u64, seen: u64) {
        if self.orders == 0 && !is_worth_looking(self.fitting, seen) {
            return;
        }
        let Some(moment) = moment::moment(value) else {
            self.misfits.add(line);
            self.orders = 0;
            return;
        };
        let was_ambiguous = self.fitting > 0 && self.orders.count_ones() > 1;
        self.fitting += 1;
        self.orders &= moment.orders;
        if was_ambiguous && self.orders.count_ones() == 1 {
            self.decided_on = Some(line);
        }
        self.with_month_name += u64::from(moment.has_month_name);
        self.with_time += u64::from(moment.time.is_some());
        self.has_offset |= moment.offset_minutes.is_some_and(|minutes| minutes != 0);
        self.has_two_digit_year |= moment.has_two_digit_year;
    }
}
