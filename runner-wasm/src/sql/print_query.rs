//! Queries as text: one clause per line, subqueries indented. No expression is printed here.

use super::print::Printer;
use super::tree::*;

pub fn query(printer: &mut Printer, query: &Query) {
    if !query.ctes.is_empty() {
        printer.word(if query.recursive {
            "WITH RECURSIVE "
        } else {
            "WITH "
        });
        printer.list(&query.ctes, cte);
        printer.line();
    }
    body(printer, &query.body);
    order_by(printer, &query.order_by);
    if let Some(limit) = query.limit {
        printer.line();
        printer.word(&format!("LIMIT {limit}"));
    }
    if let Some(percent) = &query.percent {
        printer.line();
        printer.word(&format!("LIMIT {percent}%"));
    }
    if let Some(offset) = query.offset {
        printer.line();
        printer.word(&format!("OFFSET {offset}"));
    }
}

pub fn query_in_parentheses(printer: &mut Printer, inner: &Query) {
    printer.word("(");
    printer.indent += 1;
    printer.line();
    query(printer, inner);
    printer.indent -= 1;
    printer.line();
    printer.word(")");
}

fn cte(printer: &mut Printer, cte: &Cte) {
    printer.name(&cte.name);
    column_list(printer, &cte.columns);
    if !cte.using_key.is_empty() {
        printer.word(" USING KEY ");
        column_list(printer, &cte.using_key);
    }
    printer.word(match cte.materialized {
        None => " AS ",
        Some(true) => " AS MATERIALIZED ",
        Some(false) => " AS NOT MATERIALIZED ",
    });
    query_in_parentheses(printer, &cte.query);
}

fn column_list(printer: &mut Printer, columns: &[String]) {
    if !columns.is_empty() {
        printer.word("(");
        printer.names(columns);
        printer.word(")");
    }
}

fn body(printer: &mut Printer, body_: &Body) {
    match body_ {
        Body::Select(inner) => select(printer, inner),
        Body::Values(rows) => {
            printer.word("VALUES ");
            printer.list(rows, |printer, row| {
                printer.word("(");
                printer.expressions(row);
                printer.word(")");
            });
        }
        Body::Query(inner) => query_in_parentheses(printer, inner),
        Body::Operation {
            operation,
            left,
            right,
        } => {
            operand(printer, left, Some(*operation));
            printer.line();
            printer.word(set_operation(*operation));
            printer.line();
            operand(printer, right, None);
        }
    }
}

/// A chain of one operation needs no parentheses on its left; everything else that nests gets them.
fn operand(printer: &mut Printer, side: &Body, chain_of: Option<SetOperation>) {
    match side {
        Body::Select(_) | Body::Values(_) | Body::Query(_) => body(printer, side),
        Body::Operation { operation, .. } if Some(*operation) == chain_of => body(printer, side),
        Body::Operation { .. } => {
            printer.word("(");
            body(printer, side);
            printer.word(")");
        }
    }
}

fn set_operation(operation: SetOperation) -> &'static str {
    match operation {
        SetOperation::Union => "UNION",
        SetOperation::UnionAll => "UNION ALL",
        SetOperation::UnionByName => "UNION BY NAME",
        SetOperation::UnionAllByName => "UNION ALL BY NAME",
        SetOperation::Except => "EXCEPT",
        SetOperation::ExceptAll => "EXCEPT ALL",
        SetOperation::Intersect => "INTERSECT",
        SetOperation::IntersectAll => "INTERSECT ALL",
    }
}

fn select(printer: &mut Printer, select: &Select) {
    printer.word("SELECT ");
    match &select.distinct {
        Distinct::No => {}
        Distinct::Yes => printer.word("DISTINCT "),
        Distinct::On(keys) => {
            printer.word("DISTINCT ON (");
            printer.expressions(keys);
            printer.word(") ");
        }
    }
    printer.list(&select.items, item);
    if !select.from.is_empty() {
        clause(printer, "FROM ");
        printer.list(&select.from, joined);
    }
    condition(printer, "WHERE ", select.filter.as_ref());
    group_by(printer, &select.group_by);
    condition(printer, "HAVING ", select.having.as_ref());
    if !select.windows.is_empty() {
        clause(printer, "WINDOW ");
        printer.list(&select.windows, |printer, (name, spec)| {
            printer.name(name);
            printer.word(" AS (");
            window(printer, spec);
            printer.word(")");
        });
    }
    condition(printer, "QUALIFY ", select.qualify.as_ref());
    if let Some(drawn) = &select.sample {
        clause(printer, "USING SAMPLE ");
        sample(printer, drawn);
    }
}

