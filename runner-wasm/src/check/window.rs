//! ORDER BY items, window specifications and frames.

use super::Checker;
use super::expression::refuse_plus;
use super::unsupported::{Located, never, refuse};
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{self, Direction, Frame, FrameBound, FrameUnits, OrderItem, Over, Window};
use sqlparser::ast;

impl Checker<'_> {
    pub fn order_items(&mut self, items: &[ast::OrderByExpr]) -> Checked<Vec<OrderItem>> {
        items.iter().map(|item| self.order_item(item)).collect()
    }

    fn order_item(&mut self, item: &ast::OrderByExpr) -> Checked<OrderItem> {
        let ast::OrderByExpr {
            expr,
            options,
            with_fill,
        } = item;
        never(with_fill.is_some(), "WITH FILL", expr)?;
        refuse_plus(expr)?;
        let direction = direction(options, expr)?;
        Ok(OrderItem {
            value: self.expression(expr)?,
            direction,
        })
    }

    /// ORDER BY of a whole query: a bare name means an output column first, as in DuckDB. A name that
    /// DuckDB may read by itself must be a column of the dataset for the second opinion to agree.
    pub fn output_order_items(&mut self, items: &[ast::OrderByExpr]) -> Checked<Vec<OrderItem>> {
        items.iter().map(|item| self.output_order_item(item)).collect()
    }

    fn output_order_item(&mut self, item: &ast::OrderByExpr) -> Checked<OrderItem> {
        if let ast::Expr::Identifier(name) = &item.expr
            && (!super::scope::is_engine_name(&name.value) || self.claims.has_column_named(&name.value))
            && let Some(scope) = self.scopes.selects.last()
            && let Some(alias) = scope
                .aliases
                .iter()
                .find(|alias| super::scope::same(alias, &name.value))
                .cloned()
        {
            never(item.with_fill.is_some(), "WITH FILL", name.span)?;
            let direction = direction(&item.options, name.span)?;
            return Ok(OrderItem {
                value: tree::Expr::Column {
                    qualifier: None,
                    name: alias,
                },
                direction,
            });
        }
        self.order_item(item)
    }

    pub fn over(&mut self, over: &ast::WindowType) -> Checked<Over> {
        match over {
            ast::WindowType::NamedWindow(name) => Ok(Over::Named(self.window_name(name)?)),
            ast::WindowType::WindowSpec(spec) => Ok(Over::Window(self.window(spec)?)),
        }
    }

    pub fn window(&mut self, spec: &ast::WindowSpec) -> Checked<Window> {
        let ast::WindowSpec {
            window_name,
            partition_by,
            order_by,
            window_frame,
        } = spec;
        Ok(Window {
            base: window_name
                .as_ref()
                .map(|name| self.window_name(name))
                .transpose()?,
            partition_by: self.expressions(partition_by)?,
            order_by: self.order_items(order_by)?,
            frame: window_frame.as_ref().map(|frame| self.frame(frame)).transpose()?,
        })
    }

    fn window_name(&mut self, name: &ast::Ident) -> Checked<String> {
        let known = self.scopes.selects.last().and_then(|scope| {
            scope
                .windows
                .iter()
                .find(|window| super::scope::same(window, &name.value))
                .cloned()
        });
        known.ok_or_else(|| {
            invalid(
                "unknown-window",
                format!("There is no window `{}`.", excerpt(&name.value)),
            )
            .at(name.span)
            .hint("Define it in a WINDOW clause of the same SELECT.")
        })
    }

    fn frame(&mut self, frame: &ast::WindowFrame) -> Checked<Frame> {
        let ast::WindowFrame {
            units,
            start_bound,
            end_bound,
        } = frame;
        Ok(Frame {
            units: match units {
                ast::WindowFrameUnits::Rows => FrameUnits::Rows,
                ast::WindowFrameUnits::Range => FrameUnits::Range,
                ast::WindowFrameUnits::Groups => FrameUnits::Groups,
            },
            start: self.frame_bound(start_bound)?,
            end: end_bound
                .as_ref()
                .map(|bound| self.frame_bound(bound))
                .transpose()?,
        })
    }

    fn frame_bound(&mut self, bound: &ast::WindowFrameBound) -> Checked<FrameBound> {
        Ok(match bound {
            ast::WindowFrameBound::CurrentRow => FrameBound::CurrentRow,
            ast::WindowFrameBound::Preceding(None) => FrameBound::UnboundedPreceding,
            ast::WindowFrameBound::Following(None) => FrameBound::UnboundedFollowing,
            ast::WindowFrameBound::Preceding(Some(value)) => {
                FrameBound::Preceding(Box::new(self.expression(value)?))
            }
            ast::WindowFrameBound::Following(Some(value)) => {
                FrameBound::Following(Box::new(self.expression(value)?))
            }
        })
    }
}

pub fn direction(options: &ast::OrderByOptions, place: impl Located) -> Checked<Direction> {
    let ast::OrderByOptions { sort, nulls_first } = options;
    let descending = match sort {
        None | Some(ast::OrderBySort::Asc) => false,
        Some(ast::OrderBySort::Desc) => true,
        Some(ast::OrderBySort::Using(_)) => return Err(refuse("ORDER BY .. USING", place)),
    };
    Ok(Direction {
        descending,
        nulls_first: *nulls_first,
    })
}
