//! Numbers as people write them: which ways of writing a text fits, and what it is in one of them.

pub use super::affix::Affix;

use super::affix::undress;

/// A way of writing numbers. In the first three pairs the first has a decimal point, the second a comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Style {
    /// 1234.5
    Plain = 0,
    /// 1234,5
    CommaDecimal = 1,
    /// 1,234.5
    CommaThousands = 2,
    /// 1.234,5
    DotThousands = 3,
    /// 1 234.5 and 1'234.5
    BlankThousands = 4,
    /// 1 234,5
    BlankThousandsComma = 5,
}

pub const STYLES: [Style; 6] = [
    Style::Plain,
    Style::CommaDecimal,
    Style::CommaThousands,
    Style::DotThousands,
    Style::BlankThousands,
    Style::BlankThousandsComma,
];

impl Style {
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }

    pub const fn has_comma_decimal(self) -> bool {
        self as u8 % 2 == 1
    }

    /// What stands between thousands.
    fn thousands(self) -> Option<Separator> {
        match self {
            Self::Plain | Self::CommaDecimal => None,
            Self::CommaThousands => Some(Separator::Comma),
            Self::DotThousands => Some(Separator::Dot),
            Self::BlankThousands | Self::BlankThousandsComma => Some(Separator::Blank),
        }
    }

    fn decimal(self) -> Separator {
        match self.has_comma_decimal() {
            true => Separator::Comma,
            false => Separator::Dot,
        }
    }
}

pub const ANY_STYLE: u8 = (1 << STYLES.len()) - 1;
pub const POINT_STYLES: u8 = Style::Plain.bit() | Style::CommaThousands.bit() | Style::BlankThousands.bit();
pub const COMMA_STYLES: u8 =
    Style::CommaDecimal.bit() | Style::DotThousands.bit() | Style::BlankThousandsComma.bit();

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    Dot,
    Comma,
    Blank,
}

/// A text that is a number in at least one style.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Bits of the styles that fit.
    pub styles: u8,
    pub affix: Affix,
    pub negative: bool,
    /// It holds a separator, so that it speaks for or against a style.
    pub has_separator: bool,
    digits: u32,
    /// Behind the last separator, and what that one is.
    last_group: u32,
    last: Option<Separator>,
    /// Digits before and behind the point where an exponent has moved it.
    moved: Option<(u32, u32)>,
}

impl Shape {
    pub fn has_exponent(&self) -> bool {
        self.moved.is_some()
    }

    /// What stands behind the last separator is no group of three.
    pub fn has_short_group(&self) -> bool {
        self.has_separator && self.last_group != 3
    }

    /// Digits before and behind the decimal mark, which an exponent has moved.
    pub fn digits(&self, style: Style) -> (u32, u32) {
        self.moved.unwrap_or_else(|| self.written(style))
    }

    /// Digits before and behind the decimal mark where it stands.
    fn written(&self, style: Style) -> (u32, u32) {
        match self.last {
            Some(last) if last == style.decimal() => (self.digits - self.last_group, self.last_group),
            _ => (self.digits, 0),
        }
    }
}

/// Longer texts are no numbers; a DOUBLE has at most 17 significant digits.
const LONGEST: usize = 64;

/// `None`: no number in any style. A leading zero makes a code, not a number.
pub fn shape(text: &[u8]) -> Option<Shape> {
    if text.len() > LONGEST {
        return None;
    }
    if let Some(shape) = plain_integer(text) {
        return Some(shape);
    }
    let (body, affix, negative) = undress(text)?;
    let mut groups = Groups::default();
    let mut moved = None;
    let mut rest = body;
    while let Some(first) = rest.first() {
        match first {
            b'0'..=b'9' => {
                groups.digit(*first);
                rest = &rest[1..];
            }
            b'e' | b'E' if groups.digits > 0 => {
                let mantissa = &body[..body.len() - rest.len()];
                moved = Some(move_point(mantissa, exponent(&rest[1..])?));
                break;
            }
            _ => {
                let (separator, length) = separator(rest)?;
                groups.separate(separator);
                rest = &rest[length..];
            }
        }
    }
    let styles = match moved {
        Some(_) => groups.styles() & Style::Plain.bit(),
        None => groups.styles(),
    };
    (styles != 0).then_some(Shape {
        styles,
        affix,
        negative,
        has_separator: groups.last.is_some(),
        digits: groups.digits,
        last_group: groups.group,
        last: groups.last,
        moved,
    })
}

