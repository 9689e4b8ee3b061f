//! Questions to offer: for a dataset that nobody described, and after an answer.
//!
//! Every question is tried on the planner itself: one that it cannot plan, or that it reads in another
//! way than it is meant, is never offered.

mod wanted;

use crate::build::plural;
use crate::question::understand;
use crate::sense::{Catalogue, Sense};
use crate::{Outcome, link};
use csv_analyst_protocol::dataset::{Column, ColumnRole, Dataset, Table};
use csv_analyst_protocol::plan::{Aggregate, QueryPlan};
use wanted::Wanted;

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

/// A question, and what it must come to.
type Example<'d> = (String, Wanted<'d>);

/// One question of each kind in turn, so that six questions are six different ones.
fn examples(dataset: &Dataset) -> Vec<String> {
    let per_table: Vec<Vec<Example<'_>>> = (0..dataset.tables.len())
        .map(|table| Subject::new(dataset, table).questions())
        .collect();
    let longest = per_table.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn =
        (0..longest).flat_map(|rank| per_table.iter().filter_map(move |questions| questions.get(rank)));
    let mut chosen: Vec<String> = Vec::new();
    for (question, wanted) in in_turn {
        if chosen.len() < EXAMPLES
            && !chosen.contains(question)
            && understand(question, dataset).is_ok_and(|planned| wanted.is_met_by(&planned.plan))
        {
            chosen.push(question.clone());
        }
    }
    chosen
}

/// A column by the words that a question names it with.
#[derive(Clone)]
struct Named<'d> {
    label: String,
    column: &'d Column,
}

/// A table with its columns by what they are good for.
struct Subject<'d> {
    catalogue: Catalogue<'d>,
    table: &'d Table,
    noun: String,
    dimensions: Vec<Named<'d>>,
    numbers: Vec<Named<'d>>,
    flags: Vec<Named<'d>>,
    dated: bool,
    /// A value to narrow down to, and its column.
    value: Option<(&'d str, &'d str)>,
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
            .sort_by_key(|number| number.column.role != ColumnRole::Measure);
        subject
    }

    fn sort_in(&mut self, id: link::ColumnId) {
        let column = self.catalogue.column(id);
        let label = self.catalogue.label(id);
        match self.catalogue.sense(link::Target::Column(id)) {
            Sense::Number(_) => {
                let label = link::readable(&column.name).to_lowercase();
                self.numbers.push(Named { label, column });
            }
            Sense::Flag(_) => self.flags.push(Named { label, column }),
            Sense::Dimension(_)
                if column.distinct_count.is_some_and(|count| {
                    (2..=MOST_GROUPS).contains(&count) && self.table.row_count != Some(count)
                }) =>
            {
                self.dimensions.push(Named { label, column });
                let value = column.values.first().filter(|_| !column.kind.is_number());
                self.value = (self.value).or_else(|| Some((value?.as_str(), column.name.as_str())));
            }
            _ => {}
        }
    }

    fn questions(&self) -> Vec<Example<'d>> {
        let mut questions = self.grouped_questions();
        questions.extend(self.value.map(|(value, column)| {
            let text = format!("Show me {value} {}", self.noun);
            (text, self.wanted().filtered(column))
        }));
        questions.extend(self.bounded_question());
        questions.extend(self.numbers.first().map(|number| {
            let wanted = self.wanted().number(Aggregate::Median, &number.column.name);
            (format!("What is the median {}?", number.label), wanted)
        }));
        let noun = &self.noun;
        questions.push((
            format!("How many {noun} are there?"),
            self.wanted().rows_counted(),
        ));
        questions.push((format!("Show me the {noun}"), self.wanted()));
        questions.extend(self.table.columns.iter().take(3).map(|column| {
            let name = link::readable(&column.name);
            let text = format!("How many different values of {name} are there?");
            (text, self.distinct_wanted(column))
        }));
        questions
    }

    fn grouped_questions(&self) -> Vec<Example<'d>> {
        let noun = &self.noun;
        let (first, last) = (self.dimensions.first(), self.dimensions.last());
        let number = self.numbers.first();
        let mut questions = Vec::new();
        questions.extend(number.zip(first).map(|(number, group)| {
            let wanted = self.wanted().number(Aggregate::Avg, &number.column.name);
            (
                format!("What is the average {} by {}?", number.label, group.label),
                wanted.per(&group.column.name),
            )
        }));
        questions.extend(first.map(|group| {
            let text = format!("How many {noun} are there by {}?", group.label);
            (text, self.wanted().rows_counted().per(&group.column.name))
        }));
        questions.extend(number.map(|number| {
            let text = format!("Show me the top 10 {noun} by {}", number.label);
            (text, self.wanted().ordered_by(&number.column.name))
        }));
        questions.extend(self.dated.then(|| {
            let text = format!("How many {noun} per month?");
            (text, self.wanted().rows_counted().per("month"))
        }));
        questions.extend(self.flags.first().zip(first).map(|(flag, group)| {
            let text = format!("What is the {} rate by {}?", flag.label, group.label);
            let wanted = self.wanted().number(Aggregate::Rate, &flag.column.name);
            (text, wanted.per(&group.column.name))
        }));
        questions.extend(number.zip(last).map(|(number, group)| {
            let text = format!("Which {} has the highest {}?", group.label, number.label);
            let wanted = self.wanted().any_number_of(&number.column.name);
            (text, wanted.per(&group.column.name))
        }));
        questions
    }

    fn wanted(&self) -> Wanted<'d> {
        Wanted::rows_of(&self.table.name)
    }

    /// The values of a key are as many as its rows.
    fn distinct_wanted(&self, column: &'d Column) -> Wanted<'d> {
        if self.table.primary_key == [column.name.as_str()] {
            self.wanted().rows_counted()
        } else {
            self.wanted().number(Aggregate::CountDistinct, &column.name)
        }
    }

    /// Above the middle of the range.
    fn bounded_question(&self) -> Option<Example<'d>> {
        let Named { label, column } = self.numbers.first()?;
        let low: f64 = column.min.as_deref()?.parse().ok()?;
        let high: f64 = column.max.as_deref()?.parse().ok()?;
        let middle = ((low + high) / 2.0).round();
        let text = format!("Show me {} with {label} above {middle}", self.noun);
        middle
            .is_finite()
            .then(|| (text, self.wanted().filtered(&column.name)))
    }
}

