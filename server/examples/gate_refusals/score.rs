//! The score itself, shared by the program that prints it and the test that holds the published table
//! to it: attacks by what they try, legitimate queries by kind. No date, no machine: the same corpus and
//! the same gate give the same text.

use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_server::gate::{Gate, GateSchema};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

const DATASET: &str = include_str!("../../../runner-wasm/cases/dataset.json");
const ATTACKS: &str = include_str!("../../../runner-wasm/cases/attacks.jsonl");
const LEGITIMATE: &str = include_str!("../../../runner-wasm/cases/legitimate.jsonl");

/// What an attack tries, by the rules that are meant to refuse it. Other rules are the last row.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "Statements that are no query, or more than one",
        &["only-queries", "read-only", "one-statement"],
    ),
    (
        "Files, catalogs and other people's tables",
        &["table-name", "unknown-table", "cte-name"],
    ),
    (
        "Table functions: files, settings, SQL in text",
        &["table-function-not-allowed"],
    ),
    (
        "Functions that reach out, and calls in disguise",
        &["function-not-allowed", "call-form", "unknown-aggregate"],
    ),
    (
        "The clock, the session, places in storage",
        &["clock", "engine-name", "unbound-parameter"],
    ),
    (
        "Columns and scopes that are not there",
        &[
            "unknown-column",
            "ambiguous-column",
            "duplicate-name",
            "name",
            "too-many-names",
            "unknown-measure",
        ],
    ),
    (
        "Sizes: memory, rows and recursion out of small texts",
        &[
            "size-limit",
            "unbounded-recursion",
            "limit",
            "limit-not-a-number",
            "too-many-columns",
            "too-many-tables",
        ],
    ),
    (
        "Long and deep texts",
        &["query-size", "query-too-deep", "nesting", "chain-length"],
    ),
    (
        "Texts that two readers read differently",
        &[
            "character",
            "literal-form",
            "adjacent-strings",
            "nested-comment",
            "unclear-precedence",
            "interval",
            "date-literal",
            "syntax",
        ],
    ),
    (
        "Plans that are none, or ask for what is not there",
        &[
            "plan-form",
            "plan-json",
            "plan-unknown-field",
            "plan-version",
            "plan-dataset",
            "value-type",
            "empty-filter",
            "chasm-trap",
            "rate-form",
            "latest",
            "aggregate-type",
            "order-by-ungrouped",
            "nested-aggregate",
        ],
    ),
];
const OTHER: &str = "Constructs outside the grammar";

/// A family of legitimate cases smaller than this is not shown alone.
const SHOWN_ALONE: u32 = 10;

/// A plan's text that is no JSON: the service's reader refuses it, and no gate sees it.
const NO_JSON: [&str; 2] = ["plan-json", "nesting"];

#[derive(Clone, Copy, Default)]
struct Tally {
    cases: u32,
    /// Attacks refused, or legitimate queries accepted.
    right: u32,
    /// Attacks refused by the rule that is meant to.
    by_rule: u32,
}

pub struct Score {
    attacks: BTreeMap<&'static str, Tally>,
    legitimate: BTreeMap<String, Tally>,
    /// Cases that went wrong, by name, in words.
    pub wrong: Vec<String>,
}

impl Score {
    pub fn of(gate: &Gate) -> Self {
        let dataset: Dataset = serde_json::from_str(DATASET).expect("the dataset is valid");
        let schema = GateSchema::new(&dataset);
        let mut score = Self {
            attacks: BTreeMap::new(),
            legitimate: BTreeMap::new(),
            wrong: Vec::new(),
        };
        for case in cases(ATTACKS) {
            score.attack(&case, refusal(gate, &schema, &case));
        }
        for case in cases(LEGITIMATE) {
            score.legitimate(&case, refusal(gate, &schema, &case));
        }
        score
    }

    fn attack(&mut self, case: &Value, refusal: Option<String>) {
        let expected = case["rule"].as_str();
        let by_rule = match (&refusal, expected) {
            (Some(rule), Some(expected)) => {
                rule == expected || (rule == "no-json" && NO_JSON.contains(&expected))
            }
            (Some(_), None) => true,
            (None, _) => false,
        };
        let tally = self
            .attacks
            .entry(family(expected.unwrap_or_default()))
            .or_default();
        tally.cases += 1;
        tally.right += u32::from(refusal.is_some());
        tally.by_rule += u32::from(by_rule);
        if !by_rule {
            let rule = refusal.unwrap_or_else(|| "nothing".into());
            self.wrong.push(format!("{} was refused by {rule}", case["name"]));
        }
    }

