//! PIVOT with its values written out: one grouped SELECT with an aggregate per value, which is what
//! DuckDB makes of it. Nothing of PIVOT itself is printed, so its rules of naming and grouping are here.

use super::Checker;
use super::functions::{Kind, find};
use super::query::{Shape, check_width};
use super::scope::{Scope, same};
use super::star::Listed;
use super::truth::looks_at_data;
use super::unsupported::{never, refuse};
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use crate::sql::print;
use crate::sql::tree::{
    Body, ChainOperator, Comparison, Expr, GroupBy, GroupItem, Item, Literal, Query, Select, Type,
};
use crate::syntax::ast::{self, ExprKind, PivotValues, Place};

/// More columns than that beside the values make a listing of it.
const FEW_GROUPS: usize = 3;

/// One output column's condition, and its part of the name.
struct Value {
    condition: Expr,
    name: String,
}

struct Aggregate {
    value: Expr,
    /// Its part of the name, where it has one.
    name: Option<String>,
}

impl Checker<'_> {
    /// The query that a PIVOT stands for.
    pub fn pivot(&mut self, pivot: &ast::Pivot) -> Checked<(Query, Shape)> {
        let outside = self.expansion.take();
        self.scopes.selects.push(Scope::default());
        let depth = self.scopes.selects.len();
        let result = self.deeper(pivot.place, |checker| checker.pivot_in_scope(pivot));
        self.scopes.selects.truncate(depth - 1);
        self.expansion = outside;
        result
    }

    fn pivot_in_scope(&mut self, pivot: &ast::Pivot) -> Checked<(Query, Shape)> {
        let ast::Pivot {
            source,
            columns,
            aggregates,
            groups,
            place,
        } = pivot;
        let copies = few_enough(columns, aggregates.len().max(1), *place)?;
        let source = ast::Joined {
            first: source.clone(),
            joins: Vec::new(),
        };
        let from = self.joined(&source)?;
        let listed = self.listed(&[], *place)?;
        let values = self.pivot_columns(columns, &listed, copies, *place)?;
        let aggregates = self.pivot_aggregates(aggregates, copies, *place)?;
        let used = used_columns(&values, &aggregates);
        let chosen = groups.is_some();
        let groups = match groups {
            Some(groups) => self.expressions(groups)?,
            None => self.unused(&listed, &used, *place)?,
        };
        let mut names: Vec<String> = Vec::new();
        let mut items: Vec<Item> = Vec::new();
        for group in &groups {
            let Expr::Column { name, .. } = group else {
                return Err(
                    refuse("Something other than a column in PIVOT .. GROUP BY", *place)
                        .hint("Compute it in a subquery: PIVOT (SELECT ..) ON .."),
                );
            };
            push(&mut names, name.clone(), *place)?;
            items.push(Item::Expression {
                value: group.clone(),
                alias: None,
            });
        }
        for value in &combinations(values, aggregates.len(), *place)? {
            for aggregate in &aggregates {
                let name = joined_name(value, aggregate);
                push(&mut names, name.clone(), *place)?;
                let counted = filtered(aggregate.value.clone(), &value.condition);
                items.push(Item::Expression {
                    value: counted.ok_or_else(|| refuse("This aggregate in PIVOT", *place))?,
                    alias: Some(name),
                });
            }
        }
        let select = Select {
            items,
            from: vec![from],
            group_by: match groups.as_slice() {
                [] => GroupBy::None,
                several => GroupBy::Items(several.iter().cloned().map(GroupItem::Expression).collect()),
            },
            ..Select::default()
        };
        check_width(names.len(), *place)?;
        let shape = Shape {
            columns: names.into_iter().map(Some).collect(),
            // Grouped by all that is left, it can be as long as its table.
            reduced: chosen || groups.len() <= FEW_GROUPS,
        };
        let query = Query {
            body: Body::Select(Box::new(select)),
            ..Query::default()
        };
        Ok((query, shape))
    }

    /// The values of each column in ON.
    fn pivot_columns(
        &mut self,
        columns: &[ast::PivotColumn],
        listed: &[Listed],
        copies: usize,
        place: Place,
    ) -> Checked<Vec<Vec<Value>>> {
        never(columns.is_empty(), "PIVOT without ON", place)?;
        let mut all = Vec::with_capacity(columns.len());
        for ast::PivotColumn { value, values } in columns {
            let written = match values {
                PivotValues::List(list) => list,
                PivotValues::Found | PivotValues::Query(_) | PivotValues::Enum(_) => {
                    return Err(self.values_not_written(value, listed));
                }
            };
            let column = self.expression(value)?;
            self.no_subquery(&column, value.place)?;
            if !looks_at_data(&column) {
                return Err(invalid("pivot", "PIVOT .. ON needs a column, not a fixed value.")
                    .at(value.place)
                    .hint("Name the column whose values become columns: PIVOT t ON column IN (..)."));
            }
            self.count(size(&column).saturating_mul(copies), value.place)?;
            let column = Expr::Cast {
                value: Box::new(column),
                attempt: false,
                kind: Type::Plain("VARCHAR"),
            };
            let mut names: Vec<String> = Vec::new();
            let mut each = Vec::with_capacity(written.len());
            for item in written {
                let (constant, implied) = self.pivot_value(&item.value)?;
                let name = item.alias.as_ref().map_or(implied, |alias| alias.text.clone());
                push(&mut names, name.clone(), item.value.place)?;
                each.push(Value {
                    condition: Expr::compare(column.clone(), Comparison::NotDistinctFrom, constant),
                    name,
                });
            }
            all.push(each);
        }
        Ok(all)
    }

    /// The values that a PIVOT finds by itself would need a query of their own, and differ with the data.
    fn values_not_written(
        &self,
        column: &ast::Expr,
        listed: &[Listed],
    ) -> Box<csv_analyst_protocol::gate::Rejection> {
        let written = match &column.kind {
            ExprKind::Column(names) => names.last().map(|name| name.text.as_str()),
            _ => None,
        };
        let known = listed
            .iter()
            .filter(|listed| written.is_some_and(|name| listed.is_called(name)))
            .find_map(|listed| {
                let table = self.dataset.table(listed.table.as_deref()?)?;
                let column = table
                    .columns
                    .iter()
                    .find(|column| listed.is_called(&column.name))?;
                (!column.ordered_values.is_empty()).then_some(column.ordered_values.as_slice())
            });
        let name = written.unwrap_or("column");
        let mut values = String::new();
        for (index, value) in known.unwrap_or_default().iter().take(12).enumerate() {
            values.push_str(if index > 0 { ", " } else { "" });
            crate::sql::quote::string(value, &mut values);
        }
        if values.is_empty() {
            values = "'a', 'b'".into();
        }
        refuse("PIVOT without a written list of values", column.place).hint(format!(
            "Name the values: PIVOT .. ON {} IN ({values}) USING ..",
            excerpt(name)
        ))
    }

    /// A written value, as DuckDB compares it and calls its column: as text. A bare word is a text, too.
    fn pivot_value(&mut self, value: &ast::Expr) -> Checked<(Expr, String)> {
        if let ExprKind::Column(names) = &value.kind
            && let [name] = names.as_slice()
        {
            return Ok((Expr::text(&name.text), name.text.clone()));
        }
        let written = match &value.kind {
            ExprKind::Unary {
                operator: ast::UnaryOperator::Minus,
                value: inner,
            } => match &inner.kind {
                ExprKind::Literal(ast::Literal::Number(digits)) => {
                    plain_number(digits).map(|text| format!("-{text}"))
                }
                _ => None,
            },
            ExprKind::Literal(ast::Literal::Number(digits)) => plain_number(digits).map(str::to_string),
            ExprKind::Literal(ast::Literal::Text(text)) => Some(text.clone()),
            ExprKind::Literal(ast::Literal::Boolean(truth)) => Some(truth.to_string()),
            ExprKind::Literal(ast::Literal::Null) => {
                return Ok((Expr::Literal(Literal::Null), "NULL".into()));
            }
            ExprKind::Typed { .. } => match self.expression(value)? {
                Expr::Typed { text, .. } if is_plain_moment(&text) => Some(text),
                _ => None,
            },
            _ => None,
        };
        let text = written.ok_or_else(|| {
            refuse("A value of this form in PIVOT .. IN", value.place)
                .hint("Write the values as they are shown: IN ('a', 'b'), IN (1, 2), IN (DATE '2026-01-31').")
        })?;
        Ok((Expr::text(&text), text))
    }

    fn pivot_aggregates(
        &mut self,
        written: &[ast::Item],
        copies: usize,
        place: Place,
    ) -> Checked<Vec<Aggregate>> {
        if written.is_empty() {
            self.claims.function("count_star");
            let mut value = Expr::call("count", Vec::new());
            if let Expr::Call(call) = &mut value {
                call.star = true;
            }
            return Ok(vec![Aggregate { value, name: None }]);
        }
        let several = written.len() > 1;
        let mut aggregates = Vec::with_capacity(written.len());
        for ast::Item {
            value,
            alias,
            begin: _,
            end: _,
        } in written
        {
            let checked = self.expression(value)?;
            self.no_subquery(&checked, value.place)?;
            self.count(size(&checked).saturating_mul(copies), value.place)?;
            one_aggregate(&checked, value.place)?;
            let name = match alias {
                Some(alias) => Some(alias.text.clone()),
                None if several => Some(engine_name(&checked)),
                None => None,
            };
            aggregates.push(Aggregate { value: checked, name });
        }
        if let Some(scope) = self.scopes.current() {
            scope.aggregated = true;
        }
        never(aggregates.is_empty(), "PIVOT without an aggregate", place)?;
        Ok(aggregates)
    }

    fn no_subquery(&self, value: &Expr, place: Place) -> Checked<()> {
        let nested = |inner: &Expr| {
            matches!(
                inner,
                Expr::Subquery(_)
                    | Expr::ArrayQuery(_)
                    | Expr::Exists { .. }
                    | Expr::InQuery { .. }
                    | Expr::Quantified { .. }
            )
        };
        never(value.any(&nested), "A subquery inside PIVOT", place)
    }

    /// The columns that are neither turned nor aggregated.
    fn unused(&mut self, listed: &[Listed], used: &[String], place: Place) -> Checked<Vec<Expr>> {
        let left = listed
            .iter()
            .filter(|column| !used.iter().any(|name| column.is_called(name)));
        left.map(|column| self.listed_column(column, place)).collect()
    }
}

