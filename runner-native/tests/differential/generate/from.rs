//! FROM: tables, common tables, derived and lateral queries, values, table functions, and joins of all
//! kinds.

use super::{Column, Kind, Maker, Source, tables};

impl Maker<'_> {
    /// The clause, and what can be named after it.
    pub(super) fn from(&mut self) -> (String, Vec<Source>) {
        let (mut text, first) = self.source(&[]);
        let mut sources = vec![first];
        let mut joins = if self.depth > 1 {
            0
        } else {
            self.tape.between(0, 2)
        };
        while joins > 0 {
            joins -= 1;
            self.join(&mut text, &mut sources);
        }
        (text, sources)
    }

    fn join(&mut self, text: &mut String, sources: &mut Vec<Source>) {
        let (joined, source) = self.source(sources);
        let both: Vec<Source> = sources.iter().cloned().chain([source.clone()]).collect();
        let shared = shared_column(sources, &source);
        let mut kept = true;
        let clause = match self.tape.below(12) {
            0..=3 => {
                let kind = self
                    .tape
                    .pick(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "INNER JOIN"]);
                format!(" {kind} {joined} ON {}", self.condition(&both))
            }
            4 | 5 if shared.is_some() => {
                let kind = self.tape.pick(&["JOIN", "LEFT JOIN", "FULL OUTER JOIN"]);
                self.merged |= kind.starts_with("FULL");
                format!(" {kind} {joined} USING ({})", shared.unwrap_or_default())
            }
            6 if shared.is_some() => format!(" NATURAL JOIN {joined}"),
            7 => {
                kept = false;
                let kind = self.tape.pick(&["SEMI", "ANTI"]);
                format!(" {kind} JOIN {joined} ON {}", self.condition(&both))
            }
            8 => format!(" CROSS JOIN {joined}"),
            // DuckDB 1.5.6 crashes on some of these two in one FROM.
            9 if !text.contains("ASOF") => format!(" POSITIONAL JOIN {joined}"),
            10 if !text.contains("POSITIONAL") => {
                let (left, right) = (
                    self.of(sources, Kind::Integer),
                    self.of(std::slice::from_ref(&source), Kind::Integer),
                );
                format!(" ASOF JOIN {joined} ON {left} >= {right}")
            }
            _ => format!(", {joined}"),
        };
        text.push_str(&clause);
        if kept {
            sources.push(source);
        }
    }

    fn condition(&mut self, sources: &[Source]) -> String {
        let (last, before) = sources.split_last().expect("a join has two sides");
        let equal = format!(
            "{} = {}",
            self.of(before, Kind::Integer),
            self.of(std::slice::from_ref(last), Kind::Integer)
        );
        if self.tape.chance(25) {
            self.scopes.push(sources.to_vec());
            let more = self.truth(1);
            self.scopes.pop();
            format!("{equal} AND {more}")
        } else {
            equal
        }
    }

    /// A column of these sources, or a number.
    fn of(&mut self, sources: &[Source], kind: Kind) -> String {
        let columns: Vec<String> = sources
            .iter()
            .flat_map(|source| {
                let fitting = source.columns.iter().filter(move |column| column.kind == kind);
                fitting.map(move |column| format!("{}.{}", source.name, column.name))
            })
            .collect();
        if columns.is_empty() {
            "1".into()
        } else {
            self.tape.pick(&columns)
        }
    }

    fn source(&mut self, before: &[Source]) -> (String, Source) {
        match self.tape.below(10) {
            6 if self.depth < 2 => self.derived(before),
            7 => self.values(),
            8 => self.function(before),
            5 if !self.common.is_empty() => {
                let common = self.common.clone();
                let table = self.tape.pick(&common);
                self.aliased(table, true)
            }
            _ => {
                let table = self.tape.pick(&tables());
                let taken = before.iter().any(|source| source.name == table.name);
                self.aliased(table, taken)
            }
        }
    }

    fn aliased(&mut self, table: Source, must: bool) -> (String, Source) {
        if !must && self.tape.chance(40) {
            return (table.name.clone(), table);
        }
        let alias = self.fresh("t");
        let text = match self.tape.below(5) {
            0 => format!("{} AS {alias}", table.name),
            1 => format!("\"{}\" {alias}", table.name),
            2 => format!("{alias}: {}", table.name),
            _ => format!("{} {alias}", table.name),
        };
        (text, Source { name: alias, ..table })
    }

    fn derived(&mut self, before: &[Source]) -> (String, Source) {
        let lateral = !before.is_empty() && self.tape.chance(40);
        if lateral {
            self.scopes.push(before.to_vec());
        }
        let (query, columns) = self.query_with_columns();
        if lateral {
            self.scopes.pop();
        }
        let alias = self.fresh("d");
        let word = if lateral {
            self.tape.pick(&["LATERAL ", ""])
        } else {
            ""
        };
        if self.tape.chance(20) {
            let renamed: Vec<Column> = columns
                .iter()
                .map(|column| Column {
                    name: self.fresh("r"),
                    kind: column.kind,
                })
                .collect();
            let names: Vec<String> = renamed.iter().map(|column| column.name.clone()).collect();
            return (
                format!("{word}({query}) AS {alias}({})", names.join(", ")),
                Source {
                    name: alias,
                    columns: renamed,
                },
            );
        }
        (
            format!("{word}({query}) {alias}"),
            Source { name: alias, columns },
        )
    }

    fn values(&mut self) -> (String, Source) {
        let alias = self.fresh("v");
        let rows = self.tape.between(1, 3);
        let row = |maker: &mut Self| {
            format!(
                "({}, {})",
                maker.literal(Kind::Integer),
                maker.literal(Kind::Text)
            )
        };
        let rows: Vec<String> = (0..rows).map(|_| row(self)).collect();
        let columns = vec![
            Column {
                name: "n".into(),
                kind: Kind::Integer,
            },
            Column {
                name: "label".into(),
                kind: Kind::Text,
            },
        ];
        (
            format!("(VALUES {}) AS {alias}(n, label)", rows.join(", ")),
            Source { name: alias, columns },
        )
    }

    fn function(&mut self, before: &[Source]) -> (String, Source) {
        let alias = self.fresh("g");
        let call = match self.tape.below(3) {
            0 => "range(4)".into(),
            1 => "generate_series(1, 7, 3)".to_string(),
            _ => {
                self.scopes.push(before.to_vec());
                let list = self.expression(Kind::Integers, 1);
                self.scopes.pop();
                format!("unnest({list})")
            }
        };
        let columns = vec![Column {
            name: "i".into(),
            kind: Kind::Integer,
        }];
        (format!("{call} AS {alias}(i)"), Source { name: alias, columns })
    }
}

fn shared_column(sources: &[Source], joined: &Source) -> Option<String> {
    let has = |source: &&Source, name: &str| source.columns.iter().any(|column| column.name == name);
    let shared = joined
        .columns
        .iter()
        .filter(|column| sources.iter().filter(|source| has(source, &column.name)).count() == 1);
    shared.map(|column| column.name.clone()).next()
}
