//! Which number of "3/4/2020" is the day: the column's own values decide, and where they can't, it is said.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::Acceptance;
use csv_analyst_protocol::limits::Limits;
use serde_json::json;

fn dates_of(values: &[&str]) -> Acceptance {
    let described = json!({"id": "d", "name": "D", "tables": [{"name": "t", "file": "t.csv", "columns": [
        {"name": "written", "type": "text", "values": values}]}]});
    let dataset: Dataset = serde_json::from_value(described).expect("a dataset");
    let plan =
        json!({"dataset_id": "d", "table": "t", "select": [{"expression": {"date": {"column": "written"}}}]});
    let accepted = check(
        &UntrustedQueryText::Plan(&plan.to_string()),
        &dataset,
        &Limits::default(),
    );
    accepted.unwrap_or_else(|rejection| panic!("{}", rejection.message))
}

fn day_first(sql: &str) -> bool {
    sql.find("%d %m %Y") < sql.find("%m %d %Y")
}

#[test]
fn a_thirteenth_month_shows_that_the_day_comes_first() {
    assert!(day_first(&dates_of(&["3/4/2020", "13/4/2020"]).sql));
    assert!(!day_first(&dates_of(&["3/4/2020", "4/13/2020"]).sql));
    assert!(!day_first(&dates_of(&["July 1, 1867"]).sql));
}

#[test]
fn what_nothing_decides_is_said() {
    let undecided = dates_of(&["3/4/2020", "5/6/2020"]);
    assert!(!day_first(&undecided.sql));
    assert_eq!(
        undecided.notes,
        ["Dates such as 3/4/2020 are read as month/day/year."]
    );
    assert!(dates_of(&["4/13/2020"]).notes.is_empty());
}
