//! The plan compiler: a QueryPlan's JSON to the gate's own SQL tree.
//!
//! Every name resolves against the schema, every value is checked against its column's type, and
//! errors carry a JSON pointer. Joins follow the dataset's relationships and never count a row twice.
//! What comes out is printed and then checked like any other SQL: nothing here is trusted to be right.

mod aggregates;
mod comparison;
mod conditions;
mod expressions;
mod filters;
mod functions;
mod graph;
mod grouping;
mod latest;
mod lookup;
mod names;
mod nesting;
mod order;
mod outputs;
mod position;
mod query;
mod read;
mod read_expression;
mod semijoin;
mod series;
mod tables;
mod ties;
mod values;
mod windows;
mod written;

use crate::rejection::{Checked, Explain, invalid};
use crate::sql::{print, tree};
use csv_analyst_protocol::dataset::{Dataset, Table};
use csv_analyst_protocol::gate::{Place, Rejection};
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::plan::QueryPlan;
use graph::Joins;

/// Canonical text, before the policy has looked at it, and what to tell people.
pub struct Compiled {
    pub sql: String,
    pub notes: Vec<String>,
}

/// Reads, resolves and compiles a plan.
pub fn compile(json: &str, dataset: &Dataset, limits: &Limits) -> Checked<Compiled> {
    let plan = read::plan(json)?;
    compile_plan(&plan, dataset, limits).map_err(|rejection| pointing(rejection, json))
}

fn compile_plan(plan: &QueryPlan, dataset: &Dataset, limits: &Limits) -> Checked<Compiled> {
    let base = base_table(plan, dataset)?;
    let mut compiler = Compiler::new(plan, base, dataset, limits);
    let query = compiler.query()?;
    Ok(Compiled {
        sql: print::query(&query),
        notes: compiler.notes,
    })
}

/// A rule of the SQL policy refused what a plan became: lines of that text say nothing to its writer.
pub fn of_the_whole_plan(mut rejection: Box<Rejection>) -> Box<Rejection> {
    rejection.place = Some(Place::Pointer(String::new()));
    rejection
}

/// What is missing has no place of its own: the pointer goes to the nearest place that exists.
fn pointing(mut rejection: Box<Rejection>, json: &str) -> Box<Rejection> {
    let mut pointer = match rejection.place {
        Some(Place::Pointer(pointer)) => pointer,
        _ => String::new(),
    };
    let plan: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    while plan.pointer(&pointer).is_none() {
        pointer.truncate(pointer.rfind('/').unwrap_or_default());
    }
    rejection.place = Some(Place::Pointer(pointer));
    rejection
}

/// For tests of other rooms: the text that a plan becomes.
pub fn compile_to_sql(json: &str, dataset: &Dataset, limits: &Limits) -> Result<String, Rejection> {
    compile(json, dataset, limits)
        .map(|compiled| compiled.sql)
        .map_err(|rejection| *rejection)
}

/// One plan on its way to a query.
struct Compiler<'a> {
    dataset: &'a Dataset,
    plan: &'a QueryPlan,
    base: &'a Table,
    limits: &'a Limits,
    /// The joined tables, rooted at the table whose rows are joined exactly once.
    joins: Joins<'a>,
    /// Whether columns are printed with their table.
    qualify: bool,
    /// The column that holds each row's place in its file, where the plan asks for it.
    position: Option<String>,
    /// Outputs that expressions may name: those of the select list, once they are compiled.
    named: Vec<outputs::Output<'a>>,
    /// Whether an expression may compare rows of the answer.
    series_allowed: bool,
    /// Of two windows that are compared, the one whose rows aggregates see.
    period: Option<tree::Expr>,
    notes: Vec<String>,
}

fn base_table<'a>(plan: &QueryPlan, dataset: &'a Dataset) -> Checked<&'a Table> {
    if plan.version != 1 {
        return Err(invalid(
            "plan-version",
            format!("Plans have version 1, not {}.", plan.version),
        )
        .at_pointer("/version"));
    }
    if plan.dataset_id != dataset.id {
        let message = format!(
            "The plan is for another dataset: `{}`.",
            crate::rejection::excerpt(&plan.dataset_id)
        );
        return Err(invalid("plan-dataset", message)
            .at_pointer("/dataset_id")
            .hint(format!("This dataset is `{}`.", dataset.id)));
    }
    names::table(dataset, &plan.table).map_err(|rejection| rejection.at_pointer("/table"))
}

impl<'a> Compiler<'a> {
    fn new(plan: &'a QueryPlan, base: &'a Table, dataset: &'a Dataset, limits: &'a Limits) -> Self {
        Self {
            dataset,
            plan,
            base,
            limits,
            joins: Joins::single(base),
            qualify: false,
            position: position::column_name(plan, base),
            named: Vec::new(),
            series_allowed: false,
            period: None,
            notes: Vec::new(),
        }
    }

    /// Says something once, however often the plan gives cause.
    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A column as it is printed.
    fn column(&self, column: names::ColumnRef<'a>) -> tree::Expr {
        if self.qualify {
            tree::Expr::column(&column.table.name, &column.column.name)
        } else {
            tree::Expr::name(&column.column.name)
        }
    }
}
