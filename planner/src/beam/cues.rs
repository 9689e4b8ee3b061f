//! What kind of question it is: question word, comparisons with numbers, order, neighbours.

use super::english::{Superlative, is_stopword, superlative};
use super::form::{DatePoint, Order};
use super::mentions::scaled;
use super::reading::{is_year, month_of};
use super::words::Word;

/// A number or date that something is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    pub order: Order,
    pub bound: Bound,
    /// Of the whole phrase, with its number.
    pub start: usize,
    pub end: usize,
    pub cue: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bound {
    Number(f64),
    Numbers(f64, f64),
    Date(DatePoint),
}

pub(crate) struct Cues {
    pub wh: &'static str,
    /// Place of the question word.
    pub wh_place: usize,
    /// The words that the question word asks about.
    pub head: Vec<usize>,
    pub superlatives: Vec<(usize, &'static Superlative)>,
    pub comparisons: Vec<Comparison>,
    /// "next", "before": place and whether it looks forward.
    pub neighbours: Vec<(usize, bool)>,
    pub negations: Vec<usize>,
    /// "than": comparison with a row.
    pub than: Option<usize>,
    pub same: bool,
    pub sum: bool,
    pub average: bool,
}

const WH: [&str; 8] = ["who", "whom", "whose", "what", "which", "when", "where", "why"];
const ORDERS: [&str; 5] = ["name", "list", "give", "tell", "show"];

const GREATER: [&str; 13] = [
    "more",
    "greater",
    "larger",
    "higher",
    "bigger",
    "over",
    "above",
    "exceeding",
    "exceeds",
    "older",
    "longer",
    "taller",
    "better",
];
const LESS: [&str; 10] = [
    "less", "fewer", "smaller", "lower", "under", "below", "younger", "shorter", "cheaper", "worse",
];
const LATER: [&str; 3] = ["after", "later", "following"];
const EARLIER: [&str; 4] = ["before", "earlier", "prior", "previous"];

const NEXT: [&str; 12] = [
    "after",
    "next",
    "following",
    "follows",
    "followed",
    "follow",
    "below",
    "subsequent",
    "under",
    "beneath",
    "succeeded",
    "later",
];
const PREVIOUS: [&str; 10] = [
    "before",
    "previous",
    "prior",
    "preceding",
    "precedes",
    "preceded",
    "precede",
    "above",
    "preceeding",
    "predecessor",
];
const NEGATIONS: [&str; 11] = [
    "not",
    "besides",
    "except",
    "excluding",
    "other",
    "without",
    "never",
    "non",
    "aside",
    "apart",
    "beside",
];

pub(crate) fn cues(question: &[Word]) -> Cues {
    let is = |place: usize, word: &str| question.get(place).is_some_and(|known| known.norm == word);
    let any = |words: &[&str]| question.iter().any(|word| words.contains(&word.norm.as_str()));
    let (wh, wh_place) = question_word(question);
    let superlatives = question
        .iter()
        .enumerate()
        .filter_map(|(place, word)| Some((place, superlative(&word.norm)?)))
        .collect();
    let place_of = |words: &[&str], word: &Word| words.contains(&word.norm.as_str());
    let mut neighbours = Vec::new();
    for (place, word) in question.iter().enumerate() {
        if place_of(&NEXT, word) {
            neighbours.push((place, true));
        } else if place_of(&PREVIOUS, word) {
            neighbours.push((place, false));
        }
    }
    Cues {
        wh,
        wh_place,
        head: head(question, wh_place),
        superlatives,
        comparisons: comparisons(question),
        neighbours,
        negations: (0..question.len())
            .filter(|place| place_of(&NEGATIONS, &question[*place]))
            .collect(),
        than: (0..question.len()).find(|place| is(*place, "than") && !is(place + 1, "or")),
        same: any(&["same", "also", "equal", "similar"]),
        sum: any(&[
            "total",
            "sum",
            "combined",
            "altogether",
            "overall",
            "together",
            "added",
            "totals",
            "all",
            "cumulative",
        ]),
        average: any(&["average", "mean", "avg", "averaged"]),
    }
}

fn question_word(question: &[Word]) -> (&'static str, usize) {
    for (place, word) in question.iter().enumerate() {
        let next = question.get(place + 1).map_or("", |next| next.norm.as_str());
        if word.norm == "how" {
            return (how(next), place);
        }
        if let Some(known) = WH.iter().find(|known| **known == word.norm) {
            return (known, place);
        }
    }
    for (place, word) in question.iter().enumerate() {
        if let Some(known) = ORDERS.iter().find(|known| **known == word.norm) {
            return (known, place);
        }
    }
    match question.first().map(|word| word.norm.as_str()) {
        Some("is" | "are" | "was" | "were" | "did" | "do" | "does" | "has" | "have" | "had") => {
            ("whether", 0)
        }
        Some("number" | "total" | "amount" | "count") => ("number", 0),
        _ => ("none", 0),
    }
}

fn how(next: &str) -> &'static str {
    match next {
        "many" => "how many",
        "much" => "how much",
        "long" => "how long",
        "old" => "how old",
        "far" => "how far",
        "often" => "how often",
        "tall" | "high" | "large" | "big" | "fast" | "heavy" | "deep" | "wide" => "how big",
        _ => "how",
    }
}

