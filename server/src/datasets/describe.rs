//! Merges what somebody wrote about a dataset with what was found in its files.
//!
//! Written words win; facts (types, counts, values, minima) come from the files. Where nobody wrote
//! anything, roles, keys, relationships and example prompts are inferred.

use super::source::DatasetSource;
use csv_analyst_protocol::dataset::{Column, ColumnRole, ColumnType, Dataset, Table};
use csv_analyst_protocol::ingest::{ColumnProfile, SnapshotProfile, TableProfile, names_a_key};

/// The full description that planner, gate and page read.
pub fn describe(source: &DatasetSource, profile: &SnapshotProfile, version: &str) -> Dataset {
    let mut dataset = source.declared.clone();
    dataset.version = version.to_owned();
    dataset.now = profile.now.clone();
    if source.inferred {
        dataset.tables = profile.tables.iter().map(inferred_table).collect();
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

/// A file may hold several: the profile knows which.
fn inferred_table(found: &TableProfile) -> Table {
    Table {
        name: found.name.clone(),
        file: found.file.clone(),
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
    if column.unit.is_none() {
        column.unit = profile.unit.clone();
    }
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
            let is_key = is_reference || table.primary_key == [column.name.as_str()];
            column.role = role(column, is_key);
        }
        table.time_column = table
            .columns
            .iter()
            .find(|column| column.kind.is_temporal())
            .map(|column| column.name.clone());
    }
}

/// A number is a measure unless it identifies something by itself: alone, not as one part of a key.
fn role(column: &Column, is_key: bool) -> ColumnRole {
    match column.kind {
        ColumnType::Date | ColumnType::Timestamp => ColumnRole::Time,
        _ if looks_like_an_id(&column.name) => ColumnRole::Key,
        kind if kind.is_number() && names_a_key(&column.name) => ColumnRole::Key,
        // A unique decimal or double is a measurement that happens not to repeat.
        ColumnType::Decimal { .. } | ColumnType::Double => ColumnRole::Measure,
        _ if is_key => ColumnRole::Key,
        ColumnType::Integer | ColumnType::Bigint if is_calendar_part(column) => ColumnRole::Dimension,
        ColumnType::Integer | ColumnType::Bigint => ColumnRole::Measure,
        ColumnType::Boolean | ColumnType::Time | ColumnType::Text => ColumnRole::Dimension,
    }
}

/// Years and months are grouped by, not added up.
fn is_calendar_part(column: &Column) -> bool {
    let lower = column.name.to_ascii_lowercase();
    let whole = |text: &Option<String>| text.as_deref()?.parse::<i64>().ok();
    let (Some(low), Some(high)) = (whole(&column.min), whole(&column.max)) else {
        return false;
    };
    let plausible = |first: i64, last: i64| first <= low && high <= last;
    (lower.ends_with("year") && plausible(1_000, 2_999)) || (lower.ends_with("month") && plausible(1, 12))
}

fn looks_like_an_id(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "id" || lower.ends_with("_id") || lower.ends_with(" id") || name.ends_with("Id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::source::TableFile;
    use csv_analyst_protocol::dataset::Relationship;
    use csv_analyst_protocol::reading::Reading;
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
                file: "films.csv".into(),
                row_count: 2,
                primary_key: vec!["film_id".into()],
                columns: vec![
                    column("film_id", ColumnType::Integer),
                    column("released", ColumnType::Date),
                    column("gross", ColumnType::Double),
                    column("studio", ColumnType::Text),
                    column("screens", ColumnType::Bigint),
                ],
                notes: Vec::new(),
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
            folder: None,
            tables: vec![TableFile {
                name: "films".into(),
                path: PathBuf::from("in/films.csv"),
                reading: Reading::default(),
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
    fn a_number_in_a_key_of_two_columns_stays_a_measure() {
        let mut profile = profile();
        profile.tables[0].primary_key = vec!["studio".into(), "screens".into()];
        profile.relationships.clear();
        let dataset = describe(&undescribed(), &profile, "v");
        let role = |name: &str| dataset.tables[0].column(name).map(|column| column.role);
        assert_eq!(role("screens"), Some(ColumnRole::Measure));
        assert_eq!(role("studio"), Some(ColumnRole::Dimension));
    }

    #[test]
    fn years_are_grouped_by_and_amounts_per_year_are_not() {
        let mut profile = profile();
        let column = &mut profile.tables[0].columns[4];
        (column.name, column.min, column.max) = ("year".into(), Some("1998".into()), Some("2024".into()));
        let role =
            |profile: &SnapshotProfile| describe(&undescribed(), profile, "v").tables[0].columns[4].role;
        assert_eq!(role(&profile), ColumnRole::Dimension);
        profile.tables[0].columns[4].max = Some("90000".into());
        assert_eq!(role(&profile), ColumnRole::Measure);
    }

    #[test]
    fn a_number_that_is_named_like_a_key_is_never_added_up() {
        let mut profile = profile();
        profile.tables[0].columns[4].name = "zip_code".into();
        let dataset = describe(&undescribed(), &profile, "v");
        assert_eq!(dataset.tables[0].columns[4].role, ColumnRole::Key);
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