    fn legitimate(&mut self, case: &Value, refusal: Option<String>) {
        let name = case["name"].as_str().unwrap_or_default();
        let tally = self.legitimate.entry(kind(name)).or_default();
        tally.cases += 1;
        tally.right += u32::from(refusal.is_none());
        if let Some(rule) = refusal {
            self.wrong.push(format!("{name} was refused by {rule}"));
        }
    }

    /// As Markdown.
    pub fn table(&self) -> String {
        let mut text = String::from("| attacks | cases | refused | by the rule meant |\n|---|---|---|---|\n");
        let rows = FAMILIES.iter().map(|(family, _)| *family).chain([OTHER]);
        for family in rows {
            let Tally {
                cases,
                right,
                by_rule,
            } = self.attacks.get(family).copied().unwrap_or_default();
            let _ = writeln!(text, "| {family} | {cases} | {right} | {by_rule} |");
        }
        let Tally {
            cases,
            right,
            by_rule,
        } = sum(self.attacks.values());
        let _ = writeln!(
            text,
            "| **all attacks** | **{cases}** | **{right}** | **{by_rule}** |"
        );
        text.push_str("\n| legitimate queries | cases | accepted |\n|---|---|---|\n");
        for (kind, Tally { cases, right, .. }) in self.kinds() {
            let _ = writeln!(text, "| {kind} | {cases} | {right} |");
        }
        let Tally { cases, right, .. } = sum(self.legitimate.values());
        let _ = writeln!(text, "| **all legitimate queries** | **{cases}** | **{right}** |");
        text
    }

    /// The small ones together, last.
    fn kinds(&self) -> Vec<(String, Tally)> {
        let alone = |tally: &&Tally| tally.cases >= SHOWN_ALONE;
        let mut shown: Vec<(String, Tally)> = self
            .legitimate
            .iter()
            .filter(|(_, tally)| alone(tally))
            .map(|(kind, tally)| (kind.clone(), *tally))
            .collect();
        let small = || self.legitimate.values().filter(|tally| !alone(tally));
        shown.push((format!("{} smaller kinds", small().count()), sum(small())));
        shown
    }
}

fn sum<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    tallies.fold(Tally::default(), |sum, tally| Tally {
        cases: sum.cases + tally.cases,
        right: sum.right + tally.right,
        by_rule: sum.by_rule + tally.by_rule,
    })
}

fn cases(text: &str) -> impl Iterator<Item = Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a case is a JSON object"))
}

fn family(rule: &str) -> &'static str {
    let found = FAMILIES.iter().find(|(_, rules)| rules.contains(&rule));
    found.map_or(OTHER, |(family, _)| family)
}

/// `set-ops-04` is a case of `set-ops`.
fn kind(name: &str) -> String {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end_matches('-')
        .replace('-', " ")
}

/// The rule that refused, or nothing.
fn refusal(gate: &Gate, schema: &GateSchema, case: &Value) -> Option<String> {
    let Some(query) = query(case) else {
        return Some("no-json".into());
    };
    let decision = gate.check(&query, schema, &Limits::default());
    decision.outcome.err().map(|rejection| rejection.rule)
}

/// As the service's HTTP layer makes it; nothing for a plan that is no JSON.
fn query(case: &Value) -> Option<UntrustedQuery> {
    let pieces = |key: &str| -> Option<String> { Some(case[key].as_array()?.iter().map(piece).collect()) };
    if let Some(sql) = case["sql"]
        .as_str()
        .map(str::to_string)
        .or_else(|| pieces("repeat"))
    {
        return Some(UntrustedQuery::Sql(sql));
    }
    let json: Value = match pieces("plan_repeat") {
        Some(text) => serde_json::from_str(&text).ok()?,
        None => case["plan"].clone(),
    };
    Some(match serde_json::from_value(json.clone()) {
        Ok(plan) => UntrustedQuery::Plan(Box::new(plan)),
        Err(_) => UntrustedQuery::MisfitPlan(Box::new(json)),
    })
}

fn piece(piece: &Value) -> String {
    match piece {
        Value::String(text) => text.clone(),
        other => {
            let times = other[1].as_u64().expect("a piece is [text, times]") as usize;
            other[0].as_str().expect("a piece is [text, times]").repeat(times)
        }
    }
}
