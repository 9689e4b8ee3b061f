//! Finding the vocabulary's phrases in a question: exact, by lemma, by stem, then by guess.

use super::vocabulary::{Form, Phrase, Vocabulary};
use super::{Candidate, Evidence, Mention, Target};
use crate::lexicon::{UNITS, is_light, near_synonyms, time_unit};
use crate::stem::{lemma, stem};
use crate::text::{Token, TokenKind};

/// What was found, and which words were read as other words.
#[derive(Default)]
pub(crate) struct Links {
    pub mentions: Vec<Mention>,
    /// "temprature" read as "temperature".
    pub guesses: Vec<(String, String)>,
}

/// A phrase found at some tokens.
struct Hit {
    start: usize,
    end: usize,
    candidate: Candidate,
}

/// `taken` marks tokens that already have a meaning; `structural` gives the length of the structural
/// phrase that a token is in (0 for none), which only a name of that length can claim.
pub(crate) fn link(tokens: &[Token], vocabulary: &Vocabulary, taken: &[bool], structural: &[usize]) -> Links {
    let hits = find_hits(tokens, vocabulary, taken, structural);
    let mut links = Links {
        mentions: choose(hits, tokens, structural),
        guesses: Vec::new(),
    };
    guess_long_values(tokens, vocabulary, taken, structural, &mut links);
    guess_the_rest(tokens, vocabulary, taken, structural, &mut links);
    links.mentions.sort_by_key(|mention| mention.start);
    links
}

fn find_hits(tokens: &[Token], vocabulary: &Vocabulary, taken: &[bool], structural: &[usize]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for phrase in &vocabulary.phrases {
        for start in 0..tokens.len() {
            let found = adjacent(tokens, start, phrase).or_else(|| loose(tokens, start, phrase, structural));
            if let Some((end, score)) = found.filter(|(end, _)| !taken[start..*end].contains(&true)) {
                let candidate = Candidate {
                    target: phrase.target,
                    score: score * phrase.weight,
                    evidence: Evidence::Name,
                };
                hits.push(Hit {
                    start,
                    end,
                    candidate,
                });
            }
        }
    }
    hits
}

fn adjacent(tokens: &[Token], start: usize, phrase: &Phrase) -> Option<(usize, f64)> {
    let end = start + phrase.forms.len();
    let window = tokens.get(start..end)?;
    let mut score: f64 = 1.0;
    for (token, form) in window.iter().zip(&phrase.forms) {
        score = score.min(similarity(token, form)?);
    }
    Some((end, score))
}

/// The phrase's words in any order, with at most two small words between them.
fn loose(tokens: &[Token], start: usize, phrase: &Phrase, structural: &[usize]) -> Option<(usize, f64)> {
    let fits_here = |token: &Token| phrase.forms.iter().any(|form| similarity(token, form).is_some());
    if !phrase.loose
        || !fits_here(tokens.get(start)?)
        || matches!(tokens[start].word.as_str(), "of" | "the" | "a" | "an" | "in")
    {
        return None;
    }
    let mut open: Vec<&Form> = phrase.forms.iter().collect();
    let (mut score, mut skipped): (f64, usize) = (0.97, 0);
    for (index, token) in tokens.iter().enumerate().skip(start) {
        match open.iter().position(|form| similarity(token, form).is_some()) {
            Some(place) => score = score.min(similarity(token, open.remove(place)).unwrap_or(0.0)),
            None if skipped < 2 && phrase.may_skip(&token.word) && structural[index] == 0 => skipped += 1,
            None => return None,
        }
        if open.is_empty() {
            if is_function_word(&token.word) {
                return None;
            }
            return Some((index + 1, score - 0.01 * skipped as f64));
        }
    }
    None
}

fn similarity(token: &Token, form: &Form) -> Option<f64> {
    if token.word == form.word {
        Some(1.0)
    } else if token.lemma == form.lemma {
        Some(0.98)
    } else if token.stem == form.stem && token.stem.len() > 2 {
        Some(0.88)
    } else {
        None
    }
}

