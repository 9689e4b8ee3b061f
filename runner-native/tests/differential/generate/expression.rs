//! Values of each kind: literals in all spellings, columns, operators of all ranks without the
//! parentheses that would settle them, calls, casts, lists, structs and lambdas.

use super::{Kind, Maker};

impl Maker<'_> {
    /// An expression that is, as a rule, of this kind.
    pub(super) fn expression(&mut self, kind: Kind, deep: usize) -> String {
        if deep == 0 || self.tape.chance(25) {
            return self.leaf(kind);
        }
        let text = match self.tape.below(12) {
            10 => self.choice(kind, deep - 1),
            11 if self.depth < 3 => format!("({})", self.subquery(Some(kind))),
            _ => match kind {
                Kind::Integer => self.integer(deep - 1),
                Kind::Number => self.number(deep - 1),
                Kind::Text => self.text(deep - 1),
                Kind::Date => self.date(deep - 1),
                Kind::Moment => self.moment(deep - 1),
                Kind::Truth => self.truth(deep - 1),
                Kind::Integers => self.integers(deep - 1),
                Kind::Pair => self.pair(deep - 1),
            },
        };
        if self.tape.chance(30) {
            format!("({text})")
        } else {
            text
        }
    }

    /// A column of that kind, or else a literal.
    pub(super) fn leaf(&mut self, kind: Kind) -> String {
        let columns = self.columns(kind);
        if columns.is_empty() || self.tape.chance(30) {
            self.literal(kind)
        } else {
            self.tape.pick(&columns)
        }
    }

    /// As they can be written here: qualified as a rule, outer ones now and then.
    pub(super) fn columns(&mut self, kind: Kind) -> Vec<String> {
        let mut written: Vec<String> = Vec::new();
        let parameters = self.parameters.iter().filter(|parameter| parameter.kind == kind);
        written.extend(parameters.map(|parameter| parameter.name.clone()));
        let outer = self.tape.chance(10);
        let bare = self.tape.chance(15);
        let levels = if outer { 2 } else { 1 };
        for source in self.scopes.iter().rev().take(levels).flatten() {
            for column in source.columns.iter().filter(|column| column.kind == kind) {
                written.push(if bare {
                    column.name.clone()
                } else {
                    format!("{}.{}", source.name, column.name)
                });
            }
        }
        written
    }

    pub(super) fn literal(&mut self, kind: Kind) -> String {
        let literals: &[&str] = match kind {
            Kind::Integer => &[
                "1",
                "0",
                "42",
                "NULL",
                "1_000",
                "007",
                "2147483647",
                "9007199254740993",
                "3::BIGINT",
            ],
            Kind::Number => &[
                "1.5",
                ".5",
                "2.",
                "1e3",
                "-0.25",
                "1.50::DECIMAL(6,2)",
                "1E-2",
                "NULL::DOUBLE",
            ],
            Kind::Text => &[
                "'x'",
                "''",
                "'it''s'",
                "$$it's$$",
                "'a\\'",
                "'%_'",
                "'größer'",
                "'--'",
                "'/* */'",
                "'\"'",
                "NULL",
                "'42'",
            ],
            Kind::Date => &[
                "DATE '2025-12-24'",
                "'2026-01-31'::DATE",
                "CAST('2024-02-29' AS DATE)",
                "date '2023-12-31'",
            ],
            Kind::Moment => &[
                "TIMESTAMP '2026-01-01 18:30:00'",
                "'2025-12-31'::TIMESTAMP",
                "TIMESTAMP '2026-01-05'",
            ],
            Kind::Truth => &["TRUE", "false", "NULL::BOOLEAN", "'t'::BOOL"],
            Kind::Integers => &[
                "[1, 2, 3]",
                "CAST([] AS INTEGER[])",
                "range(3)",
                "[NULL, 5]",
                "list_value(3, 1, 2)",
            ],
            Kind::Pair => &[
                "{'a': 1, 'b': 'x'}",
                "struct_pack(a := 2, b := 'y')",
                "{a: 3, b: NULL}",
                "{'a': NULL, 'b': ''}",
            ],
        };
        self.tape.pick(literals).into()
    }

    fn choice(&mut self, kind: Kind, deep: usize) -> String {
        let (left, right) = (self.expression(kind, deep), self.expression(kind, deep));
        match self.tape.below(7) {
            0 => format!("CASE WHEN {} THEN {left} ELSE {right} END", self.truth(deep)),
            1 => {
                let operand = self.expression(Kind::Integer, deep);
                format!("CASE {operand} WHEN 1 THEN {left} WHEN 2 THEN {right} END")
            }
            2 => format!("coalesce({left}, {right})"),
            3 => format!("nullif({left}, {right})"),
            4 => format!("if({}, {left}, {right})", self.truth(deep)),
            5 => format!("ifnull({left}, {right})"),
            _ => format!("greatest({left}, {right})"),
        }
    }

    fn integer(&mut self, deep: usize) -> String {
        let left = self.expression(Kind::Integer, deep);
        match self.tape.below(18) {
            0..=2 => {
                let operator = self.tape.pick(&["+", "-", "*", "//", "%"]);
                let tight = self.tape.chance(20);
                let right = self.expression(Kind::Integer, deep);
                // Two minus signs without a blank would be a comment.
                if tight && !right.starts_with('-') {
                    format!("{left}{operator}{right}")
                } else {
                    format!("{left} {operator} {right}")
                }
            }
            3 => {
                let operator = self.tape.pick(&["&", "|", "<<", ">>"]);
                format!("{left} {operator} {}", self.tape.pick(&["1", "2", "3 + 1"]))
            }
            4 => format!("- {left}"),
            5 => format!("~{left}"),
            6 => format!(
                "{left}::{}",
                self.tape.pick(&["INT", "BIGINT", "SMALLINT", "HUGEINT", "int8"])
            ),
            7 => format!("length({})", self.expression(Kind::Text, deep)),
            8 => format!(
                "EXTRACT({} FROM {})",
                self.tape.pick(&["year", "month", "dow", "'day'"]),
                self.expression(Kind::Date, deep)
            ),
            9 => format!("{}.len()", self.leaf(Kind::Integers)),
            10 => format!(
                "{}[{}]",
                self.expression(Kind::Integers, deep),
                self.tape.pick(&["1", "2", "-1", "0"])
            ),
            11 => format!("({}).a", self.expression(Kind::Pair, deep)),
            12 => format!("position('a' IN {})", self.expression(Kind::Text, deep)),
            13 => format!(
                "date_diff('day', {}, {})",
                self.leaf(Kind::Date),
                self.leaf(Kind::Date)
            ),
            14 => format!("TRY_CAST({} AS INTEGER)", self.expression(Kind::Text, deep)),
            15 => format!("list_sum({})", self.expression(Kind::Integers, deep)),
            16 => format!("+{left}"),
            _ => format!("abs({left} - {})", self.leaf(Kind::Integer)),
        }
    }

    fn number(&mut self, deep: usize) -> String {
        let left = self.expression(Kind::Number, deep);
        match self.tape.below(9) {
            0 | 1 => {
                let operator = self.tape.pick(&["+", "-", "*", "/"]);
                format!("{left} {operator} {}", self.expression(Kind::Number, deep))
            }
            2 => format!("{} {} 2", self.leaf(Kind::Integer), self.tape.pick(&["^", "**"])),
            3 => format!(
                "-{} {} 2",
                self.tape.pick(&["2", "visitors", "3.5"]),
                self.tape.pick(&["^", "**"])
            ),
            4 => format!("round({left}, 1)"),
            5 => format!("sqrt(abs({left}))"),
            6 => format!(
                "{} / {}",
                self.expression(Kind::Integer, deep),
                self.expression(Kind::Integer, deep)
            ),
            7 => format!(
                "{left}::{}",
                self.tape
                    .pick(&["DOUBLE", "DECIMAL(10, 3)", "FLOAT", "numeric(12,1)"])
            ),
            _ => format!("{left} * {}", self.expression(Kind::Integer, deep)),
        }
    }

    fn text(&mut self, deep: usize) -> String {
        let left = self.expression(Kind::Text, deep);
        match self.tape.below(18) {
            0 | 1 => format!("{left} || {}", self.expression(Kind::Text, deep)),
            2 => format!("{left} || {} + 1", self.leaf(Kind::Integer)),
            3 => format!("upper({left})"),
            4 => format!("{}.lower()", self.leaf(Kind::Text)),
            5 => format!("substring({left} FROM 2 FOR 3)"),
            6 => format!("{left}[{}]", self.tape.pick(&["1", "1:3", ":-2", "2:"])),
            7 => format!(
                "trim({} 'x' FROM {left})",
                self.tape.pick(&["BOTH", "LEADING", "TRAILING"])
            ),
            8 => format!("replace({left}, 'a', 'b')"),
            9 => {
                let kind = self.any_kind();
                format!("CAST({} AS VARCHAR)", self.expression(kind, deep))
            }
            10 => format!("strftime({}, '%Y-%m')", self.expression(Kind::Moment, deep)),
            11 => format!("concat_ws(', ', {left}, {})", self.expression(Kind::Text, deep)),
            12 => format!("left({left}, 2)"),
            13 => format!("({}).b", self.expression(Kind::Pair, deep)),
            14 => format!(
                "'{{\"a\": [1, \"z\"]}}'::JSON ->> '{}'",
                self.tape.pick(&["$.a", "a", "$.a[1]"])
            ),
            15 => format!("regexp_replace({left}, '[aeiou]', '_')"),
            16 => format!("{left} COLLATE NOCASE"),
            _ => format!("lpad({left}, 5, '*')"),
        }
    }

    fn date(&mut self, deep: usize) -> String {
        let left = self.expression(Kind::Date, deep);
        match self.tape.below(6) {
            0 => format!("{left} + {}", self.tape.pick(&["1", "40"])),
            1 => format!("({left} + {})::DATE", self.interval()),
            2 => format!("date_trunc('month', {left})::DATE"),
            3 => format!("CAST({} AS DATE)", self.expression(Kind::Moment, deep)),
            4 => format!("last_day({left})"),
            _ => format!("make_date(2025, {}, 1)", self.tape.pick(&["1", "12"])),
        }
    }

    fn moment(&mut self, deep: usize) -> String {
        let left = self.expression(Kind::Moment, deep);
        match self.tape.below(5) {
            0 => format!("{left} + {}", self.interval()),
            1 => format!("{left} - {}", self.interval()),
            2 => format!(
                "date_trunc('{}', {left})",
                self.tape.pick(&["day", "hour", "week"])
            ),
            3 => format!("time_bucket(INTERVAL 1 DAY, {left})"),
            _ => format!("{}::TIMESTAMP", self.expression(Kind::Date, deep)),
        }
    }

    fn interval(&mut self) -> String {
        let unit = self
            .tape
            .pick(&["DAY", "MONTHS", "hour", "YEAR", "minutes", "WEEK"]);
        match self.tape.below(4) {
            0 => format!("INTERVAL 3 {unit}"),
            1 => format!("INTERVAL '2' {unit}"),
            2 => "INTERVAL '1 day 2 hours'".into(),
            _ => format!("INTERVAL ({}) {unit}", self.tape.pick(&["1 + 1", "-1", "2"])),
        }
    }

    fn integers(&mut self, deep: usize) -> String {
        let list = self.expression(Kind::Integers, deep);
        match self.tape.below(9) {
            0 => format!(
                "[{}, {}]",
                self.expression(Kind::Integer, deep),
                self.expression(Kind::Integer, deep)
            ),
            1 => format!(
                "{list}[{}]",
                self.tape.pick(&["1:2", "2:", ":-2", "1:3:2", "-1:"])
            ),
            2 => self.lambda(|inner, name| {
                let body = inner.expression(Kind::Integer, deep);
                format!("list_transform({list}, {name} -> {body})")
            }),
            3 => self.lambda(|inner, name| {
                let body = inner.truth(deep);
                format!("list_filter({list}, lambda {name}: {body})")
            }),
            4 => self.lambda(|inner, name| {
                let (body, filter) = (inner.expression(Kind::Integer, deep), inner.truth(0));
                format!("[{body} for {name} in {list} if {filter}]")
            }),
            5 => format!("list_sort({list})"),
            6 => format!("{list} || {}", self.expression(Kind::Integers, deep)),
            7 if self.depth < 3 => format!("ARRAY({} ORDER BY ALL)", self.subquery(Some(Kind::Integer))),
            _ => format!("list_reverse({list})"),
        }
    }

    fn lambda(&mut self, write: impl FnOnce(&mut Self, &str) -> String) -> String {
        let name = self.tape.pick(&["x", "y", "title"]);
        self.parameters.push(super::Column {
            name: name.into(),
            kind: Kind::Integer,
        });
        let text = write(self, name);
        self.parameters.pop();
        text
    }

    fn pair(&mut self, deep: usize) -> String {
        let (number, text) = (
            self.expression(Kind::Integer, deep),
            self.expression(Kind::Text, deep),
        );
        match self.tape.below(3) {
            0 => format!("{{'a': {number}, 'b': {text}}}"),
            1 => format!("struct_pack(a := {number}, b := {text})"),
            _ => format!("{{a: {number}, \"b\": {text}}}"),
        }
    }
}
