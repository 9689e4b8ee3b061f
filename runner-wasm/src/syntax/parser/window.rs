//! Windows: `(name PARTITION BY .. ORDER BY .. ROWS BETWEEN .. AND ..)`.

use super::Parser;
use crate::rejection::{Checked, Explain, invalid};
use crate::syntax::ast::{Frame, FrameBound, FrameExclude, FrameUnits, Over, Window};

impl Parser<'_> {
    /// Behind OVER: a name or a window.
    pub(super) fn over(&mut self) -> Checked<Over> {
        if self.at_sign("(") {
            Ok(Over::Window(Box::new(self.window()?)))
        } else {
            Ok(Over::Named(self.name()?))
        }
    }

    pub(super) fn window(&mut self) -> Checked<Window> {
        self.deeper(|parser| {
            let place = parser.place();
            parser.expect_sign("(")?;
            let clause = ["partition", "range", "rows", "groups"];
            let base = if parser.at_name() && !parser.at_any_word(&clause) {
                Some(parser.take_name())
            } else {
                None
            };
            let partition_by = if parser.eat_word("partition") {
                parser.expect_word("by")?;
                parser.strict_list(Self::expression)?
            } else {
                Vec::new()
            };
            let order_by = parser.inner_order_by()?;
            let frame = parser.frame()?;
            parser.expect_sign(")")?;
            Ok(Window {
                base,
                partition_by,
                order_by,
                frame,
                place,
            })
        })
    }

    fn frame(&mut self) -> Checked<Option<Frame>> {
        let place = self.place();
        let units = if self.eat_word("rows") {
            FrameUnits::Rows
        } else if self.eat_word("range") {
            FrameUnits::Range
        } else if self.eat_word("groups") {
            FrameUnits::Groups
        } else {
            return Ok(None);
        };
        let (start, end) = if self.eat_word("between") {
            let start = self.bound()?;
            self.expect_word("and")?;
            (start, Some(self.bound()?))
        } else {
            (self.bound()?, None)
        };
        if !in_order(&start, end.as_ref()) {
            return Err(invalid("syntax", "This frame ends before it starts.")
                .at(place)
                .hint("Write BETWEEN earlier AND later; one bound alone ends at the current row."));
        }
        let exclude = self.exclude()?;
        Ok(Some(Frame {
            units,
            start,
            end,
            exclude,
            place,
        }))
    }

    fn bound(&mut self) -> Checked<FrameBound> {
        if self.eat_words(&["unbounded", "preceding"]) {
            return Ok(FrameBound::UnboundedPreceding);
        }
        if self.eat_words(&["unbounded", "following"]) {
            return Ok(FrameBound::UnboundedFollowing);
        }
        if self.eat_words(&["current", "row"]) {
            return Ok(FrameBound::CurrentRow);
        }
        let distance = self.expression()?;
        if self.eat_word("preceding") {
            Ok(FrameBound::Preceding(distance))
        } else if self.eat_word("following") {
            Ok(FrameBound::Following(distance))
        } else {
            Err(self.unexpected("PRECEDING or FOLLOWING"))
        }
    }

    fn exclude(&mut self) -> Checked<Option<FrameExclude>> {
        if !self.eat_word("exclude") {
            return Ok(None);
        }
        let exclude = if self.eat_words(&["current", "row"]) {
            FrameExclude::CurrentRow
        } else if self.eat_word("group") {
            FrameExclude::Group
        } else if self.eat_word("ties") {
            FrameExclude::Ties
        } else if self.eat_words(&["no", "others"]) {
            FrameExclude::NoOthers
        } else {
            return Err(self.unexpected("CURRENT ROW, GROUP, TIES or NO OTHERS"));
        };
        Ok(Some(exclude))
    }
}

/// The same orders that DuckDB's grammar refuses.
fn in_order(start: &FrameBound, end: Option<&FrameBound>) -> bool {
    match (start, end) {
        (FrameBound::UnboundedFollowing, _)
        | (FrameBound::Following(_), None)
        | (_, Some(FrameBound::UnboundedPreceding))
        | (FrameBound::CurrentRow, Some(FrameBound::Preceding(_)))
        | (FrameBound::Following(_), Some(FrameBound::Preceding(_) | FrameBound::CurrentRow)) => false,
        (
            FrameBound::UnboundedPreceding
            | FrameBound::Preceding(_)
            | FrameBound::CurrentRow
            | FrameBound::Following(_),
            _,
        ) => true,
    }
}
