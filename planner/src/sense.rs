//! What a mention means once a table has been chosen: the role that it can play in a question.

use crate::lexicon::NAME_SUFFIXES;
use crate::link::{ColumnId, Target, readable};
use csv_analyst_protocol::dataset::{Column, ColumnRole, ColumnType, Dataset, Table};
use csv_analyst_protocol::plan::{Aggregate, Operator};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sense {
    /// The rows of a table: "orders".
    Rows(usize),
    /// What the rows of a table observe: "sensors".
    Entity(usize),
    Key(ColumnId),
    Dimension(ColumnId),
    Number(ColumnId),
    Flag(ColumnId),
    Time(ColumnId),
    Condition(ColumnCheck),
    Measure(usize),
}

/// A condition on one column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnCheck {
    pub column: ColumnId,
    pub op: Operator,
    pub value: Value,
}

impl ColumnCheck {
    pub fn equal(column: ColumnId, value: Value) -> Self {
        Self {
            column,
            op: Operator::Equal,
            value,
        }
    }

    /// The rows that it leaves out (NULL aside).
    pub fn negated(&self) -> Self {
        use Operator::*;
        let (op, value) = match (self.op, &self.value) {
            (Equal, Value::Bool(flag)) => (Equal, Value::Bool(!flag)),
            (Equal, other) => (NotEqual, other.clone()),
            (NotEqual, other) => (Equal, other.clone()),
            (Less, other) => (GreaterOrEqual, other.clone()),
            (LessOrEqual, other) => (Greater, other.clone()),
            (Greater, other) => (LessOrEqual, other.clone()),
            (GreaterOrEqual, other) => (Less, other.clone()),
            (In, other) => (NotIn, other.clone()),
            (NotIn, other) => (In, other.clone()),
            (IsNull, _) => (IsNotNull, Value::Null),
            (IsNotNull, _) => (IsNull, Value::Null),
            (op @ (Between | Contains | StartsWith | EndsWith), other) => (op, other.clone()),
        };
        Self {
            column: self.column,
            op,
            value,
        }
    }
}

/// Read-only access to a dataset by position.
#[derive(Clone, Copy)]
pub(crate) struct Catalogue<'d> {
    pub dataset: &'d Dataset,
}

