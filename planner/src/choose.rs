//! Which of the two parsers answers a question.
//!
//! The interpreter (`question`) reads what a described dataset says about itself: measures, terms,
//! entities, several tables, groups and windows. The beam (`beam`) reads single tables that nobody
//! described, whose cells and headers are all there is.

use crate::beam;
use crate::question::{Misunderstanding, understand};
use crate::text::tokenise;
use crate::{PlannedQuery, Settings};
use csv_analyst_protocol::dataset::Dataset;

/// Words that ask for one row a group: only the interpreter has such plans.
const GROUPING: [&str; 7] = ["by", "per", "each", "every", "across", "breakdown", "distribution"];

pub(crate) fn answer(
    question: &str,
    dataset: &Dataset,
    settings: Settings,
) -> Result<PlannedQuery, (Misunderstanding, Vec<String>)> {
    let interpreted = understand(question, dataset);
    if !suits_the_beam(dataset) || is_offered(question, dataset) || interpreted.as_ref().is_ok_and(|planned| is_beyond_the_beam(question, planned)) {
        return interpreted.map_err(|error| (error, Vec::new()));
    }
    match beam::parse(question, dataset, &dataset.tables[0]) {
        Some(parsed) if parsed.confidence >= settings.least_confidence => Ok(PlannedQuery {
            understood: parsed.understood,
            plan: parsed.plan,
            assumptions: Vec::new(),
            confidence: parsed.confidence,
        }),
        Some(parsed) => Err((
            interpreted.err().unwrap_or(Misunderstanding::Unsure),
            parsed.alternatives,
        )),
        None => interpreted.map_err(|error| (error, Vec::new())),
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

/// The interpreter made these questions itself.
fn is_offered(question: &str, dataset: &Dataset) -> bool {
    dataset.prompts.iter().any(|prompt| prompt == question)
}

fn is_beyond_the_beam(question: &str, planned: &PlannedQuery) -> bool {
    let grouped = !planned.plan.group_by.is_empty()
        && tokenise(question).iter().any(|token| GROUPING.contains(&token.word.as_str()));
    grouped || planned.plan.window.is_some() || planned.plan.latest.is_some()
}
