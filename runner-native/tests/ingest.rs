//! `runner-native ingest`: a whole snapshot with its profile, or one clear error and no change.

mod support;

use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::ingest::{
    IngestColumn, IngestError, IngestOutcome, IngestRequest, IngestTable, SnapshotProfile,
};
use csv_analyst_protocol::reading::{FileLimits, Reading};
use std::path::Path;
use tempfile::TempDir;

struct Case {
    folder: TempDir,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("the file can be written");
        }
        std::fs::create_dir(folder.path().join("out")).expect("the folder can be made");
        Self { folder }
    }

    fn output(&self) -> String {
        self.folder
            .path()
            .join("out/snapshot.duckdb")
            .to_string_lossy()
            .into_owned()
    }

    fn run(&self, tables: &[(&str, Vec<IngestColumn>)]) -> IngestOutcome {
        let table = |(name, columns): &(&str, Vec<IngestColumn>)| IngestTable {
            name: name.to_string(),
            path: self
                .folder
                .path()
                .join(format!("{name}.csv"))
                .to_string_lossy()
                .into_owned(),
            columns: columns.clone(),
            reading: Reading::default(),
        };
        let request = IngestRequest {
            output: self.output(),
            memory_bytes: 512 << 20,
            scratch: None,
            limits: FileLimits::default(),
            tables: tables.iter().map(table).collect(),
        };
        let (status, outcome) = support::ingest(&request);
        assert_eq!(
            status,
            Some(if matches!(outcome, IngestOutcome::Snapshot(_)) {
                0
            } else {
                2
            })
        );
        outcome
    }

    fn profile(&self, names: &[&str]) -> SnapshotProfile {
        match self.run(&names.iter().map(|name| (*name, Vec::new())).collect::<Vec<_>>()) {
            IngestOutcome::Snapshot(profile) => profile,
            other => panic!("{other:?}"),
        }
    }

    fn files_left(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("out"))
            .expect("it is there")
            .count()
    }
}

fn refused(text: &str, columns: Vec<IngestColumn>) -> IngestError {
    let case = Case::new(&[("orders", ""), ("orders.csv", text)]);
    match case.run(&[("orders", columns)]) {
        IngestOutcome::Snapshot(_) | IngestOutcome::Progress(_) => panic!("not refused"),
        IngestOutcome::Error(error) => {
            assert_eq!(case.files_left(), 0, "a refused file leaves nothing");
            assert_eq!(error.file, "orders.csv");
            error
        }
    }
}

fn column(name: &str, kind: ColumnType, nullable: bool) -> IngestColumn {
    IngestColumn {
        name: name.into(),
        kind,
        nullable,
    }
}

fn order_columns() -> Vec<IngestColumn> {
    vec![
        column("id", ColumnType::Integer, false),
        column(
            "total",
            ColumnType::Decimal {
                precision: 10,
                scale: 2,
            },
            false,
        ),
        column("day", ColumnType::Date, true),
    ]
}

#[test]
fn declared_files_become_a_snapshot_with_a_profile() {
    let case = Case::new(&[(
        "orders.csv",
        "id,total,day\n1,10.50,2026-01-01\n2,7,2026-01-03\n3,8,\n",
    )]);
    let IngestOutcome::Snapshot(profile) = case.run(&[("orders", order_columns())]) else {
        panic!("refused")
    };
    let table = &profile.tables[0];
    assert_eq!(
        (table.row_count, table.primary_key.clone()),
        (3, vec!["id".to_string()])
    );
    assert_eq!(
        (table.columns[1].min.as_deref(), table.columns[1].max.as_deref()),
        (Some("7.00"), Some("10.50"))
    );
    assert_eq!(
        (table.columns[2].nullable, table.columns[2].distinct_count),
        (true, 2)
    );
    assert_eq!(profile.now.as_deref(), Some("2026-01-03 00:00:00"));
    assert!(Path::new(&case.output()).exists());
    assert_eq!(case.files_left(), 1);
}

#[test]
fn types_keys_and_relationships_are_inferred() {
    let customers = "customer_id,name,since\n1,Ann,2025-01-01 10:00:00\n2,Bob,2025-02-01 11:30:00\n";
    let orders = "order_id;customer_id;amount;paid\n10;1;1.25;true\n11;1;20;false\n12;2;;true\n";
    let profile =
        Case::new(&[("customers.csv", customers), ("orders.csv", orders)]).profile(&["customers", "orders"]);
    let kinds: Vec<_> = profile.tables[1]
        .columns
        .iter()
        .map(|column| column.kind)
        .collect();
    let money = ColumnType::Decimal {
        precision: 18,
        scale: 2,
    };
    assert_eq!(
        kinds,
        [
            ColumnType::Integer,
            ColumnType::Integer,
            money,
            ColumnType::Boolean
        ]
    );
    assert_eq!(profile.tables[0].columns[1].values, ["Ann", "Bob"]);
    assert_eq!(profile.tables[1].primary_key, ["order_id"]);
    let relationship = &profile.relationships[..];
    assert_eq!(relationship.len(), 1, "{relationship:?}");
    assert_eq!(
        (&*relationship[0].from_table, &*relationship[0].to_table),
        ("orders", "customers")
    );
    assert_eq!(profile.now.as_deref(), Some("2025-02-01 11:30:00"));
}

#[test]
fn id_of_another_table_is_found_by_its_name_and_only_if_every_value_is_there() {
    let teams = "id,city\n1,Oslo\n2,Rome\n";
    let good = Case::new(&[
        ("teams.csv", teams),
        ("players.csv", "id,team_id\n7,1\n8,2\n9,2\n"),
    ]);
    assert_eq!(good.profile(&["teams", "players"]).relationships.len(), 1);
    let stray = Case::new(&[("teams.csv", teams), ("players.csv", "id,team_id\n7,1\n8,3\n")]);
    assert!(stray.profile(&["teams", "players"]).relationships.is_empty());
}