fn sample(printer: &mut Printer, sample: &Sample) {
    let method = match sample.method {
        SampleMethod::Bernoulli => "bernoulli",
        SampleMethod::Reservoir => "reservoir",
        SampleMethod::System => "system",
    };
    let unit = if sample.percent { "%" } else { " ROWS" };
    let (size, seed) = (&sample.size, sample.seed);
    printer.word(&format!("{method}({size}{unit}) REPEATABLE ({seed})"));
}

fn clause(printer: &mut Printer, word: &str) {
    printer.line();
    printer.word(word);
}

fn condition(printer: &mut Printer, word: &str, condition: Option<&Expr>) {
    if let Some(condition) = condition {
        clause(printer, word);
        printer.expression(condition);
    }
}

fn item(printer: &mut Printer, item: &Item) {
    match item {
        Item::Expression { value, alias } => {
            printer.expression(value);
            if let Some(alias) = alias {
                printer.word(" AS ");
                printer.name(alias);
            }
        }
        Item::Star(listed) => star(printer, listed),
    }
}

fn star(printer: &mut Printer, star: &Star) {
    if let Some(qualifier) = &star.qualifier {
        printer.name(qualifier);
        printer.word(".");
    }
    printer.word("*");
    if !star.exclude.is_empty() {
        printer.word(" EXCLUDE (");
        printer.list(&star.exclude, column_name);
        printer.word(")");
    }
    if !star.replace.is_empty() {
        printer.word(" REPLACE (");
        printer.list(&star.replace, |printer, (value, name)| {
            printer.expression(value);
            printer.word(" AS ");
            printer.name(name);
        });
        printer.word(")");
    }
    if !star.rename.is_empty() {
        printer.word(" RENAME (");
        printer.list(&star.rename, |printer, (column, name)| {
            column_name(printer, column);
            printer.word(" AS ");
            printer.name(name);
        });
        printer.word(")");
    }
}

fn column_name(printer: &mut Printer, column: &ColumnName) {
    if let Some(qualifier) = &column.qualifier {
        printer.name(qualifier);
        printer.word(".");
    }
    printer.name(&column.name);
}

fn joined(printer: &mut Printer, joined: &Joined) {
    source(printer, &joined.first);
    for join in &joined.joins {
        printer.line();
        if join.constraint == Constraint::Natural {
            printer.word("NATURAL ");
        }
        printer.word(if join.asof { "ASOF " } else { "" });
        printer.word(match join.kind {
            JoinKind::Inner => "JOIN ",
            JoinKind::Left => "LEFT JOIN ",
            JoinKind::Right => "RIGHT JOIN ",
            JoinKind::Full => "FULL JOIN ",
            JoinKind::Cross => "CROSS JOIN ",
            JoinKind::Positional => "POSITIONAL JOIN ",
            JoinKind::Semi => "SEMI JOIN ",
            JoinKind::Anti => "ANTI JOIN ",
        });
        source(printer, &join.source);
        match &join.constraint {
            Constraint::None | Constraint::Natural => {}
            Constraint::On(condition) => {
                printer.word(" ON ");
                printer.expression(condition);
            }
            Constraint::Using(columns) => {
                printer.word(" USING ");
                column_list(printer, columns);
            }
        }
    }
}

fn source(printer: &mut Printer, source: &Source) {
    let (alias_, drawn) = match source {
        Source::Table { name, alias, sample } => {
            printer.name(name);
            (alias, sample)
        }
        Source::Derived {
            query,
            lateral,
            alias,
            sample,
        } => {
            printer.word(if *lateral { "LATERAL " } else { "" });
            query_in_parentheses(printer, query);
            (alias, sample)
        }
        Source::Function {
            name,
            arguments,
            ordinality,
            alias,
        } => {
            printer.word(name);
            printer.word("(");
            printer.expressions(arguments);
            printer.word(if *ordinality { ") WITH ORDINALITY" } else { ")" });
            (alias, &None)
        }
        Source::Nested(inner) => {
            printer.word("(");
            joined(printer, inner);
            printer.word(")");
            (&None, &None)
        }
    };
    alias(printer, alias_.as_ref());
    if let Some(drawn) = drawn {
        printer.word(" TABLESAMPLE ");
        sample(printer, drawn);
    }
}

