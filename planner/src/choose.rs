//! Which of the two parsers answers a question.
//!
//! The interpreter (`question`) reads what a described dataset says about itself: measures, terms,
//! entities, several tables, groups and windows. The beam (`beam`) reads single tables that nobody
//! described, whose cells and headers are all there is; over several such tables it is asked only what
//! the interpreter did not understand.

use crate::beam;
use crate::explain::explain;
use crate::question::{Misunderstanding, understand};
use crate::text::tokenise;
use crate::{PlannedQuery, Settings};
use csv_analyst_protocol::dataset::{Column, Dataset, Table};

/// Words that ask for one row a group: only the interpreter has such plans.
const GROUPING: [&str; 7] = [
    "by",
    "per",
    "each",
    "every",
    "across",
    "breakdown",
    "distribution",
];

/// A meaning with less of a chance is not worth telling.
const WORTH_ASKING: f64 = 0.2;

const QUESTION_WORDS: [&str; 10] = [
    "who", "whom", "whose", "what", "which", "when", "where", "how", "why", "name",
];

/// Where the interpreter accounts for every word, the beam must be this sure to be heard instead.
const DISPUTED: f64 = 0.8;

/// Over several tables a table is guessed, too.
const LEAST_OVER_SEVERAL: f64 = 0.65;

pub(crate) fn answer(
    question: &str,
    dataset: &Dataset,
    settings: Settings,
) -> Result<PlannedQuery, Misunderstanding> {
    let interpreted = understand(question, dataset);
    if is_described(dataset) || is_offered(question, dataset) {
        return interpreted;
    }
    match dataset.tables.as_slice() {
        [table] => over_one_table(question, dataset, table, settings, interpreted),
        _ => interpreted.or_else(|error| over_several_tables(question, dataset, settings).ok_or(error)),
    }
}

fn over_one_table(
    question: &str,
    dataset: &Dataset,
    table: &Table,
    settings: Settings,
    interpreted: Result<PlannedQuery, Misunderstanding>,
) -> Result<PlannedQuery, Misunderstanding> {
    if interpreted
        .as_ref()
        .is_ok_and(|planned| is_beyond_the_beam(question, planned))
    {
        return interpreted;
    }
    let opinion = interpreted.as_ref().ok().map(|planned| &planned.plan);
    let literal = interpreted
        .as_ref()
        .is_ok_and(|planned| is_literal(question, planned));
    let least = if literal {
        DISPUTED
    } else {
        settings.least_confidence
    };
    match beam::parse(question, dataset, table, opinion) {
        Some(parsed) if parsed.confidence >= least && !adds_up_keys(&interpreted, &parsed) => {
            Ok(planned(parsed, dataset))
        }
        parsed => match interpreted {
            Ok(planned) if literal => Ok(planned),
            interpreted => Err(why(interpreted.err(), parsed, dataset)),
        },
    }
}

/// The surest reading over any one of them.
fn over_several_tables(question: &str, dataset: &Dataset, settings: Settings) -> Option<PlannedQuery> {
    let parsed = dataset
        .tables
        .iter()
        .filter_map(|table| beam::parse(question, dataset, table, None));
    let surest = parsed.max_by(|a, b| a.confidence.total_cmp(&b.confidence))?;
    let least = settings.least_confidence.max(LEAST_OVER_SEVERAL);
    (surest.confidence >= least).then(|| planned(surest, dataset))
}

fn planned(parsed: beam::Parsed, dataset: &Dataset) -> PlannedQuery {
    PlannedQuery {
        understood: explain(&parsed.plan, dataset),
        plan: parsed.plan,
        assumptions: parsed.assumptions,
        confidence: parsed.confidence,
    }
}

/// A guess that is not good enough to answer is good enough to ask back.
fn why(
    interpreted: Option<Misunderstanding>,
    parsed: Option<beam::Parsed>,
    dataset: &Dataset,
) -> Misunderstanding {
    match (interpreted, parsed) {
        // What was not understood is worth more than a guess.
        (Some(named @ (Misunderstanding::Words(_) | Misunderstanding::NotNumbers(_))), _) => named,
        (_, Some(parsed)) if parsed.confidence >= WORTH_ASKING => {
            let meanings = std::iter::once(&parsed.plan).chain(&parsed.alternatives);
            Misunderstanding::Between(meanings.take(2).map(|plan| explain(plan, dataset)).collect())
        }
        (interpreted, _) => interpreted.unwrap_or(Misunderstanding::Unsure),
    }
}

/// Somebody said what it means.
fn is_described(dataset: &Dataset) -> bool {
    let column = |column: &Column| {
        !column.description.is_empty() || !column.synonyms.is_empty() || !column.terms.is_empty()
    };
    let table = |table: &Table| table.entity.is_some() || table.columns.iter().any(column);
    !dataset.measures.is_empty() || dataset.tables.iter().any(table)
}

/// What the interpreter says is no number may still be a text with numbers in it, but nothing else.
fn adds_up_keys(interpreted: &Result<PlannedQuery, Misunderstanding>, parsed: &beam::Parsed) -> bool {
    matches!(interpreted, Err(Misunderstanding::NotNumbers(_))) && parsed.assumptions.is_empty()
}

/// The interpreter made these questions itself.
fn is_offered(question: &str, dataset: &Dataset) -> bool {
    dataset.prompts.iter().any(|prompt| prompt == question)
}

fn asks_for_groups(question: &str) -> bool {
    tokenise(question)
        .iter()
        .any(|token| GROUPING.contains(&token.word.as_str()))
}

/// It shows what the question says and nothing that nobody asked for.
fn is_literal(question: &str, planned: &PlannedQuery) -> bool {
    let plan = &planned.plan;
    let grouped = !plan.group_by.is_empty();
    let aggregated = plan
        .select
        .iter()
        .all(|item| item.agg.is_some() || item.measure.is_some());
    // One best row is asked for one of its values; of several, whole rows are shown.
    let ranked = !plan.order_by.is_empty() && plan.limit.is_some_and(|rows| rows > 1);
    // Without a question word whole rows are what is asked for: "staff in Lisbon".
    let listed = !tokenise(question)
        .iter()
        .any(|token| QUESTION_WORDS.contains(&token.word.as_str()));
    listed
        || (grouped && asks_for_groups(question))
        || (!grouped && !plan.select.is_empty() && aggregated)
        || (!grouped && ranked)
}

fn is_beyond_the_beam(question: &str, planned: &PlannedQuery) -> bool {
    let plan = &planned.plan;
    let grouped = !plan.group_by.is_empty() && asks_for_groups(question);
    let windowed = plan.window.is_some() || plan.compare;
    let per_key = plan.latest.is_some() || plan.earliest.is_some() || plan.top.is_some();
    grouped || windowed || per_key || plan.distinct
}
