//! Sets of conditions that a question may state: which mentions are meant, and as what.

use super::cues::{Bound, Comparison, Cues};
use super::form::{Check, DatePoint, Order, Test};
use super::mentions::{Fit, Mention, Value};
use super::reading::is_year;
use super::view::{Facet, TableView};
use super::words::Word;

/// The most sets that are looked at further.
const MAX_SETS: usize = 28;
const MAX_CHECKS: usize = 5;

/// Conditions that hold together, with how well they explain the question at a first look.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckSet {
    pub checks: Vec<Check>,
    worth: f64,
}

/// A check with the worth of taking it.
struct Choice {
    check: Check,
    worth: f64,
}

pub(crate) fn check_sets(
    view: &TableView<'_>,
    question: &[Word],
    mentions: &[Mention],
    cues: &Cues,
) -> Vec<CheckSet> {
    let choices = choices(view, question, mentions, cues);
    let mut sets = vec![CheckSet::default()];
    let mut starts: Vec<usize> = choices.iter().map(|choice| choice.check.start).collect();
    starts.sort_unstable();
    starts.dedup();
    for start in starts {
        let mut grown = sets.clone();
        for set in &sets {
            for choice in choices.iter().filter(|choice| choice.check.start == start) {
                grown.extend(with(set, choice));
            }
        }
        grown.sort_by(|a, b| b.worth.total_cmp(&a.worth));
        grown.truncate(MAX_SETS * 3);
        sets = grown;
    }
    if !sets.iter().any(|set| set.checks.is_empty()) {
        sets.push(CheckSet::default());
    }
    let mut merged: Vec<CheckSet> = Vec::new();
    for set in sets {
        let alternatives = merge_alternatives(set);
        if !merged.iter().any(|known| known.checks == alternatives.checks) {
            merged.push(alternatives);
        }
    }
    let empty = merged.iter().position(|set| set.checks.is_empty());
    let empty = empty.map(|place| merged.remove(place));
    merged.truncate(MAX_SETS - 1);
    merged.extend(empty);
    relate(view, &mut merged, cues);
    merged
}

fn with(set: &CheckSet, choice: &Choice) -> Option<CheckSet> {
    let check = &choice.check;
    let clashes = set
        .checks
        .iter()
        .any(|known| known.start < check.end && check.start < known.end);
    if clashes || set.checks.len() >= MAX_CHECKS {
        return None;
    }
    let mut checks = set.checks.clone();
    checks.push(check.clone());
    Some(CheckSet {
        checks,
        worth: set.worth + choice.worth,
    })
}

/// Two values of one column: rows of either.
fn merge_alternatives(set: CheckSet) -> CheckSet {
    let mut merged: Vec<Check> = Vec::new();
    for check in set.checks {
        let Test::Equal(value) = &check.test else {
            merged.push(check);
            continue;
        };
        let twin = merged.iter_mut().find(|known| {
            known.column == check.column && matches!(known.test, Test::Equal(_) | Test::OneOf(_))
        });
        match twin {
            Some(known) => {
                let mut values = match &known.test {
                    Test::Equal(first) => vec![first.clone()],
                    Test::OneOf(values) => values.clone(),
                    _ => Vec::new(),
                };
                values.push(value.clone());
                known.test = Test::OneOf(values);
                known.end = check.end;
            }
            None => merged.push(check),
        }
    }
    CheckSet {
        checks: merged,
        worth: set.worth,
    }
}

fn choices(view: &TableView<'_>, question: &[Word], mentions: &[Mention], cues: &Cues) -> Vec<Choice> {
    let mut found = Vec::new();
    for (number, mention) in mentions.iter().enumerate() {
        found.extend(of_mention(number, mention, question, cues));
    }
    for comparison in &cues.comparisons {
        found.extend(of_comparison(view, comparison));
    }
    found.extend(of_years(view, question));
    found
}

fn of_mention(number: usize, mention: &Mention, question: &[Word], cues: &Cues) -> Vec<Choice> {
    let words = &question[mention.start..mention.end];
    let content = words
        .iter()
        .filter(|word| !super::english::is_stopword(&word.norm))
        .count();
    let quality = match mention.fit {
        Fit::Exact => 1.0,
        Fit::Number => 0.8,
        Fit::Mostly => 0.55 * mention.coverage,
        Fit::Within => 0.6,
        Fit::InRange => 0.4,
    };
    let worth = (content as f64 + 0.3) * quality - if mention.loose { 0.2 } else { 0.0 };
    let check = |test| Check {
        column: mention.column,
        test,
        start: mention.start,
        end: mention.end,
        mention: Some(number),
    };
    let mut found = vec![Choice {
        check: check(Test::Equal(mention.value.clone())),
        worth,
    }];
    let negated = cues
        .negations
        .iter()
        .any(|place| *place < mention.start && mention.start - place <= 5);
    if negated {
        found.push(Choice {
            check: check(Test::NotEqual(mention.value.clone())),
            worth: worth + 0.1,
        });
    }
    found
}

