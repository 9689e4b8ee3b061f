//! Filter trees to conditions: over rows, or in `having` over groups.

use super::Compiler;
use super::conditions::{Context, Subject};
use super::expressions::Computed;
use super::outputs::Output;
use super::values::Kind;
use crate::rejection::{Checked, Explain, did_you_mean, excerpt, invalid};
use crate::sql::tree::{ChainOperator, Expr};
use csv_analyst_protocol::plan::{ColumnCondition, Expression, Filter};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a condition is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Rows,
    /// Names are those of aggregated outputs.
    Groups,
}

impl<'a> Compiler<'a> {
    /// A filter over columns; also the tables that it uses.
    pub fn filter(&mut self, filter: &Filter, pointer: &str) -> Checked<Computed> {
        let mut tables = BTreeSet::new();
        let value = self.condition(filter, Over::Rows, pointer, &mut tables)?;
        Ok(Computed {
            value,
            kind: Kind::Boolean,
            tables,
            missing: BTreeSet::new(),
            aggregated: false,
            windowed: false,
        })
    }

    /// The plan's `having`, over the outputs that are in [`Compiler::named`].
    pub fn having(&mut self, grouped: bool) -> Checked<Option<Expr>> {
        let plan = self.plan;
        if !grouped && !plan.having.is_empty() {
            return Err(invalid(
                "having",
                "The rows are not grouped: `having` has no groups to look at.",
            )
            .at_pointer("/having")
            .hint("Use `filters` for rows."));
        }
        let mut conditions = Vec::new();
        for (index, filter) in plan.having.iter().enumerate() {
            let pointer = format!("/having/{index}");
            let value = self.condition(filter, Over::Groups, &pointer, &mut BTreeSet::new())?;
            self.must_be_grouped(&value, &pointer)?;
            conditions.push(value);
        }
        Ok(Expr::all(conditions))
    }

    fn condition(
        &mut self,
        filter: &Filter,
        over: Over,
        pointer: &str,
        tables: &mut BTreeSet<String>,
    ) -> Checked<Expr> {
        let (filters, operator, name) = match filter {
            Filter::All(all) => (&all.and, ChainOperator::And, "and"),
            Filter::Any(any) => (&any.or, ChainOperator::Or, "or"),
            Filter::Not(not) => {
                let inner = self.condition(&not.not, over, &format!("{pointer}/not"), tables)?;
                return Ok(inner.not());
            }
            Filter::Condition(one) => return self.comparison(one, over, pointer, tables),
        };
        let pointer = format!("{pointer}/{name}");
        let mut result = None;
        for (index, filter) in filters.iter().enumerate() {
            let next = self.condition(filter, over, &format!("{pointer}/{index}"), tables)?;
            result = Some(match result {
                None => next,
                Some(before) => Expr::chain(before, operator, next),
            });
        }
        result.ok_or_else(|| invalid("empty-filter", "A list of filters is empty.").at_pointer(&pointer))
    }

    fn comparison(
        &mut self,
        condition: &ColumnCondition,
        over: Over,
        pointer: &str,
        tables: &mut BTreeSet<String>,
    ) -> Checked<Expr> {
        let subject = self.subject(condition, over, pointer)?;
        tables.extend(subject.computed.tables.iter().cloned());
        let other = match &condition.value_of {
            None => None,
            Some(_) if condition.value != Value::Null => {
                return Err(
                    invalid("filter-form", "A filter has `value` or `value_of`, not both.")
                        .at_pointer(&format!("{pointer}/value_of")),
                );
            }
            Some(expression) => {
                let other = self.side(expression, over, &format!("{pointer}/value_of"))?;
                tables.extend(other.tables.iter().cloned());
                Some(other)
            }
        };
        let part = if other.is_some() { "value_of" } else { "value" };
        let context = Context {
            subject,
            operator: condition.op,
            pointer: format!("{pointer}/{part}"),
        };
        match other {
            Some(other) => context.against(other),
            None => context.compared(&condition.value),
        }
    }

    fn subject(&mut self, condition: &ColumnCondition, over: Over, pointer: &str) -> Checked<Subject> {
        match (&condition.column, &condition.expression) {
            (Some(name), None) if over == Over::Groups => {
                aggregated(&self.named, name, &format!("{pointer}/column"))
            }
            (Some(name), None) => {
                let column = self.resolve(name, &format!("{pointer}/column"))?;
                Ok(Subject {
                    computed: self.computed_column(column),
                    name: format!("`{}`", excerpt(&column.column.name)),
                    ordered_values: column.column.ordered_values.clone(),
                })
            }
            (None, Some(expression)) => Ok(Subject {
                computed: self.side(expression, over, &format!("{pointer}/expression"))?,
                name: "This value".into(),
                ordered_values: Vec::new(),
            }),
            _ => Err(
                invalid("filter-form", "A filter has either `column` or `expression`.").at_pointer(pointer),
            ),
        }
    }

    /// Rows have no aggregates yet.
    fn side(&mut self, expression: &Expression, over: Over, pointer: &str) -> Checked<Computed> {
        let computed = self.expression(expression, self.base, pointer)?;
        if computed.windowed {
            return Err(invalid(
                "series-place",
                "This compares rows of the answer, which are not there yet when rows are filtered.",
            )
            .at_pointer(pointer)
            .hint("Use `order_by` with `limit`, or `top`."));
        }
        if over == Over::Rows && computed.aggregated {
            return Err(invalid(
                "aggregate-in-filter",
                "Filters look at single rows: an aggregate has no meaning here.",
            )
            .at_pointer(pointer)
            .hint("Use `having` for groups, or `lookup` to compare with a value of the whole table."));
        }
        Ok(computed)
    }
}

fn aggregated(outputs: &[Output<'_>], name: &str, pointer: &str) -> Checked<Subject> {
    let found = outputs
        .iter()
        .find(|output| output.name.eq_ignore_ascii_case(name) && is_of_groups(output));
    found
        .map(|output| Subject {
            computed: output.computed.clone(),
            name: format!("`{}`", excerpt(name)),
            ordered_values: Vec::new(),
        })
        .ok_or_else(|| {
            let names = || {
                outputs
                    .iter()
                    .filter(|output| is_of_groups(output))
                    .map(|output| output.name.as_str())
            };
            let hint = did_you_mean(name, names())
                .unwrap_or_else(|| format!("Aggregates here: {}.", names().collect::<Vec<_>>().join(", ")));
            invalid(
                "unknown-aggregate",
                format!("`having` names no aggregate of the plan: `{}`.", excerpt(name)),
            )
            .at_pointer(pointer)
            .hint(hint)
        })
}

fn is_of_groups(output: &Output<'_>) -> bool {
    output.computed.aggregated && !output.computed.windowed
}
