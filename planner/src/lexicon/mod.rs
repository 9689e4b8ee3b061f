//! Closed-class English: the words that carry a question's structure, whatever the data is about.
//!
//! Nothing here may name a dataset, a table or a column of one: that vocabulary comes with the data.

mod cues;
mod light;

pub(crate) use cues::CUES;

use csv_analyst_protocol::plan::{Aggregate, DatePart, Direction, Operator, TimeUnit};

use Direction::{Asc, Desc};

/// What a structural word asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cue {
    Aggregate(Aggregate),
    /// "total": a sum, or the number of rows.
    Total,
    /// "how many", "number of".
    Count,
    /// "percentage of", "rate".
    Rate,
    /// "by", "per", "for each".
    GroupBy,
    /// "top", "most", "lowest"; `counts` when the word can count things ("most orders").
    Superlative {
        direction: Direction,
        counts: bool,
    },
    /// An adjective in the superlative: index into [`ADJECTIVES`].
    Adjective(usize),
    /// "distribution", "breakdown".
    Distribution,
    Compare(Operator),
    /// "or more" after the number.
    CompareAfter(Operator),
    Between,
    Not,
    /// "without", "missing".
    Missing,
    /// "missed", "failed", before a flag.
    Fails,
    /// "met", "within", before a flag.
    Meets,
    /// "current", "right now".
    Current,
    /// "newest", "oldest".
    Recency(Direction),
    /// "over time", "trend".
    Trend,
    /// "daily", "monthly".
    Bucket(TimeUnit),
    And,
    Or,
    /// "different", "unique".
    Distinct,
    /// "which", "what", "who": the next noun is the focus.
    Which,
    /// "sort by".
    SortBy,
    Ascending,
    Descending,
    /// "oldest first".
    TimeOrder(Direction),
    /// "how many more", "versus".
    Contrast(Contrast),
    /// "running total".
    Running,
    /// "the same as".
    Same,
    When,
    /// "day of the week".
    Part(DatePart),
    /// "starts with".
    Text(Operator),
    /// "second", before a superlative.
    Ordinal(u32),
    /// "why", "forecast", "next week": no data holds the answer.
    Beyond,
}

/// What becomes of two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contrast {
    Difference,
    Ratio,
    /// Both are shown.
    Beside,
}

/// A superlative adjective: the direction, and the column words that it speaks of, in order of preference.
pub(crate) struct Adjective {
    pub words: &'static [&'static str],
    pub direction: Direction,
    pub columns: &'static [&'static str],
    /// It can also speak of the row's age.
    pub age: bool,
}

const fn adjective(
    words: &'static [&'static str],
    direction: Direction,
    columns: &'static [&'static str],
) -> Adjective {
    Adjective {
        words,
        direction,
        columns,
        age: false,
    }
}

const PRICE: &[&str] = &["price", "cost", "fee", "amount", "total", "value"];
const DURATION: &[&str] = &[
    "duration", "runtime", "length", "time", "hours", "minutes", "days", "seconds",
];

#[rustfmt::skip]
pub(crate) const ADJECTIVES: &[Adjective] = &[
    adjective(&["expensive", "costly", "priciest", "costliest", "dearest"], Desc, PRICE),
    adjective(&["cheap", "cheapest", "affordable"], Asc, PRICE),
    Adjective { words: &["longest", "longest running", "longest time"], direction: Desc, columns: DURATION, age: true },
    adjective(&["slowest", "slow"], Desc, DURATION),
    adjective(&["shortest", "fastest", "quickest", "fast", "quick"], Asc, DURATION),
    adjective(&["hottest", "warmest", "hot", "warm"], Desc, &["temperature", "temp"]),
    adjective(&["coldest", "coolest", "cold", "cool"], Asc, &["temperature", "temp"]),
    adjective(&["humid", "wettest"], Desc, &["humidity"]),
    Adjective { words: &["oldest", "old"], direction: Desc, columns: &["age"], age: true },
    adjective(&["youngest", "young"], Asc, &["age"]),
    adjective(&["heaviest", "heavy"], Desc, &["weight", "mass"]),
    adjective(&["lightest"], Asc, &["weight", "mass"]),
    adjective(&["tallest", "tall"], Desc, &["height"]),
    adjective(&["richest", "wealthiest"], Desc, &["income", "wealth", "salary", "revenue"]),
    adjective(&["highest paid", "best paid", "highest earning"], Desc, &["salary", "pay", "wage", "compensation", "income"]),
    adjective(&["lowest paid", "worst paid"], Asc, &["salary", "pay", "wage", "compensation", "income"]),
    adjective(&["best rated", "highest rated", "top rated", "acclaimed"], Desc, &["rating", "score", "stars", "imdb"]),
    adjective(&["worst rated", "lowest rated"], Asc, &["rating", "score", "stars"]),
];

