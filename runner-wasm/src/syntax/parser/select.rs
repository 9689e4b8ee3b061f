//! One SELECT: from its list of columns to USING SAMPLE.

use super::Parser;
use crate::rejection::{Checked, Explain, invalid, policy};
use crate::syntax::ast::{
    Distinct, Expr, ExprKind, GroupBy, GroupItem, Item, Joined, Name, Place, Select, Source, SourceKind,
    Star, Window,
};
use crate::syntax::token::{Class, Kind};

impl Parser<'_> {
    pub(super) fn select(&mut self) -> Checked<Select> {
        let place = self.place();
        if self.eat_word("table") {
            return self.table_query(place);
        }
        let mut select = Select {
            distinct: Distinct::No,
            items: Vec::new(),
            from: Vec::new(),
            filter: None,
            group_by: None,
            having: None,
            windows: Vec::new(),
            qualify: None,
            sample: None,
            place,
        };
        if self.eat_word("from") {
            select.from = self.strict_list(Self::joined)?;
            if self.eat_word("select") {
                self.select_list(&mut select)?;
            } else {
                select.items.push(all_columns(place));
            }
        } else {
            self.expect_word("select")?;
            self.select_list(&mut select)?;
            self.refuse_into()?;
            if self.eat_word("from") {
                select.from = self.list(Self::at_list_end, Self::joined)?;
            }
        }
        self.refuse_into()?;
        self.select_clauses(&mut select)?;
        Ok(select)
    }

    /// `TABLE t` is `SELECT * FROM t`.
    fn table_query(&mut self, place: Place) -> Checked<Select> {
        let first = self.name()?;
        let source = Source {
            place: first.place,
            kind: SourceKind::Table(self.dotted(first)?),
            alias: None,
            sample: None,
        };
        Ok(Select {
            distinct: Distinct::No,
            items: vec![all_columns(place)],
            from: vec![Joined {
                first: source,
                joins: Vec::new(),
            }],
            filter: None,
            group_by: None,
            having: None,
            windows: Vec::new(),
            qualify: None,
            sample: None,
            place,
        })
    }

    fn refuse_into(&self) -> Checked<()> {
        if self.at_word("into") {
            return Err(policy(
                "construct-not-allowed",
                "SELECT INTO is not allowed: data can only be read here.",
            )
            .at(self.place()));
        }
        Ok(())
    }

    fn select_list(&mut self, select: &mut Select) -> Checked<()> {
        if self.eat_word("distinct") {
            select.distinct = if self.eat_word("on") {
                self.expect_sign("(")?;
                let values = self.list(|parser| parser.at_sign(")"), Self::expression)?;
                self.expect_sign(")")?;
                Distinct::On(values)
            } else {
                Distinct::Yes
            };
        } else {
            self.eat_word("all");
        }
        if self.at_list_end() || self.at_word("from") {
            return Err(self.unexpected("a column"));
        }
        select.items = self.items(Self::at_list_end)?;
        Ok(())
    }

    /// Expressions with their aliases; the list ends in brackets, at a clause or with the text.
    pub(super) fn items(&mut self, ends: impl Fn(&Self) -> bool) -> Checked<Vec<Item>> {
        self.list(ends, Self::item)
    }

    pub(super) fn item(&mut self) -> Checked<Item> {
        if self.at_name() && self.ahead(1).is_sign(":") {
            let alias = self.take_name();
            self.advance();
            let value = self.expression()?;
            return Ok(Item {
                value,
                alias: Some(alias),
                begin: Place::default(),
                end: Place::default(),
            });
        }
        let (first, begin) = (self.position, self.place());
        let value = self.expression()?;
        let last = self.position;
        let alias = if self.eat_word("as") {
            Some(self.label_or_text()?)
        } else if matches!(self.peek().kind, Kind::Quoted | Kind::Word(Class::Name)) {
            Some(self.take_name())
        } else {
            None
        };
        let renamed = alias.is_some() || !self.is_rewritten(first, last);
        let (begin, end) = if renamed {
            (Place::default(), Place::default())
        } else {
            (begin, self.place())
        };
        Ok(Item {
            value,
            alias,
            begin,
            end,
        })
    }

    /// Whether one of these tokens is of a form that the gate prints as the function that it stands for.
    fn is_rewritten(&self, first: usize, last: usize) -> bool {
        const SIGNS: &[&str] = &[
            "^", "**", "->", "->>", "^@", "@>", "<@", "&&", "~", "!~", "~~", "!~~", "~~*", "!~~*",
        ];
        const WORDS: &[&str] = &["extract", "position", "for", "zone", "array"];
        let tokens = self.tokens.get(first..last).unwrap_or_default();
        tokens.iter().enumerate().any(|(index, token)| {
            let method = || {
                let next = |ahead: usize| tokens.get(index + ahead);
                token.is_sign(".")
                    && next(1).is_some_and(|token| matches!(token.kind, Kind::Word(_)))
                    && next(2).is_some_and(|token| token.is_sign("("))
            };
            SIGNS.iter().any(|sign| token.is_sign(sign))
                || WORDS.iter().any(|word| token.is_word(word))
                || method()
        })
    }

    fn label_or_text(&mut self) -> Checked<Name> {
        if self.peek().kind == Kind::Text {
            Ok(self.take_name())
        } else {
            self.label()
        }
    }

    /// Where a list may end behind a comma too many: nothing that begins an expression stands here.
    pub(super) fn at_list_end(&self) -> bool {
        let token = self.peek();
        match token.kind {
            Kind::End => true,
            Kind::Sign => matches!(&*token.text, ")" | "]" | "}" | ";"),
            Kind::Word(Class::Reserved) => [
                "from",
                "where",
                "group",
                "having",
                "window",
                "qualify",
                "using",
                "order",
                "limit",
                "offset",
                "fetch",
                "union",
                "except",
                "intersect",
                "into",
                "for",
                "on",
            ]
            .iter()
            .any(|word| token.is_word(word)),
            _ => false,
        }
    }

    fn select_clauses(&mut self, select: &mut Select) -> Checked<()> {
        if self.eat_word("where") {
            select.filter = Some(self.expression()?);
        }
        if self.at_word("group") {
            select.group_by = Some(self.group_by()?);
        }
        if self.eat_word("having") {
            select.having = Some(self.expression()?);
        }
        if self.eat_word("window") {
            select.windows = self.strict_list(Self::named_window)?;
        }
        if self.eat_word("qualify") {
            select.qualify = Some(self.expression()?);
        }
        if self.at_words(&["using", "sample"]) {
            let place = self.advance().place;
            self.advance();
            select.sample = Some(self.sample(place)?);
        }
        self.refuse_out_of_order()
    }

    /// Names the clause that stands too late.
    fn refuse_out_of_order(&self) -> Checked<()> {
        for (word, order) in [
            (
                "where",
                "WHERE stands before GROUP BY, HAVING and QUALIFY, and once.",
            ),
            (
                "group",
                "GROUP BY stands behind WHERE and before HAVING, and once.",
            ),
            ("having", "HAVING stands behind GROUP BY and before QUALIFY."),
            ("window", "WINDOW stands behind HAVING and before QUALIFY."),
            ("qualify", "QUALIFY stands behind HAVING and before ORDER BY."),
            ("from", "FROM stands once, before WHERE."),
            ("select", "SELECT stands at the beginning, or right behind FROM."),
        ] {
            if self.at_word(word) {
                return Err(invalid("syntax", order).at(self.place()));
            }
        }
        Ok(())
    }

    fn named_window(&mut self) -> Checked<(Name, Window)> {
        let name = self.name()?;
        self.expect_word("as")?;
        let window = self.window()?;
        Ok((name, window))
    }

    fn group_by(&mut self) -> Checked<GroupBy> {
        let place = self.advance().place;
        self.expect_word("by")?;
        if self.eat_word("all") {
            return Ok(GroupBy::All(place));
        }
        Ok(GroupBy::Items(self.list(Self::at_list_end, Self::group_item)?))
    }

    fn group_item(&mut self) -> Checked<GroupItem> {
        let place = self.place();
        let bracket = self.ahead(1).is_sign("(");
        if self.at_sign("(") && self.ahead(1).is_sign(")") {
            self.position += 2;
            return Ok(GroupItem::Empty(place));
        }
        if bracket && self.eat_word("rollup") {
            let items = self.grouped()?;
            return Ok(GroupItem::Rollup { items, place });
        }
        if bracket && self.eat_word("cube") {
            let items = self.grouped()?;
            return Ok(GroupItem::Cube { items, place });
        }
        if self.at_words(&["grouping", "sets"]) {
            self.position += 2;
            self.expect_sign("(")?;
            let sets = self.deeper(|parser| parser.list(|parser| parser.at_sign(")"), Self::group_item))?;
            self.expect_sign(")")?;
            return Ok(GroupItem::Sets { sets, place });
        }
        Ok(GroupItem::Expression(self.expression()?))
    }

    fn grouped(&mut self) -> Checked<Vec<Expr>> {
        self.expect_sign("(")?;
        let items = self.list(|parser| parser.at_sign(")"), Self::expression)?;
        self.expect_sign(")")?;
        Ok(items)
    }
}

fn all_columns(place: Place) -> Item {
    Item {
        value: Expr {
            kind: ExprKind::Star(Box::new(Star {
                qualifier: Vec::new(),
                exclude: Vec::new(),
                replace: Vec::new(),
                rename: Vec::new(),
                like: None,
            })),
            place,
        },
        alias: None,
        begin: Place::default(),
        end: Place::default(),
    }
}
