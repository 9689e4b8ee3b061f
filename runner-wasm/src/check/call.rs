//! Function calls in every form: plain, as a method, windowed, filtered, ordered, with lambdas. All
//! end at one look-up in the allow-list.

use super::Checker;
use super::claims::engine_names;
use super::forms::fits;
use super::functions::{self, Function, Kind, reads_clock};
use super::size;
use super::unsupported::refuse;
use crate::rejection::{Checked, Explain, excerpt, policy};
use crate::sql::tree::{Argument, Call, Expr, Literal};
use crate::syntax::ast::{self, ExprKind, Name, NullTreatment, Place};
use csv_analyst_protocol::gate::Rejection;

const TAKES_LAMBDA: &[&str] = &[
    "apply",
    "filter",
    "array_apply",
    "array_filter",
    "array_reduce",
    "array_transform",
    "list_apply",
    "list_filter",
    "list_reduce",
    "list_transform",
    "reduce",
];
/// Their arguments may have names, which become fields.
const NAMES_FIELDS: &[&str] = &["struct_insert", "struct_pack", "struct_update", "union_value"];
/// Call the aggregate that their second argument names.
const CALLS_BY_NAME: &[&str] = &[
    "aggregate",
    "array_aggr",
    "array_aggregate",
    "list_aggr",
    "list_aggregate",
];

impl Checker<'_> {
    pub fn function(&mut self, call: &ast::Call) -> Checked<Expr> {
        match call.name.as_slice() {
            [] => Err(refuse("A function without a name", call.place)),
            [name] => self.call(name, None, call),
            [base @ .., name] => {
                let receiver = self.column(base, call.place);
                let receiver = receiver.map_err(|_| not_allowed(&dotted(&call.name), call.place))?;
                self.call(name, Some(receiver), call)
            }
        }
    }

    /// `value.function(..)` is `function(value, ..)`.
    pub fn method(&mut self, receiver: Expr, call: &ast::Call, place: Place) -> Checked<Expr> {
        match call.name.as_slice() {
            [name] => self.call(name, Some(receiver), call),
            _ => Err(refuse("This form of a method's name", place)),
        }
    }

    fn call(&mut self, name: &Name, receiver: Option<Expr>, written: &ast::Call) -> Checked<Expr> {
        let ast::Call {
            name: _,
            distinct,
            arguments,
            order_by,
            nulls,
            within_group,
            filter,
            over,
            place: _,
        } = written;
        let place = name.place;
        let known = allowed(&name.text, place)?;
        let mut call = Call {
            name: known.name,
            distinct: *distinct,
            ignore_nulls: *nulls == Some(NullTreatment::Ignore),
            ..Call::default()
        };
        call.arguments
            .extend(receiver.map(|value| Argument { name: None, value }));
        for argument in arguments {
            self.argument(&mut call, argument)?;
        }
        call.star |= call.name == "count" && call.arguments.is_empty();
        call.order_by = self.order_items(order_by)?;
        call.within_group = self.order_items(within_group)?;
        call.filter = self.optional(filter.as_ref())?;
        if CALLS_BY_NAME.contains(&call.name) {
            self.claims.function(aggregate_of_list(&call, place)?);
        }
        call.over = over.as_ref().map(|over| self.over(over)).transpose()?;
        fits(&call, known, place)?;
        size::check(&call).map_err(|rejection| rejection.at(place))?;
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

    fn argument(&mut self, call: &mut Call, argument: &ast::Argument) -> Checked<()> {
        let ast::Argument { name, value } = argument;
        if let (Some(name), "unnest") = (name, call.name) {
            return unnest_option(call, name, value);
        }
        let fields = NAMES_FIELDS.contains(&call.name);
        let name = match name {
            Some(name) if !fields => {
                return Err(refuse("A named argument here", name.place));
            }
            name => name.as_ref().map(|name| name.text.clone()),
        };
        match &value.kind {
            ExprKind::Star(star) if call.name == "count" && is_plain(star) => {
                call.star = true;
                return Ok(());
            }
            ExprKind::Columns(columns) if columns.unpacked => {
                let unpacked = self.unpacked_columns(columns, value.place)?;
                call.arguments
                    .extend(unpacked.into_iter().map(|(column, value)| Argument {
                        name: fields.then_some(column),
                        value,
                    }));
                return Ok(());
            }
            _ => {}
        }
        // The list comes first, and could be JSON's `->`.
        let lambda = if TAKES_LAMBDA.contains(&call.name) && !call.arguments.is_empty() {
            self.lambda(value)?
        } else {
            None
        };
        let value = match lambda {
            Some(lambda) => lambda,
            None => self.expression(value)?,
        };
        call.arguments.push(Argument { name, value });
        Ok(())
    }

    /// A call that syntax stands for; the name must still be in the allow-list.
    pub fn known_call(&mut self, name: &'static str, arguments: Vec<Expr>) -> Checked<Expr> {
        let function = allowed(name, Place::default())?;
        let Expr::Call(call) = Expr::call(function.name, arguments) else {
            return Err(refuse("This call", Place::default()));
        };
        size::check(&call)?;
        self.claims.function(function.name);
        Ok(Expr::Call(call))
    }
}

