//! Which tables a plan touches, before anything is compiled: the joins depend on it.

use super::comparison::ENDINGS;
use super::{Compiler, names};
use crate::rejection::Checked;
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::plan::{ColumnCondition, Expression, Filter, OrderBy, SelectItem, Series};
use std::collections::BTreeSet;

/// A walk over parts of a plan that collects tables.
struct Walk<'c, 'a> {
    compiler: &'c Compiler<'a>,
    tables: BTreeSet<String>,
    /// Names may be those of outputs.
    after_select: bool,
}

impl<'a> Compiler<'a> {
    /// Tables that outputs, groups and order use.
    pub fn tables_shown(&self) -> Checked<BTreeSet<String>> {
        let plan = self.plan;
        let mut walk = self.walk();
        for (index, item) in plan.select.iter().enumerate() {
            walk.item(item, &format!("/select/{index}"))?;
        }
        if let Some(window) = plan.window.as_ref().filter(|_| plan.compare) {
            walk.column(self.base, &window.column, "/window/column")?;
        }
        walk.after_select = true;
        if let Some(top) = &plan.top {
            for (index, name) in top.per.iter().enumerate() {
                walk.column(self.base, name, &format!("/top/per/{index}"))?;
            }
            walk.orders(&top.order_by, "/top/order_by")?;
        }
        walk.orders(&plan.order_by, "/order_by")?;
        for (index, name) in plan.group_by.iter().enumerate() {
            walk.column(self.base, name, &format!("/group_by/{index}"))?;
        }
        for (index, filter) in plan.having.iter().enumerate() {
            walk.having(filter, &format!("/having/{index}"))?;
        }
        Ok(walk.tables)
    }

    pub fn tables_filtered(&self) -> Checked<BTreeSet<String>> {
        let mut walk = self.walk();
        for (index, filter) in self.plan.filters.iter().enumerate() {
            walk.filter(filter, &format!("/filters/{index}"))?;
        }
        if let Some(window) = &self.plan.window {
            walk.column(self.base, &window.column, "/window/column")?;
        }
        Ok(walk.tables)
    }

    fn walk(&self) -> Walk<'_, 'a> {
        Walk {
            compiler: self,
            tables: BTreeSet::new(),
            after_select: false,
        }
    }

    /// Names that outputs have or may get; a name that is none of these must be a column.
    fn is_output_name(&self, name: &str) -> bool {
        let plain = |item: &SelectItem| {
            item.alias
                .as_ref()
                .is_some_and(|alias| alias.eq_ignore_ascii_case(name))
        };
        let compared = self.plan.compare && ENDINGS.iter().any(|ending| name.ends_with(ending));
        compared
            || self.plan.select.iter().any(plain)
            || self.resolve(name, "").is_err() && self.has_derived_name()
    }

    /// Derived names are looked up again once they exist; here a column of that name does not.
    fn has_derived_name(&self) -> bool {
        self.plan.select.is_empty() || self.plan.select.iter().any(|item| item.alias.is_none())
    }
}

