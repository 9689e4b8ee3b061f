//! The question as a row of items: senses, cues, numbers with their comparisons, and unknown words.

use crate::lexicon::{ADJECTIVES, CUES, Cue, POPULARITY, UNITS, is_light, time_unit};
use crate::link::{Evidence, Mention, Target};
use crate::reading::Bound;
use crate::sense::{Catalogue, Sense};
use crate::text::{QuantityUnit, Token, TokenKind};
use crate::time_phrases::TimePhrase;
use csv_analyst_protocol::plan::{Direction, Operator, TimeUnit};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// `cue` is the structural meaning that the same word could have had ("total").
    Sense {
        sense: Sense,
        cue: Option<Cue>,
        score: f64,
    },
    Cue(Cue),
    Bound(Bound),
    Number(f64),
    Unit(&'static str),
    /// "month", where it is no column's name.
    TimeUnit(TimeUnit),
    /// The place of the time phrase.
    Range,
    /// The place of a second one.
    OtherRange,
    /// "to", "-": joins the ends of a range.
    To,
    Light,
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    pub used: bool,
    pub plural: bool,
}

/// A structural phrase at some tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CueSpan {
    pub start: usize,
    pub end: usize,
    pub cue: Cue,
}

/// Longest phrases first, from left to right.
pub(crate) fn find_cues(tokens: &[Token], taken: &[bool]) -> Vec<CueSpan> {
    let mut spans = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        match longest_cue(tokens, start).filter(|(end, cue)| {
            !taken[start..*end].contains(&true) && !is_counted_order(tokens, start, *cue)
        }) {
            Some((end, cue)) => {
                spans.push(CueSpan { start, end, cue });
                start = end;
            }
            None => start += 1,
        }
    }
    spans
}

/// "items per order by month": the first two words are no "order by".
fn is_counted_order(tokens: &[Token], start: usize, cue: Cue) -> bool {
    let before = start.checked_sub(1).map(|before| tokens[before].word.as_str());
    cue == Cue::SortBy && matches!(before, Some("per" | "each" | "every" | "an" | "the" | "average"))
}

fn longest_cue(tokens: &[Token], start: usize) -> Option<(usize, Cue)> {
    let fits = |phrase: &str| {
        let mut end = start;
        for word in phrase.split(' ') {
            (tokens.get(end)?.word == word).then_some(())?;
            end += 1;
        }
        Some(end)
    };
    let plain = CUES
        .iter()
        .filter_map(|(phrase, cue)| Some((fits(phrase)?, *cue)));
    let adjectives = ADJECTIVES
        .iter()
        .enumerate()
        .flat_map(|(index, adjective)| adjective.words.iter().map(move |phrase| (phrase, index)));
    let adjectives = adjectives.filter_map(|(phrase, index)| Some((fits(phrase)?, Cue::Adjective(index))));
    let popularity = POPULARITY.iter().filter_map(|word| {
        Some((
            fits(word)?,
            Cue::Superlative {
                direction: Direction::Desc,
                counts: true,
            },
        ))
    });
    plain
        .chain(adjectives)
        .chain(popularity)
        .max_by_key(|(end, _)| *end)
}

pub(crate) struct Source<'a> {
    pub tokens: &'a [Token],
    pub cues: &'a [CueSpan],
    pub mentions: &'a [Mention],
    pub time: Option<&'a TimePhrase>,
    pub other_time: Option<&'a TimePhrase>,
}

/// The items as seen from one base table, and how well the mentions fit it.
pub(crate) fn items(source: &Source<'_>, catalogue: Catalogue<'_>, base: usize) -> (Vec<Item>, f64) {
    let mut items = Vec::new();
    let mut fit = 0.0;
    let mut at = 0;
    while at < source.tokens.len() {
        let (end, kind) = source.item_at(at, catalogue, base, follows_distinct(&items));
        match &kind {
            // "total" and the like say nothing about the table: they may turn out to be structure.
            Kind::Sense {
                cue: Some(Cue::Total | Cue::Count | Cue::Aggregate(_)),
                ..
            } if end == at + 1 => {}
            Kind::Sense { score, .. } => fit += score,
            Kind::Unknown => fit -= 1.0,
            _ => {}
        }
        let plural = source.tokens[end - 1].is_plural();
        items.push(Item {
            start: at,
            end,
            kind,
            used: false,
            plural,
        });
        at = end;
    }
    merge_bounds(&mut items);
    (items, fit)
}

/// "different" stands before, with small words between at most.
fn follows_distinct(items: &[Item]) -> bool {
    let before = items.iter().rev().find(|item| item.kind != Kind::Light);
    before.is_some_and(|item| item.kind == Kind::Cue(Cue::Distinct))
}

