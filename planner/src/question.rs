//! One question, from text to plan: tokens, links, the best table, the reading, the plan.

use crate::PlannedQuery;
use crate::build::{Built, build};
use crate::calendar::{Date, MONTHS};
use crate::interpret::interpret;
use crate::interpret::items::{CueSpan, Kind, Source, find_cues, items};
use crate::lexicon::{CUES, is_light};
use crate::link::{Links, Vocabulary, edit_distance, link};
use crate::reading::Reading;
use crate::sense::Catalogue;
use crate::stem::stem;
use crate::text::{Token, TokenKind, tokenise};
use crate::time_phrases::{self, TimePhrase};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::limits::MAX_MESSAGE_BYTES;

/// Longer texts are not one question.
const MAX_TOKENS: usize = 120;
/// Below this the words fit the data too loosely to answer.
const LEAST_CONFIDENCE: f64 = 0.55;

/// Why a question has no plan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Misunderstanding {
    Empty,
    TooLong,
    /// No word of it names anything in the data.
    NothingNamed,
    /// These words have no meaning here.
    Words(Vec<String>),
    /// These are to be added up, averaged or ranked, and are no numbers.
    NotNumbers(Vec<String>),
    /// A part is missing: "which date is meant".
    Unclear(String),
    /// It was understood, but too loosely.
    Unsure,
    /// It can mean one of these.
    Between(Vec<String>),
}

/// A question with everything that was found in it.
pub(crate) struct Parsed {
    pub tokens: Vec<Token>,
    cues: Vec<CueSpan>,
    pub links: Links,
    pub time: Option<TimePhrase>,
    /// "this week compared with last week": the second.
    pub other_time: Option<TimePhrase>,
}

impl Parsed {
    /// Words that name nothing and carry no structure.
    fn unknown_words(&self) -> Vec<String> {
        let in_cue = |place: usize| {
            self.cues
                .iter()
                .any(|span| span.start <= place && place < span.end)
        };
        let in_time = |place: usize| {
            let phrases = self.time.iter().chain(&self.other_time);
            phrases
                .into_iter()
                .any(|time| time.start <= place && place < time.end)
        };
        self.tokens
            .iter()
            .enumerate()
            .filter(|(place, token)| {
                token.kind == TokenKind::Word && !is_light(&token.word) && !in_cue(*place) && !in_time(*place)
            })
            .map(|(_, token)| token.text.clone())
            .collect()
    }
}

pub(crate) fn understand(question: &str, dataset: &Dataset) -> Result<PlannedQuery, Misunderstanding> {
    let parsed = parse(question, dataset)?;
    if parsed.links.mentions.is_empty() {
        let unknown = parsed.unknown_words();
        return Err(if unknown.is_empty() {
            Misunderstanding::NothingNamed
        } else {
            Misunderstanding::Words(unknown)
        });
    }
    let (reading, confidence) = best_reading(&parsed, dataset).ok_or(Misunderstanding::NothingNamed)?;
    if !reading.not_numbers.is_empty() {
        return Err(Misunderstanding::NotNumbers(reading.not_numbers));
    }
    if !reading.problems.is_empty() {
        return Err(Misunderstanding::Words(reading.problems));
    }
    if confidence < LEAST_CONFIDENCE {
        return Err(Misunderstanding::Unsure);
    }
    let built = build(Catalogue { dataset }, reading).map_err(Misunderstanding::Unclear)?;
    Ok(planned(built, &parsed, confidence))
}

pub(crate) fn parse(question: &str, dataset: &Dataset) -> Result<Parsed, Misunderstanding> {
    if question.len() > MAX_MESSAGE_BYTES {
        return Err(Misunderstanding::TooLong);
    }
    let raw = tokenise(question);
    if raw.is_empty() {
        return Err(Misunderstanding::Empty);
    }
    if raw.len() > MAX_TOKENS {
        return Err(Misunderstanding::TooLong);
    }
    let vocabulary = Vocabulary::new(dataset, &raw);
    let mut corrections = Vec::new();
    let tokens = correct_cues(split_negations(raw, &vocabulary), &vocabulary, &mut corrections);
    let now = dataset.now.as_deref().and_then(|now| Date::parse(now.get(..10)?));
    let (time, other_time) = time_phrases::find_two(&tokens, now);
    let mut taken = vec![false; tokens.len()];
    for time in time.iter().chain(&other_time) {
        taken[time.start..time.end].fill(true);
    }
    let cues = find_cues(&tokens, &taken);
    let mut structural = vec![0; tokens.len()];
    for span in &cues {
        structural[span.start..span.end].fill(span.end - span.start);
    }
    let mut links = link(&tokens, &vocabulary, &taken, &structural);
    links.guesses.extend(corrections);
    Ok(Parsed {
        tokens,
        cues,
        links,
        time,
        other_time,
    })
}