impl<'d> Catalogue<'d> {
    pub fn table(self, index: usize) -> &'d Table {
        &self.dataset.tables[index]
    }

    pub fn column(self, id: ColumnId) -> &'d Column {
        &self.table(id.table).columns[id.column]
    }

    pub fn find(self, table: usize, name: &str) -> Option<ColumnId> {
        let column = self
            .table(table)
            .columns
            .iter()
            .position(|column| column.name == name)?;
        Some(ColumnId { table, column })
    }

    /// The primary key, when it is one column.
    pub fn key(self, table: usize) -> Option<ColumnId> {
        match self.table(table).primary_key.as_slice() {
            [name] => self.find(table, name),
            _ => None,
        }
    }

    pub fn time_column(self, table: usize) -> Option<ColumnId> {
        let declared = self
            .table(table)
            .time_column
            .as_deref()
            .and_then(|name| self.find(table, name));
        declared.or_else(|| {
            let column = self
                .table(table)
                .columns
                .iter()
                .position(|column| column.kind.is_temporal())?;
            Some(ColumnId { table, column })
        })
    }

    /// A column's name for people: `battery_pct` with the unit "%" is the "battery".
    pub fn label(self, id: ColumnId) -> String {
        let column = self.column(id);
        let name = readable(&column.name).to_lowercase();
        let mut words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
        let shortened = column.unit.is_some() || column.role == ColumnRole::Key;
        while shortened && words.len() > 1 && words.last().is_some_and(|last| NAME_SUFFIXES.contains(last)) {
            words.pop();
        }
        words.join(" ")
    }

    /// What one row is called, in the singular.
    pub fn noun(self, table: usize) -> String {
        let table = self.table(table);
        if table.row_noun.is_empty() {
            crate::stem::lemma(&readable(&table.name).to_lowercase())
        } else {
            table.row_noun.clone()
        }
    }

    pub fn sense(self, target: Target) -> Sense {
        match target {
            Target::Table(table) => Sense::Rows(table),
            Target::Entity(table) => Sense::Entity(table),
            Target::Measure(measure) => Sense::Measure(measure),
            Target::Column(id) => self.column_sense(id),
            Target::Term(id, term) => {
                let condition = &self.column(id).terms[term].condition;
                Sense::Condition(ColumnCheck {
                    column: id,
                    op: condition.op,
                    value: condition.value.clone(),
                })
            }
            Target::Value(id, value) => {
                let column = self.column(id);
                let listed = if column.values.is_empty() || column.kind.is_number() {
                    &column.ordered_values
                } else {
                    &column.values
                };
                Sense::Condition(ColumnCheck::equal(id, typed_value(column, &listed[value])))
            }
        }
    }

    fn column_sense(self, id: ColumnId) -> Sense {
        let column = self.column(id);
        let key = column.role == ColumnRole::Key || column.name.ends_with("_id") || column.name == "id";
        match column.kind {
            _ if key => Sense::Key(id),
            ColumnType::Boolean => Sense::Flag(id),
            ColumnType::Date | ColumnType::Timestamp => Sense::Time(id),
            kind if kind.is_number() && !is_label(column) => Sense::Number(id),
            _ => Sense::Dimension(id),
        }
    }

    /// The table that a target lives in.
    pub fn home(self, target: Target) -> usize {
        match target {
            Target::Table(table) | Target::Entity(table) => table,
            Target::Column(id) | Target::Value(id, _) | Target::Term(id, _) => id.table,
            Target::Measure(measure) => {
                let name = &self.dataset.measures[measure].table;
                self.dataset
                    .tables
                    .iter()
                    .position(|table| table.name == *name)
                    .unwrap_or(0)
            }
        }
    }

    /// Steps along relationships from many to one, if `to` can be reached that way.
    pub fn distance(self, from: usize, to: usize) -> Option<usize> {
        let mut reached = vec![from];
        let mut frontier = vec![from];
        for steps in 0..=self.dataset.tables.len() {
            if frontier.contains(&to) {
                return Some(steps);
            }
            frontier = frontier
                .iter()
                .flat_map(|table| self.parents(*table))
                .filter(|table| !reached.contains(table))
                .collect();
            reached.extend(&frontier);
        }
        None
    }

    fn parents(self, table: usize) -> Vec<usize> {
        let name = &self.table(table).name;
        let parent = |target: &str| self.dataset.tables.iter().position(|table| table.name == target);
        self.dataset
            .relationships
            .iter()
            .filter(|link| link.from_table == *name)
            .filter_map(|link| parent(&link.to_table))
            .collect()
    }

    /// The table whose row a key column names: the target of its relationship, or its own table.
    pub fn described_by(self, id: ColumnId) -> Option<usize> {
        let (table, column) = (&self.table(id.table).name, &self.column(id).name);
        let link = self
            .dataset
            .relationships
            .iter()
            .find(|link| link.from_table == *table && link.from_column == *column);
        match link {
            Some(link) => self
                .dataset
                .tables
                .iter()
                .position(|table| table.name == link.to_table),
            None => (self.key(id.table) == Some(id)).then_some(id.table),
        }
    }

    /// How a column is summed up when the question does not say.
    pub fn default_aggregate(self, id: ColumnId) -> Aggregate {
        const ADDITIVE: [&str; 15] = [
            "total",
            "amount",
            "quantity",
            "qty",
            "count",
            "stock",
            "revenue",
            "sales",
            "units",
            "spend",
            "volume",
            "profit",
            "gross",
            "population",
            "cost",
        ];
        let name = readable(&self.column(id).name).to_lowercase();
        let additive = name.split(' ').any(|word| ADDITIVE.contains(&word));
        if additive && self.column(id).unit.as_deref() != Some("%") {
            Aggregate::Sum
        } else {
            Aggregate::Avg
        }
    }
}

/// A number that names something rather than measures it: a year, a postcode.
fn is_label(column: &Column) -> bool {
    let name = readable(&column.name).to_lowercase();
    ["year", "month", "zip", "postcode", "phone"]
        .iter()
        .any(|label| name.split(' ').any(|word| word == *label))
        && column.role != ColumnRole::Measure
}

fn typed_value(column: &Column, text: &str) -> Value {
    let number = || text.parse::<f64>().ok().and_then(json_number);
    match column.kind {
        ColumnType::Boolean => Value::Bool(text.eq_ignore_ascii_case("true")),
        kind if kind.is_number() => number().unwrap_or_else(|| Value::String(text.to_owned())),
        _ => Value::String(text.to_owned()),
    }
}

/// Whole numbers stay whole.
pub(crate) fn json_number(value: f64) -> Option<Value> {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        Some(Value::from(value as i64))
    } else {
        serde_json::Number::from_f64(value).map(Value::Number)
    }
}