/// The first words with meaning after the question word, up to the next small word.
fn head(question: &[Word], wh_place: usize) -> Vec<usize> {
    let mut head = Vec::new();
    for (place, word) in question.iter().enumerate().skip(wh_place + 1) {
        let small = is_stopword(&word.norm)
            && !matches!(
                word.norm.as_str(),
                "number" | "type" | "time" | "name" | "total" | "kind"
            );
        if small && !head.is_empty() {
            break;
        }
        if !small {
            head.push(place);
        }
        if head.len() >= 4 || place > wh_place + 7 {
            break;
        }
    }
    head
}

fn comparisons(question: &[Word]) -> Vec<Comparison> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < question.len() {
        match bound_at(question, place) {
            Some((bound, end)) => {
                found.extend(compared(question, place, end, bound));
                place = end;
            }
            None => place += 1,
        }
    }
    found
}

/// A number, or a date with its year.
fn bound_at(question: &[Word], place: usize) -> Option<(Bound, usize)> {
    if let Some(date) = date_at(question, place) {
        return Some(date);
    }
    let (number, end) = scaled(question, place)?;
    Some((Bound::Number(number), end))
}

fn date_at(question: &[Word], place: usize) -> Option<(Bound, usize)> {
    let word = |offset: usize| question.get(place + offset);
    let day = |word: Option<&Word>| {
        let number = word?
            .number
            .filter(|value| (1.0..=31.0).contains(value) && value.fract() == 0.0)?;
        Some(number as u32)
    };
    let year = |word: Option<&Word>| {
        let number = word?.number.filter(|value| is_year(*value))?;
        Some(number as i32)
    };
    let month = |word: Option<&Word>| month_of(&word?.norm);
    let point = |year, month, day| Bound::Date(DatePoint { year, month, day });
    if let Some(found) = month(word(0)) {
        if let (Some(day), Some(year)) = (day(word(1)), year(word(2))) {
            return Some((point(year, Some(found), Some(day)), place + 3));
        }
        if let Some(year) = year(word(1)) {
            return Some((point(year, Some(found), None), place + 2));
        }
    }
    if let (Some(day), Some(month), Some(year)) = (day(word(0)), month(word(1)), year(word(2))) {
        return Some((point(year, Some(month), Some(day)), place + 3));
    }
    None
}

