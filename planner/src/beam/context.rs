//! A question laid beside a table: everything that the features of its candidates share.

use super::cues::{Cues, cues};
use super::english::{Class, is_stopword};
use super::mentions::{Mention, mentions};
use super::names::{Hit, Naming, hits, naming};
use super::view::TableView;
use super::words::{Word, words};

pub(crate) struct Context<'t> {
    pub view: &'t TableView<'t>,
    pub question: Vec<Word>,
    pub cues: Cues,
    pub mentions: Vec<Mention>,
    /// Where each column is named.
    pub hits: Vec<Vec<Hit>>,
    /// Words that stand for something by their look: capitals in the middle, quotes, numbers.
    pub marked: Vec<bool>,
    pub content: Vec<bool>,
}

/// More words than this are not one question.
const MAX_WORDS: usize = 100;

impl<'t> Context<'t> {
    pub fn new(view: &'t TableView<'t>, text: &str) -> Option<Self> {
        let question = words(text);
        if question.is_empty() || question.len() > MAX_WORDS {
            return None;
        }
        let shouting = question.iter().filter(|word| word.capital).count() * 2 > question.len();
        let marked = question
            .iter()
            .enumerate()
            .map(|(place, word)| {
                word.quoted || word.number.is_some() || (word.capital && place > 0 && !shouting)
            })
            .collect();
        let content = question.iter().map(|word| !is_stopword(&word.norm)).collect();
        Some(Self {
            cues: cues(&question),
            mentions: mentions(view, &question),
            hits: hits(view, &question),
            marked,
            content,
            question,
            view,
        })
    }

    pub fn naming(&self, column: usize, allowed: impl Fn(usize) -> bool) -> Naming {
        naming(&self.view.columns[column], &self.hits[column], allowed)
    }

    /// Columns that an answer may show, likeliest first.
    pub fn outs(&self) -> Vec<usize> {
        const MOST: usize = 14;
        let mut ranked: Vec<(f64, usize)> = (0..self.view.columns.len())
            .map(|column| {
                let naming = self.naming(column, |_| true);
                let in_head = self.cues.head.iter().any(|place| naming.places.contains(place));
                let answers = self.answers_question_word(column);
                let subject = column == self.view.subject;
                let worth = naming.cover
                    + 0.3 * naming.literal
                    + if in_head { 0.8 } else { 0.0 }
                    + if answers { 0.3 } else { 0.0 }
                    + if subject { 0.35 } else { 0.0 };
                (worth, column)
            })
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked.into_iter().take(MOST).map(|(_, column)| column).collect()
    }

    pub fn answers_question_word(&self, column: usize) -> bool {
        let wanted = match self.cues.wh {
            "who" | "whom" | "whose" => Class::Person,
            "where" => Class::Place,
            "when" => Class::Time,
            "how many" | "number" => Class::Quantity,
            "how much" => Class::Money,
            "how long" => Class::Duration,
            "why" => Class::Reason,
            _ => return false,
        };
        self.view.columns[column].classes.contains(&wanted)
    }

    /// "by region", "per year", "in each city": one row a group, which no candidate has.
    pub fn asks_for_groups(&self) -> bool {
        let grouping = |place: usize| matches!(self.norm(place), "by" | "per" | "each" | "every" | "across");
        (1..self.question.len()).any(|place| {
            let names_one = |column: usize| {
                let naming = self.naming(column, |other| other >= place && other <= place + 4);
                naming.literal > 0.99 && naming.start == place
            };
            let valued = self
                .mentions
                .iter()
                .any(|mention| mention.start <= place && place < mention.end);
            grouping(place - 1) && !valued && (0..self.view.columns.len()).any(names_one)
        })
    }

    pub fn norm(&self, place: usize) -> &str {
        self.question.get(place).map_or("", |word| word.norm.as_str())
    }
}