fn of_comparison(view: &TableView<'_>, comparison: &Comparison) -> Vec<Choice> {
    let mut found = Vec::new();
    for (column, described) in view.columns.iter().enumerate() {
        let test = match (&comparison.bound, described.facet) {
            (Bound::Number(number), Facet::Number | Facet::NumberText) => {
                Test::Compare(comparison.order, *number)
            }
            (Bound::Numbers(low, high), Facet::Number | Facet::NumberText) => Test::Between(*low, *high),
            (Bound::Number(year), Facet::Temporal | Facet::DateText) if is_year(*year) => Test::Dated(
                comparison.order,
                DatePoint {
                    year: *year as i32,
                    month: None,
                    day: None,
                },
            ),
            (Bound::Date(point), Facet::Temporal | Facet::DateText) => Test::Dated(comparison.order, *point),
            _ => continue,
        };
        let sensible = match (&test, described.min.zip(described.max)) {
            (Test::Compare(_, number), Some((min, max))) => {
                *number >= min - (max - min) && *number <= max + (max - min)
            }
            _ => true,
        };
        found.push(Choice {
            check: Check {
                column,
                test,
                start: comparison.start,
                end: comparison.end,
                mention: None,
            },
            worth: if sensible { 1.6 } else { 0.4 },
        });
    }
    found
}

/// A bare year and a column of dates.
fn of_years(view: &TableView<'_>, question: &[Word]) -> Vec<Choice> {
    let mut found = Vec::new();
    for (place, word) in question.iter().enumerate() {
        let Some(year) = word.number.filter(|number| is_year(*number)) else {
            continue;
        };
        for (column, described) in view.columns.iter().enumerate() {
            if described.facet == Facet::Temporal {
                let point = DatePoint {
                    year: year as i32,
                    month: None,
                    day: None,
                };
                found.push(Choice {
                    check: Check {
                        column,
                        test: Test::Dated(Order::Equal, point),
                        start: place,
                        end: place + 1,
                        mention: None,
                    },
                    worth: 0.9,
                });
            }
        }
    }
    found
}

/// "more gold than Canada", "same country as X": a row is named only to be compared with.
fn relate(view: &TableView<'_>, sets: &mut Vec<CheckSet>, cues: &Cues) {
    let mut added = Vec::new();
    for set in sets.iter() {
        for (place, anchor) in set.checks.iter().enumerate() {
            if !matches!(anchor.test, Test::Equal(_)) || anchor.mention.is_none() {
                continue;
            }
            for (column, test) in relations(view, anchor, cues) {
                let mut checks = set.checks.clone();
                checks[place] = Check {
                    column,
                    test,
                    ..anchor.clone()
                };
                added.push(CheckSet {
                    checks,
                    worth: set.worth,
                });
            }
        }
    }
    sets.extend(added);
}

fn relations(view: &TableView<'_>, anchor: &Check, cues: &Cues) -> Vec<(usize, Test)> {
    let mut found = Vec::new();
    let order = cues
        .than
        .filter(|than| *than < anchor.start && anchor.start - than <= 4)
        .and_then(|than| {
            let (_, word) = cues
                .superlatives
                .iter()
                .rev()
                .find(|(place, _)| *place < than && than - place <= 5)?;
            Some(if word.descending {
                Order::Greater
            } else {
                Order::Less
            })
        });
    let after = cues
        .neighbours
        .iter()
        .rev()
        .find(|(place, _)| *place < anchor.start && anchor.start - place <= 3);
    for (column, described) in view.columns.iter().enumerate() {
        let other = column != anchor.column;
        if let Some(order) = order.filter(|_| other && described.facet.is_ordered()) {
            found.push((column, Test::Beyond(order, Box::new(anchor.clone()))));
        }
        if let Some((_, forward)) = after.filter(|_| other && described.facet.is_ordered()) {
            let order = if *forward { Order::Greater } else { Order::Less };
            found.push((column, Test::Beyond(order, Box::new(anchor.clone()))));
        }
        if cues.same && other && !described.facet.is_dated() {
            found.push((column, Test::SameAs(Box::new(anchor.clone()))));
        }
    }
    found
}

/// Whether a check takes part of a cell as its value.
pub(crate) fn is_partial(check: &Check) -> bool {
    matches!(
        &check.test,
        Test::Equal(Value::Part(_)) | Test::NotEqual(Value::Part(_))
    )
}
