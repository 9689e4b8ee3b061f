//! The words of a dataset: every phrase that can name one of its parts.

use super::{ColumnId, Target};
use crate::lexicon::{NAME_SUFFIXES, is_light};
use crate::stem::{lemma, stem};
use crate::text::{Token, tokenise};
use csv_analyst_protocol::dataset::{Column, ColumnRole, ColumnType, Dataset, Table};
use std::collections::HashSet;

/// One word of a phrase.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Form {
    pub word: String,
    pub lemma: String,
    pub stem: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    pub forms: Vec<Form>,
    pub target: Target,
    pub weight: f64,
    /// Words may stand in any order with small words between: "stock is low" for "low stock".
    pub loose: bool,
}

impl Phrase {
    /// A state may be said with a verb ("stock is low"); the words of a name only hang together by "of".
    pub fn may_skip(&self, word: &str) -> bool {
        match self.target {
            Target::Term(..) => is_light(word) && !matches!(word, "had" | "has" | "have"),
            _ => matches!(
                word,
                "of" | "the"
                    | "a"
                    | "an"
                    | "does"
                    | "did"
                    | "it"
                    | "take"
                    | "takes"
                    | "took"
                    | "to"
                    | "is"
                    | "are"
            ),
        }
    }
}

pub(crate) struct Vocabulary {
    pub phrases: Vec<Phrase>,
    /// Words of descriptions: weak, used only where nothing else fits.
    pub described: Vec<Phrase>,
}

/// `order_date`, `orderDate` -> `order date`.
pub(crate) fn readable(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut previous_lower = false;
    for character in name.chars() {
        if character.is_uppercase() && previous_lower {
            words.push(' ');
        }
        previous_lower = character.is_lowercase();
        match character {
            // "Max. depth" is two words, one space apart.
            '_' | '-' | '.' | ' ' if words.ends_with(' ') => {}
            '_' | '-' | '.' => words.push(' '),
            _ => words.push(character),
        }
    }
    words
}

impl Vocabulary {
    /// Of values only those that share a word's beginning with the question are kept.
    pub fn new(dataset: &Dataset, question: &[Token]) -> Self {
        let mut builder = Builder {
            vocabulary: Self {
                phrases: Vec::new(),
                described: Vec::new(),
            },
            beginnings: question.iter().map(|token| beginning(&token.word)).collect(),
        };
        for (index, measure) in dataset.measures.iter().enumerate() {
            builder.names(&measure.name, &measure.synonyms, Target::Measure(index), 1.03);
        }
        for (index, table) in dataset.tables.iter().enumerate() {
            builder.table(index, table);
        }
        builder.vocabulary
    }

    /// Every single word that a misspelling may have meant.
    pub fn words(&self) -> impl Iterator<Item = &Form> {
        self.phrases.iter().flat_map(|phrase| phrase.forms.iter())
    }
}

struct Builder {
    vocabulary: Vocabulary,
    beginnings: HashSet<String>,
}

impl Builder {
    fn push(&mut self, text: &str, target: Target, weight: f64, loose: bool) {
        let forms = forms(text);
        if !forms.is_empty() {
            self.vocabulary.phrases.push(Phrase {
                loose: loose && forms.len() > 1,
                forms,
                target,
                weight,
            });
        }
    }

    fn names(&mut self, name: &str, synonyms: &[String], target: Target, weight: f64) {
        self.push(&readable(name), target, weight, false);
        for synonym in synonyms {
            self.push(synonym, target, weight * 0.98, synonym.contains(' '));
        }
    }

    fn table(&mut self, index: usize, table: &Table) {
        // A table's own nouns outweigh columns that are called alike ("product" is a row before it is a name).
        self.names(&table.name, &table.synonyms, Target::Table(index), 1.0);
        self.push(&table.row_noun, Target::Table(index), 1.02, false);
        if let Some(entity) = &table.entity {
            self.push(&entity.noun, Target::Entity(index), 1.05, false);
        }
        for (position, column) in table.columns.iter().enumerate() {
            self.column(
                ColumnId {
                    table: index,
                    column: position,
                },
                table,
                column,
            );
        }
    }

    fn column(&mut self, id: ColumnId, table: &Table, column: &Column) {
        self.names(&column.name, &column.synonyms, Target::Column(id), 1.0);
        if column.kind == ColumnType::Boolean {
            self.push(&readable(&column.name), Target::Column(id), 0.98, true);
        }
        self.partial_names(id, table, column);
        for (index, term) in column.terms.iter().enumerate() {
            for words in &term.words {
                self.push(words, Target::Term(id, index), 1.0, true);
            }
        }
        self.values(id, column);
        for form in forms(&column.description)
            .into_iter()
            .filter(|form| form.word.len() > 3 && !is_light(&form.word))
        {
            self.vocabulary.described.push(Phrase {
                forms: vec![form],
                target: Target::Column(id),
                weight: 0.45,
                loose: false,
            });
        }
    }

    /// `temperature_c` is also "temperature", `customer_id` "customer", `resolution_time_hours`
    /// "resolution time" and, weaker, "resolution".
    fn partial_names(&mut self, id: ColumnId, table: &Table, column: &Column) {
        let forms = forms(&readable(&column.name));
        let mut length = forms.len();
        while length > 1 && NAME_SUFFIXES.contains(&forms[length - 1].word.as_str()) {
            length -= 1;
            let own_key = column.role == ColumnRole::Key && table.primary_key.contains(&column.name);
            let weight = if own_key { 0.86 } else { 0.93 } - 0.01 * (forms.len() - length) as f64;
            self.partial(&forms[..length], id, weight);
        }
        if length > 1 && column.role != ColumnRole::Key {
            self.partial(&forms[..1], id, 0.6);
            self.partial(&forms[length - 1..length], id, 0.7);
        }
    }

    fn partial(&mut self, forms: &[Form], id: ColumnId, weight: f64) {
        if forms.len() > 1 || !is_light(&forms[0].word) {
            self.vocabulary.phrases.push(Phrase {
                forms: forms.to_vec(),
                target: Target::Column(id),
                weight,
                loose: false,
            });
        }
    }

    fn values(&mut self, id: ColumnId, column: &Column) {
        // A number in a question is a bound or a limit to the interpreter, never the name of a value.
        let listed = if column.values.is_empty() || column.kind.is_number() {
            &column.ordered_values
        } else {
            &column.values
        };
        for (index, value) in listed.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            if value
                .split(|character: char| !character.is_alphanumeric())
                .any(|word| self.beginnings.contains(&beginning(word)))
            {
                self.push(&readable(value), Target::Value(id, index), 0.94, false);
            }
        }
    }
}

fn beginning(word: &str) -> String {
    word.chars().take(3).flat_map(char::to_lowercase).collect()
}

pub(super) fn forms(text: &str) -> Vec<Form> {
    tokenise(text)
        .into_iter()
        .map(|token| Form {
            lemma: lemma(&token.word),
            stem: stem(&token.word),
            word: token.word,
        })
        .collect()
}
