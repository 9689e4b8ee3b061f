//! FROM: the tables that a plan needs, joined many-to-one, and "the latest (or first) row per key".

use super::Compiler;
use super::graph::Joins;
use super::names::ColumnRef;
use super::position::numbered_rows;
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
        if table != self.base.name {
            return whole(table);
        }
        let rows = match &self.position {
            Some(name) => numbered_rows(self.base, name),
            None => whole(table),
        };
        let newest = self.plan.latest.as_ref().map(|kept| (kept, true));
        let oldest = self.plan.earliest.as_ref().map(|kept| (kept, false));
        match newest.or(oldest) {
            Some((kept, descending)) => one_per_key(self.base, rows, kept, descending),
            None => rows,
        }
    }

    /// The names in `latest` and `earliest` are columns of the plan's own table.
    pub fn check_kept_rows(&mut self) -> Checked<()> {
        let plan = self.plan;
        match (&plan.latest, &plan.earliest) {
            (None, None) => Ok(()),
            (Some(kept), None) => self.check_kept(kept, "latest", "newest"),
            (None, Some(kept)) => self.check_kept(kept, "earliest", "oldest"),
            (Some(_), Some(_)) => Err(invalid(
                "latest",
                "A plan keeps the newest row per key or the oldest, not both.",
            )
            .at_pointer("/earliest")),
        }
    }

    fn check_kept(&mut self, kept: &LatestPer, field: &str, which: &str) -> Checked<()> {
        for (index, key) in kept.key.iter().enumerate() {
            self.own_column(key, field, &format!("/{field}/key/{index}"))?;
        }
        let by = self.own_column(&kept.by, field, &format!("/{field}/by"))?;
        if kept.key.is_empty() || !by.column.kind.is_temporal() {
            return Err(invalid(
                "latest",
                format!("`{field}` needs a key, and a date or timestamp to go by."),
            )
            .at_pointer(&format!("/{field}")));
        }
        let keys = kept.key.join(", ");
        self.note(format!(
            "Only the {which} row per {keys} counts (by {}).",
            kept.by
        ));
        Ok(())
    }

    fn own_column(&self, name: &str, field: &str, pointer: &str) -> Checked<ColumnRef<'a>> {
        let column = self.resolve(name, pointer)?;
        if column.table.name == self.base.name {
            return Ok(column);
        }
        Err(invalid(
            "latest",
            format!("`{field}` names columns of `{}` only.", self.base.name),
        )
        .at_pointer(pointer))
    }
}

fn whole(table: &str) -> Source {
    Source::Table {
        name: table.into(),
        alias: None,
        sample: None,
    }
}

/// A subquery under the name of the table whose rows it holds.
pub fn derived(select: Select, table: &str) -> Source {
    let query = Query {
        body: Body::Select(Box::new(select)),
        ..Query::default()
    };
    Source::Derived {
        query: Box::new(query),
        lateral: false,
        alias: Some(Alias {
            name: table.into(),
            columns: Vec::new(),
        }),
        sample: None,
    }
}

/// `(SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY key ORDER BY by DESC, ..) = 1) AS t`. Where
/// key and time don't tell rows apart, the other columns break ties, so that the same row is kept every
/// time.
fn one_per_key(table: &Table, rows: Source, kept: &LatestPer, descending: bool) -> Source {
    let own = |name: &str| -> String {
        let bare = name.rsplit_once('.').filter(|_| table.column(name).is_none());
        bare.map_or(name, |(_, column)| column).into()
    };
    let keys: Vec<String> = kept.key.iter().map(|key| own(key)).collect();
    let by = own(&kept.by);
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
    let first = OrderItem {
        value: by,
        direction: Direction {
            descending,
            nulls_first: Some(false),
        },
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
            first: rows,
            joins: Vec::new(),
        }],
        qualify: Some(Expr::compare(place, Comparison::Equal, Expr::number(1))),
        ..Select::default()
    };
    derived(select, &table.name)
}