/// `unnest(list, recursive := true)`, `unnest(list, max_depth := 2)`: options are written out.
fn unnest_option(call: &mut Call, name: &Name, value: &ast::Expr) -> Checked<()> {
    let option = ["recursive", "max_depth"]
        .into_iter()
        .find(|option| name.text.eq_ignore_ascii_case(option));
    let value = match (option, &value.kind) {
        (Some("recursive"), ExprKind::Literal(ast::Literal::Boolean(truth))) => Literal::Boolean(*truth),
        (Some("max_depth"), ExprKind::Literal(ast::Literal::Number(digits)))
            if digits.len() < 3 && digits.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            Literal::Number(digits.clone())
        }
        _ => {
            return Err(refuse("This option of unnest", name.place)
                .hint("Write unnest(list, recursive := true) or unnest(list, max_depth := 2)."));
        }
    };
    call.arguments.push(Argument {
        name: option.map(str::to_string),
        value: Expr::Literal(value),
    });
    Ok(())
}

/// `*` and nothing with it.
fn is_plain(star: &ast::Star) -> bool {
    let ast::Star {
        qualifier,
        exclude,
        replace,
        rename,
        like,
    } = star;
    qualifier.is_empty() && exclude.is_empty() && replace.is_empty() && rename.is_empty() && like.is_none()
}

/// `list_aggregate(list, 'sum')` calls the function that its second argument names.
fn aggregate_of_list(call: &Call, place: Place) -> Checked<&'static str> {
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
                format!(
                    "`{}` needs the name of an allowed aggregate, written as text.",
                    call.name
                ),
            )
            .at(place)
            .hint("Write list_aggregate(list, 'sum'), or list_sum(list).")
        })
}

fn dotted(names: &[Name]) -> String {
    names
        .iter()
        .map(|name| name.text.as_str())
        .collect::<Vec<_>>()
        .join(".")
}

fn allowed(written: &str, place: Place) -> Checked<Function> {
    functions::find(written).ok_or_else(|| not_allowed(written, place))
}

pub fn not_allowed(written: &str, place: Place) -> Box<Rejection> {
    let lower = written.to_ascii_lowercase();
    if reads_clock(&lower) {
        return policy(
            "clock",
            format!(
                "`{}` reads the clock: answers must not change with the time of day.",
                excerpt(written)
            ),
        )
        .at(place)
        .hint("Write the date, or take the newest one in the data: (SELECT max(..) FROM ..).");
    }
    let rejection = policy(
        "function-not-allowed",
        format!("The function `{}` is not allowed.", excerpt(written)),
    )
    .at(place);
    match what_to_write_for(&lower) {
        Some(hint) => rejection.hint(hint),
        None => rejection
            .near(&lower, functions::all().map(|function| function.name))
            .hint("Only functions that compute from their arguments can be used."),
    }
}

/// For what people and models often write.
fn what_to_write_for(lower: &str) -> Option<&'static str> {
    Some(match lower {
        "date" => "Write the cast: value::DATE.",
        "random" | "rand" | "uuid" | "gen_random_uuid" | "reservoir_quantile" => {
            "The same query must give the same answer; for a part of the rows write USING SAMPLE 10%."
        }
        "initcap" => "Write upper(x[1]) || lower(x[2:]).",
        "to_char" | "date_format" | "format_date" => "Write strftime(value, '%Y-%m-%d').",
        "to_date" | "str_to_date" => "Write value::DATE, or strptime(value, '%d.%m.%Y')::DATE.",
        "dateadd" | "date_add_days" | "adddate" => "Write value + INTERVAL 7 DAY.",
        "isnull" | "nvl" => "Write coalesce(value, other).",
        "iif" | "iff" => "Write if(condition, a, b) or CASE WHEN condition THEN a ELSE b END.",
        "charindex" | "locate" => "Write strpos(text, part).",
        "safe_divide" => "Write a / nullif(b, 0).",
        "safe_cast" => "Write TRY_CAST(value AS type).",
        "width_bucket" => "Write floor((value - low) / width), or histogram(value).",
        "collect_list" | "collect_set" | "array_concat_agg" => "Write list(value) or list(DISTINCT value).",
        "bitstring_agg" => "One value can take hundreds of megabytes; write list(DISTINCT value).",
        _ if lower.starts_with("read_") || lower.ends_with("_scan") || lower == "glob" => {
            "Files are out of reach: only the dataset's tables can be read."
        }
        _ => return None,
    })
}
