//! Questions to offer: for a dataset that nobody described, and after an answer.
//!
//! Every question is tried on the planner itself; one that it cannot plan is never offered.

use crate::build::plural;
use crate::question::understand;
use crate::sense::{Catalogue, Sense};
use crate::{Outcome, link};
use csv_analyst_protocol::dataset::{Column, ColumnRole, Dataset, Table};
use csv_analyst_protocol::plan::QueryPlan;

const EXAMPLES: usize = 6;
const FOLLOW_UPS: usize = 3;
/// More values than this make a poor chart.
const MOST_GROUPS: u64 = 50;

/// Six example questions, or three follow-ups to a plan; fewer where the data gives no more.
pub fn suggest(dataset: &Dataset, plan: Option<&QueryPlan>) -> Vec<String> {
    match plan {
        None => examples(dataset),
        Some(plan) => follow_ups(dataset, plan),
    }
}

/// One question of each kind in turn, so that six questions are six different ones.
fn examples(dataset: &Dataset) -> Vec<String> {
    let per_table: Vec<Vec<String>> = (0..dataset.tables.len())
        .map(|table| Subject::new(dataset, table).questions())
        .collect();
    let longest = per_table.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn =
        (0..longest).flat_map(|rank| per_table.iter().filter_map(move |questions| questions.get(rank)));
    let mut chosen: Vec<String> = Vec::new();
    for question in in_turn {
        if chosen.len() < EXAMPLES && !chosen.contains(question) && understand(question, dataset).is_ok() {
            chosen.push(question.clone());
        }
    }
    chosen
}

/// A table with its columns by what they are good for.
struct Subject<'d> {
    catalogue: Catalogue<'d>,
    table: &'d Table,
    noun: String,
    dimensions: Vec<String>,
    numbers: Vec<&'d Column>,
    flags: Vec<String>,
    dated: bool,
    value: Option<&'d str>,
}

impl<'d> Subject<'d> {
    fn new(dataset: &'d Dataset, index: usize) -> Self {
        let catalogue = Catalogue { dataset };
        let table = catalogue.table(index);
        let mut subject = Self {
            catalogue,
            table,
            noun: plural(&catalogue.noun(index)),
            dimensions: Vec::new(),
            numbers: Vec::new(),
            flags: Vec::new(),
            dated: catalogue.time_column(index).is_some(),
            value: None,
        };
        for column in 0..table.columns.len() {
            subject.sort_in(link::ColumnId { table: index, column });
        }
        subject
            .numbers
            .sort_by_key(|column| column.role != ColumnRole::Measure);
        subject
    }

    fn sort_in(&mut self, id: link::ColumnId) {
        let column = self.catalogue.column(id);
        match self.catalogue.sense(link::Target::Column(id)) {
            Sense::Number(_) => self.numbers.push(column),
            Sense::Flag(_) => self.flags.push(self.catalogue.label(id)),
            Sense::Dimension(_)
                if column.distinct_count.is_some_and(|count| {
                    (2..=MOST_GROUPS).contains(&count) && self.table.row_count != Some(count)
                }) =>
            {
                self.dimensions.push(self.catalogue.label(id));
                self.value = self.value.or_else(|| column.values.first().map(String::as_str));
            }
            _ => {}
        }
    }

    fn questions(&self) -> Vec<String> {
        let noun = &self.noun;
        let dimension = self.dimensions.first();
        let other = self.dimensions.last();
        let number = self
            .numbers
            .first()
            .map(|column| link::readable(&column.name).to_lowercase());
        let mut questions = Vec::new();
        questions.extend(
            number
                .iter()
                .zip(dimension)
                .map(|(number, dimension)| format!("What is the average {number} by {dimension}?")),
        );
        questions.extend(dimension.map(|dimension| format!("How many {noun} are there by {dimension}?")));
        questions.extend(
            number
                .iter()
                .map(|number| format!("Show me the top 10 {noun} by {number}")),
        );
        questions.extend(self.dated.then(|| format!("How many {noun} per month?")));
        questions.extend(
            self.flags
                .first()
                .zip(dimension)
                .map(|(flag, dimension)| format!("What is the {flag} rate by {dimension}?")),
        );
        questions.extend(
            number
                .iter()
                .zip(other)
                .map(|(number, other)| format!("Which {other} has the highest {number}?")),
        );
        questions.extend(self.value.map(|value| format!("Show me {value} {noun}")));
        questions.extend(self.bounded_question());
        questions.extend(
            number
                .iter()
                .map(|number| format!("What is the median {number}?")),
        );
        questions.push(format!("How many {noun} are there?"));
        questions.push(format!("Show me the {noun}"));
        questions.extend(self.table.columns.iter().take(3).map(|column| {
            format!(
                "How many different values of {} are there?",
                link::readable(&column.name)
            )
        }));
        questions
    }

    /// Above the middle of the range.
    fn bounded_question(&self) -> Option<String> {
        let column = self.numbers.first()?;
        let low: f64 = column.min.as_deref()?.parse().ok()?;
        let high: f64 = column.max.as_deref()?.parse().ok()?;
        let middle = ((low + high) / 2.0).round();
        let name = link::readable(&column.name).to_lowercase();
        middle
            .is_finite()
            .then(|| format!("Show me {} with {name} above {middle}", self.noun))
    }
}

fn follow_ups(dataset: &Dataset, plan: &QueryPlan) -> Vec<String> {
    let Some(index) = dataset.tables.iter().position(|table| table.name == plan.table) else {
        return Vec::new();
    };
    let subject = Subject::new(dataset, index);
    let used = |label: &String| {
        plan.group_by
            .iter()
            .any(|group| link::readable(group).eq_ignore_ascii_case(label))
    };
    let mut candidates = Vec::new();
    let grouped = !plan.group_by.is_empty();
    candidates.extend(
        subject
            .dimensions
            .iter()
            .filter(|label| grouped && !used(label))
            .take(2)
            .map(|label| format!("By {label} instead")),
    );
    if subject.dated && plan.window.is_none() {
        candidates.push("Only the last month".to_owned());
    } else if plan.window.is_some() {
        candidates.push("What about the last 3 months?".to_owned());
    }
    candidates.extend(
        subject
            .dated
            .then(|| "By month instead".to_owned())
            .filter(|_| grouped),
    );
    candidates.extend(subject.value.map(|value| format!("Only {value}")));
    candidates.extend(examples(dataset));
    let mut chosen: Vec<String> = Vec::new();
    for candidate in candidates {
        let planned = matches!(crate::plan(&candidate, dataset, Some(plan)), Outcome::Plan(answer) if answer.plan != *plan);
        if chosen.len() < FOLLOW_UPS && !chosen.contains(&candidate) && planned {
            chosen.push(candidate);
        }
    }
    chosen
}
