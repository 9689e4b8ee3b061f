//! This window against the one of the same length before it: each aggregate becomes four columns.

use super::Compiler;
use super::expressions::Computed;
use super::outputs::Output;
use super::series::{is_series, percentage};
use super::values::Kind;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{ChainOperator, Expr};
use csv_analyst_protocol::plan::{SelectItem, TimeWindow};

/// What the names of the added columns end in.
pub const ENDINGS: [&str; 3] = ["_before", "_change", "_change_percent"];

impl<'a> Compiler<'a> {
    /// The window whose halves are compared, if they are.
    pub fn compared_window(&self) -> Checked<Option<&'a TimeWindow>> {
        let plan = self.plan;
        let refuse = |message: &str, pointer: &str| Err(invalid("compare", message).at_pointer(pointer));
        if !plan.compare {
            return Ok(None);
        }
        let Some(window) = &plan.window else {
            return refuse(
                "`compare` needs a `window`: which time is compared with the one before?",
                "/compare",
            );
        };
        let series = plan
            .select
            .iter()
            .position(|item| item.expression.as_ref().is_some_and(is_series));
        match series {
            Some(index) => refuse(
                "Shares, ranks and the like are not compared between two windows.",
                &format!("/select/{index}/expression"),
            ),
            None => Ok(Some(window)),
        }
    }

    /// One item as it is now, before, the difference and its percentage; what is not aggregated as it is.
    pub fn compared(
        &mut self,
        item: &SelectItem,
        window: &TimeWindow,
        pointer: &str,
    ) -> Checked<Vec<Output<'a>>> {
        self.period = Some(self.span(window, window.last, 0)?);
        let now = self.output(item, pointer)?;
        if !now.computed.aggregated {
            self.period = None;
            return Ok(vec![now]);
        }
        self.period = Some(self.span(window, window.last.saturating_mul(2), window.last)?);
        let before = self.output(item, pointer)?;
        self.period = None;
        let mut outputs = vec![
            now.clone(),
            named(&now, ENDINGS[0], before.computed.value.clone()),
        ];
        if now.computed.kind == Kind::Number {
            let difference = Expr::chain(
                now.computed.value.clone(),
                ChainOperator::Subtract,
                before.computed.value.clone(),
            );
            let change = match item.round {
                Some(places) => Expr::call("round", vec![difference.clone(), Expr::number(places)]),
                None => difference.clone(),
            };
            let percent = percentage(difference, before.computed.value);
            let percent = Expr::call("round", vec![percent, Expr::number(1)]);
            outputs.push(named(&now, ENDINGS[1], change));
            outputs.push(named(&now, ENDINGS[2], percent));
        }
        Ok(outputs)
    }

    fn span(&self, window: &TimeWindow, from: u32, to: u32) -> Checked<Expr> {
        Ok(self.between(window, from, to)?.condition.value)
    }
}

fn named<'a>(output: &Output<'a>, ending: &str, value: Expr) -> Output<'a> {
    Output {
        name: format!("{}{ending}", output.name),
        computed: Computed {
            value,
            ..output.computed.clone()
        },
        ..output.clone()
    }
}
