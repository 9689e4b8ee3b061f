//! Which of the two parsers answers a question.
//!
//! The interpreter (`question`) reads what a described dataset says about itself: measures, terms,
//! entities, several tables, groups and windows. The beam (`beam`) reads single tables that nobody
//! described, whose cells and headers are all there is.

use crate::beam;
use crate::explain::explain;
use crate::question::{Misunderstanding, understand};
use crate::text::tokenise;
use crate::{PlannedQuery, Settings};
use csv_analyst_protocol::dataset::Dataset;

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

pub(crate) fn answer(
    question: &str,
    dataset: &Dataset,
    settings: Settings,
) -> Result<PlannedQuery, Misunderstanding> {
    let interpreted = understand(question, dataset);
    let settled =
        |planned: &PlannedQuery| is_offered(question, dataset) || is_beyond_the_beam(question, planned);
    if !suits_the_beam(dataset) || interpreted.as_ref().is_ok_and(settled) {
        return interpreted;
    }
    let opinion = interpreted.as_ref().ok().map(|planned| &planned.plan);
    match beam::parse(question, dataset, &dataset.tables[0], opinion) {
        Some(parsed)
            if parsed.confidence >= settings.least_confidence && !adds_up_keys(&interpreted, &parsed) =>
        {
            Ok(PlannedQuery {
                understood: explain(&parsed.plan, dataset),
                plan: parsed.plan,
                assumptions: parsed.assumptions,
                confidence: parsed.confidence,
            })
        }
        parsed => match interpreted {
            Ok(planned) if is_literal(question, &planned) => Ok(planned),
            interpreted => Err(why(interpreted.err(), parsed, dataset)),
        },
    }
}

/// A guess that is not good enough to answer is good enough to ask back.
fn why(
    interpreted: Option<Misunderstanding>,
    parsed: Option<beam::Parsed>,
    dataset: &Dataset,
) -> Misunderstanding {
    match parsed {
        Some(parsed) if parsed.confidence >= WORTH_ASKING => {
            let meanings = std::iter::once(&parsed.plan).chain(&parsed.alternatives);
            Misunderstanding::Between(meanings.take(2).map(|plan| explain(plan, dataset)).collect())
        }
        _ => interpreted.unwrap_or(Misunderstanding::Unsure),
    }
}

/// One table, in nobody's words but its own.
fn suits_the_beam(dataset: &Dataset) -> bool {
    let [table] = dataset.tables.as_slice() else {
        return false;
    };
    let described = |column: &csv_analyst_protocol::dataset::Column| {
        !column.description.is_empty() || !column.synonyms.is_empty() || !column.terms.is_empty()
    };
    dataset.measures.is_empty() && table.entity.is_none() && !table.columns.iter().any(described)
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
    let ranked = !plan.order_by.is_empty() && plan.limit.is_some();
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
    let grouped = !planned.plan.group_by.is_empty() && asks_for_groups(question);
    grouped || planned.plan.distinct || planned.plan.window.is_some() || planned.plan.latest.is_some()
}