/// Most numbers of most files.
fn plain_integer(text: &[u8]) -> Option<Shape> {
    let is_plain = matches!(text, [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit));
    is_plain.then_some(Shape {
        styles: match text.len() {
            1..=3 => ANY_STYLE,
            _ => Style::Plain.bit() | Style::CommaDecimal.bit(),
        },
        affix: Affix::None,
        negative: false,
        has_separator: false,
        digits: text.len() as u32,
        last_group: text.len() as u32,
        last: None,
        moved: None,
    })
}

/// `None` also for longer ones: no number that is stored reaches so far.
fn exponent(text: &[u8]) -> Option<i32> {
    let digits = text
        .strip_prefix(b"-")
        .or(text.strip_prefix(b"+"))
        .unwrap_or(text);
    if !(1..=3).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Digits before and behind the point after its move. Zeros at both ends do not count: beside an exponent
/// they are a way of writing.
fn move_point(mantissa: &[u8], exponent: i32) -> (u32, u32) {
    let point = mantissa.iter().position(|byte| *byte == b'.');
    let point = point.unwrap_or(mantissa.len()) as i32;
    let power = |at: usize| match point - at as i32 {
        before if before > 0 => exponent + before - 1,
        behind => exponent + behind,
    };
    let counts = |byte: &u8| matches!(byte, b'1'..=b'9');
    match (
        mantissa.iter().position(counts),
        mantissa.iter().rposition(counts),
    ) {
        (Some(first), Some(last)) => ((power(first) + 1).max(0) as u32, (-power(last)).max(0) as u32),
        // A zero stays one, however far its point is moved.
        _ => (1, 0),
    }
}

fn separator(text: &[u8]) -> Option<(Separator, usize)> {
    Some(match text {
        [b'.', ..] => (Separator::Dot, 1),
        [b',', ..] => (Separator::Comma, 1),
        [b' ' | b'\'', ..] => (Separator::Blank, 1),
        // No-break space, narrow no-break space, typographic apostrophe.
        [0xC2, 0xA0, ..] => (Separator::Blank, 2),
        [0xE2, 0x80, 0xAF | 0x99, ..] => (Separator::Blank, 3),
        _ => return None,
    })
}

/// Groups of digits and what separates them.
#[derive(Default)]
struct Groups {
    digits: u32,
    first: u32,
    first_digit: u8,
    group: u32,
    separators: u32,
    last: Option<Separator>,
    /// All separators but the last are this one; meaningless when there are fewer than two.
    before_last: Option<Separator>,
    /// A group between two separators is not of three digits, or the separators differ.
    uneven: bool,
}

impl Groups {
    fn digit(&mut self, digit: u8) {
        if self.digits == 0 {
            self.first_digit = digit;
        }
        self.digits += 1;
        self.group += 1;
    }

    fn separate(&mut self, separator: Separator) {
        if self.separators == 0 {
            self.first = self.group;
        } else {
            self.uneven |= self.group != 3;
            if self.separators > 1 {
                self.uneven |= self.before_last != self.last;
            }
            self.before_last = self.last;
        }
        self.separators += 1;
        self.last = Some(separator);
        self.group = 0;
    }

    fn styles(&self) -> u8 {
        let first = if self.separators == 0 {
            self.group
        } else {
            self.first
        };
        let is_code = first > 1 && self.first_digit == b'0';
        if self.digits == 0 || self.group == 0 || is_code {
            return 0;
        }
        STYLES
            .into_iter()
            .filter(|style| self.fits(*style, first))
            .fold(0, |bits, style| bits | style.bit())
    }

    fn fits(&self, style: Style, first: u32) -> bool {
        let Some(last) = self.last else {
            // Thousands must be set apart in every value that has any.
            return style.thousands().is_none() || first <= 3;
        };
        let Some(thousands) = style.thousands() else {
            return self.separators == 1 && last == style.decimal();
        };
        let grouped = (1..=3).contains(&first) && !self.uneven && self.first_digit != b'0';
        let before = self.before_last.filter(|_| self.separators > 1);
        if last == thousands {
            return grouped && self.group == 3 && before.is_none_or(|before| before == thousands);
        }
        last == style.decimal()
            && match before {
                None => first <= 3,
                Some(before) => grouped && before == thousands,
            }
    }
}

/// A number without its decimal mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    pub negative: bool,
    pub mantissa: u128,
    pub scale: u32,
}

