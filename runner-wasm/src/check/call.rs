//! Function calls in every form: plain, as a method, windowed, filtered, ordered, with lambdas. All
//! end at one look-up in the allow-list.

use super::Checker;
use super::claims::engine_names;
use super::functions::{self, Function, Kind, reads_clock};
use super::size;
use super::unsupported::{never, refuse};
use crate::rejection::{Checked, Explain, did_you_mean, excerpt, invalid, policy};
use crate::sql::tree::{Argument, Call, Expr, Literal, OrderItem};
use csv_analyst_protocol::gate::Rejection;
use sqlparser::ast::{self, Expr as Sql, FunctionArg, FunctionArgExpr, FunctionArgOperator, Ident, Spanned};
use sqlparser::tokenizer::Span;

const ORDERED_SETS: &[&str] = &["percentile_cont", "percentile_disc", "mode"];
const TAKES_LAMBDA: &[&str] = &[
    "list_transform",
    "list_apply",
    "list_filter",
    "list_reduce",
    "array_transform",
    "array_filter",
    "array_reduce",
    "reduce",
];

impl Checker<'_> {
    pub fn function(&mut self, function: &ast::Function) -> Checked<Expr> {
        let idents: Vec<Ident> = function
            .name
            .0
            .iter()
            .filter_map(|part| part.as_ident().cloned())
            .collect();
        if idents.len() != function.name.0.len() {
            return Err(refuse("This form of a function's name", function.name.span()));
        }
        match idents.as_slice() {
            [] => Err(refuse("A function without a name", Span::empty())),
            [name] => self.call(name, None, function),
            [base @ .., name] => {
                let receiver = match base {
                    [only] => self.bare_column(only),
                    several => self.compound_column(several),
                };
                let receiver = receiver.map_err(|_| not_allowed(&dotted(&idents), function.name.span()))?;
                self.call(name, Some(receiver), function)
            }
        }
    }

    /// `value.function(..)` is `function(value, ..)`.
    pub fn method(&mut self, receiver: Expr, function: &ast::Function) -> Checked<Expr> {
        match function.name.0.as_slice() {
            [ast::ObjectNamePart::Identifier(name)] => self.call(name, Some(receiver), function),
            _ => Err(refuse("This form of a method's name", function.name.span())),
        }
    }

    fn call(&mut self, name: &Ident, receiver: Option<Expr>, function: &ast::Function) -> Checked<Expr> {
        let ast::Function {
            name: _,
            uses_odbc_syntax,
            parameters,
            args,
            within_group,
            filter,
            null_treatment,
            over,
        } = function;
        let span = name.span;
        let known = allowed(&name.value, span)?;
        never(
            *uses_odbc_syntax || !matches!(parameters, ast::FunctionArguments::None),
            "This form of a call",
            span,
        )?;
        let ignores = matches!(null_treatment, Some(ast::NullTreatment::IgnoreNulls));
        never(ignores, "IGNORE NULLS", span)?;
        let mut call = Call {
            name: known.name,
            ..Call::default()
        };
        call.arguments
            .extend(receiver.map(|value| Argument { name: None, value }));
        self.arguments(&mut call, args, span)?;
        call.within_group = self.order_items(within_group)?;
        call.filter = filter
            .as_ref()
            .map(|filter| self.expression(filter).map(Box::new))
            .transpose()?;
        if call.name == "list_aggregate" {
            self.claims.function(aggregate_of_list(&call, span)?);
        }
        call.over = over.as_ref().map(|over| self.over(over)).transpose()?;
        fits(&call, known, span)?;
        size::check(&call).map_err(|rejection| rejection.at(span))?;
        if known.kind == Kind::Aggregate
            && call.over.is_none()
            && let Some(scope) = self.scopes.current()
        {
            scope.aggregated = true;
        }
        for name in engine_names(&call) {
            self.claims.function(name);
        }
        Ok(Expr::Call(Box::new(call)))
    }

    fn arguments(&mut self, call: &mut Call, arguments: &ast::FunctionArguments, span: Span) -> Checked<()> {
        let list = match arguments {
            ast::FunctionArguments::List(list) => list,
            ast::FunctionArguments::None => return Err(refuse("A function without parentheses", span)),
            ast::FunctionArguments::Subquery(_) => {
                return Err(refuse(
                    "A query as an argument without parentheses of its own",
                    span,
                ));
            }
        };
        let ast::FunctionArgumentList {
            duplicate_treatment,
            args,
            clauses,
        } = list;
        call.distinct = matches!(duplicate_treatment, Some(ast::DuplicateTreatment::Distinct));
        for argument in args {
            self.argument(call, argument, span)?;
        }
        call.star |= call.name == "count" && call.arguments.is_empty();
        for clause in clauses {
            match clause {
                ast::FunctionArgumentClause::OrderBy(items) => call.order_by = self.order_items(items)?,
                ast::FunctionArgumentClause::IgnoreOrRespectNulls(ast::NullTreatment::RespectNulls) => {}
                _ => return Err(refuse("This clause inside a call", span)),
            }
        }
        Ok(())
    }

    fn argument(&mut self, call: &mut Call, argument: &FunctionArg, span: Span) -> Checked<()> {
        let argument = match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if call.name == "count" => {
                call.star = true;
                return Ok(());
            }
            FunctionArg::Unnamed(FunctionArgExpr::Expr(Sql::Lambda(lambda)))
                if TAKES_LAMBDA.contains(&call.name) =>
            {
                Argument {
                    name: None,
                    value: self.lambda(lambda)?,
                }
            }
            FunctionArg::Named {
                name,
                arg: FunctionArgExpr::Expr(value),
                operator: FunctionArgOperator::Assignment,
            } if call.name == "struct_pack" => Argument {
                name: Some(name.value.clone()),
                value: self.expression(value)?,
            },
            other => Argument {
                name: None,
                value: self.plain_argument(other, span)?,
            },
        };
        call.arguments.push(argument);
        Ok(())
    }

    /// An argument that is a value.
    pub fn plain_argument(&mut self, argument: &FunctionArg, span: Span) -> Checked<Expr> {
        match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => self.expression(value),
            _ => Err(refuse("This form of an argument", span)),
        }
    }

    fn lambda(&mut self, lambda: &ast::LambdaFunction) -> Checked<Expr> {
        let ast::LambdaFunction {
            params,
            body,
            syntax: _,
        } = lambda;
        let parameters: Vec<&ast::LambdaFunctionParameter> = match params {
            ast::OneOrManyWithParens::One(only) => vec![only],
            ast::OneOrManyWithParens::Many(several) => several.iter().collect(),
        };
        let mut names = Vec::with_capacity(parameters.len());
        for ast::LambdaFunctionParameter { name, data_type } in parameters {
            never(data_type.is_some(), "A type of a lambda's parameter", name.span)?;
            names.push(name.value.clone());
        }
        if names.len() > 1 {
            self.claims.function("row");
        }
        let outer = self.scopes.lambdas.len();
        self.scopes.lambdas.extend(names.iter().cloned());
        let body = self.expression(body);
        self.scopes.lambdas.truncate(outer);
        Ok(Expr::Lambda {
            parameters: names,
            body: Box::new(body?),
        })
    }

    /// A call that syntax stands for; the name must still be in the allow-list.
    pub fn known_call(&mut self, name: &'static str, arguments: Vec<Expr>) -> Checked<Expr> {
        let function = allowed(name, Span::empty())?;
        self.claims.function(function.name);
        Ok(Expr::call(function.name, arguments))
    }
}