/// The words before (or after) a number that say how it compares.
fn compared(question: &[Word], start: usize, end: usize, bound: Bound) -> Option<Comparison> {
    let norm = |place: usize| question.get(place).map_or("", |word| word.norm.as_str());
    let before = |back: usize| start.checked_sub(back).map_or("", norm);
    let denied = (1..=5).any(|back| matches!(before(back), "not" | "never")) && before(1) != "not";
    let made = |order: Order, from: usize, to: usize, cue| {
        Some(Comparison {
            order: if denied { order.opposite() } else { order },
            bound: bound.clone(),
            // Two cues may share their words: "not 12".
            start: start.saturating_sub(from),
            end: to,
            cue,
        })
    };
    let small = |word: &str| {
        matches!(
            word,
            "the" | "a" | "year" | "about" | "of" | "was" | "is" | "in" | "number"
        )
    };
    let named = !small(before(1))
        && !is_cue(before(1))
        && before(1).chars().all(char::is_alphabetic)
        && is_cue(before(2));
    let gap = usize::from(small(before(1)) || named);
    let (first, second) = (before(1 + gap), before(2 + gap));
    if norm(end) == "or" || norm(end) == "and" {
        match norm(end + 1) {
            word if GREATER.contains(&word) || LATER.contains(&word) || word == "up" => {
                return made(Order::GreaterOrEqual, 0, end + 2, "or more");
            }
            word if LESS.contains(&word) || EARLIER.contains(&word) => {
                return made(Order::LessOrEqual, 0, end + 2, "or less");
            }
            _ => {}
        }
    }
    if first == "than" {
        let order = if GREATER.contains(&second) || LATER.contains(&second) {
            Order::Greater
        } else if LESS.contains(&second) || EARLIER.contains(&second) {
            Order::Less
        } else {
            return made(guess_order(second), 2 + gap, end, "than");
        };
        let negated = before(3 + gap) == "no";
        return match (order, negated) {
            (Order::Greater, true) => made(Order::LessOrEqual, 3 + gap, end, "at most"),
            (Order::Less, true) => made(Order::GreaterOrEqual, 3 + gap, end, "at least"),
            _ => made(order, 2 + gap, end, "than"),
        };
    }
    match (second, first) {
        ("at", "least") | ("minimum", "of") => made(Order::GreaterOrEqual, 2 + gap, end, "at least"),
        ("at", "most") | ("up", "to") => made(Order::LessOrEqual, 2 + gap, end, "at most"),
        ("prior", "to") => made(Order::Less, 2 + gap, end, "before"),
        (_, "after" | "past") => made(Order::Greater, 1 + gap, end, "after"),
        (_, "before" | "until") => made(Order::Less, 1 + gap, end, "before"),
        (_, "since") => made(Order::GreaterOrEqual, 1 + gap, end, "since"),
        (_, "over" | "above" | "exceeding" | "exceeds" | "exceed" | "exceeded") => {
            made(Order::Greater, 1 + gap, end, "over")
        }
        (_, "under" | "below") => made(Order::Less, 1 + gap, end, "under"),
        (_, "between" | "from") => range(question, start, end, bound, gap),
        _ => None,
    }
}

/// Words right before a number, or before what the number counts ("after week 4").
fn is_cue(word: &str) -> bool {
    matches!(
        word,
        "than"
            | "after"
            | "before"
            | "since"
            | "until"
            | "past"
            | "over"
            | "above"
            | "under"
            | "below"
            | "exceeding"
    )
}

fn guess_order(word: &str) -> Order {
    match superlative(word) {
        Some(known) if !known.descending => Order::Less,
        _ => Order::Greater,
    }
}

/// "between 5 and 10", "from 1990 to 1995".
fn range(question: &[Word], start: usize, end: usize, low: Bound, gap: usize) -> Option<Comparison> {
    let joined = question
        .get(end)
        .is_some_and(|word| matches!(word.norm.as_str(), "and" | "to" | "through" | "until"));
    let second = bound_at(question, end + usize::from(joined));
    let (Bound::Number(low), Some((Bound::Number(high), last))) = (low, second) else {
        return None;
    };
    (low <= high).then_some(Comparison {
        order: Order::Equal,
        bound: Bound::Numbers(low, high),
        start: start.saturating_sub(1 + gap),
        end: last,
        cue: "between",
    })
}