impl Number {
    pub fn signed(self) -> Option<i128> {
        let value = i128::try_from(self.mantissa).ok()?;
        Some(if self.negative { -value } else { value })
    }

    /// The whole number that it is with so many digits behind the point; `None` when digits other than zeros
    /// would be lost.
    pub fn at_scale(self, scale: u32) -> Option<i128> {
        let signed = self.signed()?;
        if signed == 0 {
            return Some(0);
        }
        let factor = 10i128.checked_pow(scale.abs_diff(self.scale))?;
        match scale >= self.scale {
            true => signed.checked_mul(factor),
            false => (signed % factor == 0).then_some(signed / factor),
        }
    }
}

/// The number that the text is in one of these styles, with every digit of it.
pub fn parse(text: &[u8], styles: u8) -> Option<Number> {
    if let Some(number) = parse_plain_integer(text)
        && styles & (Style::Plain.bit() | Style::CommaDecimal.bit()) != 0
    {
        return Some(number);
    }
    let shape = shape(text)?;
    let style = STYLES
        .into_iter()
        .find(|style| shape.styles & styles & style.bit() != 0)?;
    let (digits, exponent) = match shape.has_exponent() {
        true => split_exponent(undress(text)?.0)?,
        false => (text, 0),
    };
    let mut mantissa = 0u128;
    for byte in digits.iter().filter(|byte| byte.is_ascii_digit()) {
        mantissa = mantissa.checked_mul(10)?.checked_add(u128::from(byte - b'0'))?;
    }
    let scale = shape.written(style).1 as i32 - exponent;
    if scale < 0 && mantissa != 0 {
        mantissa = mantissa.checked_mul(10u128.checked_pow(scale.unsigned_abs())?)?;
    }
    Some(Number {
        negative: shape.negative,
        mantissa,
        scale: scale.max(0) as u32,
    })
}

/// What stands before the exponent, and the exponent.
fn split_exponent(text: &[u8]) -> Option<(&[u8], i32)> {
    let at = text.iter().position(|byte| matches!(byte, b'e' | b'E'))?;
    Some((&text[..at], exponent(&text[at + 1..])?))
}

/// Most numbers of most files.
fn parse_plain_integer(text: &[u8]) -> Option<Number> {
    let (digits, negative) = match text {
        [b'-', rest @ ..] => (rest, true),
        _ => (text, false),
    };
    if digits.is_empty() || digits.len() > 18 || (digits.len() > 1 && digits[0] == b'0') {
        return None;
    }
    let mut mantissa = 0u64;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        mantissa = mantissa * 10 + u64::from(byte - b'0');
    }
    Some(Number {
        negative,
        mantissa: mantissa.into(),
        scale: 0,
    })
}