/// A number that DuckDB shows as it is written.
fn plain_number(digits: &str) -> Option<&str> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let leading = whole.len() > 1 && whole.starts_with('0');
    (plain && !leading && digits.len() <= 18).then_some(digits)
}

/// `2026-01-31`, `2026-01-31 12:00:00`.
fn is_plain_moment(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    matches!(shape.as_str(), "0000-00-00" | "0000-00-00 00:00:00")
}

/// As many columns as values, times values, times aggregates: counted before any of them is built.
fn few_enough(columns: &[ast::PivotColumn], aggregates: usize, place: Place) -> Checked<usize> {
    const MOST: usize = 1_000;
    let values = columns.iter().map(|column| match &column.values {
        PivotValues::List(list) => list.len(),
        PivotValues::Found | PivotValues::Query(_) | PivotValues::Enum(_) => 1,
    });
    let copies = values.fold(aggregates, usize::saturating_mul);
    if copies <= MOST {
        return Ok(copies);
    }
    Err(policy(
        "too-many-columns",
        format!("A PIVOT can give at most {MOST} columns."),
    )
    .at(place)
    .hint("Name fewer values, or group by the column instead."))
}

/// Expressions in it, itself included.
fn size(value: &Expr) -> usize {
    1 + value.children().into_iter().map(size).sum::<usize>()
}

