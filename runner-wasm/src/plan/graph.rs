//! Relationships as a graph, and the one thing asked of it: joins that never count a row twice.
//!
//! A relationship goes from many rows to one. A set of tables is joined from its **root**, the table
//! from which every other is reached only in that direction: then each row of the root appears once.
//! If no table can be the root, two tables each have many rows per row of a third (a chasm trap), and
//! the plan is refused.

use crate::rejection::{Checked, Explain, invalid};
use csv_analyst_protocol::dataset::{Dataset, Relationship, Table};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[derive(Clone, Copy)]
pub struct Graph<'a>(pub &'a Dataset);

/// One step along a relationship.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    pub relationship: &'a Relationship,
    /// From many to one.
    pub forward: bool,
}

/// A root and the tables joined to it, each many-to-one.
#[derive(Clone, Debug)]
pub struct Joins<'a> {
    pub root: &'a Table,
    /// In an order in which each can be joined to what came before.
    pub edges: Vec<&'a Relationship>,
}

impl<'a> Step<'a> {
    pub fn source(&self) -> &'a str {
        if self.forward {
            &self.relationship.from_table
        } else {
            &self.relationship.to_table
        }
    }

    pub fn target(&self) -> &'a str {
        if self.forward {
            &self.relationship.to_table
        } else {
            &self.relationship.from_table
        }
    }
}

impl<'a> Joins<'a> {
    pub fn single(root: &'a Table) -> Self {
        Self {
            root,
            edges: Vec::new(),
        }
    }

    pub fn has(&self, table: &str) -> bool {
        self.root.name == table || self.edges.iter().any(|edge| edge.to_table == table)
    }

    /// The column that tells rows of a joined table apart; none for the root, whose rows appear once.
    pub fn key_of(&self, table: &str) -> Option<&'a str> {
        self.edges
            .iter()
            .find(|edge| edge.to_table == table)
            .map(|edge| edge.to_column.as_str())
    }

    /// Joins that `table` needs as well.
    pub fn add(&mut self, graph: Graph<'a>, table: &str) -> bool {
        let Some(path) = graph.many_to_one(&self.root.name, table) else {
            return false;
        };
        for edge in path {
            if !self.has(&edge.to_table) {
                self.edges.push(edge);
            }
        }
        true
    }
}

impl<'a> Graph<'a> {
    /// All tables that relationships lead to, in either direction, nearest first.
    pub fn reachable(self, from: &Table) -> Vec<&'a Table> {
        let found = self.search(&from.name, |_| true);
        let mut names: Vec<(usize, &str)> = found.iter().map(|(name, path)| (path.len(), *name)).collect();
        names.sort_unstable();
        names
            .into_iter()
            .filter(|(length, _)| *length > 0)
            .filter_map(|(_, name)| self.0.table(name))
            .collect()
    }

    /// The shortest way between two tables.
    pub fn path(self, from: &str, to: &str) -> Option<Vec<Step<'a>>> {
        self.search(from, |_| true).remove(to)
    }

    /// The shortest way that goes only from many to one.
    fn many_to_one(self, from: &str, to: &str) -> Option<Vec<&'a Relationship>> {
        let path = self.search(from, |step| step.forward).remove(to)?;
        Some(path.into_iter().map(|step| step.relationship).collect())
    }

    /// Breadth first; ties go to the relationship that the dataset lists first.
    fn search(self, from: &str, allowed: impl Fn(&Step<'a>) -> bool) -> BTreeMap<&'a str, Vec<Step<'a>>> {
        let mut found: BTreeMap<&'a str, Vec<Step<'a>>> = BTreeMap::new();
        let Some(start) = self.0.table(from) else {
            return found;
        };
        found.insert(&start.name, Vec::new());
        let mut waiting = VecDeque::from([start.name.as_str()]);
        while let Some(current) = waiting.pop_front() {
            let steps = self.0.relationships.iter().flat_map(|relationship| {
                [true, false].map(|forward| Step {
                    relationship,
                    forward,
                })
            });
            for step in steps.filter(|step| step.source() == current && allowed(step)) {
                if found.contains_key(step.target()) || self.0.table(step.target()).is_none() {
                    continue;
                }
                let mut path = found[current].clone();
                path.push(step);
                found.insert(step.target(), path);
                waiting.push_back(step.target());
            }
        }
        found
    }

    /// The joins for these tables, with the plan's own table among them.
    pub fn joins(self, base: &'a Table, tables: &BTreeSet<String>) -> Checked<Joins<'a>> {
        let wanted: BTreeSet<&str> = tables
            .iter()
            .map(String::as_str)
            .chain([base.name.as_str()])
            .collect();
        let candidates = std::iter::once(base).chain(self.0.tables.iter());
        let best = candidates
            .filter_map(|root| self.rooted(root, &wanted))
            .reduce(|best, other| {
                if other.edges.len() < best.edges.len() {
                    other
                } else {
                    best
                }
            });
        best.ok_or_else(|| self.no_root(base, &wanted))
    }

    fn rooted(self, root: &'a Table, wanted: &BTreeSet<&str>) -> Option<Joins<'a>> {
        let mut joins = Joins::single(root);
        wanted.iter().all(|table| joins.add(self, table)).then_some(joins)
    }

    fn no_root(self, base: &Table, wanted: &BTreeSet<&str>) -> Box<csv_analyst_protocol::gate::Rejection> {
        if let Some(stranger) = wanted.iter().find(|table| self.path(&base.name, table).is_none()) {
            return invalid(
                "no-relationship",
                format!("No relationship leads from `{}` to `{stranger}`.", base.name),
            );
        }
        let names: Vec<&str> = wanted.iter().copied().collect();
        invalid("chasm-trap", format!("Joining {} would count rows several times: more than one of them has many rows per row of another.", names.join(", ")))
            .hint("Ask about one of these tables at a time.")
    }

    /// The one of some tables from which all others are reached many-to-one.
    pub fn finest(self, tables: &BTreeSet<String>) -> Option<&'a Table> {
        let wanted: BTreeSet<&str> = tables.iter().map(String::as_str).collect();
        let candidates = wanted.iter().filter_map(|name| self.0.table(name));
        candidates
            .into_iter()
            .find(|root| self.rooted(root, &wanted).is_some())
    }
}