impl Source<'_> {
    fn item_at(&self, at: usize, catalogue: Catalogue<'_>, base: usize, distinct: bool) -> (usize, Kind) {
        if let Some(time) = self.time.filter(|time| time.start == at) {
            return (time.end, Kind::Range);
        }
        if let Some(time) = self.other_time.filter(|time| time.start == at) {
            return (time.end, Kind::OtherRange);
        }
        let cue = self.cues.iter().find(|span| span.start == at);
        if self.is_percent_sign(at) {
            return (at + 1, Kind::Unit("%"));
        }
        if let Some(mention) = self.mentions.iter().find(|mention| mention.start == at) {
            let alternative = cue.filter(|span| span.end <= mention.end).map(|span| span.cue);
            return (
                mention.end,
                resolve(mention, alternative, catalogue, base, distinct),
            );
        }
        if let Some(span) = cue.filter(|span| {
            !self
                .mentions
                .iter()
                .any(|mention| mention.start < span.end && span.start < mention.end)
        }) {
            return (span.end, Kind::Cue(span.cue));
        }
        (at + 1, single(&self.tokens[at]))
    }
}

impl Source<'_> {
    /// "30 percent", unlike "percent of orders".
    fn is_percent_sign(&self, at: usize) -> bool {
        let number_before = at
            .checked_sub(1)
            .is_some_and(|before| self.tokens[before].number().is_some());
        number_before && matches!(self.tokens[at].word.as_str(), "percent" | "pct")
    }
}

/// How much a column outweighs a table of the same name where different ones are asked for.
const DISTINCT_BONUS: f64 = 0.15;

fn resolve(
    mention: &Mention,
    cue: Option<Cue>,
    catalogue: Catalogue<'_>,
    base: usize,
    distinct: bool,
) -> Kind {
    let scored = mention.candidates.iter().filter_map(|candidate| {
        let distance = catalogue.distance(base, catalogue.home(candidate.target))?;
        let guess = if candidate.evidence == Evidence::Guess {
            0.05
        } else {
            0.0
        };
        let score = candidate.score - 0.04 * distance as f64 - guess;
        // "different cities" of a file called cities: nobody said that one row is a city.
        let bonus = match candidate.target {
            Target::Column(id) if distinct && catalogue.table(id.table).row_noun.is_empty() => DISTINCT_BONUS,
            _ => 0.0,
        };
        Some((score + bonus, score, candidate.target))
    });
    // Ties go to the target that comes first in the dataset.
    let best = scored.max_by(|left, right| left.0.total_cmp(&right.0).then(right.2.cmp(&left.2)));
    let length = (mention.end - mention.start) as f64;
    match best {
        Some((_, score, target)) => Kind::Sense {
            sense: catalogue.sense(target),
            cue,
            score: score * length.sqrt(),
        },
        None => cue.map_or(Kind::Unknown, Kind::Cue),
    }
}

fn single(token: &Token) -> Kind {
    if let Some(quantity) = token.number() {
        return match quantity.unit {
            QuantityUnit::None => Kind::Number(quantity.value),
            QuantityUnit::Ordinal => Kind::Cue(Cue::Ordinal(quantity.value.clamp(1.0, 10_000.0) as u32)),
            QuantityUnit::Percent => exact(quantity.value, Some("%")),
            QuantityUnit::Currency => exact(quantity.value, Some("USD")),
        };
    }
    if let Some(unit) = time_unit(&token.word) {
        return Kind::TimeUnit(unit);
    }
    if let Some((_, unit)) = UNITS.iter().find(|(word, _)| *word == token.word) {
        return Kind::Unit(unit);
    }
    if matches!(token.word.as_str(), "to" | "-") {
        return Kind::To;
    }
    if token.kind == TokenKind::Symbol || is_light(&token.word) {
        Kind::Light
    } else {
        Kind::Unknown
    }
}

fn exact(value: f64, unit: Option<&'static str>) -> Kind {
    Kind::Bound(Bound {
        op: Operator::Equal,
        values: vec![value],
        unit,
    })
}

/// Joins comparison, number and unit into one item.
fn merge_bounds(items: &mut Vec<Item>) {
    merge_units(items);
    let mut at = 0;
    while at < items.len() {
        if let Some((length, bound)) = bound_at(&items[at..]) {
            let end = items[at + length - 1].end;
            items[at] = Item {
                end,
                kind: Kind::Bound(bound),
                ..items[at].clone()
            };
            items.drain(at + 1..at + length);
        }
        at += 1;
    }
}