/// The longest phrases first; every reading of the same tokens is kept.
fn choose(mut hits: Vec<Hit>, tokens: &[Token], structural: &[usize]) -> Vec<Mention> {
    hits.retain(|hit| is_worth_claiming(hit, tokens, structural));
    let rank = |hit: &Hit| (hit.end - hit.start) as f64 + hit.candidate.score;
    hits.sort_by(|left, right| {
        rank(right)
            .total_cmp(&rank(left))
            .then(left.start.cmp(&right.start))
    });
    let mut mentions: Vec<Mention> = Vec::new();
    for hit in hits {
        let overlapping = mentions
            .iter_mut()
            .find(|mention| hit.start < mention.end && mention.start < hit.end);
        match overlapping {
            Some(mention) if (mention.start, mention.end) == (hit.start, hit.end) => {
                add(&mut mention.candidates, hit.candidate)
            }
            Some(_) => {}
            None => mentions.push(Mention {
                start: hit.start,
                end: hit.end,
                candidates: vec![hit.candidate],
            }),
        }
    }
    mentions
}

/// A single word with a structural meaning, or a small word, is a name only if it is one exactly.
fn is_worth_claiming(hit: &Hit, tokens: &[Token], structural: &[usize]) -> bool {
    let span = &tokens[hit.start..hit.end];
    let strongest_claim = hit.candidate.score >= 0.92;
    let longest_structure = structural[hit.start..hit.end].iter().copied().max().unwrap_or(0);
    let all_structural = !structural[hit.start..hit.end].contains(&0);
    if longest_structure > span.len() {
        return false;
    }
    let all_light = span.iter().all(|token| is_light(&token.word));
    let bare_number = span.len() == 1 && span[0].kind != TokenKind::Word;
    if bare_number {
        return matches!(hit.candidate.target, Target::Value(..))
            && span[0].text.starts_with('0')
            && span[0].text.len() > 1;
    }
    if all_light {
        strongest_claim && !is_function_word(&span[0].word)
    } else {
        !all_structural || strongest_claim
    }
}

/// Grammar is never a name, even where a value is called "In" or "It".
fn is_function_word(word: &str) -> bool {
    word.len() < 4
        || matches!(
            word,
            "which"
                | "what"
                | "with"
                | "from"
                | "that"
                | "show"
                | "have"
                | "does"
                | "there"
                | "many"
                | "much"
        )
}

fn add(candidates: &mut Vec<Candidate>, candidate: Candidate) {
    match candidates
        .iter_mut()
        .find(|known| known.target == candidate.target)
    {
        Some(known) => known.score = known.score.max(candidate.score),
        None => candidates.push(candidate),
    }
}

/// One misspelt word of a value of several: "wharehouse 7".
fn guess_long_values(
    tokens: &[Token],
    vocabulary: &Vocabulary,
    taken: &[bool],
    structural: &[usize],
    links: &mut Links,
) {
    for phrase in vocabulary.phrases.iter().filter(|phrase| phrase.forms.len() > 1) {
        for start in 0..tokens.len().saturating_sub(phrase.forms.len() - 1) {
            let end = start + phrase.forms.len();
            let free = |place: usize| {
                let linked = links
                    .mentions
                    .iter()
                    .any(|mention| mention.start <= place && place < mention.end);
                !linked && !taken[place] && structural[place] == 0
            };
            if !matches!(phrase.target, Target::Value(..)) || !(start..end).all(free) {
                continue;
            }
            if let Some((token, form)) = misspelt(&tokens[start..end], phrase) {
                links.guesses.push((token.text.clone(), form.word.clone()));
                links.mentions.push(Mention {
                    start,
                    end,
                    candidates: vec![Candidate {
                        target: phrase.target,
                        score: 0.85,
                        evidence: Evidence::Guess,
                    }],
                });
            }
        }
    }
}

/// The one word that is written differently, by an edit or two.
fn misspelt<'t, 'p>(window: &'t [Token], phrase: &'p Phrase) -> Option<(&'t Token, &'p Form)> {
    let mut different = window
        .iter()
        .zip(&phrase.forms)
        .filter(|(token, form)| similarity(token, form).is_none());
    let (token, form) = different.next()?;
    let allowed = if token.word.len() < 8 { 1 } else { 2 };
    let close = token.word.len() > 4
        && !is_light(&token.word)
        && token.word.chars().next() == form.word.chars().next()
        && edit_distance(&token.word, &form.word, allowed).is_some();
    (close && different.next().is_none()).then_some((token, form))
}

