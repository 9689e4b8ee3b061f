//! ORDER BY items, window specifications and frames.

use super::Checker;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{
    Direction, Expr, Frame, FrameBound, FrameExclude, FrameUnits, OrderItem, Over, Window,
};
use crate::syntax::ast::{self, ExprKind, Name};

impl Checker<'_> {
    pub fn order_items(&mut self, items: &[ast::OrderItem]) -> Checked<Vec<OrderItem>> {
        items.iter().map(|item| self.order_item(item)).collect()
    }

    fn order_item(&mut self, item: &ast::OrderItem) -> Checked<OrderItem> {
        let ast::OrderItem {
            value,
            direction: written,
        } = item;
        Ok(OrderItem {
            value: self.expression(value)?,
            direction: direction(*written),
        })
    }

    /// ORDER BY of a whole query: a bare name means an output column first, as in DuckDB. A name that
    /// DuckDB may read by itself must be a column of the dataset for the second opinion to agree.
    pub fn output_order_items(&mut self, items: &[ast::OrderItem]) -> Checked<Vec<OrderItem>> {
        let mut checked = Vec::with_capacity(items.len());
        for item in items {
            if matches!(item.value.kind, ExprKind::Columns(_)) {
                let each = self.expand(&item.value)?;
                checked.extend(each.into_iter().map(|(value, _)| OrderItem {
                    value,
                    direction: direction(item.direction),
                }));
            } else {
                checked.push(self.output_order_item(item)?);
            }
        }
        Ok(checked)
    }

    fn output_order_item(&mut self, item: &ast::OrderItem) -> Checked<OrderItem> {
        if let ExprKind::Column(names) = &item.value.kind
            && let [name] = names.as_slice()
            && (!super::scope::is_engine_name(&name.text) || self.claims.has_column_named(&name.text))
            && let Some(scope) = self.scopes.selects.last()
            && let Some(alias) = scope
                .aliases
                .iter()
                .find(|alias| super::scope::same(alias, &name.text))
        {
            return Ok(OrderItem {
                value: Expr::name(alias),
                direction: direction(item.direction),
            });
        }
        self.order_item(item)
    }

    pub fn over(&mut self, over: &ast::Over) -> Checked<Over> {
        match over {
            ast::Over::Named(name) => Ok(Over::Named(self.window_name(name)?)),
            ast::Over::Window(window) => Ok(Over::Window(self.window(window)?)),
        }
    }

    pub fn window(&mut self, window: &ast::Window) -> Checked<Window> {
        let ast::Window {
            base,
            partition_by,
            order_by,
            frame,
            place: _,
        } = window;
        Ok(Window {
            base: base.as_ref().map(|name| self.window_name(name)).transpose()?,
            partition_by: self.expressions(partition_by)?,
            order_by: self.order_items(order_by)?,
            frame: frame.as_ref().map(|frame| self.frame(frame)).transpose()?,
        })
    }

    fn window_name(&mut self, name: &Name) -> Checked<String> {
        let known = self.scopes.selects.last().and_then(|scope| {
            scope
                .windows
                .iter()
                .find(|window| super::scope::same(window, &name.text))
                .cloned()
        });
        known.ok_or_else(|| {
            invalid(
                "unknown-window",
                format!("There is no window `{}`.", excerpt(&name.text)),
            )
            .at(name.place)
            .hint("Define it in a WINDOW clause of the same SELECT.")
        })
    }

    fn frame(&mut self, frame: &ast::Frame) -> Checked<Frame> {
        let ast::Frame {
            units,
            start,
            end,
            exclude,
            place: _,
        } = frame;
        Ok(Frame {
            units: match units {
                ast::FrameUnits::Rows => FrameUnits::Rows,
                ast::FrameUnits::Range => FrameUnits::Range,
                ast::FrameUnits::Groups => FrameUnits::Groups,
            },
            start: self.frame_bound(start)?,
            end: end.as_ref().map(|bound| self.frame_bound(bound)).transpose()?,
            exclude: exclude.map(|exclude| match exclude {
                ast::FrameExclude::NoOthers => FrameExclude::NoOthers,
                ast::FrameExclude::CurrentRow => FrameExclude::CurrentRow,
                ast::FrameExclude::Group => FrameExclude::Group,
                ast::FrameExclude::Ties => FrameExclude::Ties,
            }),
        })
    }

    fn frame_bound(&mut self, bound: &ast::FrameBound) -> Checked<FrameBound> {
        Ok(match bound {
            ast::FrameBound::CurrentRow => FrameBound::CurrentRow,
            ast::FrameBound::UnboundedPreceding => FrameBound::UnboundedPreceding,
            ast::FrameBound::UnboundedFollowing => FrameBound::UnboundedFollowing,
            ast::FrameBound::Preceding(value) => FrameBound::Preceding(self.boxed(value)?),
            ast::FrameBound::Following(value) => FrameBound::Following(self.boxed(value)?),
        })
    }
}

pub fn direction(written: ast::Direction) -> Direction {
    let ast::Direction {
        descending,
        nulls_first,
    } = written;
    Direction {
        descending: descending.unwrap_or(false),
        nulls_first,
    }
}