/// As DOUBLE, also with an exponent.
pub fn parse_double(text: &[u8], styles: u8) -> Option<f64> {
    let shape = shape(text)?;
    let style = STYLES
        .into_iter()
        .find(|style| shape.styles & styles & style.bit() != 0)?;
    let (body, _, negative) = undress(text)?;
    let plain: String = body
        .iter()
        .filter_map(|byte| match byte {
            b',' if style.has_comma_decimal() => Some('.'),
            b'.' if style.has_comma_decimal() => None,
            b'0'..=b'9' | b'.' | b'e' | b'E' | b'-' | b'+' => Some(char::from(*byte)),
            _ => None,
        })
        .collect();
    let value: f64 = plain.parse().ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(text: &str) -> Vec<Style> {
        let bits = shape(text.as_bytes()).map_or(0, |shape| shape.styles);
        STYLES
            .into_iter()
            .filter(|style| bits & style.bit() != 0)
            .collect()
    }

    #[test]
    fn a_text_fits_the_styles_that_it_could_be_written_in() {
        use Style::{BlankThousands, BlankThousandsComma, CommaDecimal, CommaThousands, DotThousands, Plain};
        assert_eq!(fits("12"), STYLES);
        assert_eq!(fits("1234"), [Plain, CommaDecimal]);
        assert_eq!(
            fits("1,234"),
            [CommaDecimal, CommaThousands, DotThousands, BlankThousandsComma]
        );
        assert_eq!(
            fits("1.234"),
            [Plain, CommaThousands, DotThousands, BlankThousands]
        );
        assert_eq!(fits("1,234.5"), [CommaThousands]);
        assert_eq!(fits("1.234,56"), [DotThousands]);
        assert_eq!(fits("1.234.567"), [DotThousands]);
        assert_eq!(fits("1,5"), [CommaDecimal, DotThousands, BlankThousandsComma]);
        assert_eq!(fits("1 234 567,5"), [BlankThousandsComma]);
        assert_eq!(fits("1'234.50"), [BlankThousands]);
        assert_eq!(fits("1\u{202f}234"), [BlankThousands, BlankThousandsComma]);
        assert_eq!(fits("1e5"), [Plain]);
        for text in [
            "", "-", ".", "007", "1,23,4", "1.2.3", "1 2", "12a", "5.", "--5", "1,,2", "(5)",
        ] {
            assert_eq!(fits(text), [], "{text}");
        }
    }

    #[test]
    fn signs_brackets_per_cent_and_currencies_are_taken_off() {
        let of = |text: &str| {
            let shape = shape(text.as_bytes()).unwrap();
            (shape.affix.unit(), shape.negative)
        };
        assert_eq!(of("-$1,234.50"), (Some("$"), true));
        assert_eq!(of("$-5"), (Some("$"), true));
        assert_eq!(of("1.234,50 €"), (Some("€"), false));
        assert_eq!(of("12.5 %"), (Some("%"), false));
        assert_eq!(of("(1,234.50)"), (None, true));
        assert_eq!(of("−3"), (None, true));
        assert_eq!(of("USD 5"), (Some("USD"), false));
    }

    #[test]
    fn digits_are_counted_where_the_exponent_puts_them() {
        let digits = |text: &str| shape(text.as_bytes()).map(|shape| shape.digits(Style::Plain));
        for (text, expected) in [
            ("1.50", (1, 2)),
            ("1.5e-05", (0, 6)),
            ("1.5e3", (4, 0)),
            ("-12.5E-1", (1, 2)),
            ("0.0015e1", (0, 3)),
            (".5e+3", (3, 0)),
            ("1.500e0", (1, 1)),
            ("0e50", (1, 0)),
            ("0.00e-50", (1, 0)),
            ("1e999", (1_000, 0)),
            ("1e-999", (0, 999)),
        ] {
            assert_eq!(digits(text), Some(expected), "{text}");
        }
        assert_eq!(digits("1e9999"), None);
    }

    #[test]
    fn no_digit_is_lost() {
        let number = |text: &str, style: Style| parse(text.as_bytes(), style.bit());
        let of = |negative, mantissa, scale| {
            Some(Number {
                negative,
                mantissa,
                scale,
            })
        };
        assert_eq!(number("1,234.50", Style::CommaThousands), of(false, 123_450, 2));
        assert_eq!(number("-1.234,5 €", Style::DotThousands), of(true, 12_345, 1));
        assert_eq!(number("-42", Style::Plain), of(true, 42, 0));
        assert_eq!(number("1,234", Style::CommaDecimal), of(false, 1_234, 3));
        assert_eq!(number("1,234", Style::CommaThousands), of(false, 1_234, 0));
        assert_eq!(number("1.5e3", Style::Plain), of(false, 1_500, 0));
        assert_eq!(number("-1.25E+1", Style::Plain), of(true, 125, 1));
        assert_eq!(number("12e-3", Style::Plain), of(false, 12, 3));
        assert_eq!(number("1.5e-05", Style::Plain), of(false, 15, 6));
        assert_eq!(number("1e99", Style::Plain), None);
        assert_eq!(number("0e50", Style::Plain), of(false, 0, 0));
        assert_eq!(number("-0.0e-50", Style::Plain).unwrap().at_scale(2), Some(0));
        assert_eq!(parse_double(b"1.5e3", Style::Plain.bit()), Some(1_500.0));
        assert_eq!(
            parse_double(b"-1.234,5", Style::DotThousands.bit()),
            Some(-1_234.5)
        );
        assert_eq!(of(true, 15, 1).unwrap().at_scale(3), Some(-1_500));
        assert_eq!(of(false, 155, 2).unwrap().at_scale(1), None);
        assert_eq!(of(false, 150, 2).unwrap().at_scale(1), Some(15), "a zero is none");
    }
}