impl<'a> Walk<'_, 'a> {
    fn item(&mut self, item: &SelectItem, pointer: &str) -> Checked<()> {
        let base = self.compiler.base;
        for (name, part) in [(&item.column, "column"), (&item.per, "per")] {
            if let Some(name) = name {
                self.column(base, name, &format!("{pointer}/{part}"))?;
            }
        }
        self.optional(item.expression.as_ref(), &format!("{pointer}/expression"))?;
        if let Some(name) = &item.measure {
            let pointer = format!("{pointer}/measure");
            let measure = self.compiler.measure(name, &pointer)?;
            let home = names::table(self.compiler.dataset, &measure.table)?;
            self.tables.insert(home.name.clone());
            self.expression(&measure.expression, home, &pointer)?;
        }
        match &item.condition {
            Some(filter) => self.filter(filter, &format!("{pointer}/where")),
            None => Ok(()),
        }
    }

    fn column(&mut self, home: &'a Table, name: &str, pointer: &str) -> Checked<()> {
        if self.after_select && self.compiler.is_output_name(name) {
            return Ok(());
        }
        let column = self
            .compiler
            .resolve_from(home, name)
            .map_err(|rejection| crate::rejection::Explain::at_pointer(rejection, pointer))?;
        self.tables.insert(column.table.name.clone());
        Ok(())
    }

    fn filter(&mut self, filter: &Filter, pointer: &str) -> Checked<()> {
        self.conditions(filter, pointer, &mut |walk, condition, pointer| {
            if let Some(name) = &condition.column {
                walk.column(walk.compiler.base, name, &format!("{pointer}/column"))?;
            }
            walk.sides(condition, pointer)
        })
    }

    /// In `having` a condition's name is always an output's.
    fn having(&mut self, filter: &Filter, pointer: &str) -> Checked<()> {
        self.conditions(filter, pointer, &mut |walk, condition, pointer| {
            walk.sides(condition, pointer)
        })
    }

    fn conditions(
        &mut self,
        filter: &Filter,
        pointer: &str,
        visit: &mut dyn FnMut(&mut Self, &ColumnCondition, &str) -> Checked<()>,
    ) -> Checked<()> {
        let (inner, name) = match filter {
            Filter::All(all) => (&all.and, "and"),
            Filter::Any(any) => (&any.or, "or"),
            Filter::Not(not) => return self.conditions(&not.not, &format!("{pointer}/not"), visit),
            Filter::Condition(condition) => return visit(self, condition, pointer),
        };
        inner.iter().enumerate().try_for_each(|(index, filter)| {
            self.conditions(filter, &format!("{pointer}/{name}/{index}"), visit)
        })
    }

    fn sides(&mut self, condition: &ColumnCondition, pointer: &str) -> Checked<()> {
        self.optional(condition.expression.as_ref(), &format!("{pointer}/expression"))?;
        self.optional(condition.value_of.as_ref(), &format!("{pointer}/value_of"))
    }

    fn orders(&mut self, orders: &[OrderBy], pointer: &str) -> Checked<()> {
        for (index, order) in orders.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            if let Some(name) = &order.expr {
                self.column(self.compiler.base, name, &format!("{pointer}/expr"))?;
            }
            self.optional(order.expression.as_ref(), &format!("{pointer}/expression"))?;
        }
        Ok(())
    }

    fn optional(&mut self, expression: Option<&Expression>, pointer: &str) -> Checked<()> {
        match expression {
            Some(expression) => self.expression(expression, self.compiler.base, pointer),
            None => Ok(()),
        }
    }

    fn expression(&mut self, expression: &Expression, home: &'a Table, pointer: &str) -> Checked<()> {
        let after_select = self.after_select;
        match expression {
            Expression::Column(name) => self.column(home, name, &format!("{pointer}/column"))?,
            Expression::Position => {
                self.tables.insert(self.compiler.base.name.clone());
            }
            Expression::Aggregate { condition, .. } => {
                self.after_select = false;
                if let Some(condition) = condition {
                    self.filter(condition, &format!("{pointer}/aggregate/where"))?;
                }
            }
            Expression::Percentile { .. } => self.after_select = false,
            _ => {}
        }
        if let Some(series) = expression.series() {
            self.after_select = true;
            self.series(series, pointer)?;
        }
        let walked = expression
            .parts()
            .into_iter()
            .try_for_each(|(place, part)| self.expression(part, home, &format!("{pointer}/{place}")));
        self.after_select = after_select;
        walked
    }

    fn series(&mut self, series: Series<'_>, pointer: &str) -> Checked<()> {
        let (base, pointer) = (self.compiler.base, format!("{pointer}/{}", series.name));
        if let Some(along) = series.along {
            self.column(base, along, &format!("{pointer}/along"))?;
        }
        for (index, name) in series.within.unwrap_or_default().iter().enumerate() {
            self.column(base, name, &format!("{pointer}/within/{index}"))?;
        }
        Ok(())
    }
}