fn merge_units(items: &mut Vec<Item>) {
    let mut at = 0;
    while at + 1 < items.len() {
        let unit = match (&items[at].kind, &items[at + 1].kind) {
            (Kind::Number(_), Kind::Unit(unit)) => Some(*unit),
            (Kind::Number(_), Kind::TimeUnit(TimeUnit::Hour)) => Some("h"),
            (Kind::Number(_), Kind::TimeUnit(TimeUnit::Day)) => Some("day"),
            (Kind::Number(_), Kind::TimeUnit(TimeUnit::Week)) if is_compared(items, at) => Some("week"),
            (Kind::Number(_), Kind::TimeUnit(TimeUnit::Month)) if is_compared(items, at) => Some("month"),
            (Kind::Number(_), Kind::TimeUnit(TimeUnit::Year)) => Some("year"),
            _ => None,
        };
        if let (Some(unit), Kind::Number(value)) = (unit, items[at].kind.clone()) {
            let end = items[at + 1].end;
            items[at] = Item {
                end,
                kind: exact(value, Some(unit)),
                ..items[at].clone()
            };
            items.remove(at + 1);
        }
        at += 1;
    }
}

fn is_compared(items: &[Item], at: usize) -> bool {
    at > 0
        && matches!(
            items[at - 1].kind,
            Kind::Cue(Cue::Compare(_) | Cue::Meets | Cue::Between)
        )
}

/// The value of a number, with or without a unit, that is not compared yet.
fn amount(item: Option<&Item>) -> Option<(f64, Option<&'static str>)> {
    match &item?.kind {
        Kind::Number(value) => Some((*value, None)),
        Kind::Bound(Bound {
            op: Operator::Equal,
            values,
            unit,
        }) if values.len() == 1 => Some((values[0], *unit)),
        _ => None,
    }
}

fn cue_at(items: &[Item], index: usize) -> Option<Cue> {
    match items.get(index)?.kind {
        Kind::Cue(cue) => Some(cue),
        _ => None,
    }
}

fn bound_at(items: &[Item]) -> Option<(usize, Bound)> {
    match cue_at(items, 0) {
        Some(Cue::Compare(op)) => compared_at(items, op),
        Some(Cue::Between) => range_at(items, 1, true),
        Some(Cue::Meets) => within_at(items),
        _ => amount_at(items),
    }
}

/// "within 24 hours".
fn within_at(items: &[Item]) -> Option<(usize, Bound)> {
    let (value, unit) = amount(items.get(1))?;
    let values = vec![value];
    let op = Operator::LessOrEqual;
    matches!(unit, Some("h" | "min" | "day")).then_some((2, Bound { op, values, unit }))
}

/// "under 20", "more than the 5".
fn compared_at(items: &[Item], op: Operator) -> Option<(usize, Bound)> {
    let skipped = usize::from(matches!(items.get(1)?.kind, Kind::Light | Kind::To));
    if skipped == 1
        && let Kind::TimeUnit(unit) = items.get(2)?.kind
    {
        // "more than a week".
        let unit = Some(match unit {
            TimeUnit::Hour => "h",
            TimeUnit::Day => "day",
            TimeUnit::Week => "week",
            TimeUnit::Month => "month",
            TimeUnit::Quarter => return None,
            TimeUnit::Year => "year",
        });
        let values = vec![1.0];
        return Some((3, Bound { op, values, unit }));
    }
    let (value, unit) = amount(items.get(1 + skipped))?;
    let values = vec![value];
    Some((2 + skipped, Bound { op, values, unit }))
}

/// "5 or more", "1 or 2 stars", "1-2 stars".
fn amount_at(items: &[Item]) -> Option<(usize, Bound)> {
    let (value, unit) = amount(items.first())?;
    match cue_at(items, 1) {
        Some(Cue::CompareAfter(op)) => {
            let values = vec![value];
            Some((2, Bound { op, values, unit }))
        }
        Some(Cue::Or) => {
            let (other, other_unit) = amount(items.get(2))?;
            let (values, unit) = (vec![value, other], unit.or(other_unit));
            let op = Operator::In;
            Some((3, Bound { op, values, unit }))
        }
        _ => range_at(items, 0, false),
    }
}

/// "1-2 stars", "10 to 20", "between 10 and 20".
fn range_at(items: &[Item], first: usize, announced: bool) -> Option<(usize, Bound)> {
    let (low, unit) = amount(items.get(first))?;
    let joined = match items.get(first + 1)?.kind {
        Kind::To => true,
        Kind::Cue(Cue::And) => announced,
        _ => false,
    };
    let (high, other_unit) = amount(items.get(first + 2)).filter(|(high, _)| joined && *high >= low)?;
    Some((
        first + 3,
        Bound {
            op: Operator::Between,
            values: vec![low, high],
            unit: other_unit.or(unit),
        },
    ))
}