fn alias(printer: &mut Printer, alias: Option<&Alias>) {
    if let Some(alias) = alias {
        printer.word(" AS ");
        printer.name(&alias.name);
        column_list(printer, &alias.columns);
    }
}

fn group_by(printer: &mut Printer, group_by: &GroupBy) {
    match group_by {
        GroupBy::None => {}
        GroupBy::All => clause(printer, "GROUP BY ALL"),
        GroupBy::Items(items) => {
            clause(printer, "GROUP BY ");
            printer.list(items, group_item);
        }
    }
}

fn group_item(printer: &mut Printer, item: &GroupItem) {
    match item {
        GroupItem::Expression(value) => printer.expression(value),
        GroupItem::Set(columns) => {
            printer.word("(");
            printer.expressions(columns);
            printer.word(")");
        }
        GroupItem::Sets(sets) => {
            printer.word("GROUPING SETS (");
            printer.list(sets, group_item);
            printer.word(")");
        }
        GroupItem::Rollup(sets) => grouping(printer, "ROLLUP (", sets),
        GroupItem::Cube(sets) => grouping(printer, "CUBE (", sets),
    }
}

fn grouping(printer: &mut Printer, word: &str, sets: &[Vec<Expr>]) {
    printer.word(word);
    printer.list(sets, |printer, set| {
        printer.word("(");
        printer.expressions(set);
        printer.word(")");
    });
    printer.word(")");
}

fn order_by(printer: &mut Printer, order_by: &OrderBy) {
    match order_by {
        OrderBy::None => {}
        OrderBy::All(direction_) => {
            clause(printer, "ORDER BY ALL");
            direction(printer, *direction_);
        }
        OrderBy::Items(items) => {
            if !items.is_empty() {
                printer.line();
            }
            order_items(printer, "ORDER BY ", items);
        }
    }
}

/// Prints nothing for no items.
pub fn order_items(printer: &mut Printer, word: &str, items: &[OrderItem]) {
    if items.is_empty() {
        return;
    }
    printer.word(word);
    printer.list(items, |printer, item| {
        printer.expression(&item.value);
        direction(printer, item.direction);
    });
}

fn direction(printer: &mut Printer, direction: Direction) {
    if direction.descending {
        printer.word(" DESC");
    }
    match direction.nulls_first {
        None => {}
        Some(true) => printer.word(" NULLS FIRST"),
        Some(false) => printer.word(" NULLS LAST"),
    }
}

/// The inside of `OVER (..)`.
pub fn window(printer: &mut Printer, window: &Window) {
    let mut separator = "";
    if let Some(base) = &window.base {
        printer.name(base);
        separator = " ";
    }
    if !window.partition_by.is_empty() {
        printer.word(separator);
        printer.word("PARTITION BY ");
        printer.expressions(&window.partition_by);
        separator = " ";
    }
    if !window.order_by.is_empty() {
        printer.word(separator);
        order_items(printer, "ORDER BY ", &window.order_by);
        separator = " ";
    }
    if let Some(frame_) = &window.frame {
        printer.word(separator);
        frame(printer, frame_);
    }
}

fn frame(printer: &mut Printer, frame: &Frame) {
    printer.word(match frame.units {
        FrameUnits::Rows => "ROWS ",
        FrameUnits::Range => "RANGE ",
        FrameUnits::Groups => "GROUPS ",
    });
    match &frame.end {
        None => bound(printer, &frame.start),
        Some(end) => {
            printer.word("BETWEEN ");
            bound(printer, &frame.start);
            printer.word(" AND ");
            bound(printer, end);
        }
    }
    printer.word(match frame.exclude {
        None => "",
        Some(FrameExclude::NoOthers) => " EXCLUDE NO OTHERS",
        Some(FrameExclude::CurrentRow) => " EXCLUDE CURRENT ROW",
        Some(FrameExclude::Group) => " EXCLUDE GROUP",
        Some(FrameExclude::Ties) => " EXCLUDE TIES",
    });
}

fn bound(printer: &mut Printer, bound: &FrameBound) {
    match bound {
        FrameBound::CurrentRow => printer.word("CURRENT ROW"),
        FrameBound::UnboundedPreceding => printer.word("UNBOUNDED PRECEDING"),
        FrameBound::UnboundedFollowing => printer.word("UNBOUNDED FOLLOWING"),
        FrameBound::Preceding(value) => {
            printer.expression(value);
            printer.word(" PRECEDING");
        }
        FrameBound::Following(value) => {
            printer.expression(value);
            printer.word(" FOLLOWING");
        }
    }
}
