//! Merges what somebody wrote about a dataset with what was found in its files.
//!
//! Written words win; facts (types, counts, values, minima) come from the files. Where nobody wrote
//! anything, roles, keys, relationships and example prompts are inferred.

use super::error::file_name;
use super::source::{DatasetSource, TableFile};
use csv_analyst_protocol::dataset::{Column, ColumnRole, ColumnType, Dataset, Table};
use csv_analyst_protocol::ingest::{ColumnProfile, SnapshotProfile, TableProfile};

/// The full description that planner, gate and page read.
pub fn describe(source: &DatasetSource, profile: &SnapshotProfile, version: &str) -> Dataset {
    let mut dataset = source.declared.clone();
    dataset.version = version.to_owned();
    dataset.now = profile.now.clone();
    if source.inferred {
        dataset.tables = source.tables.iter().map(inferred_table).collect();
        dataset.relationships = profile.relationships.clone();
    }
    for table in &mut dataset.tables {
        if let Some(found) = profile.tables.iter().find(|found| found.name == table.name) {
            complete_table(table, found);
        }
    }
    infer_roles(&mut dataset, source.inferred);
    if dataset.prompts.is_empty() {
        dataset.prompts = csv_analyst_planner::suggest(&dataset, None);
    }
    dataset
}

fn inferred_table(file: &TableFile) -> Table {
    Table {
        name: file.name.clone(),
        file: file_name(&file.path),
        ..Table::default()
    }
}

fn complete_table(table: &mut Table, found: &TableProfile) {
    table.row_count = Some(found.row_count);
    if table.primary_key.is_empty() {
        table.primary_key = found.primary_key.clone();
    }
    for profile in &found.columns {
        match table
            .columns
            .iter_mut()
            .find(|column| column.name == profile.name)
        {
            Some(column) => complete_column(column, profile),
            None => table.columns.push(new_column(profile)),
        }
    }
}

fn new_column(profile: &ColumnProfile) -> Column {
    let mut column = Column {
        name: profile.name.clone(),
        kind: profile.kind,
        ..Column::default()
    };
    complete_column(&mut column, profile);
    column
}

fn complete_column(column: &mut Column, profile: &ColumnProfile) {
    column.nullable |= profile.nullable;
    column.values = profile.values.clone();
    column.distinct_count = Some(profile.distinct_count);
    column.min = profile.min.clone();
    column.max = profile.max.clone();
}

fn infer_roles(dataset: &mut Dataset, inferred: bool) {
    if !inferred {
        return;
    }
    let relationships = dataset.relationships.clone();
    for table in &mut dataset.tables {
        for column in &mut table.columns {
            let is_reference = relationships.iter().any(|relationship| {
                (relationship.from_table == table.name && relationship.from_column == column.name)
                    || (relationship.to_table == table.name && relationship.to_column == column.name)
            });
            let is_key = is_reference || table.primary_key.contains(&column.name);
            column.role = role(column, is_key);
        }
        table.time_column = table
            .columns
            .iter()
            .find(|column| column.kind.is_temporal())
            .map(|column| column.name.clone());
    }
}

/// A number is a measure unless it identifies something.
fn role(column: &Column, is_key: bool) -> ColumnRole {
    match column.kind {
        ColumnType::Date | ColumnType::Timestamp => ColumnRole::Time,
        _ if looks_like_a_key(&column.name) => ColumnRole::Key,
        // A unique decimal or double is a measurement that happens not to repeat.
        ColumnType::Decimal { .. } | ColumnType::Double => ColumnRole::Measure,
        _ if is_key => ColumnRole::Key,
        ColumnType::Integer | ColumnType::Bigint => ColumnRole::Measure,
        ColumnType::Boolean | ColumnType::Time | ColumnType::Text => ColumnRole::Dimension,
    }
}

fn looks_like_a_key(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "id" || lower.ends_with("_id") || lower.ends_with(" id") || name.ends_with("Id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::dataset::Relationship;
    use std::path::PathBuf;

    fn profile() -> SnapshotProfile {
        let column = |name: &str, kind| ColumnProfile {
            name: name.into(),
            kind,
            distinct_count: 2,
            ..Default::default()
        };
        SnapshotProfile {
            tables: vec![TableProfile {
                name: "films".into(),
                row_count: 2,
                primary_key: vec!["film_id".into()],
                columns: vec![
                    column("film_id", ColumnType::Integer),
                    column("released", ColumnType::Date),
                    column("gross", ColumnType::Double),
                    column("studio", ColumnType::Text),
                    column("screens", ColumnType::Bigint),
                ],
            }],
            relationships: vec![Relationship {
                from_table: "films".into(),
                from_column: "studio".into(),
                to_table: "studios".into(),
                to_column: "name".into(),
            }],
            now: Some("2026-01-31 00:00:00".into()),
        }
    }

    fn undescribed() -> DatasetSource {
        DatasetSource {
            declared: Dataset {
                id: "films".into(),
                name: "Films".into(),
                ..Default::default()
            },
            inferred: true,
            tables: vec![TableFile {
                name: "films".into(),
                path: PathBuf::from("in/films.csv"),
            }],
        }
    }

    #[test]
    fn an_undescribed_table_gets_roles_from_its_columns() {
        let dataset = describe(&undescribed(), &profile(), "v");
        let roles: Vec<_> = dataset.tables[0]
            .columns
            .iter()
            .map(|column| column.role)
            .collect();
        use ColumnRole::{Key, Measure, Time};
        assert_eq!(roles, [Key, Time, Measure, Key, Measure]);
        assert_eq!(dataset.tables[0].time_column.as_deref(), Some("released"));
        assert_eq!(dataset.tables[0].file, "films.csv");
    }

    #[test]
    fn written_words_win_and_facts_are_filled_in() {
        let mut source = undescribed();
        source.inferred = false;
        source.declared.prompts = vec!["Which film earned most?".into()];
        source.declared.tables = vec![Table {
            name: "films".into(),
            columns: vec![Column {
                name: "gross".into(),
                kind: ColumnType::Double,
                description: "USD".into(),
                ..Default::default()
            }],
            ..Default::default()
        }];
        let dataset = describe(&source, &profile(), "v");
        assert_eq!(dataset.prompts, ["Which film earned most?"]);
        assert_eq!(dataset.tables[0].row_count, Some(2));
        assert_eq!(dataset.tables[0].columns[0].description, "USD");
        assert_eq!(dataset.tables[0].columns[0].distinct_count, Some(2));
        assert_eq!(dataset.now.as_deref(), Some("2026-01-31 00:00:00"));
    }
}
