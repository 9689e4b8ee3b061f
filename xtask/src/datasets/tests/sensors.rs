//! The sensors: shares, places that stay, batteries that fall, and anomalies that show.

use super::{Sheet, assert_near, assert_shares, count_by, generate, seconds, share};
use std::collections::{HashMap, HashSet};

fn readings() -> Sheet {
    Sheet::of(generate(), "sensors/sensors.csv")
}

/// Each sensor's readings, oldest first.
fn by_sensor(readings: &Sheet) -> HashMap<&str, Vec<&Vec<String>>> {
    let mut sensors: HashMap<&str, Vec<&Vec<String>>> = HashMap::new();
    readings.rows.iter().for_each(|row| {
        sensors
            .entry(readings.cell(row, "sensor_id"))
            .or_default()
            .push(row)
    });
    sensors
}

#[test]
fn thirty_days_of_150_sensors_at_ten_locations() {
    let readings = readings();
    assert_near(readings.rows.len() as f64, 50_000.0, 500.0, "readings");
    assert_eq!(by_sensor(&readings).len(), 150);
    assert_eq!(count_by(readings.column("location")).len(), 10);
    let times = readings.column("timestamp");
    assert!(times.is_sorted());
    assert_eq!(times.last(), Some(&"2026-01-31 12:00:00"));
    assert!(seconds(times[0]) > seconds("2026-01-01 12:00:00"));
    let keys: HashSet<_> = readings.column("sensor_id").into_iter().zip(times).collect();
    assert_eq!(keys.len(), readings.rows.len(), "a sensor reads once at a time");
}

#[test]
fn a_sensor_never_moves_and_zones_are_quarters() {
    let readings = readings();
    let mut zones = Vec::new();
    for rows in by_sensor(&readings).values() {
        for column in ["location", "zone"] {
            assert_eq!(
                count_by(rows.iter().map(|row| readings.cell(row, column))).len(),
                1
            );
        }
        zones.push(readings.cell(rows[0], "zone"));
    }
    assert_shares(
        &zones,
        &[("North", 25.0), ("South", 25.0), ("East", 25.0), ("West", 25.0)],
        0.5,
    );
}

#[test]
fn statuses_and_anomalies_have_their_shares() {
    let readings = readings();
    assert_shares(
        &readings.column("status"),
        &[("online", 90.0), ("offline", 5.0), ("maintenance", 5.0)],
        0.2,
    );
    assert_near(
        share(&readings.column("anomaly_flag"), "true"),
        3.0,
        0.05,
        "anomalies",
    );
    let kinds: Vec<&str> = readings
        .column("anomaly_type")
        .into_iter()
        .filter(|kind| !kind.is_empty())
        .collect();
    let wanted = [
        ("high_temp", 40.0),
        ("low_temp", 20.0),
        ("high_humidity", 15.0),
        ("sensor_fault", 15.0),
        ("vibration_alarm", 10.0),
    ];
    assert_shares(&kinds, &wanted, 0.2);
}

#[test]
fn a_flag_has_a_type_and_an_alarm_shows_in_the_vibration() {
    let readings = readings();
    for row in &readings.rows {
        let kind = readings.cell(row, "anomaly_type");
        assert_eq!(readings.cell(row, "anomaly_flag"), (!kind.is_empty()).to_string());
        let vibration = readings.hundredths(row, "vibration_mm_s");
        assert_eq!(
            vibration.is_some_and(|level| level > 1_000),
            kind == "vibration_alarm",
            "{row:?}"
        );
    }
}

#[test]
fn only_some_locations_measure_vibration() {
    let readings = readings();
    let industrial: HashSet<&str> = readings
        .rows
        .iter()
        .filter(|row| !readings.cell(row, "vibration_mm_s").is_empty())
        .map(|row| readings.cell(row, "location"))
        .collect();
    assert_eq!(
        industrial,
        HashSet::from(["Assembly Hall", "Machine Shop", "Pump Station"])
    );
}

#[test]
fn four_in_ten_sensors_have_a_battery_that_falls() {
    let readings = readings();
    let (mut powered, mut replaced, mut low_now) = (0, 0, 0);
    for rows in by_sensor(&readings).values() {
        let levels: Vec<i64> = rows
            .iter()
            .filter_map(|row| readings.hundredths(row, "battery_pct"))
            .collect();
        let (Some(first), Some(last)) = (levels.first(), levels.last()) else {
            continue;
        };
        assert_eq!(levels.len(), rows.len());
        assert!(first > last && levels.iter().all(|level| (0..=10_000).contains(level)));
        powered += 1;
        replaced += usize::from(!levels.is_sorted_by(|earlier, later| earlier >= later));
        low_now += usize::from(*last < 2_000);
    }
    assert_eq!((powered, replaced), (60, 2));
    assert!((5..30).contains(&low_now), "{low_now}");
}

#[test]
fn outdoor_sensors_follow_the_day() {
    let readings = readings();
    let mean_at = |location: &str, hours: std::ops::Range<i64>| {
        let at_hour = readings.rows.iter().filter(|row| {
            readings.cell(row, "location") == location
                && hours.contains(&(seconds(readings.cell(row, "timestamp")) % 86_400 / 3_600))
        });
        let values: Vec<i64> = at_hour
            .filter_map(|row| readings.hundredths(row, "temperature_c"))
            .collect();
        values.iter().sum::<i64>() / values.len() as i64
    };
    let swing = |location| mean_at(location, 13..17) - mean_at(location, 1..5);
    assert!(swing("Rooftop") > 400);
    assert!(swing("Office Building") < 250);
}

#[test]
fn the_example_prompts_about_recent_events_have_answers() {
    let readings = &readings();
    let now = seconds("2026-01-31 12:00:00");
    let since = |hours: i64| {
        readings
            .rows
            .iter()
            .filter(move |row| seconds(readings.cell(row, "timestamp")) > now - hours * 3_600)
    };
    let level = |row: &&Vec<String>| readings.hundredths(row, "vibration_mm_s").unwrap_or(0);
    let shaking = |above: i64| -> HashSet<&str> {
        since(6)
            .filter(|row| level(row) > above)
            .map(|row| readings.cell(row, "sensor_id"))
            .collect()
    };
    assert!(shaking(1_500).len() >= 3 && shaking(1_000).len() > shaking(1_500).len());
    let flagged = since(24).filter(|row| readings.cell(row, "anomaly_flag") == "true");
    let locations: HashSet<&str> = flagged.map(|row| readings.cell(row, "location")).collect();
    assert!(locations.len() >= 8);
}
