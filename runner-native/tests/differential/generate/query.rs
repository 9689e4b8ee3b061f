//! Queries with everything round their body: common tables, set operations, groups, windows, orders.

use super::{Column, Kind, Maker, Source, tables};

impl Maker<'_> {
    pub(super) fn statement(&mut self) -> String {
        match self.tape.below(20) {
            17 => self.pivot(),
            18 => self.unpivot(),
            19 => self.recursive(),
            _ => self.query_with_columns().0,
        }
    }

    /// A query of one column of that kind, or of anything.
    pub(super) fn subquery(&mut self, kind: Option<Kind>) -> String {
        if self.depth >= 3 {
            return "SELECT 1".into();
        }
        self.depth += 1;
        let (from, sources) = self.from();
        self.scopes.push(sources);
        let text = match kind {
            None => format!("SELECT 1 FROM {from} WHERE {}", self.truth(1)),
            Some(kind) if self.tape.chance(50) => {
                let value = self.expression(kind, 1);
                format!("SELECT {}({value}) FROM {from}", self.tape.pick(&["max", "min"]))
            }
            Some(kind) => {
                let value = self.expression(kind, 1);
                format!("SELECT {value} FROM {from} ORDER BY ALL LIMIT 1")
            }
        };
        self.scopes.pop();
        self.depth -= 1;
        text
    }

    pub(super) fn query_with_columns(&mut self) -> (String, Vec<Column>) {
        self.depth += 1;
        let outside = self.common.len();
        let with = if self.depth == 1 && self.tape.chance(30) {
            self.with()
        } else {
            String::new()
        };
        let (mut body, columns) = self.select();
        if self.tape.chance(12) {
            body = self.set_operation(&body, &columns);
        }
        body.push_str(&self.ending(&columns));
        self.common.truncate(outside);
        self.depth -= 1;
        (format!("{with}{body}"), columns)
    }

    fn with(&mut self) -> String {
        let mut parts = Vec::new();
        for _ in 0..self.tape.between(1, 2) {
            let (query, columns) = self.query_with_columns();
            let name = self.fresh("c");
            let written = self.tape.pick(&["AS", "AS MATERIALIZED", "AS NOT MATERIALIZED"]);
            parts.push(format!("{name} {written} ({query})"));
            self.common.push(Source { name, columns });
        }
        format!("WITH {} ", parts.join(", "))
    }

    fn set_operation(&mut self, left: &str, columns: &[Column]) -> String {
        let operation = self.tape.pick(&[
            "UNION",
            "UNION ALL",
            "INTERSECT",
            "EXCEPT",
            "EXCEPT ALL",
            "UNION ALL BY NAME",
        ]);
        let values: Vec<String> = columns
            .iter()
            .map(|column| format!("{} AS {}", self.literal(column.kind), column.name))
            .collect();
        let right = format!("SELECT {}", values.join(", "));
        if self.tape.chance(40) {
            format!("({left}) {operation} {right}")
        } else {
            format!("{left} {operation} {right}")
        }
    }

    fn ending(&mut self, columns: &[Column]) -> String {
        let mut text = match self.tape.below(6) {
            0 | 1 => String::new(),
            2 => " ORDER BY ALL".into(),
            3 => {
                let column = self.tape.pick(columns);
                format!(
                    " ORDER BY {}{}, ALL",
                    column.name,
                    self.tape.pick(&["", " DESC", " NULLS FIRST"])
                )
                .replace(", ALL", "")
            }
            4 => format!(
                " ORDER BY {}{}",
                self.tape.between(1, columns.len()),
                self.tape.pick(&[" DESC", " ASC NULLS LAST", ""])
            ),
            _ => " ORDER BY ALL DESC NULLS LAST".into(),
        };
        if text.contains("ALL") && self.tape.chance(40) {
            text.push_str(self.tape.pick(&[
                " LIMIT 5",
                " LIMIT 3 OFFSET 2",
                " OFFSET 1",
                " LIMIT 50%",
                " FETCH FIRST 4 ROWS ONLY",
            ]));
        }
        text
    }

    fn select(&mut self) -> (String, Vec<Column>) {
        let (from, sources) = self.from();
        self.scopes.push(sources.clone());
        let filter = if self.tape.chance(45) {
            format!(" WHERE {}", self.truth(3))
        } else {
            String::new()
        };
        let (head, tail, columns) = match self.tape.below(10) {
            0..=2 => self.grouped(),
            3 => self.starred(&sources),
            _ => self.plain(),
        };
        self.scopes.pop();
        let text = if self.tape.chance(10) {
            format!("FROM {from} SELECT {head}{filter}{tail}")
        } else {
            format!("SELECT {head} FROM {from}{filter}{tail}")
        };
        (text, columns)
    }

    /// One item of the list: every spelling of an alias.
    fn item(&mut self, value: String, kind: Kind) -> (String, Column) {
        let name = self.fresh("k");
        let (text, name) = match self.tape.below(8) {
            0 => (format!("{value} \"{name} Q\""), format!("\"{name} Q\"")),
            1 => (format!("{name}: {value}"), name),
            2 => (format!("{value} AS '{name}'"), name),
            3 => (format!("{value} {name}"), name),
            _ => (format!("{value} AS {name}"), name),
        };
        (text, Column { name, kind })
    }

    fn plain(&mut self) -> (String, String, Vec<Column>) {
        let mut tail = String::new();
        let mut windows = Vec::new();
        if self.tape.chance(20) {
            let name = self.fresh("w");
            tail.push_str(&format!(" WINDOW {name} AS ({})", self.window(true)));
            windows.push(name);
        }
        let mut items = Vec::new();
        for _ in 0..self.tape.between(1, 3) {
            let (value, kind) = if self.tape.chance(20) || !windows.is_empty() && items.is_empty() {
                self.over(&windows)
            } else {
                let kind = self.any_kind();
                (self.expression(kind, 4), kind)
            };
            items.push(self.item(value, kind));
        }
        if self.tape.chance(10) {
            tail.push_str(&format!(
                " QUALIFY row_number() OVER ({}) <= 3",
                self.window(false)
            ));
        }
        let distinct = if self.tape.chance(15) { "DISTINCT " } else { "" };
        let (texts, columns): (Vec<String>, Vec<Column>) = items.into_iter().unzip();
        (format!("{distinct}{}", texts.join(", ")), tail, columns)
    }

    fn starred(&mut self, sources: &[Source]) -> (String, String, Vec<Column>) {
        let source = self.tape.pick(sources);
        let column = self.tape.pick(&source.columns);
        let other = self.expression(column.kind, 1);
        let name = &source.name;
        let star = match self.tape.below(if self.merged { 5 } else { 8 }) {
            0 => "*".into(),
            1 => format!("{name}.*"),
            2 => format!("{name}.* EXCLUDE ({})", column.name),
            3 => format!("{name}.* REPLACE ({other} AS {})", column.name),
            4 => format!("{name}.* RENAME ({} AS renamed)", column.name),
            5 => "COLUMNS('.*a.*')".into(),
            6 => "* LIKE '%e%'".into(),
            _ => "COLUMNS(c -> c LIKE '%t%')".into(),
        };
        let (last, column) = self.item(other, column.kind);
        (format!("{star}, {last}"), String::new(), vec![column])
    }

    fn grouped(&mut self) -> (String, String, Vec<Column>) {
        let mut keys = Vec::new();
        for _ in 0..self.tape.between(0, 2) {
            let kind = self.tape.pick(&super::PLAIN);
            keys.push((self.without_tables(kind), kind));
        }
        let mut items: Vec<(String, Column)> = keys
            .iter()
            .cloned()
            .map(|(value, kind)| self.item(value, kind))
            .collect();
        let (value, kind) = self.aggregate();
        items.push(self.item(value, kind));
        if self.tape.chance(30) {
            let ((left, _), (right, kind)) = (self.aggregate(), self.aggregate());
            items.push(self.item(
                format!("{left} = {right}"),
                if kind == Kind::Integer { Kind::Truth } else { kind },
            ));
        }
        let values: Vec<String> = keys.into_iter().map(|(value, _)| value).collect();
        let mut tail = if values.is_empty() {
            String::new()
        } else {
            self.groups(&values)
        };
        if self.tape.chance(25) {
            tail.push_str(&format!(
                " HAVING count(*) > {}",
                self.tape.pick(&["1", "0", "2"])
            ));
        }
        let (texts, columns) = items.into_iter().unzip::<String, Column, Vec<_>, Vec<_>>();
        (texts.join(", "), tail, columns)
    }

    /// DuckDB finds a key again in the SELECT list by comparing trees, and names of tables in them by
    /// case: the gate's text has one spelling, which would group where the original does not.
    fn without_tables(&mut self, kind: Kind) -> String {
        self.depth += 3;
        let key = self.expression(kind, 1);
        self.depth -= 3;
        key
    }

    fn groups(&mut self, values: &[String]) -> String {
        let all = values.join(", ");
        let ordinals: Vec<String> = (1..=values.len()).map(|number| number.to_string()).collect();
        match self.tape.below(7) {
            0 | 1 => format!(" GROUP BY {all}"),
            2 => " GROUP BY ALL".into(),
            3 => format!(" GROUP BY ROLLUP ({all})"),
            4 => format!(" GROUP BY CUBE ({all})"),
            5 => format!(" GROUP BY GROUPING SETS (({all}), ())"),
            _ => format!(" GROUP BY {}", ordinals.join(", ")),
        }
    }

    fn recursive(&mut self) -> String {
        let step = self.tape.pick(&["n + 1", "n * 2", "n + 1 + 0"]);
        let union = self.tape.pick(&["UNION ALL", "UNION"]);
        let least = self.tape.pick(&["n < 9", "n < 5 AND true"]);
        format!(
            "WITH RECURSIVE r(n) AS (SELECT 1 {union} SELECT {step} FROM r WHERE {least}) SELECT n, n * n AS square FROM r ORDER BY ALL"
        )
    }

    fn pivot(&mut self) -> String {
        let group = self
            .tape
            .pick(&["", " GROUP BY rating", " GROUP BY dubbed, rating"]);
        let values = self
            .tape
            .pick(&["'Drama', 'Comedy'", "'Drama'", "'x', 'drama', 'Comedy'"]);
        let using = self.tape.pick(&[
            "sum(budget)",
            "count(*)",
            "max(title) AS m, count(*) AS n",
            "min(released)",
        ]);
        match self.tape.below(3) {
            0 => format!("PIVOT films ON genre IN ({values}) USING {using}{group}"),
            1 => format!(
                "SELECT * FROM films PIVOT ({} FOR genre IN ({values}){group}) ORDER BY ALL",
                using.replace(" AS m, count(*) AS n", "")
            ),
            _ => format!(
                "FROM (PIVOT (SELECT genre, rating, dubbed, budget, title, released FROM films) ON genre IN ({values}) USING {using}{group}) AS p SELECT *"
            ),
        }
    }

    fn unpivot(&mut self) -> String {
        let table = self.tape.pick(&tables()[..2]);
        let texts: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.kind == Kind::Text)
            .map(|column| column.name.clone())
            .collect();
        let key = &table.columns[0].name;
        let columns = texts.join(", ");
        match self.tape.below(3) {
            0 => format!(
                "UNPIVOT (SELECT {key}, {columns} FROM {}) ON {columns} INTO NAME what VALUE said",
                table.name
            ),
            1 => format!(
                "SELECT * FROM (SELECT {key}, {columns} FROM {}) UNPIVOT (said FOR what IN ({columns})) ORDER BY ALL",
                table.name
            ),
            _ => format!(
                "SELECT * FROM (SELECT {key}, {columns} FROM {}) UNPIVOT INCLUDE NULLS (said FOR what IN ({columns}))",
                table.name
            ),
        }
    }
}
