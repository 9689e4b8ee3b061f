//! Joins. One that needs ON or USING takes in what is joined up to its own ON: `a JOIN b JOIN c ON x
//! ON y` joins a with (b JOIN c ON x).

use super::Parser;
use crate::rejection::Checked;
use crate::syntax::ast::{Constraint, Join, JoinKind, Joined, Source, SourceKind};

impl Parser<'_> {
    /// A source and all that is joined to it.
    pub(super) fn joined(&mut self) -> Checked<Joined> {
        self.deeper(|parser| {
            let first = parser.source()?;
            parser.joins(first, false)
        })
    }

    /// What follows a source; `inner`: up to the ON or USING of the join around.
    pub(super) fn joins(&mut self, first: Source, inner: bool) -> Checked<Joined> {
        let mut joined = Joined {
            first,
            joins: Vec::new(),
        };
        loop {
            if inner && self.at_any_word(&["on", "using"]) {
                return Ok(joined);
            }
            if self.at_any_word(&["pivot", "unpivot"]) {
                // It turns all that was joined so far.
                let source = whole(joined);
                joined = Joined {
                    first: self.pivoted(source)?,
                    joins: Vec::new(),
                };
            } else if let Some(join) = self.join()? {
                joined.joins.push(join);
            } else {
                return Ok(joined);
            }
        }
    }

    fn join(&mut self) -> Checked<Option<Join>> {
        let place = self.place();
        let natural = self.at_word("natural");
        let asof = self.at_word("asof");
        if natural || asof {
            self.advance();
        } else if self.at_any_word(&["cross", "positional"]) && self.ahead(1).is_word("join") {
            let kind = if self.at_word("cross") {
                JoinKind::Cross
            } else {
                JoinKind::Positional
            };
            self.position += 2;
            let source = self.source()?;
            return Ok(Some(Join {
                kind,
                asof: false,
                source,
                constraint: Constraint::None,
                place,
            }));
        }
        let Some(kind) = self.join_kind()? else {
            return if natural || asof {
                Err(self.unexpected("JOIN"))
            } else {
                Ok(None)
            };
        };
        if natural {
            let source = self.source()?;
            return Ok(Some(Join {
                kind,
                asof,
                source,
                constraint: Constraint::Natural,
                place,
            }));
        }
        let (source, constraint) = self.constrained()?;
        Ok(Some(Join {
            kind,
            asof,
            source,
            constraint,
            place,
        }))
    }

    /// `LEFT OUTER JOIN`, `JOIN`.
    fn join_kind(&mut self) -> Checked<Option<JoinKind>> {
        let kind = if self.eat_word("join") {
            return Ok(Some(JoinKind::Inner));
        } else if self.eat_word("inner") {
            JoinKind::Inner
        } else if self.eat_word("semi") {
            JoinKind::Semi
        } else if self.eat_word("anti") {
            JoinKind::Anti
        } else {
            let kind = if self.eat_word("left") {
                JoinKind::Left
            } else if self.eat_word("right") {
                JoinKind::Right
            } else if self.eat_word("full") {
                JoinKind::Full
            } else {
                return Ok(None);
            };
            self.eat_word("outer");
            kind
        };
        self.expect_word("join")?;
        Ok(Some(kind))
    }

    fn constrained(&mut self) -> Checked<(Source, Constraint)> {
        let right = self.deeper(|parser| {
            let first = parser.source()?;
            parser.joins(first, true)
        })?;
        let constraint = if self.eat_word("on") {
            Constraint::On(self.expression()?)
        } else if self.eat_word("using") {
            Constraint::Using(self.names_in_brackets()?)
        } else {
            return Err(self.unexpected("ON or USING"));
        };
        Ok((whole(right), constraint))
    }
}

/// Several joined sources as one.
fn whole(joined: Joined) -> Source {
    if joined.joins.is_empty() {
        return joined.first;
    }
    let place = joined.first.place;
    Source {
        kind: SourceKind::Joined(Box::new(joined)),
        alias: None,
        sample: None,
        place,
    }
}
