//! A candidate written as a plan.

use super::form::{Ask, Check, DatePoint, Fold, Form, Key, Order, Test};
use super::mentions::Value as Mentioned;
use super::view::{Facet, TableView};
use crate::sense::json_number;
use csv_analyst_protocol::plan::{
    Aggregate, AnyOf, ColumnCondition, DatePart, Direction, Expression, Filter, NotOf, Operator, OrderBy,
    QueryPlan, SelectItem,
};
use serde_json::Value;

pub(crate) fn lower(form: &Form, view: &TableView<'_>, dataset_id: &str) -> QueryPlan {
    let lowering = Lowering { view };
    let mut plan = QueryPlan {
        version: 1,
        dataset_id: dataset_id.to_owned(),
        table: view.table.name.clone(),
        filters: lowering.filters(&form.checks),
        ..QueryPlan::default()
    };
    lowering.ask(form, &mut plan);
    plan
}

struct Lowering<'a> {
    view: &'a TableView<'a>,
}

impl Lowering<'_> {
    fn name(&self, column: usize) -> String {
        self.view.columns[column].name.clone()
    }

    fn column(&self, column: usize) -> Expression {
        Expression::Column(self.name(column))
    }

    /// What a column is compared, sorted and added up by.
    fn measured(&self, column: usize) -> Expression {
        let plain = self.column(column);
        match self.view.columns[column].facet {
            Facet::NumberText => Expression::Number(Box::new(plain)),
            Facet::DateText => Expression::Date(Box::new(plain)),
            _ => plain,
        }
    }

    fn key(&self, key: Key) -> Expression {
        match key {
            Key::Column(column) => self.measured(column),
            Key::Position => Expression::Position,
        }
    }

    fn filters(&self, checks: &[Check]) -> Vec<Filter> {
        checks.iter().flat_map(|check| self.check(check)).collect()
    }

    fn check(&self, check: &Check) -> Vec<Filter> {
        let column = check.column;
        match &check.test {
            Test::Equal(value) => vec![self.equal(column, value)],
            Test::NotEqual(value) => vec![negated(self.equal(column, value))],
            Test::OneOf(values) => vec![self.one_of(column, values)],
            Test::Compare(order, number) => vec![self.compared(column, *order, number_value(*number))],
            Test::Between(low, high) => {
                let range = Value::Array(vec![number_value(*low), number_value(*high)]);
                vec![self.condition(column, Operator::Between, range)]
            }
            Test::Dated(order, point) => vec![self.dated(column, *order, *point)],
            Test::Beyond(order, anchor) => {
                let agg = match order {
                    Order::Greater | Order::GreaterOrEqual => Aggregate::Max,
                    _ => Aggregate::Min,
                };
                vec![self.against(column, operator(*order), agg, anchor)]
            }
            Test::SameAs(anchor) => {
                let mut filters = vec![self.against(column, Operator::Equal, Aggregate::Min, anchor)];
                filters.extend(self.check(anchor).into_iter().map(negated));
                filters
            }
        }
    }

    fn equal(&self, column: usize, value: &Mentioned) -> Filter {
        match value {
            Mentioned::Text(text) => on(self.name(column), Operator::Equal, text.clone().into()),
            Mentioned::Part(part) => on(self.name(column), Operator::Contains, part.clone().into()),
            Mentioned::Number(number) => self.compared(column, Order::Equal, number_value(*number)),
        }
    }

    fn one_of(&self, column: usize, values: &[Mentioned]) -> Filter {
        let texts: Option<Vec<Value>> = values
            .iter()
            .map(|value| match value {
                Mentioned::Text(text) => Some(text.clone().into()),
                _ => None,
            })
            .collect();
        match texts {
            Some(texts) => on(self.name(column), Operator::In, Value::Array(texts)),
            None => Filter::Any(AnyOf {
                or: values.iter().map(|value| self.equal(column, value)).collect(),
            }),
        }
    }

    fn compared(&self, column: usize, order: Order, value: Value) -> Filter {
        self.condition(column, operator(order), value)
    }

    /// A condition on the column as it is measured.
    fn condition(&self, column: usize, op: Operator, value: Value) -> Filter {
        match self.measured(column) {
            Expression::Column(name) => on(name, op, value),
            expression => computed(expression, op, value),
        }
    }

    fn dated(&self, column: usize, order: Order, point: DatePoint) -> Filter {
        let date = || Box::new(self.measured(column));
        let part = |part| Expression::Part { part, of: date() };
        match (point.month, point.day) {
            (Some(month), Some(day)) => {
                let text = format!("{:04}-{month:02}-{day:02}", point.year);
                self.compared(column, order, text.into())
            }
            // Months in a row: twelve a year.
            (Some(month), None) => {
                let years = Expression::Multiply(
                    Box::new(part(DatePart::Year)),
                    Box::new(Expression::Literal(12.into())),
                );
                let months = Expression::Add(Box::new(years), Box::new(part(DatePart::Month)));
                let wanted = i64::from(point.year) * 12 + i64::from(month);
                computed(months, operator(order), wanted.into())
            }
            _ => computed(part(DatePart::Year), operator(order), point.year.into()),
        }
    }

    fn against(&self, column: usize, op: Operator, agg: Aggregate, anchor: &Check) -> Filter {
        let lookup = self.lookup(agg, self.measured(column), self.check(anchor));
        Filter::Condition(ColumnCondition {
            expression: Some(self.measured(column)),
            op,
            value_of: Some(lookup),
            ..ColumnCondition::default()
        })
    }

    fn lookup(&self, agg: Aggregate, of: Expression, filters: Vec<Filter>) -> Expression {
        Expression::Lookup {
            agg,
            of: Box::new(of),
            filters,
        }
    }

    fn ask(&self, form: &Form, plan: &mut QueryPlan) {
        match &form.ask {
            Ask::Values(out) => plan.select = vec![self.shown(*out)],
            Ask::Count => plan.select = vec![aggregate(Aggregate::Count, None)],
            Ask::CountDistinct(out) => {
                plan.select = vec![aggregate(Aggregate::CountDistinct, Some(self.column(*out)))];
            }
            Ask::Total(fold, column) => {
                plan.select = vec![aggregate(folded(*fold), Some(self.measured(*column)))]
            }
            Ask::Top {
                out,
                key,
                descending,
                rows,
                skipped,
            } => {
                plan.offset = (*skipped > 0).then_some(u64::from(*skipped));
                plan.select = vec![self.shown(*out)];
                plan.order_by = vec![by(self.key(*key), *descending)];
                if *key != Key::Position {
                    plan.order_by.push(by(Expression::Position, false));
                }
                plan.limit = Some(u64::from(*rows));
            }
            Ask::Frequent { out, descending } => {
                let rows = aggregated(Aggregate::Count, self.column(*out));
                self.best_group(*out, rows, *descending, plan);
            }
            Ask::TopGroup { out, key, descending } => {
                let total = aggregated(Aggregate::Sum, self.measured(*key));
                self.best_group(*out, total, *descending, plan);
            }
            Ask::Beside { out, offset } => self.beside(*out, *offset, plan),
            Ask::Difference(column) => self.difference(form, Aggregate::Max, self.measured(*column), plan),
            Ask::CountDifference => self.difference(form, Aggregate::Count, Expression::Position, plan),
            Ask::Spread(column) => self.spread(*column, plan),
        }
    }

    fn shown(&self, column: usize) -> SelectItem {
        SelectItem {
            column: Some(self.name(column)),
            ..SelectItem::default()
        }
    }

    /// Ties go to the value that the table has first.
    fn best_group(&self, out: usize, worth: Expression, descending: bool, plan: &mut QueryPlan) {
        let first = aggregated(Aggregate::Min, Expression::Position);
        plan.filters
            .push(on(self.name(out), Operator::IsNotNull, Value::Null));
        plan.select = vec![self.shown(out)];
        plan.group_by = vec![self.name(out)];
        plan.order_by = vec![by(worth, descending), by(first, false)];
        plan.limit = Some(1);
    }

    fn beside(&self, out: usize, offset: i32, plan: &mut QueryPlan) {
        let agg = if offset > 0 {
            Aggregate::Max
        } else {
            Aggregate::Min
        };
        let anchor = self.lookup(agg, Expression::Position, std::mem::take(&mut plan.filters));
        let place = Expression::Add(Box::new(anchor), Box::new(Expression::Literal(offset.into())));
        plan.select = vec![self.shown(out)];
        plan.filters = vec![Filter::Condition(ColumnCondition {
            expression: Some(Expression::Position),
            op: Operator::Equal,
            value_of: Some(place),
            ..ColumnCondition::default()
        })];
    }

    /// One row with how far apart the two alternatives are.
    fn difference(&self, form: &Form, agg: Aggregate, of: Expression, plan: &mut QueryPlan) {
        let side = |wanted: usize| {
            let checks = form.checks.iter().flat_map(|check| match &check.test {
                Test::OneOf(values) if values.len() == 2 => vec![self.equal(check.column, &values[wanted])],
                _ => self.check(check),
            });
            Box::new(self.lookup(agg, of.clone(), checks.collect()))
        };
        plan.filters.clear();
        plan.select = vec![SelectItem {
            expression: Some(Expression::Abs(Box::new(Expression::Subtract(side(0), side(1))))),
            alias: Some("difference".into()),
            ..SelectItem::default()
        }];
        plan.limit = Some(1);
    }

    fn spread(&self, column: usize, plan: &mut QueryPlan) {
        let fold = |agg| Box::new(aggregated(agg, self.measured(column)));
        plan.select = vec![SelectItem {
            expression: Some(Expression::Subtract(fold(Aggregate::Max), fold(Aggregate::Min))),
            alias: Some("difference".into()),
            ..SelectItem::default()
        }];
    }
}