impl Adjective {
    /// "cheap" needs a "most" before it; "cheapest" does not.
    pub fn is_superlative(word: &str) -> bool {
        word.contains(' ') || word.ends_with("est")
    }
}

/// What a comparison speaks of: "older than 30".
pub(crate) const COMPARATIVES: &[(&[&str], &[&str])] = &[
    (&["older", "younger"], &["age"]),
    (&["longer", "shorter", "slower", "faster"], DURATION),
    (&["cheaper", "dearer"], PRICE),
    (
        &["hotter", "colder", "warmer", "cooler"],
        &["temperature", "temp"],
    ),
    (&["heavier", "lighter"], &["weight", "mass"]),
    (&["taller"], &["height"]),
];

/// Words that hint at another one, but not the other way round.
const HINTS: &[(&str, &[&str])] = &[
    ("people", &["employee", "customer", "user", "member"]),
    ("person", &["employee", "customer", "user", "member"]),
    ("earn", &["salary", "wage", "income"]),
    ("earning", &["salary", "wage", "income"]),
    ("win", &["winner", "victory"]),
];

/// Words that say that something is popular or busy: how many rows there are.
pub(crate) const POPULARITY: &[&str] = &[
    "popular",
    "common",
    "frequent",
    "frequently",
    "busiest",
    "busy",
    "often",
    "active",
];

/// Near synonyms, for data whose columns nobody described.
#[rustfmt::skip]
pub(crate) const THESAURUS: &[&[&str]] = &[
    &["revenue", "sale", "income", "turnover", "money", "gross", "takings"],
    &["price", "cost"], &["amount", "total", "value", "sum"], &["spend", "spent", "spending", "paid", "pay"],
    &["customer", "client", "buyer", "shopper"], &["employee", "staff", "worker", "colleague"],
    &["salary", "pay", "wage", "compensation"], &["country", "nation"],
    &["film", "movie"], &["rating", "score", "star", "grade"], &["quantity", "unit", "qty", "number"],
    &["name", "title", "called"], &["city", "town"], &["department", "team", "division"],
    &["region", "area", "territory"], &["gender", "sex"], &["product", "item", "article", "goods"],
    &["category", "type", "kind", "genre", "group", "class"], &["start", "begin", "began"], &["end", "finish", "ended"],
    &["duration", "length", "runtime", "long"], &["person", "people", "user", "member"],
    &["order", "purchase", "transaction"], &["ticket", "case", "request", "complaint", "issue"], &["location", "place", "site"],
    &["job", "role", "position", "occupation", "title"], &["hired", "joined", "employed", "hire"],
    &["released", "release", "published", "came"], &["director", "directed"], &["author", "wrote", "written", "writer"],
    &["status", "state"], &["email", "mail"], &["phone", "telephone"], &["profit", "margin"], &["stock", "inventory"],
    &["temperature", "temp", "heat"], &["speed", "velocity"], &["weight", "mass"], &["age", "old"],
];

/// Units that a number may carry; they choose a column by its unit or name, and are otherwise silent.
#[rustfmt::skip]
pub(crate) const UNITS: &[(&str, &str)] = &[
    ("percent", "%"), ("pct", "%"), ("dollar", "USD"), ("dollars", "USD"), ("usd", "USD"), ("euro", "EUR"), ("euros", "EUR"),
    ("eur", "EUR"), ("pounds", "GBP"), ("star", "star"), ("stars", "star"), ("hour", "h"), ("hours", "h"), ("h", "h"), ("hrs", "h"),
    ("minutes", "min"), ("minute", "min"), ("days", "day"), ("degrees", "°C"), ("celsius", "°C"), ("c", "°C"), ("mm", "mm"),
    ("points", "point"), ("years", "year"), ("units", "unit"), ("kg", "kg"), ("hpa", "hPa"), ("pieces", "unit"),
];