fn used_columns(values: &[Vec<Value>], aggregates: &[Aggregate]) -> Vec<String> {
    let mut used = Vec::new();
    let conditions = values
        .iter()
        .filter_map(|values| values.first())
        .map(|value| &value.condition);
    for value in conditions.chain(aggregates.iter().map(|aggregate| &aggregate.value)) {
        collect_columns(value, &mut used);
    }
    used
}

pub fn collect_columns(value: &Expr, names: &mut Vec<String>) {
    if let Expr::Column { name, .. } = value {
        names.push(name.clone());
    }
    for child in value.children() {
        collect_columns(child, names);
    }
}

/// Every value of the first column with every value of the next.
fn combinations(columns: Vec<Vec<Value>>, aggregates: usize, place: Place) -> Checked<Vec<Value>> {
    let mut columns = columns.into_iter();
    let mut all = columns.next().unwrap_or_default();
    for values in columns {
        check_width(
            all.len().saturating_mul(values.len()).saturating_mul(aggregates),
            place,
        )?;
        let both = |before: &Value, value: &Value| Value {
            condition: Expr::chain(
                before.condition.clone(),
                ChainOperator::And,
                value.condition.clone(),
            ),
            name: format!("{}_{}", before.name, value.name),
        };
        all = all
            .iter()
            .flat_map(|before| values.iter().map(move |value| both(before, value)))
            .collect();
    }
    Ok(all)
}

