//! How sure the parser may be of its best candidate: a chance between 0 and 1, learned from how often
//! such candidates were right.

use super::Candidate;
use super::ask_features::Namings;
use super::context::Context;
use super::form::{Ask, Check, Form, Test};
use super::model::{Bag, Features, Model};

/// Places of the best candidate, and its share of the probability.
pub(crate) struct Choice {
    pub best: usize,
    pub probability: f64,
    /// How far the best other meaning is behind, in the score.
    pub margin: f64,
    /// The best candidate of each other meaning, likeliest first.
    pub others: Vec<usize>,
}

/// Other meanings that are looked at.
const OTHERS: usize = 4;

pub(crate) fn choose(list: &[Candidate], scores: &[f64]) -> Option<Choice> {
    let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]))?;
    let power = |place: usize| (scores[place] - scores[best]).exp();
    let all: f64 = (0..scores.len()).map(power).sum();
    let same = |place: usize| same_meaning(&list[place].form, &list[best].form);
    let own: f64 = (0..scores.len()).filter(|place| same(*place)).map(power).sum();
    let mut order: Vec<usize> = (0..scores.len()).filter(|place| !same(*place)).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let mut others: Vec<usize> = Vec::new();
    for place in order {
        if others.len() >= OTHERS {
            break;
        }
        if !others
            .iter()
            .any(|known| same_meaning(&list[*known].form, &list[place].form))
        {
            others.push(place);
        }
    }
    Some(Choice {
        best,
        probability: own / all,
        margin: others
            .first()
            .map_or(10.0, |other| (scores[best] - scores[*other]).min(10.0)),
        others,
    })
}

/// The same question about the same conditions, whichever words they were read from.
fn same_meaning(left: &Form, right: &Form) -> bool {
    let same = |a: &Check, b: &Check| a.column == b.column && a.test == b.test;
    left.ask == right.ask
        && left.checks.len() == right.checks.len()
        && left.checks.iter().zip(&right.checks).all(|(a, b)| same(a, b))
}

pub(crate) fn describe(context: &Context<'_>, list: &[Candidate], choice: &Choice) -> Features {
    let form = &list[choice.best].form;
    let name = form.ask.name();
    let mut bag = Bag::default();
    bag.add(&["sure", "always"], 1.0);
    let odds = (choice.probability / (1.0 - choice.probability).max(1e-6))
        .ln()
        .clamp(-6.0, 8.0);
    bag.add(&["sure", "odds"], odds);
    bag.add(&["sure", "margin"], choice.margin);
    bag.add(&["sure", name, "odds"], odds);
    bag.add(&["sure", name], 1.0);
    bag.add(&["sure", context.cues.wh], 1.0);
    bag.bucket(&["sure", "checks"], form.checks.len());
    bag.add(&["sure", "words"], context.question.len() as f64 / 10.0);
    for check in &form.checks {
        bag.add(
            &["sure", "check", super::check_features::test_name(&check.test)],
            1.0,
        );
        if let Some(mention) = check.mention.map(|number| &context.mentions[number]) {
            bag.add(&["sure", "fit", mention.fit.name()], 1.0);
            bag.flag(&["sure", "fit", "loose"], mention.loose);
            bag.flag(&["sure", "fit", "rivals"], mention.rivals > 1);
        }
    }
    if let Some(other) = choice.others.first() {
        let other = &list[*other].form;
        bag.flag(&["sure", "rival asks alike"], other.ask == form.ask);
        bag.flag(&["sure", "rival checks alike"], other.checks == form.checks);
        bag.add(&["sure", "rival", name, other.ask.name()], 1.0);
    }
    let namings = context.namings(&form.checks);
    describe_out(context, form, &namings, &mut bag);
    let mut doubts = Bag::default();
    context.describe_left_over(&form.ask, &form.checks, &namings, &mut doubts);
    bag.features.extend(
        doubts
            .features
            .into_iter()
            .map(|(hash, value)| (hash ^ 0x5bd1_e995, value.min(4.0))),
    );
    bag.features
}

fn describe_out(context: &Context<'_>, form: &Form, namings: &Namings, bag: &mut Bag) {
    let name = form.ask.name();
    if let Some(out) = form.ask.out() {
        let naming = &namings.outside[out];
        bag.add(&["sure", "out cover"], naming.cover);
        bag.add(&["sure", "out literal"], naming.literal);
        bag.flag(&["sure", name, "unnamed"], !naming.is_there());
        bag.add(&["sure", "out", context.view.columns[out].facet.name()], 1.0);
        bag.flag(&["sure", "out", "subject"], out == context.view.subject);
        bag.flag(&["sure", "out", "answers"], context.answers_question_word(out));
    }
    if let Some(super::form::Key::Column(key)) = form.ask.key() {
        bag.add(&["sure", "key cover"], namings.outside[key].cover);
        bag.flag(&["sure", "key unnamed"], !namings.outside[key].is_there());
        bag.add(&["sure", "key", context.view.columns[key].facet.name()], 1.0);
    }
    let pinned = form.checks.iter().any(|check| {
        matches!(check.test, Test::Equal(_)) && context.view.columns[check.column].distinctness >= 1.0
    });
    bag.flag(&["sure", "one row"], pinned);
    bag.flag(&["sure", name, "one row"], pinned);
    bag.flag(&["sure", name, "all rows"], form.checks.is_empty());
}

/// Whole columns are shown only where nothing of the question is left over: a name that the table
/// does not hold is no reason to show everything. Nor is a value of the question its answer.
pub(crate) fn drops_a_condition(context: &Context<'_>, form: &Form) -> bool {
    let Ask::Values(out) = form.ask else {
        return false;
    };
    // "lakes deeper than Como" is not answered by "Como".
    if let [check] = form.checks.as_slice()
        && check.column == out
        && matches!(check.test, Test::Equal(super::mentions::Value::Text(_)))
    {
        return true;
    }
    let named = |place: usize| {
        context.hits[out].iter().any(|hit| hit.place == place)
            || context
                .hits
                .iter()
                .flatten()
                .any(|hit| hit.place == place && hit.quality > 0.9)
    };
    let unnamed = !context.hits[out].iter().any(|hit| hit.quality > 0.9);
    let more = (0..context.question.len()).any(|place| context.content[place] && !named(place));
    form.checks.is_empty() && (unnamed || more)
}

/// A fragment of a few words, all of which are accounted for: "average revenue". Nobody asks such
/// questions in full sentences, so nothing was learned about them.
pub(crate) fn is_plain_fragment(context: &Context<'_>, form: &Form) -> bool {
    let Ask::Total(_, column) = form.ask else {
        return false;
    };
    let namings = context.namings(&form.checks);
    let naming = &namings.outside[column];
    let told = |place: &usize| {
        naming.places.contains(place)
            || context.cues.superlatives.iter().any(|(cue, _)| cue == place)
            || matches!(
                context.norm(*place),
                "total" | "sum" | "average" | "mean" | "of" | "the" | "what" | "is" | "was"
            )
            || form
                .checks
                .iter()
                .any(|check| check.start <= *place && *place < check.end)
    };
    let literal_checks = form.checks.iter().all(|check| {
        let mention = check.mention.map(|number| &context.mentions[number]);
        mention.is_some_and(|mention| {
            mention.fit == super::mentions::Fit::Exact && mention.rivals <= 1 && !mention.loose
        })
    });
    naming.literal > 0.99 && literal_checks && (0..context.question.len()).all(|place| told(&place))
}

pub(crate) fn confidence(model: &Model, features: &Features) -> f64 {
    1.0 / (1.0 + (-model.score(features)).exp())
}