fn aggregated(agg: Aggregate, of: Expression) -> Expression {
    Expression::Aggregate {
        agg,
        of: Box::new(of),
        condition: None,
    }
}

fn aggregate(agg: Aggregate, of: Option<Expression>) -> SelectItem {
    let (column, expression) = match of {
        Some(Expression::Column(name)) => (Some(name), None),
        other => (None, other),
    };
    SelectItem {
        agg: Some(agg),
        column,
        expression,
        ..SelectItem::default()
    }
}

fn by(expression: Expression, descending: bool) -> OrderBy {
    OrderBy {
        expr: None,
        expression: Some(expression),
        dir: if descending {
            Direction::Desc
        } else {
            Direction::Asc
        },
    }
}

fn on(column: String, op: Operator, value: Value) -> Filter {
    Filter::Condition(ColumnCondition::on(column, op, value))
}

fn computed(expression: Expression, op: Operator, value: Value) -> Filter {
    Filter::Condition(ColumnCondition {
        expression: Some(expression),
        op,
        value,
        ..ColumnCondition::default()
    })
}

fn negated(filter: Filter) -> Filter {
    match filter {
        Filter::Condition(mut condition)
            if condition.op == Operator::Equal && condition.value_of.is_none() =>
        {
            condition.op = Operator::NotEqual;
            Filter::Condition(condition)
        }
        filter => Filter::Not(NotOf {
            not: Box::new(filter),
        }),
    }
}

fn operator(order: Order) -> Operator {
    match order {
        Order::Less => Operator::Less,
        Order::LessOrEqual => Operator::LessOrEqual,
        Order::Greater => Operator::Greater,
        Order::GreaterOrEqual => Operator::GreaterOrEqual,
        Order::Equal => Operator::Equal,
    }
}

fn folded(fold: Fold) -> Aggregate {
    match fold {
        Fold::Sum => Aggregate::Sum,
        Fold::Average => Aggregate::Avg,
        Fold::Maximum => Aggregate::Max,
        Fold::Minimum => Aggregate::Min,
    }
}

fn number_value(number: f64) -> Value {
    json_number(number).unwrap_or(Value::Null)
}
