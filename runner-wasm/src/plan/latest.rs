//! FROM: the tables that a plan needs, joined many-to-one, and "the latest row per key".

use super::Compiler;
use super::graph::Joins;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::*;
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::plan::LatestPer;

impl<'a> Compiler<'a> {
    /// The root, then each table that it points to. A row without its counterpart is kept, unless
    /// the counterpart is what the plan asks about.
    pub fn from(&self, joins: &Joins<'a>) -> Joined {
        let joined = joins.edges.iter().map(|edge| {
            let condition = Expr::compare(
                Expr::column(&edge.from_table, &edge.from_column),
                Comparison::Equal,
                Expr::column(&edge.to_table, &edge.to_column),
            );
            let kind = if edge.to_table == self.base.name {
                JoinKind::Inner
            } else {
                JoinKind::Left
            };
            Join {
                kind,
                asof: false,
                source: self.source(&edge.to_table),
                constraint: Constraint::On(condition),
            }
        });
        Joined {
            first: self.source(&joins.root.name),
            joins: joined.collect(),
        }
    }

    fn source(&self, table: &str) -> Source {
        match &self.plan.latest {
            Some(latest) if table == self.base.name => latest_rows(self.base, latest),
            _ => Source::Table {
                name: table.into(),
                alias: None,
                sample: None,
            },
        }
    }

    /// The names in `latest` are columns of the plan's own table.
    pub fn check_latest(&mut self) -> Checked<()> {
        let Some(latest) = &self.plan.latest else {
            return Ok(());
        };
        let own = |name: &str, pointer: &str| -> Checked<()> {
            let column = self.resolve(name, pointer)?;
            if column.table.name != self.base.name {
                return Err(invalid(
                    "latest",
                    format!("`latest` names columns of `{}` only.", self.base.name),
                )
                .at_pointer(pointer));
            }
            Ok(())
        };
        for (index, key) in latest.key.iter().enumerate() {
            own(key, &format!("/latest/key/{index}"))?;
        }
        own(&latest.by, "/latest/by")?;
        let by = self.resolve(&latest.by, "/latest/by")?;
        if latest.key.is_empty() || !by.column.kind.is_temporal() {
            return Err(invalid(
                "latest",
                "`latest` needs a key, and a date or timestamp to go by.",
            )
            .at_pointer("/latest"));
        }
        let keys = latest.key.join(", ");
        self.notes.push(format!(
            "Only the newest row per {keys} counts (by {}).",
            latest.by
        ));
        Ok(())
    }
}

/// `(SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY key ORDER BY by DESC, ..) = 1) AS t`. Where
/// key and time don't tell rows apart, the other columns break ties, so that the same row is kept every
/// time.
fn latest_rows(table: &Table, latest: &LatestPer) -> Source {
    let own = |name: &str| -> String {
        let bare = name.rsplit_once('.').filter(|_| table.column(name).is_none());
        bare.map_or(name, |(_, column)| column).into()
    };
    let keys: Vec<String> = latest.key.iter().map(|key| own(key)).collect();
    let by = own(&latest.by);
    let told_apart = |name: &String| *name == by || keys.contains(name);
    let unique = !table.primary_key.is_empty() && table.primary_key.iter().all(told_apart);
    let rest = table
        .columns
        .iter()
        .map(|column| &column.name)
        .filter(|name| !unique && !told_apart(name));
    let ties: Vec<Expr> = rest.map(|name| Expr::name(name)).collect();
    let keys: Vec<Expr> = keys.iter().map(|key| Expr::name(key)).collect();
    let by = Expr::name(&by);
    let newest = Direction {
        descending: true,
        nulls_first: Some(false),
    };
    let first = OrderItem {
        value: by.clone(),
        direction: newest,
    };
    let ties = ties.into_iter().map(|value| OrderItem {
        value,
        direction: Direction::default(),
    });
    let window = Window {
        partition_by: keys,
        order_by: std::iter::once(first).chain(ties).collect(),
        ..Window::default()
    };
    let place = Expr::Call(Box::new(Call {
        name: "row_number",
        over: Some(Over::Window(window)),
        ..Call::default()
    }));
    let select = Select {
        items: vec![Item::Star(Star::default())],
        from: vec![Joined {
            first: Source::Table {
                name: table.name.clone(),
                alias: None,
                sample: None,
            },
            joins: Vec::new(),
        }],
        qualify: Some(Expr::compare(place, Comparison::Equal, Expr::number(1))),
        ..Select::default()
    };
    let query = Query {
        body: Body::Select(Box::new(select)),
        ..Query::default()
    };
    Source::Derived {
        query: Box::new(query),
        lateral: false,
        alias: Some(Alias {
            name: table.name.clone(),
            columns: Vec::new(),
        }),
        sample: None,
    }
}
