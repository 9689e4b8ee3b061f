//! Lambdas and list comprehensions: names that stand for the elements of a list.

use super::Checker;
use super::unsupported::refuse;
use crate::rejection::{Checked, Explain};
use crate::sql::tree::Expr;
use crate::syntax::ast::{self, ExprKind, Name, Place};

impl Checker<'_> {
    /// `x -> ..`, `(x, i) -> ..`, `lambda x, i: ..`; nothing when it is no lambda.
    pub fn lambda(&mut self, value: &ast::Expr) -> Checked<Option<Expr>> {
        match &value.kind {
            ExprKind::Lambda { parameters, body } => self.lambda_of(parameters, body, value.place).map(Some),
            ExprKind::Arrow { left, right } => {
                let parameters = parameters(left)?;
                self.lambda_of(&parameters, right, value.place).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn lambda_of(&mut self, parameters: &[Name], body: &ast::Expr, place: Place) -> Checked<Expr> {
        const MOST: usize = 3;
        if parameters.is_empty() || parameters.len() > MOST {
            return Err(refuse("A lambda with so many parameters", place));
        }
        if parameters.len() > 1 {
            self.claims.function("row");
        }
        let outer = self.scopes.lambdas.len();
        let names: Vec<String> = parameters.iter().map(|name| name.text.clone()).collect();
        self.scopes.lambdas.extend(names.iter().cloned());
        let body = self.expression(body);
        self.scopes.lambdas.truncate(outer);
        Ok(Expr::Lambda {
            parameters: names,
            body: Box::new(body?),
        })
    }

    /// `[result FOR x IN list IF filter]` applies the result to what the filter leaves.
    pub fn comprehension(&mut self, comprehension: &ast::Comprehension, place: Place) -> Checked<Expr> {
        let ast::Comprehension {
            result,
            names,
            list,
            filter,
        } = comprehension;
        let list = self.expression(list)?;
        let list = match filter {
            None => list,
            // The index is the element's place in the list before the filter.
            Some(_) if names.len() > 1 => {
                return Err(refuse("An index beside IF in a list comprehension", place)
                    .hint("Filter the list first: [.. FOR x, i IN list_filter(list, ..)]."));
            }
            Some(filter) => {
                self.refuse_names_of_columns(names)?;
                let filter = self.lambda_of(names, filter, place)?;
                self.known_call("list_filter", vec![list, filter])?
            }
        };
        let result = self.lambda_of(names, result, place)?;
        self.known_call("list_apply", vec![list, result])
    }
}

impl Checker<'_> {
    /// Beside IF, DuckDB reads a variable as the column of the same name, where there is one.
    fn refuse_names_of_columns(&self, names: &[Name]) -> Checked<()> {
        match names.iter().find(|name| self.names_a_column(&name.text)) {
            Some(name) => Err(
                refuse("A variable beside IF that is called like a column", name.place)
                    .hint("Give the variable another name: DuckDB would read the column there."),
            ),
            None => Ok(()),
        }
    }
}

/// What stands before the arrow.
fn parameters(left: &ast::Expr) -> Checked<Vec<Name>> {
    let single = |value: &ast::Expr| match &value.kind {
        ExprKind::Column(names) => match names.as_slice() {
            [name] => Ok(name.clone()),
            _ => Err(not_a_parameter(value.place)),
        },
        _ => Err(not_a_parameter(value.place)),
    };
    match &left.kind {
        ExprKind::Row(several) => several.iter().map(single).collect(),
        _ => Ok(vec![single(left)?]),
    }
}

fn not_a_parameter(place: Place) -> Box<csv_analyst_protocol::gate::Rejection> {
    refuse("This before `->`", place).hint("Write a name, or names in parentheses: (x, i) -> x + i.")
}
