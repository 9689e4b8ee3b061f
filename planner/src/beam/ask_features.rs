//! How well a question's kind and the column it asks for fit its words.

use super::context::Context;
use super::english::superlative;
use super::form::{Ask, Check, Fold, Key, Test};
use super::model::Bag;
use super::names::Naming;
use super::view::Facet;

/// Where each column is named outside of the conditions' words; one for each set of conditions.
pub(crate) struct Namings {
    pub outside: Vec<Naming>,
    best: f64,
    used: Vec<bool>,
}

impl Context<'_> {
    pub(crate) fn namings(&self, checks: &[Check]) -> Namings {
        let mut used = vec![false; self.question.len()];
        for check in checks {
            used[check.start..check.end.min(self.question.len())].fill(true);
        }
        let outside: Vec<Naming> = (0..self.view.columns.len())
            .map(|column| self.naming(column, |place| !used[place]))
            .collect();
        let best = outside.iter().map(|naming| naming.cover).fold(0.0, f64::max);
        Namings { outside, best, used }
    }

    pub(crate) fn describe_ask(&self, ask: &Ask, checks: &[Check], namings: &Namings, bag: &mut Bag) {
        let name = ask.name();
        bag.add(&["ask", name], 1.0);
        bag.add(&["ask", name, "wh", self.cues.wh], 1.0);
        bag.bucket(&["ask", name, "checks"], checks.len());
        self.describe_triggers(name, namings, bag);
        if let Some(out) = ask.out() {
            self.describe_out(name, out, checks, namings, bag);
        }
        if let Some(key) = ask.key() {
            self.describe_key(ask, key, checks, namings, bag);
        }
        for check in checks {
            bag.add(
                &["ask", name, "with", super::check_features::test_name(&check.test)],
                1.0,
            );
        }
        bag.bucket(
            &["ask", name, "parts"],
            super::check_features::partial_checks(checks),
        );
        self.describe_consistency(ask, checks, bag);
        self.describe_left_over(ask, checks, namings, bag);
    }

    /// Every free word may speak for or against a kind of question.
    fn describe_triggers(&self, name: &str, namings: &Namings, bag: &mut Bag) {
        let mut previous = "^";
        for (place, word) in self.question.iter().enumerate() {
            if namings.used[place] {
                previous = "VALUE";
                continue;
            }
            if word.number.is_none() {
                bag.add(&["word", name, &word.lemma], 1.0);
                bag.add(&["pair", name, previous, &word.lemma], 1.0);
            }
            previous = &word.lemma;
        }
        bag.add(&["pair", name, previous, "$"], 1.0);
    }

    fn describe_out(&self, name: &str, out: usize, checks: &[Check], namings: &Namings, bag: &mut Bag) {
        let column = &self.view.columns[out];
        let naming = &namings.outside[out];
        let kind = out_kind(name);
        for prefix in ["out", kind] {
            bag.add(&[prefix, "cover"], naming.cover);
            bag.add(&[prefix, "literal"], naming.literal);
            bag.flag(&[prefix, "named whole"], naming.literal > 0.99);
            bag.flag(&[prefix, "unnamed"], !naming.is_there());
            bag.add(&[prefix, "behind"], namings.best - naming.cover);
            bag.flag(
                &[prefix, "best named"],
                naming.is_there() && naming.cover >= namings.best - 1e-9,
            );
            bag.add(&[prefix, column.facet.name()], 1.0);
            bag.flag(&[prefix, "subject"], out == self.view.subject);
            bag.flag(&[prefix, "first column"], out == 0);
            bag.flag(&[prefix, "key"], column.is_key);
        }
        let wh = self.cues.wh;
        bag.add(&["out", wh, column.facet.name()], 1.0);
        bag.add(&[kind, wh, column.facet.name()], 1.0);
        for class in &column.classes {
            bag.add(&["out", wh, "class", &format!("{class:?}")], 1.0);
        }
        bag.flag(&["out", wh, "answers"], self.answers_question_word(out));
        bag.flag(&["out", wh, "subject"], out == self.view.subject);
        bag.flag(
            &["out", wh, "unnamed subject"],
            out == self.view.subject && !naming.is_there(),
        );
        self.describe_place(kind, naming, bag);
        self.describe_head(kind, out, naming, bag);
        let checked = checks.iter().any(|check| check.column == out);
        bag.flag(&[kind, "checked too"], checked);
        bag.flag(&["out", "checked too"], checked);
        self.describe_shared_words(naming, checks, bag);
        for name in &column.words {
            for place in self.cues.head.iter().take(2) {
                bag.add(&["lexical", &self.question[*place].lemma, &name.word.lemma], 1.0);
            }
            bag.add(&["wh lexical", wh, &name.word.lemma], 1.0);
        }
        bag.flag(&[kind, "distinct"], column.distinctness >= 1.0);
    }

    /// How far from the question word a column is named.
    fn describe_place(&self, kind: &str, naming: &Naming, bag: &mut Bag) {
        if !naming.is_there() {
            return;
        }
        let wh = self.cues.wh_place;
        if naming.start >= wh {
            bag.bucket(&["place", "after wh"], naming.start - wh);
            bag.bucket(&["place", kind, "after wh"], naming.start - wh);
        } else {
            bag.bucket(&["place", "before wh"], wh - naming.start);
        }
        let before = naming.start.checked_sub(1).map_or("^", |place| self.norm(place));
        bag.add(&["place", "before", before], naming.cover);
        bag.add(&["place", "after", self.norm(naming.end)], naming.cover);
    }

    fn describe_head(&self, kind: &str, out: usize, naming: &Naming, bag: &mut Bag) {
        let head = &self.cues.head;
        if head.is_empty() {
            return;
        }
        let shared = head.iter().filter(|place| naming.places.contains(place)).count();
        bag.add(&["head", "share"], shared as f64 / head.len() as f64);
        bag.add(&["head", kind, "share"], shared as f64 / head.len() as f64);
        let first = naming.places.contains(&head[0]);
        bag.flag(&["head", "first"], first);
        bag.flag(&["head", kind, "first"], first);
        bag.flag(&["head", self.cues.wh, "first"], first);
        let quality = |column: usize| {
            let hits = self.hits[column].iter().filter(|hit| hit.place == head[0]);
            hits.map(|hit| hit.quality).fold(0.0, f64::max)
        };
        let own = quality(out);
        let rival = (0..self.view.columns.len()).map(quality).fold(0.0, f64::max);
        bag.add(&["head", "behind"], rival - own);
        bag.add(&["head", kind, "behind"], rival - own);
        bag.add(&["head", "likeness"], own);
    }

    /// A word that names both the answer and a condition's column says little about either.
    fn describe_shared_words(&self, naming: &Naming, checks: &[Check], bag: &mut Bag) {
        for check in checks {
            let near = |place: usize| place < check.start && check.start - place <= 3;
            let other = self.naming(check.column, near);
            let shared = other.places.iter().any(|place| naming.places.contains(place));
            bag.flag(
                &["out", "words of a condition"],
                shared && other.cover >= naming.cover,
            );
        }
    }

    fn describe_key(&self, ask: &Ask, key: Key, checks: &[Check], namings: &Namings, bag: &mut Bag) {
        let name = ask.name();
        let descending = matches!(
            ask,
            Ask::Top { descending: true, .. } | Ask::TopGroup { descending: true, .. }
        );
        let direction = if descending { "down" } else { "up" };
        for (_, word) in &self.cues.superlatives {
            bag.add(&["cue", word.word, direction, key_kind(self, key)], 1.0);
        }
        let Key::Column(column) = key else {
            let position = self
                .cues
                .superlatives
                .iter()
                .any(|(_, word)| word.positional && word.descending == descending);
            bag.flag(&["key", "position", "said"], position);
            return;
        };
        let described = &self.view.columns[column];
        let naming = &namings.outside[column];
        for prefix in ["key", name] {
            bag.add(&[prefix, "key cover"], naming.cover);
            bag.add(&[prefix, "key literal"], naming.literal);
            bag.flag(&[prefix, "key unnamed"], !naming.is_there());
            bag.add(&[prefix, "key facet", described.facet.name()], 1.0);
        }
        bag.flag(&["key", "is out"], ask.out() == Some(column));
        bag.flag(
            &["key", "checked too"],
            checks.iter().any(|check| check.column == column),
        );
        self.describe_superlative(column, descending, naming, bag);
        for class in &described.classes {
            bag.add(&["key", direction, "class", &format!("{class:?}")], 1.0);
        }
    }

    /// The superlative's own idea of what it sorts by, and in which direction.
    fn describe_superlative(&self, column: usize, descending: bool, naming: &Naming, bag: &mut Bag) {
        let described = &self.view.columns[column];
        let mut agrees = false;
        for (place, word) in &self.cues.superlatives {
            let by_date =
                described.facet.is_dated() || described.classes.contains(&super::english::Class::Time);
            let wanted = match word.dates_descending {
                Some(dates) if by_date => dates,
                _ => word.descending,
            };
            let measures = described.words.iter().any(|name| {
                word.quantities.contains(&name.word.lemma.as_str())
                    || word.quantities.contains(&name.word.norm.as_str())
            });
            agrees |= wanted == descending;
            bag.flag(&["key", "measures"], measures && wanted == descending);
            bag.flag(
                &["key", "measures, turned round"],
                measures && wanted != descending,
            );
            bag.flag(
                &["key", "dates agree"],
                by_date && word.dates_descending == Some(descending),
            );
            if naming.is_there() && wanted == descending {
                let distance = naming.start.saturating_sub(*place).min(9);
                bag.bucket(
                    &["key", "distance"],
                    if naming.start > *place { distance } else { 9 },
                );
            }
            for name in &described.words {
                bag.add(&["key lexical", word.word, &name.word.lemma], 1.0);
            }
        }
        bag.flag(&["key", "direction agrees"], agrees);
    }

    /// Execution-free sanity: kinds of questions that make no sense of these columns.
    fn describe_consistency(&self, ask: &Ask, checks: &[Check], bag: &mut Bag) {
        let pinned = checks.iter().any(|check| {
            matches!(check.test, Test::Equal(_)) && self.view.columns[check.column].distinctness >= 1.0
        });
        match ask {
            Ask::Values(out) => {
                let echoed = checks
                    .iter()
                    .any(|check| check.column == *out && matches!(check.test, Test::Equal(_)));
                bag.flag(&["sense", "answer is the condition"], echoed);
                bag.flag(&["sense", "all rows"], checks.is_empty());
            }
            Ask::Count => bag.flag(&["sense", "count of one"], pinned),
            Ask::Total(fold, column) => {
                bag.flag(&["sense", "fold of one", fold.name()], pinned);
                let label = self.view.columns[*column]
                    .classes
                    .contains(&super::english::Class::Time);
                bag.flag(
                    &["sense", "fold of years", fold.name()],
                    label && matches!(fold, Fold::Sum | Fold::Average),
                );
            }
            Ask::Top { rows, skipped, .. } => {
                bag.flag(&["sense", "top of one"], pinned);
                bag.flag(&["sense", "top few"], *rows > 1);
                bag.flag(&["sense", "top after others"], *skipped > 0);
                let plural = self
                    .cues
                    .head
                    .first()
                    .is_some_and(|place| self.question[*place].lemma != self.question[*place].norm);
                bag.flag(&["sense", "top few of a plural"], *rows > 1 && plural);
            }
            Ask::Beside { .. } => bag.flag(&["sense", "beside one"], pinned),
            _ => {}
        }
    }

    /// Words with meaning that this candidate does not account for.
    pub(crate) fn describe_left_over(&self, ask: &Ask, checks: &[Check], namings: &Namings, bag: &mut Bag) {
        let mut covered = namings.used.clone();
        let mut cover = |places: &[usize]| places.iter().for_each(|place| covered[*place] = true);
        if let Some(out) = ask.out() {
            cover(&namings.outside[out].places);
        }
        if let Some(Key::Column(column)) = ask.key() {
            cover(&namings.outside[column].places);
        }
        for check in checks {
            cover(&namings.outside[check.column].places);
        }
        let sorts = matches!(
            ask,
            Ask::Top { .. }
                | Ask::Frequent { .. }
                | Ask::TopGroup { .. }
                | Ask::Total(..)
                | Ask::Beside { .. }
        );
        let name = ask.name();
        let (mut plain, mut marked, mut numbers) = (0, 0, 0);
        for (place, word) in self.question.iter().enumerate() {
            if covered[place] || !self.content[place] {
                continue;
            }
            if sorts && superlative(&word.norm).is_some() {
                continue;
            }
            match () {
                () if word.number.is_some() => numbers += 1,
                () if self.marked[place] => marked += 1,
                () => plain += 1,
            }
        }
        for prefix in ["left over", name] {
            bag.add(&[prefix, "left plain"], f64::from(plain));
            bag.add(&[prefix, "left marked"], f64::from(marked));
            bag.add(&[prefix, "left numbers"], f64::from(numbers));
        }
        bag.flag(&["left over", "nothing"], plain + marked + numbers == 0);
        let unheeded = self.cues.superlatives.iter().any(|(place, _)| !covered[*place]) && !sorts;
        bag.flag(&["left over", "superlative"], unheeded);
        let comparison_missed = self.cues.comparisons.iter().any(|comparison| {
            !checks.iter().any(|check| {
                check.start <= comparison.start && comparison.end <= check.end && check.mention.is_none()
            })
        });
        bag.flag(&["left over", "comparison"], comparison_missed);
        let negation_missed = !self.cues.negations.is_empty()
            && !checks.iter().any(|check| matches!(check.test, Test::NotEqual(_)));
        bag.flag(&["left over", "negation"], negation_missed);
        let neighbour_missed = !self.cues.neighbours.is_empty()
            && !matches!(ask, Ask::Beside { .. })
            && !checks
                .iter()
                .any(|check| matches!(check.test, Test::Beyond(..) | Test::Dated(..) | Test::Compare(..)));
        bag.flag(&["left over", "neighbour"], neighbour_missed);
    }
}

/// Kinds of questions that treat their column alike.
fn out_kind(name: &str) -> &str {
    match name {
        "top-largest" | "top-smallest" | "top-last" | "top-first" => "top",
        "most-frequent" | "least-frequent" => "frequent",
        "largest-group" | "smallest-group" => "group",
        "next" | "previous" => "beside",
        "sum" | "average" => "total",
        "maximum" | "minimum" => "extreme",
        other => other,
    }
}

fn key_kind(context: &Context<'_>, key: Key) -> &'static str {
    match key {
        Key::Position => "position",
        Key::Column(column) => match context.view.columns[column].facet {
            Facet::Temporal | Facet::DateText => "date",
            _ if context.view.columns[column]
                .classes
                .contains(&super::english::Class::Rank) =>
            {
                "rank"
            }
            _ if context.view.columns[column]
                .classes
                .contains(&super::english::Class::Time) =>
            {
                "time"
            }
            _ => "quantity",
        },
    }
}
