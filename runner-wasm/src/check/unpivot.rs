//! UNPIVOT: one row per column named, which is what DuckDB makes of it. A SELECT unnests the columns' names
//! and their values side by side, and a second one leaves out the rows without a value.

use super::Checker;
use super::pivot::collect_columns;
use super::query::Shape;
use super::scope::{Scope, same};
use super::star::{Listed, known_name};
use super::unsupported::{never, refuse};
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{Body, ChainOperator, Expr, Item, Joined, Query, Select, Source, Star};
use crate::syntax::ast::{self, ExprKind, Place};

/// One row that each row becomes.
struct Row {
    name: String,
    values: Vec<Expr>,
}

impl Checker<'_> {
    /// The query that an UNPIVOT stands for.
    pub fn unpivot(&mut self, unpivot: &ast::Unpivot) -> Checked<(Query, Shape)> {
        let outside = self.expansion.take();
        self.scopes.selects.push(Scope::default());
        let depth = self.scopes.selects.len();
        let result = self.deeper(unpivot.place, |checker| checker.unpivot_in_scope(unpivot));
        self.scopes.selects.truncate(depth - 1);
        self.expansion = outside;
        result
    }

    fn unpivot_in_scope(&mut self, unpivot: &ast::Unpivot) -> Checked<(Query, Shape)> {
        let ast::Unpivot {
            source,
            include_nulls,
            values,
            name,
            columns,
            place,
        } = unpivot;
        let source = ast::Joined {
            first: source.clone(),
            joins: Vec::new(),
        };
        let from = self.joined(&source)?;
        let listed = self.listed(&[], *place)?;
        let reduced = self
            .scopes
            .selects
            .last()
            .is_some_and(|scope| scope.relations.iter().all(|relation| relation.reduced));
        let rows = self.unpivoted(columns)?;
        let value_names: Vec<String> = match values.as_slice() {
            [] => vec!["value".into()],
            names => names.iter().map(|name| name.text.clone()).collect(),
        };
        let name = name.as_ref().map_or("name", |name| name.text.as_str());
        if let Some(row) = rows.iter().find(|row| row.values.len() != value_names.len()) {
            return Err(invalid(
                "unpivot",
                format!(
                    "`{}` has not as many columns as there are values.",
                    excerpt(&row.name)
                ),
            )
            .at(*place)
            .hint("UNPIVOT t ON (a, b), (c, d) INTO NAME n VALUE v, w"));
        }
        let (mut items, mut names) = self.kept(&listed, &rows, *place)?;
        names.push(name.to_string());
        names.extend(value_names.iter().cloned());
        all_different(&names, *place)?;
        let labels = rows.iter().map(|row| Expr::text(&row.name)).collect();
        items.push(self.unnested(labels, name)?);
        for (index, value_name) in value_names.iter().enumerate() {
            let values = rows.iter().filter_map(|row| row.values.get(index).cloned());
            items.push(self.unnested(values.collect(), value_name)?);
        }
        let select = Select {
            items,
            from: vec![from],
            ..Select::default()
        };
        let mut query = Query {
            body: Body::Select(Box::new(select)),
            ..Query::default()
        };
        if !include_nulls {
            query = without_nulls(query, &value_names);
        }
        let shape = Shape {
            columns: names.into_iter().map(Some).collect(),
            reduced,
        };
        Ok((query, shape))
    }

    fn unpivoted(&mut self, columns: &[ast::Item]) -> Checked<Vec<Row>> {
        let mut rows = Vec::new();
        for ast::Item {
            value,
            alias,
            begin: _,
            end: _,
        } in columns
        {
            match &value.kind {
                ExprKind::Columns(written) if alias.is_none() => {
                    for column in self.selected(written, value.place)? {
                        rows.push(self.row_of(&column, value.place)?);
                    }
                }
                ExprKind::Star(star) if alias.is_none() => {
                    let all = ast::Columns {
                        unpacked: false,
                        qualifier: Vec::new(),
                        selection: ast::Expr {
                            kind: ExprKind::Star(star.clone()),
                            place: value.place,
                        },
                    };
                    for column in self.selected(&all, value.place)? {
                        rows.push(self.row_of(&column, value.place)?);
                    }
                }
                ExprKind::Row(several) => rows.push(self.turned(several, alias.as_ref())?),
                _ => rows.push(self.turned(std::slice::from_ref(value), alias.as_ref())?),
            }
        }
        Ok(rows)
    }

    fn row_of(&mut self, column: &Listed, place: Place) -> Checked<Row> {
        Ok(Row {
            name: known_name(column, place)?.to_string(),
            values: vec![self.listed_column(column, place)?],
        })
    }

    /// DuckDB calls a row after the columns in it.
    fn turned(&mut self, values: &[ast::Expr], alias: Option<&ast::Name>) -> Checked<Row> {
        let mut names = Vec::with_capacity(values.len());
        let mut checked = Vec::with_capacity(values.len());
        for value in values {
            // A text in the list is a column's name, too.
            let expression = match &value.kind {
                ExprKind::Literal(ast::Literal::Text(text)) => self.bare_column(&ast::Name {
                    text: text.clone(),
                    quoted: true,
                    place: value.place,
                })?,
                _ => self.expression(value)?,
            };
            let mut used = Vec::new();
            collect_columns(&expression, &mut used);
            used.dedup();
            let calls = |inner: &Expr| matches!(inner, Expr::Subquery(_) | Expr::Exists { .. });
            match used.as_slice() {
                [only] if !expression.any(&calls) => names.push(only.clone()),
                _ => {
                    return Err(refuse("Something other than a column in UNPIVOT", value.place)
                        .hint("Compute it in a subquery: UNPIVOT (SELECT ..) ON .."));
                }
            }
            checked.push(expression);
        }
        Ok(Row {
            name: alias.map_or_else(|| names.join("_"), |alias| alias.text.clone()),
            values: checked,
        })
    }

    /// The columns that stay as they are.
    fn kept(&mut self, listed: &[Listed], rows: &[Row], place: Place) -> Checked<(Vec<Item>, Vec<String>)> {
        let mut used = Vec::new();
        for value in rows.iter().flat_map(|row| &row.values) {
            collect_columns(value, &mut used);
        }
        let (mut items, mut names) = (Vec::new(), Vec::new());
        for column in listed {
            if !used.iter().any(|name| column.is_called(name)) {
                let value = self.listed_column(column, place)?;
                items.push(Item::Expression { value, alias: None });
                names.push(known_name(column, place)?.to_string());
            }
        }
        Ok((items, names))
    }

    fn unnested(&mut self, values: Vec<Expr>, name: &str) -> Checked<Item> {
        self.claims.function("list_value");
        Ok(Item::Expression {
            value: self.known_call("unnest", vec![Expr::List(values)])?,
            alias: Some(name.to_string()),
        })
    }
}

fn all_different(names: &[String], place: Place) -> Checked<()> {
    for (index, name) in names.iter().enumerate() {
        if names[..index].iter().any(|before| same(before, name)) {
            return Err(invalid(
                "duplicate-name",
                format!("Two columns of the result would be called `{}`.", excerpt(name)),
            )
            .at(place)
            .hint("Choose other names: INTO NAME measure VALUE amount."));
        }
    }
    never(names.is_empty(), "UNPIVOT of nothing", place)
}

/// Only the rows that have all their values.
fn without_nulls(query: Query, values: &[String]) -> Query {
    let present = values.iter().map(|name| Expr::Is {
        value: Box::new(Expr::name(name)),
        test: "NOT NULL",
    });
    let filter = present.reduce(|left, right| Expr::chain(left, ChainOperator::And, right));
    let source = Source::Derived {
        query: Box::new(query),
        lateral: false,
        alias: None,
        sample: None,
    };
    let select = Select {
        items: vec![Item::Star(Star::default())],
        from: vec![Joined {
            first: source,
            joins: Vec::new(),
        }],
        filter,
        ..Select::default()
    };
    Query {
        body: Body::Select(Box::new(select)),
        ..Query::default()
    }
}
