//! What people write round a number: signs, brackets, per cent, currencies.

/// What stands before or behind the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Affix {
    #[default]
    None,
    Percent,
    /// Index into [`CURRENCIES`].
    Currency(u8),
}

impl Affix {
    pub fn unit(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Percent => Some("%"),
            Self::Currency(index) => CURRENCIES.get(usize::from(index)).map(|(_, name)| *name),
        }
    }
}

/// Signs and codes that are one currency in practice; the longer of two that begin alike comes first.
const CURRENCIES: [(&str, &str); 16] = [
    ("US$", "USD"),
    ("$", "$"),
    ("€", "€"),
    ("£", "£"),
    ("¥", "¥"),
    ("₹", "₹"),
    ("USD", "USD"),
    ("EUR", "EUR"),
    ("GBP", "GBP"),
    ("CHF", "CHF"),
    ("JPY", "JPY"),
    ("CAD", "CAD"),
    ("AUD", "AUD"),
    ("SEK", "SEK"),
    ("NOK", "NOK"),
    ("DKK", "DKK"),
];

/// Takes sign, brackets, per cent and currency off.
pub fn undress(text: &[u8]) -> Option<(&[u8], Affix, bool)> {
    let (mut body, mut negative) = (text, false);
    if let Some(inside) = body.strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")")) {
        // (1,234.50) is how accountants write a loss; (5) alone would be a remark's number as well.
        (body, negative) = (inside, true);
    }
    let mut affix = Affix::None;
    // A sign may stand before or behind the currency: -$5, $-5.
    for _ in 0..2 {
        if let Some(rest) = body.strip_prefix(b"-").or(body.strip_prefix("−".as_bytes())) {
            if negative {
                return None;
            }
            (body, negative) = (rest, true);
        } else if let Some(rest) = body.strip_prefix(b"+") {
            body = rest;
        }
        if affix == Affix::None
            && let Some((rest, found)) = currency_before(body)
        {
            (body, affix) = (rest, found);
        }
    }
    if let Some(rest) = body.strip_suffix(b"%") {
        if affix != Affix::None {
            return None;
        }
        (body, affix) = (trim_end(rest), Affix::Percent);
    } else if let Some((rest, found)) = currency_behind(body) {
        if affix != Affix::None {
            return None;
        }
        (body, affix) = (rest, found);
    }
    let bracketed = text.first() == Some(&b'(');
    let looks_like_money = affix != Affix::None || body.iter().any(|byte| b".,".contains(byte));
    let starts_right = matches!(body.first(), Some(b'0'..=b'9' | b'.' | b','));
    (starts_right && (!bracketed || looks_like_money)).then_some((body, affix, negative))
}

fn currency_before(text: &[u8]) -> Option<(&[u8], Affix)> {
    if text.first().is_none_or(|byte| byte.is_ascii_digit()) {
        return None;
    }
    (0u8..).zip(CURRENCIES).find_map(|(index, (sign, _))| {
        let rest = text.strip_prefix(sign.as_bytes())?;
        Some((trim_start(rest), Affix::Currency(index)))
    })
}

fn currency_behind(text: &[u8]) -> Option<(&[u8], Affix)> {
    if text.last().is_none_or(|byte| byte.is_ascii_digit()) {
        return None;
    }
    (0u8..).zip(CURRENCIES).find_map(|(index, (sign, _))| {
        let rest = text.strip_suffix(sign.as_bytes())?;
        Some((trim_end(rest), Affix::Currency(index)))
    })
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix(b" ").or(text.strip_prefix(b"\xC2\xA0")) {
        text = rest;
    }
    text
}

fn trim_end(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text
        .strip_suffix(b" ")
        .or(text.strip_suffix(b"\xC2\xA0"))
        .or(text.strip_suffix(b"\xE2\x80\xAF"))
    {
        text = rest;
    }
    text
}