fn keys_of(header: &str, rows: &[&str]) -> Vec<String> {
    let text = format!("{header}\n{}\n", rows.join("\n"));
    let mut profile = Case::new(&[("facts.csv", &text)]).profile(&["facts"]);
    profile.tables.remove(0).primary_key
}

#[test]
fn a_number_that_happens_not_to_repeat_is_no_key() {
    assert_eq!(
        keys_of(
            "region,month,revenue",
            &["North,2025-01,120", "North,2025-02,95", "South,2025-01,80"]
        ),
        ["region", "month"]
    );
    let cities = ["Oslo,7,2024", "Rome,9,2024", "Oslo,12,2025"];
    assert!(keys_of("city,value,year", &cities).is_empty());
    assert!(keys_of("revenue,region", &["120,North", "95,South", "80,North"]).is_empty());
}

#[test]
fn a_number_is_a_key_by_its_name_or_where_it_counts_the_rows() {
    assert_eq!(
        keys_of("region,invoice_no", &["North,88", "North,41"]),
        ["invoice_no"]
    );
    assert_eq!(keys_of("city,number", &["Oslo,88", "Oslo,41"]), ["number"]);
    assert_eq!(keys_of("row,city", &["1,Oslo", "2,Oslo", "3,Rome"]), ["row"]);
    assert!(keys_of("grade,city", &["3,Oslo", "1,Oslo", "2,Rome"]).is_empty());
    let extremes = ["-9223372036854775808,a", "9223372036854775807,a"];
    assert!(keys_of("level,kind", &extremes).is_empty());
}

#[test]
fn a_number_is_a_key_where_another_table_points_to_it() {
    let shops = "shop,city\n40,Oslo\n12,Oslo\n";
    let visits = "shop,visitors\n40,7\n12,9\n40,11\n";
    let profile = Case::new(&[("shops.csv", shops), ("visits.csv", visits)]).profile(&["shops", "visits"]);
    assert_eq!(profile.relationships.len(), 1, "{:?}", profile.relationships);
    assert_eq!(profile.tables[0].primary_key, ["shop"]);
    assert!(profile.tables[1].primary_key.is_empty());
}

#[test]
fn a_bad_value_is_named_by_line_and_column_without_the_value() {
    let error = refused(
        "id,total,day\n1,1,2026-01-01\n2,secret,2026-01-02\n",
        order_columns(),
    );
    assert_eq!((error.line, error.column.as_deref()), (Some(3), Some("total")));
    assert!(!error.message.contains("secret"));
    let error = refused("id,total,day\n1,1,yesterday\n", order_columns());
    assert_eq!((error.line, error.column.as_deref()), (Some(2), Some("day")));
}

#[test]
fn a_missing_value_is_named_by_line_and_column() {
    let error = refused("id,total,day\n1,1,2026-01-01\n2,,2026-01-02\n", order_columns());
    assert_eq!((error.line, error.column.as_deref()), (Some(3), Some("total")));
}

#[test]
fn a_header_that_differs_is_named() {
    let error = refused("id,day,total\n", order_columns());
    assert_eq!((error.line, error.column.as_deref()), (Some(1), Some("total")));
    assert!(error.hint.expect("a hint").contains("id,total,day"));
    assert_eq!(
        refused("id,total,day,extra\n", order_columns()).column.as_deref(),
        Some("extra")
    );
    assert_eq!(
        refused("id,total\n", order_columns()).column.as_deref(),
        Some("day")
    );
}

#[test]
fn lines_of_another_length_open_quotes_and_foreign_bytes_are_named() {
    assert_eq!(refused("a,b\n1,2\n3,4,5\n", Vec::new()).line, Some(3));
    assert_eq!(refused("id,total,day\n1,2,\n3\n", order_columns()).line, Some(3));
    assert_eq!(refused("a,b\n1,\"open\n2,3\n", Vec::new()).line, Some(2));
    assert_eq!(refused("a,b\n1,\0\n", Vec::new()).line, Some(2));
    assert_eq!(refused("", Vec::new()).line, Some(1));
}

#[test]
fn a_second_bad_file_spoils_the_whole_snapshot() {
    let case = Case::new(&[("good.csv", "a\n1\n"), ("bad.csv", "a,b\n1,2,3\n")]);
    let outcome = case.run(&[("good", Vec::new()), ("bad", Vec::new())]);
    assert!(matches!(outcome, IngestOutcome::Error(error) if error.file == "bad.csv"));
    assert_eq!(case.files_left(), 0);
}

#[test]
fn quoted_values_may_hold_delimiters_quotes_and_line_breaks() {
    let case = Case::new(&[(
        "notes.csv",
        "id,text\n1,\"a, b\"\n2,\"say \"\"hi\"\"\"\n3,\"two\nlines\"\n",
    )]);
    let profile = case.profile(&["notes"]);
    assert_eq!(
        profile.tables[0].columns[1].values,
        ["a, b", "say \"hi\"", "two\nlines"]
    );
}

#[test]
fn names_that_look_like_sql_are_only_names() {
    let case = Case::new(&[("odd.csv", "\"a\"\"); DROP TABLE odd; --\",it's\n1,2\n")]);
    let profile = case.profile(&["odd"]);
    assert_eq!(profile.tables[0].columns[0].name, "a\"); DROP TABLE odd; --");
}