/// Last words of a column name that only say its unit or nature: `temperature_c`, `resolved_at`.
#[rustfmt::skip]
pub(crate) const NAME_SUFFIXES: &[&str] = &[
    "c", "f", "k", "pct", "percent", "hpa", "kpa", "mm", "cm", "m", "km", "kg", "g", "s", "ms", "sec", "seconds", "hours", "hrs", "h",
    "minutes", "mins", "days", "usd", "eur", "gbp", "flag", "at", "date", "id", "code", "no", "key", "num", "on", "ts", "timestamp", "name",
    "score", "level", "count", "amount", "rate",
];

pub(crate) fn number_word(word: &str) -> Option<u32> {
    const WORDS: [&str; 11] = [
        "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ];
    const TENS: [(&str, u32); 9] = [
        ("fifteen", 15),
        ("twenty", 20),
        ("thirty", 30),
        ("forty", 40),
        ("fifty", 50),
        ("sixty", 60),
        ("ninety", 90),
        ("hundred", 100),
        ("thousand", 1_000),
    ];
    let small = WORDS
        .iter()
        .position(|name| *name == word)
        .map(|index| index as u32 + 2);
    small.or_else(|| {
        TENS.iter()
            .find(|(name, _)| *name == word)
            .map(|(_, value)| *value)
    })
}

pub(crate) fn time_unit(word: &str) -> Option<TimeUnit> {
    match word {
        "hour" | "hours" | "hr" | "hrs" | "h" => Some(TimeUnit::Hour),
        "day" | "days" => Some(TimeUnit::Day),
        "week" | "weeks" => Some(TimeUnit::Week),
        "month" | "months" => Some(TimeUnit::Month),
        "quarter" | "quarters" => Some(TimeUnit::Quarter),
        "year" | "years" => Some(TimeUnit::Year),
        _ => None,
    }
}

/// Beginnings of words for what nobody wants more of.
const BAD: &[&str] = &[
    "anomal",
    "abnormal",
    "breach",
    "broke",
    "bug",
    "cancel",
    "churn",
    "complain",
    "crash",
    "damag",
    "defect",
    "delay",
    "disconnect",
    "drop",
    "error",
    "fail",
    "fault",
    "incident",
    "injur",
    "late",
    "loss",
    "lost",
    "malfunction",
    "miss",
    "offline",
    "outage",
    "overdue",
    "overheat",
    "refund",
    "reject",
    "return",
    "violat",
    "unresolved",
    "unsolved",
    "unhappy",
    "absen",
    "sick",
];
/// And of words for what everybody does.
const GOOD: &[&str] = &[
    "accept",
    "achiev",
    "complete",
    "complian",
    "convert",
    "conversion",
    "deliver",
    "grow",
    "happy",
    "healthy",
    "keep",
    "kept",
    "met",
    "online",
    "on-time",
    "pass",
    "paid",
    "profit",
    "renew",
    "resol",
    "retention",
    "satisf",
    "solv",
    "succe",
    "win",
    "won",
    "work",
];

pub(crate) fn is_bad(word: &str) -> bool {
    BAD.iter().any(|beginning| word.starts_with(beginning))
}

pub(crate) fn is_good(word: &str) -> bool {
    GOOD.iter().any(|beginning| word.starts_with(beginning))
}

pub(crate) fn is_light(word: &str) -> bool {
    light::LIGHT.contains(&word)
}

/// Other words of the same family, none of them `word` itself.
pub(crate) fn near_synonyms(word: &str) -> impl Iterator<Item = &'static str> {
    let family = THESAURUS
        .iter()
        .filter(move |family| family.contains(&word))
        .flat_map(|family| family.iter().copied());
    let hinted = HINTS
        .iter()
        .filter(move |(hint, _)| *hint == word)
        .flat_map(|(_, others)| others.iter().copied());
    family.chain(hinted).filter(move |other| *other != word)
}
