//! Closed-class English: the words that carry a question's structure, whatever the data is about.
//!
//! Nothing here may name a dataset, a table or a column of one: that vocabulary comes with the data.

use csv_analyst_protocol::plan::{Aggregate, Direction, Operator, TimeUnit};

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
}

use Aggregate::{Avg, Max, Median, Min, Stddev, Sum};
use Direction::{Asc, Desc};
use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};

const fn superlative(direction: Direction, counts: bool) -> Cue {
    Cue::Superlative { direction, counts }
}

/// Phrases in lower case; the longest that fits wins.
#[rustfmt::skip]
pub(crate) const CUES: &[(&str, Cue)] = &[
    ("average", Cue::Aggregate(Avg)), ("avg", Cue::Aggregate(Avg)), ("mean", Cue::Aggregate(Avg)),
    ("averages", Cue::Aggregate(Avg)), ("on average", Cue::Aggregate(Avg)), ("median", Cue::Aggregate(Median)),
    ("sum", Cue::Aggregate(Sum)), ("sum of", Cue::Aggregate(Sum)), ("standard deviation", Cue::Aggregate(Stddev)),
    ("stddev", Cue::Aggregate(Stddev)), ("maximum", Cue::Aggregate(Max)), ("max", Cue::Aggregate(Max)),
    ("peak", Cue::Aggregate(Max)), ("minimum", Cue::Aggregate(Min)), ("min", Cue::Aggregate(Min)),
    ("total", Cue::Total), ("combined", Cue::Total), ("total number of", Cue::Count), ("total count of", Cue::Count),
    ("how many", Cue::Count), ("number of", Cue::Count), ("count of", Cue::Count), ("count", Cue::Count), ("headcount", Cue::Count),
    ("counts", Cue::Count), ("amount of", Cue::Total), ("how much", Cue::Total), ("volume of", Cue::Count),
    ("numbers of", Cue::Count), ("count up", Cue::Count), ("how often", Cue::Count),
    ("rate", Cue::Rate), ("rates", Cue::Rate), ("percentage", Cue::Rate), ("percent", Cue::Rate),
    ("percentage of", Cue::Rate), ("percent of", Cue::Rate), ("share", Cue::Rate), ("share of", Cue::Rate),
    ("proportion", Cue::Rate), ("proportion of", Cue::Rate), ("fraction", Cue::Rate), ("fraction of", Cue::Rate),
    ("ratio", Cue::Rate), ("pct", Cue::Rate), ("how likely", Cue::Rate),
    ("by", Cue::GroupBy), ("per", Cue::GroupBy), ("for each", Cue::GroupBy), ("for every", Cue::GroupBy),
    ("each", Cue::GroupBy), ("every", Cue::GroupBy), ("across", Cue::GroupBy), ("in each", Cue::GroupBy), ("across all", Cue::GroupBy),
    ("grouped by", Cue::GroupBy), ("group by", Cue::GroupBy), ("broken down by", Cue::GroupBy), ("break down by", Cue::GroupBy),
    ("split by", Cue::GroupBy), ("breakdown by", Cue::GroupBy), ("within each", Cue::GroupBy), ("of each", Cue::GroupBy),
    ("at each", Cue::GroupBy), ("from each", Cue::GroupBy), ("among", Cue::GroupBy), ("for different", Cue::GroupBy),
    ("vary by", Cue::GroupBy), ("differ by", Cue::GroupBy), ("depending on", Cue::GroupBy),
    ("top", superlative(Desc, false)), ("best", superlative(Desc, false)), ("highest", superlative(Desc, false)),
    ("largest", superlative(Desc, false)), ("biggest", superlative(Desc, false)), ("greatest", superlative(Desc, false)),
    ("most", superlative(Desc, true)), ("the most", superlative(Desc, true)), ("highest number of", superlative(Desc, true)),
    ("largest number of", superlative(Desc, true)), ("leading", superlative(Desc, false)),
    ("lowest", superlative(Asc, false)), ("smallest", superlative(Asc, false)), ("bottom", superlative(Asc, false)),
    ("worst", superlative(Asc, false)), ("least", superlative(Asc, true)), ("fewest", superlative(Asc, true)),
    ("lowest number of", superlative(Asc, true)), ("the least", superlative(Asc, true)),
    ("distribution", Cue::Distribution), ("breakdown", Cue::Distribution), ("break down", Cue::Distribution),
    ("distributed", Cue::Distribution), ("split", Cue::Distribution), ("distribution of", Cue::Distribution),
    ("breakdown of", Cue::Distribution), ("histogram", Cue::Distribution), ("mix", Cue::Distribution),
    ("less than", Cue::Compare(Less)), ("fewer than", Cue::Compare(Less)), ("under", Cue::Compare(Less)),
    ("below", Cue::Compare(Less)), ("lower than", Cue::Compare(Less)), ("smaller than", Cue::Compare(Less)),
    ("cheaper than", Cue::Compare(Less)), ("younger than", Cue::Compare(Less)), ("shorter than", Cue::Compare(Less)),
    ("<", Cue::Compare(Less)), ("beneath", Cue::Compare(Less)), ("worse than", Cue::Compare(Less)),
    ("more than", Cue::Compare(Greater)), ("over", Cue::Compare(Greater)), ("above", Cue::Compare(Greater)),
    ("greater than", Cue::Compare(Greater)), ("higher than", Cue::Compare(Greater)), ("larger than", Cue::Compare(Greater)),
    ("exceeding", Cue::Compare(Greater)), ("exceeds", Cue::Compare(Greater)), ("exceed", Cue::Compare(Greater)),
    ("exceeded", Cue::Compare(Greater)), ("bigger than", Cue::Compare(Greater)), ("older than", Cue::Compare(Greater)),
    ("longer than", Cue::Compare(Greater)), ("better than", Cue::Compare(Greater)), (">", Cue::Compare(Greater)),
    ("worth more than", Cue::Compare(Greater)), ("hotter than", Cue::Compare(Greater)), ("colder than", Cue::Compare(Less)),
    ("at least", Cue::Compare(GreaterOrEqual)), ("no less than", Cue::Compare(GreaterOrEqual)),
    ("not less than", Cue::Compare(GreaterOrEqual)), (">=", Cue::Compare(GreaterOrEqual)),
    ("no fewer than", Cue::Compare(GreaterOrEqual)), ("minimum of", Cue::Compare(GreaterOrEqual)),
    ("at most", Cue::Compare(LessOrEqual)), ("no more than", Cue::Compare(LessOrEqual)), ("up to", Cue::Compare(LessOrEqual)),
    ("not more than", Cue::Compare(LessOrEqual)), ("<=", Cue::Compare(LessOrEqual)), ("maximum of", Cue::Compare(LessOrEqual)),
    ("equal to", Cue::Compare(Equal)), ("equals", Cue::Compare(Equal)), ("exactly", Cue::Compare(Equal)),
    ("=", Cue::Compare(Equal)), ("==", Cue::Compare(Equal)), ("!=", Cue::Compare(NotEqual)),
    ("or more", Cue::CompareAfter(GreaterOrEqual)), ("or higher", Cue::CompareAfter(GreaterOrEqual)),
    ("and above", Cue::CompareAfter(GreaterOrEqual)), ("or above", Cue::CompareAfter(GreaterOrEqual)),
    ("or over", Cue::CompareAfter(GreaterOrEqual)), ("and up", Cue::CompareAfter(GreaterOrEqual)),
    ("or greater", Cue::CompareAfter(GreaterOrEqual)), ("or better", Cue::CompareAfter(GreaterOrEqual)),
    ("plus", Cue::CompareAfter(GreaterOrEqual)), ("+", Cue::CompareAfter(GreaterOrEqual)),
    ("or less", Cue::CompareAfter(LessOrEqual)), ("or fewer", Cue::CompareAfter(LessOrEqual)),
    ("or lower", Cue::CompareAfter(LessOrEqual)), ("or below", Cue::CompareAfter(LessOrEqual)),
    ("and below", Cue::CompareAfter(LessOrEqual)), ("or under", Cue::CompareAfter(LessOrEqual)),
    ("or worse", Cue::CompareAfter(LessOrEqual)),
    ("between", Cue::Between), ("ranging from", Cue::Between),
    ("not", Cue::Not), ("except", Cue::Not), ("excluding", Cue::Not), ("exclude", Cue::Not), ("other than", Cue::Not),
    ("non", Cue::Not), ("apart from", Cue::Not), ("ignoring", Cue::Not), ("aren", Cue::Not), ("never", Cue::Not),
    ("without", Cue::Missing), ("missing", Cue::Missing), ("with no", Cue::Missing), ("have no", Cue::Missing),
    ("has no", Cue::Missing), ("had no", Cue::Missing), ("lacking", Cue::Missing),
    ("missed", Cue::Fails), ("failed", Cue::Fails), ("failing", Cue::Fails), ("fail", Cue::Fails),
    ("breached", Cue::Fails), ("violated", Cue::Fails), ("broke", Cue::Fails), ("outside", Cue::Fails),
    ("breaching", Cue::Fails), ("missing their", Cue::Fails),
    ("met", Cue::Meets), ("meets", Cue::Meets), ("meet", Cue::Meets), ("within", Cue::Meets), ("passed", Cue::Meets), ("meeting", Cue::Meets),
    ("current", Cue::Current), ("currently", Cue::Current), ("right now", Cue::Current), ("now", Cue::Current),
    ("at the moment", Cue::Current), ("at present", Cue::Current), ("presently", Cue::Current), ("these days", Cue::Current),
    ("latest", Cue::Recency(Desc)), ("newest", Cue::Recency(Desc)), ("most recent", Cue::Recency(Desc)),
    ("recent", Cue::Recency(Desc)), ("recently", Cue::Recency(Desc)), ("most recently", Cue::Recency(Desc)),
    ("earliest", Cue::Recency(Asc)), ("last", Cue::Recency(Desc)),
    ("over time", Cue::Trend), ("trend", Cue::Trend), ("trends", Cue::Trend), ("trended", Cue::Trend), ("trending", Cue::Trend),
    ("hourly", Cue::Bucket(TimeUnit::Hour)), ("daily", Cue::Bucket(TimeUnit::Day)), ("weekly", Cue::Bucket(TimeUnit::Week)),
    ("monthly", Cue::Bucket(TimeUnit::Month)), ("quarterly", Cue::Bucket(TimeUnit::Quarter)),
    ("yearly", Cue::Bucket(TimeUnit::Year)), ("annual", Cue::Bucket(TimeUnit::Year)), ("annually", Cue::Bucket(TimeUnit::Year)),
    ("and", Cue::And), (",", Cue::And), ("as well as", Cue::And), ("along with", Cue::And), ("or", Cue::Or), ("either", Cue::And),
    ("different", Cue::Distinct), ("unique", Cue::Distinct), ("distinct", Cue::Distinct),
    ("different values", Cue::Distinct), ("different values of", Cue::Distinct), ("different values for", Cue::Distinct),
    ("different values in", Cue::Distinct), ("unique values", Cue::Distinct), ("unique values of", Cue::Distinct),
    ("unique values for", Cue::Distinct), ("unique values in", Cue::Distinct), ("distinct values", Cue::Distinct),
    ("distinct values of", Cue::Distinct), ("distinct values for", Cue::Distinct), ("distinct values in", Cue::Distinct),
    ("which", Cue::Which), ("what", Cue::Which), ("who", Cue::Which), ("whose", Cue::Which), ("list", Cue::Which),
    ("sort by", Cue::SortBy), ("sorted by", Cue::SortBy), ("order by", Cue::SortBy), ("ordered by", Cue::SortBy),
    ("ranked by", Cue::SortBy), ("rank by", Cue::SortBy),
    ("ascending", Cue::Ascending), ("lowest first", Cue::Ascending), ("smallest first", Cue::Ascending),
    ("oldest first", Cue::TimeOrder(Asc)), ("earliest first", Cue::TimeOrder(Asc)),
    ("latest first", Cue::TimeOrder(Desc)), ("most recent first", Cue::TimeOrder(Desc)), ("newest first", Cue::TimeOrder(Desc)),
    ("descending", Cue::Descending), ("highest first", Cue::Descending),
    ("largest first", Cue::Descending),
];

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