fn joined_name(value: &Value, aggregate: &Aggregate) -> String {
    match &aggregate.name {
        Some(name) => format!("{}_{name}", value.name),
        None => value.name.clone(),
    }
}

/// DuckDB tells equal names apart by numbers; here they are refused.
fn push(names: &mut Vec<String>, name: String, place: Place) -> Checked<()> {
    if names.iter().any(|known| same(known, &name)) {
        return Err(invalid(
            "duplicate-name",
            format!("Two columns of the result would be called `{}`.", excerpt(&name)),
        )
        .at(place)
        .hint("Give one of them another name with AS."));
    }
    names.push(name);
    Ok(())
}

fn is_aggregate(value: &Expr) -> bool {
    matches!(value, Expr::Call(call) if call.over.is_none()
        && find(call.name).is_some_and(|function| function.kind == Kind::Aggregate))
}

fn aggregates_in(value: &Expr) -> usize {
    let inside = value.children().into_iter().map(aggregates_in).sum::<usize>();
    inside + usize::from(is_aggregate(value))
}

fn one_aggregate(value: &Expr, place: Place) -> Checked<()> {
    let decorated = value.any(&|inner| {
        matches!(inner, Expr::Call(call)
            if call.over.is_some() || (is_aggregate(inner) && call.filter.is_some()))
    });
    never(decorated, "FILTER or OVER inside PIVOT .. USING", place)?;
    if aggregates_in(value) == 1 && filtered(value.clone(), &Expr::Literal(Literal::Null)).is_some() {
        return Ok(());
    }
    Err(invalid(
        "pivot",
        "Each expression in PIVOT .. USING has exactly one aggregate.",
    )
    .at(place)
    .hint("Write USING sum(a), sum(b), or compute the rest in a query round the PIVOT."))
}

/// What DuckDB calls a column of this aggregate among several.
fn engine_name(value: &Expr) -> String {
    match value {
        Expr::Call(call) if call.star => "count_star()".into(),
        other => print::expression(other),
    }
}

/// The expression, its aggregate over the rows of the condition only; nothing where it has none, or one
/// out of reach.
fn filtered(value: Expr, condition: &Expr) -> Option<Expr> {
    let boxed = |value: Box<Expr>| filtered(*value, condition).map(Box::new);
    match value {
        Expr::Call(mut call) if is_aggregate(&Expr::Call(call.clone())) => {
            call.filter = Some(Box::new(condition.clone()));
            Some(Expr::Call(call))
        }
        Expr::Call(mut call) => {
            let inside = |value: &Expr| filtered(value.clone(), condition);
            let place = call
                .arguments
                .iter()
                .enumerate()
                .find_map(|(index, argument)| Some((index, inside(&argument.value)?)));
            let (index, value) = place?;
            call.arguments[index].value = value;
            Some(Expr::Call(call))
        }
        Expr::Chain { first, mut rest } => {
            if aggregates_in(&first) > 0 {
                let first = boxed(first)?;
                return Some(Expr::Chain { first, rest });
            }
            let (_, value) = rest.iter_mut().find(|(_, value)| aggregates_in(value) > 0)?;
            *value = filtered(value.clone(), condition)?;
            Some(Expr::Chain { first, rest })
        }
        Expr::Cast { value, attempt, kind } => Some(Expr::Cast {
            value: boxed(value)?,
            attempt,
            kind,
        }),
        Expr::Negate(value) => boxed(value).map(Expr::Negate),
        Expr::Plus(value) => boxed(value).map(Expr::Plus),
        _ => None,
    }
}