/// Words without any meaning so far: near synonyms, then misspellings, then descriptions.
fn guess_the_rest(
    tokens: &[Token],
    vocabulary: &Vocabulary,
    taken: &[bool],
    structural: &[usize],
    links: &mut Links,
) {
    for (index, token) in tokens.iter().enumerate() {
        let linked = links
            .mentions
            .iter()
            .any(|mention| mention.start <= index && index < mention.end);
        if linked
            || taken[index]
            || structural[index] > 0
            || is_light(&token.word)
            || token.kind != TokenKind::Word
            || is_unit(&token.word)
        {
            continue;
        }
        if let Some((read_as, candidates)) = guess(token, vocabulary) {
            links.guesses.push((token.text.clone(), read_as));
            links.mentions.push(Mention {
                start: index,
                end: index + 1,
                candidates,
            });
        }
    }
}

fn is_unit(word: &str) -> bool {
    time_unit(word).is_some() || UNITS.iter().any(|(unit, _)| *unit == word)
}

fn guess(token: &Token, vocabulary: &Vocabulary) -> Option<(String, Vec<Candidate>)> {
    for synonym in near_synonyms(&token.lemma).chain(near_synonyms(&token.word)) {
        let candidates = single_word(vocabulary, &respelled(synonym), 0.75);
        if !candidates.is_empty() {
            return Some((synonym.to_owned(), candidates));
        }
    }
    if let Some(word) = closest_word(token, vocabulary) {
        let candidates = single_word(vocabulary, &respelled(&word), 0.8);
        if !candidates.is_empty() {
            return Some((word, candidates));
        }
    }
    let described: Vec<&Phrase> = vocabulary
        .described
        .iter()
        .filter(|phrase| similarity(token, &phrase.forms[0]).is_some())
        .collect();
    let first = described.first()?;
    let unambiguous = described.iter().all(|phrase| phrase.target == first.target);
    let candidate = Candidate {
        target: first.target,
        score: first.weight,
        evidence: Evidence::Guess,
    };
    unambiguous.then(|| (String::new(), vec![candidate]))
}

fn single_word(vocabulary: &Vocabulary, token: &Token, factor: f64) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for phrase in vocabulary.phrases.iter().filter(|phrase| phrase.forms.len() == 1) {
        if let Some(score) = similarity(token, &phrase.forms[0]) {
            add(
                &mut candidates,
                Candidate {
                    target: phrase.target,
                    score: score * phrase.weight * factor,
                    evidence: Evidence::Guess,
                },
            );
        }
    }
    candidates
}

fn respelled(word: &str) -> Token {
    Token {
        text: word.to_owned(),
        word: word.to_owned(),
        lemma: lemma(word),
        stem: stem(word),
        kind: TokenKind::Word,
    }
}

/// One edit for words of five letters, two for eight: the word must begin alike.
fn closest_word(token: &Token, vocabulary: &Vocabulary) -> Option<String> {
    let allowed = match token.word.chars().count() {
        0..5 => return None,
        5..8 => 1,
        _ => 2,
    };
    let close = |form: &Form| {
        let same_start = form.lemma.chars().next() == token.lemma.chars().next() && form.lemma.len() > 3;
        same_start
            .then(|| edit_distance(&token.lemma, &form.lemma, allowed))
            .flatten()
    };
    let best = vocabulary
        .words()
        .filter_map(|form| Some((close(form)?, form)))
        .min_by_key(|(distance, _)| *distance)?;
    Some(best.1.lemma.clone())
}

/// Levenshtein with neighbouring swaps, or nothing when it is more than `limit`.
pub(crate) fn edit_distance(left: &str, right: &str, limit: usize) -> Option<usize> {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if left.len().abs_diff(right.len()) > limit || left.len().max(right.len()) > 40 {
        return None;
    }
    let mut rows = vec![(0..=right.len()).collect::<Vec<_>>()];
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let changed = usize::from(left[i - 1] != right[j - 1]);
            let mut cost = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + changed);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                cost = cost.min(rows[i - 2][j - 2] + 1);
            }
            row.push(cost);
        }
        rows.push(row);
    }
    Some(rows[left.len()][right.len()]).filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_are_one_or_two_edits_away() {
        assert_eq!(edit_distance("temprature", "temperature", 2), Some(1));
        assert_eq!(edit_distance("catgeory", "category", 2), Some(1));
        assert_eq!(edit_distance("weather", "whether", 1), None);
    }
}