/// Words that may be passed over: they carry manners, grammar, or nothing.
#[rustfmt::skip]
pub(crate) const LIGHT: &[&str] = &[
    "a", "an", "the", "this", "that", "these", "those", "is", "are", "was", "were", "be", "been", "being", "am",
    "do", "does", "did", "done", "has", "have", "had", "having", "will", "would", "can", "could", "should", "may", "might",
    "i", "me", "my", "we", "us", "our", "ours", "you", "your", "it", "its", "they", "them", "their", "there", "here", "he", "she",
    "his", "her", "to", "of", "in", "on", "at", "for", "from", "with", "as", "about", "into", "onto", "out", "off", "so", "if",
    "then", "than", "also", "too", "just", "only", "any", "all", "some", "both", "per", "up", "down", "over", "under",
    "show", "give", "tell", "get", "find", "display", "return", "see", "look", "let", "want", "need", "like", "please",
    "fetch", "pull", "bring", "provide", "report", "compute", "calculate", "know", "help", "view", "print", "retrieve",
    "how", "when", "where", "why", "one", "ones", "thing", "things", "much", "many", "few", "more", "other",
    "data", "dataset", "database", "table", "tables", "row", "rows", "record", "records", "entry", "entries", "result", "results",
    "information", "info", "detail", "details", "figure", "figures", "statistic", "statistics", "stats", "overview", "summary",
    "summarise", "summarize", "compare", "comparison", "versus", "vs", "relative", "respect", "terms", "value", "values",
    "level", "levels", "reading", "readings", "number", "numbers", "overall", "across", "who", "whom", "whole", "entire",
    "happen", "happened", "occur", "occurred", "occurs", "detected", "recorded", "reported", "seen", "found", "made", "make",
    "makes", "making", "got", "gets", "generate", "generates", "generated", "generating", "bringing", "brings", "perform",
    "performs", "performing", "performed", "rank", "ranking", "ranked", "sorted", "sort", "order", "highest", "going", "went",
    "take", "takes", "took", "taken", "come", "comes", "came", "exist", "exists", "existing", "contain", "contains", "include", "includes",
    "including", "included", "belong", "belongs", "belonging", "well", "still", "yet", "ever", "actually", "really", "exactly",
    "typically", "usually", "generally", "typical", "usual", "company", "business", "organisation", "organization",
    "hi", "hello", "hey", "thanks", "thank", "question", "answer", "chart", "graph", "plot", "score", "scores", "looking", "via",
    "s", "re", "ve", "ll", "d", "m", "vs.", "kind", "sort", "having", "first", "amongst", "while", "during", "do", "set",
    "quick", "quickly", "currently", "available", "exceeding", "go", "use", "used", "each", "every", "running", "run", "had", "until",
    "which", "what", "whose", "instead", "sold", "sell", "sells", "placed", "bought", "ordered", "work", "works", "but", "yes", "no", "ok", "okay", "such", "same", "together", "them", "total", "against",
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

pub(crate) fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Hour => "hour",
        TimeUnit::Day => "day",
        TimeUnit::Week => "week",
        TimeUnit::Month => "month",
        TimeUnit::Quarter => "quarter",
        TimeUnit::Year => "year",
    }
}

pub(crate) fn is_light(word: &str) -> bool {
    LIGHT.contains(&word)
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