fn follow_ups(dataset: &Dataset, plan: &QueryPlan) -> Vec<String> {
    let Some(index) = dataset.tables.iter().position(|table| table.name == plan.table) else {
        return Vec::new();
    };
    let mut chosen: Vec<String> = Vec::new();
    let mut offer = |candidate: String, is_meant: &dyn Fn(&QueryPlan) -> bool| {
        if chosen.len() < FOLLOW_UPS && !chosen.contains(&candidate) {
            let planned = crate::plan(&candidate, dataset, Some(plan));
            if matches!(planned, Outcome::Plan(answer) if answer.plan != *plan && is_meant(&answer.plan)) {
                chosen.push(candidate);
            }
        }
    };
    let subject = Subject::new(dataset, index);
    let grouped = !plan.group_by.is_empty();
    let others = subject
        .dimensions
        .iter()
        .filter(|group| grouped && !plan.group_by.contains(&group.column.name));
    for group in others.take(2) {
        let is_meant = |after: &QueryPlan| after.group_by == [group.column.name.as_str()];
        offer(format!("By {} instead", group.label), &is_meant);
    }
    let has_window = |after: &QueryPlan| after.window.is_some();
    if subject.dated && plan.window.is_none() {
        offer("Only the last month".to_owned(), &has_window);
    } else if plan.window.is_some() {
        offer("What about the last 3 months?".to_owned(), &has_window);
    }
    if subject.dated && grouped {
        let by_time = |after: &QueryPlan| after.select.iter().any(|item| item.bucket.is_some());
        offer("By month instead".to_owned(), &by_time);
    }
    if let Some((value, column)) = subject.value {
        let is_meant = |after: &QueryPlan| {
            after
                .filters
                .iter()
                .any(|filter| wanted::is_about(filter, column))
        };
        offer(format!("Only {value}"), &is_meant);
    }
    for example in examples(dataset) {
        offer(example, &|_| true);
    }
    chosen
}
