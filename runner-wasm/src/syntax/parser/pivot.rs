//! PIVOT and UNPIVOT, as a statement and behind a source in FROM.

use super::Parser;
use crate::rejection::{Checked, Explain, policy};
use crate::syntax::ast::{
    Expr, ExprKind, Joined, Name, Pivot, PivotColumn, PivotValues, Source, SourceKind, Unpivot,
};
use crate::syntax::token::Kind;

impl Parser<'_> {
    /// `PIVOT source ON columns USING aggregates GROUP BY columns`.
    pub(super) fn pivot_statement(&mut self) -> Checked<Pivot> {
        let place = self.advance().place;
        let source = self.turned_source()?;
        let mut pivot = Pivot {
            source,
            columns: Vec::new(),
            aggregates: Vec::new(),
            groups: None,
            place,
        };
        if self.eat_word("on") {
            pivot.columns = self.list(Self::at_list_end, Self::pivot_column)?;
        }
        if self.eat_word("using") {
            pivot.aggregates = self.items(Self::at_list_end)?;
        }
        if self.eat_words(&["group", "by"]) {
            pivot.groups = Some(self.pivot_groups()?);
        }
        if pivot.columns.is_empty() && pivot.aggregates.is_empty() && pivot.groups.is_none() {
            return Err(self.unexpected("ON"));
        }
        Ok(pivot)
    }

    /// `UNPIVOT source ON columns INTO NAME name VALUE names`.
    pub(super) fn unpivot_statement(&mut self) -> Checked<Unpivot> {
        let place = self.advance().place;
        let source = self.turned_source()?;
        self.expect_word("on")?;
        let columns = self.items(Self::at_list_end)?;
        let mut unpivot = Unpivot {
            source,
            include_nulls: false,
            values: Vec::new(),
            name: None,
            columns,
            place,
        };
        if self.eat_word("into") {
            self.expect_word("name")?;
            unpivot.name = Some(self.name_or_text()?);
            if !self.eat_any_word(&["value", "values"]) {
                return Err(self.unexpected("VALUE"));
            }
            unpivot.values = self.bare_names()?;
        }
        Ok(unpivot)
    }

    /// The source of a statement, up to its ON or USING.
    fn turned_source(&mut self) -> Checked<Source> {
        let place = self.place();
        let Joined { first, joins } = self.deeper(|parser| {
            let first = parser.source()?;
            parser.joins(first, true)
        })?;
        if joins.is_empty() {
            return Ok(first);
        }
        Err(policy(
            "construct-not-allowed",
            "PIVOT and UNPIVOT of joined tables are not allowed: which ON is meant is easily misread.",
        )
        .at(place)
        .hint("Write the join as a query in brackets: PIVOT (SELECT .. FROM .. JOIN ..) ON ..."))
    }

    fn pivot_column(&mut self) -> Checked<PivotColumn> {
        let value = self.restricted_expression()?;
        let values = if !self.eat_word("in") {
            PivotValues::Found
        } else if self.at_sign("(") && self.starts_query(1) {
            PivotValues::Query(Box::new(self.query_in_brackets()?))
        } else {
            self.pivot_values()?
        };
        Ok(PivotColumn { value, values })
    }

    fn pivot_values(&mut self) -> Checked<PivotValues> {
        if !self.at_sign("(") {
            return Ok(PivotValues::Enum(self.name_or_text()?));
        }
        self.expect_sign("(")?;
        let items = self.items(|parser| parser.at_sign(")"))?;
        self.expect_sign(")")?;
        Ok(PivotValues::List(items))
    }

    /// Names with or without brackets, as columns.
    fn pivot_groups(&mut self) -> Checked<Vec<Expr>> {
        Ok(self.bare_names()?.into_iter().map(column).collect())
    }

    fn bare_names(&mut self) -> Checked<Vec<Name>> {
        if self.at_sign("(") {
            self.names_in_brackets()
        } else {
            self.list(
                |parser| !parser.at_name() && parser.peek().kind != Kind::Text,
                Self::name_or_text,
            )
        }
    }

    /// `source PIVOT (..)`, `source UNPIVOT (..)`.
    pub(super) fn pivoted(&mut self, source: Source) -> Checked<Source> {
        let place = source.place;
        let kind = if self.at_word("pivot") {
            SourceKind::Pivot(Box::new(self.pivot_suffix(source)?))
        } else {
            SourceKind::Unpivot(Box::new(self.unpivot_suffix(source)?))
        };
        Ok(Source {
            kind,
            alias: self.alias()?,
            sample: None,
            place,
        })
    }

    fn pivot_suffix(&mut self, source: Source) -> Checked<Pivot> {
        let place = self.advance().place;
        self.expect_sign("(")?;
        let aggregates = self.items(|parser| parser.at_word("for"))?;
        self.expect_word("for")?;
        let mut columns = vec![self.suffix_column()?];
        while !self.at_sign(")") && !self.at_word("group") {
            columns.push(self.suffix_column()?);
        }
        let groups = if self.eat_words(&["group", "by"]) {
            let names = self.list(|parser| parser.at_sign(")"), Self::name_or_text)?;
            Some(names.into_iter().map(column).collect())
        } else {
            None
        };
        self.expect_sign(")")?;
        Ok(Pivot {
            source,
            columns,
            aggregates,
            groups,
            place,
        })
    }

    fn suffix_column(&mut self) -> Checked<PivotColumn> {
        let value = self.deeper(Self::operand_expression)?;
        self.expect_word("in")?;
        let values = self.pivot_values()?;
        Ok(PivotColumn { value, values })
    }

    fn unpivot_suffix(&mut self, source: Source) -> Checked<Unpivot> {
        let place = self.advance().place;
        let include_nulls = self.eat_words(&["include", "nulls"]);
        if !include_nulls {
            self.eat_words(&["exclude", "nulls"]);
        }
        self.expect_sign("(")?;
        let values = if self.at_sign("(") {
            self.names_in_brackets()?
        } else {
            vec![self.name_or_text()?]
        };
        self.expect_word("for")?;
        let name = self.name_or_text()?;
        self.expect_word("in")?;
        self.expect_sign("(")?;
        let columns = self.items(|parser| parser.at_sign(")"))?;
        self.expect_sign(")")?;
        self.expect_sign(")")?;
        Ok(Unpivot {
            source,
            include_nulls,
            values,
            name: Some(name),
            columns,
            place,
        })
    }
}

fn column(name: Name) -> Expr {
    Expr {
        place: name.place,
        kind: ExprKind::Column(vec![name]),
    }
}