/// "unresolved" -> "not resolved", where only the second half is a word of the data.
fn split_negations(tokens: Vec<Token>, vocabulary: &Vocabulary) -> Vec<Token> {
    let known = |token: &Token| vocabulary.words().any(|form| form.stem == token.stem);
    let mut split = Vec::with_capacity(tokens.len());
    for token in tokens {
        let rest = token
            .word
            .strip_prefix("un")
            .filter(|rest| rest.len() > 3)
            .and_then(|rest| tokenise(rest).pop());
        match rest.filter(|rest| token.kind == TokenKind::Word && !known(&token) && known(rest)) {
            Some(rest) => split.extend(tokenise("not").into_iter().chain([rest])),
            None => split.push(token),
        }
    }
    split
}

/// "avrage" -> "average": misspelt structure words that are no words of the data.
fn correct_cues(
    mut tokens: Vec<Token>,
    vocabulary: &Vocabulary,
    corrections: &mut Vec<(String, String)>,
) -> Vec<Token> {
    let cue_words = || {
        CUES.iter()
            .map(|(phrase, _)| *phrase)
            .chain(MONTHS)
            .filter(|phrase| phrase.len() > 5 && !phrase.contains(' '))
    };
    for token in &mut tokens {
        let known = token.word.len() < 6
            || token.kind != TokenKind::Word
            || is_light(&token.word)
            || cue_words().any(|word| word == token.word)
            || CUES
                .iter()
                .any(|(phrase, _)| phrase.split(' ').any(|word| word == token.word));
        if known || vocabulary.words().any(|form| form.stem == token.stem) {
            continue;
        }
        let same_start = |word: &&str| word.as_bytes().first() == token.word.as_bytes().first();
        let meant = cue_words()
            .filter(same_start)
            .find(|word| edit_distance(&token.word, word, 1).is_some());
        if let Some(replacement) = meant.and_then(|word| tokenise(word).pop()) {
            corrections.push((token.text.clone(), replacement.word.clone()));
            *token = replacement;
        }
    }
    tokens
}

/// What each part of the question means to one table, with the words that say it.
pub(crate) fn kinds_of(parsed: &Parsed, dataset: &Dataset, base: usize) -> Vec<(Kind, String)> {
    let (items, _) = items(&source_of(parsed), Catalogue { dataset }, base);
    let words = |start, end| {
        let tokens: &[Token] = &parsed.tokens[start..end];
        let words: Vec<&str> = tokens.iter().map(|token| token.word.as_str()).collect();
        words.join(" ")
    };
    items
        .into_iter()
        .map(|item| (item.kind, words(item.start, item.end)))
        .collect()
}

fn source_of(parsed: &Parsed) -> Source<'_> {
    Source {
        tokens: &parsed.tokens,
        cues: &parsed.cues,
        mentions: &parsed.links.mentions,
        time: parsed.time.as_ref(),
        other_time: parsed.other_time.as_ref(),
    }
}

/// The question read against one table.
pub(crate) fn reading_of(parsed: &Parsed, dataset: &Dataset, base: usize) -> (Reading, f64) {
    let catalogue = Catalogue { dataset };
    let seen = items(&source_of(parsed), catalogue, base);
    let confidence = confidence(seen.0.iter().map(|item| &item.kind));
    (
        interpret(
            catalogue,
            &parsed.tokens,
            base,
            seen,
            (
                parsed.time.as_ref().map(|time| time.range.clone()),
                parsed.other_time.as_ref().map(|time| time.range.clone()),
            ),
        ),
        confidence,
    )
}

/// The question read against every table; the table that its words fit best wins, the first of equals.
pub(crate) fn best_reading(parsed: &Parsed, dataset: &Dataset) -> Option<(Reading, f64)> {
    let mut best: Option<(f64, (Reading, f64))> = None;
    for base in 0..dataset.tables.len() {
        let read = reading_of(parsed, dataset, base);
        let faults = read.0.problems.len() + read.0.not_numbers.len();
        let worth = read.0.fit - 0.5 * faults as f64;
        if best.as_ref().is_none_or(|(known, _)| worth > *known + 1e-9) {
            best = Some((worth, read));
        }
    }
    best.map(|(_, read)| read)
}

/// The mean of how well each meaningful word fits; a word without meaning counts as nothing.
fn confidence<'k>(kinds: impl Iterator<Item = &'k Kind>) -> f64 {
    let scores = kinds.filter_map(|kind| match kind {
        Kind::Sense { score, .. } => Some(score.min(1.0)),
        Kind::Unknown => Some(0.0),
        _ => None,
    });
    let (mut total, mut count) = (0.0, 0.0);
    for score in scores {
        total += score;
        count += 1.0;
    }
    if count == 0.0 { 0.0 } else { total / count }
}

fn planned(built: Built, parsed: &Parsed, confidence: f64) -> PlannedQuery {
    let guesses =
        parsed.links.guesses.iter().filter(|(written, read_as)| {
            !read_as.is_empty() && stem(&written.to_lowercase()) != stem(read_as)
        });
    let mut assumptions: Vec<String> = guesses
        .map(|(written, read_as)| format!("\u{201c}{written}\u{201d} was read as \u{201c}{read_as}\u{201d}."))
        .collect();
    assumptions.extend(built.assumptions);
    let notes = (!assumptions.is_empty()).then(|| assumptions.join(" "));
    let mut plan = built.plan;
    plan.notes = notes;
    PlannedQuery {
        plan,
        understood: built.understood,
        assumptions,
        confidence,
    }
}