/// `list_aggregate(list, 'sum')` calls the function that its second argument names.
fn aggregate_of_list(call: &Call, span: Span) -> Checked<&'static str> {
    let named = match call.arguments.get(1).map(|argument| &argument.value) {
        Some(Expr::Literal(Literal::Text(name))) => functions::find(name),
        _ => None,
    };
    named
        .filter(|function| function.kind == Kind::Aggregate)
        .map(|function| function.name)
        .ok_or_else(|| {
            policy(
                "function-not-allowed",
                "`list_aggregate` needs the name of an allowed aggregate, written as text.",
            )
            .at(span)
            .hint("Write list_aggregate(list, 'sum'), or list_sum(list).")
        })
}

fn dotted(idents: &[Ident]) -> String {
    idents
        .iter()
        .map(|ident| ident.value.as_str())
        .collect::<Vec<_>>()
        .join(".")
}

fn allowed(written: &str, span: Span) -> Checked<Function> {
    functions::find(written).ok_or_else(|| not_allowed(written, span))
}

fn not_allowed(written: &str, span: Span) -> Box<Rejection> {
    let lower = written.to_ascii_lowercase();
    if reads_clock(&lower) {
        return policy(
            "clock",
            format!(
                "`{}` reads the clock: answers must not change with the time of day.",
                excerpt(written)
            ),
        )
        .at(span)
        .hint("Write the date, or take the newest one in the data: (SELECT max(..) FROM ..).");
    }
    let near = did_you_mean(&lower, functions::all().map(|function| function.name));
    policy(
        "function-not-allowed",
        format!("The function `{}` is not allowed.", excerpt(written)),
    )
    .at(span)
    .hint(match lower.as_str() {
        "date" => "Write the cast: value::DATE.".into(),
        _ => near.unwrap_or_else(|| "Only functions that compute from their arguments can be used.".into()),
    })
}

/// The clauses of a call fit the function's kind.
fn fits(call: &Call, function: Function, span: Span) -> Checked<()> {
    let windowed = call.over.is_some();
    let aggregate = function.kind == Kind::Aggregate;
    let wrong = |what: &str| Err(invalid("call-form", format!("`{}` {what}.", function.name)).at(span));
    if function.kind == Kind::Window && !windowed {
        return wrong("needs OVER (..)");
    }
    if function.kind == Kind::Scalar && windowed {
        return wrong("can't be used with OVER");
    }
    let decorated = call.distinct || call.filter.is_some() || !call.order_by.is_empty();
    if function.kind == Kind::Scalar && decorated {
        return wrong("takes no DISTINCT, FILTER or ORDER BY");
    }
    let ordered: &[OrderItem] = &call.within_group;
    if !ordered.is_empty() && !ORDERED_SETS.contains(&function.name) {
        return wrong("takes no WITHIN GROUP");
    }
    if function.name == "age" && call.arguments.len() < 2 {
        return Err(not_allowed("current_date", span).hint("Use age(later, earlier)."));
    }
    if call.star && !(aggregate && function.name == "count") {
        return wrong("takes no `*`");
    }
    Ok(())
}
