//! Thirty days of readings of 150 sensors at ten places.
//!
//! It refuses sensors that move, batteries that charge themselves (two are replaced, as batteries
//! are), and anomalies that do not show in the reading they are flagged on.

mod climate;

use super::GeneratedFile;
use super::calendar::{DAY, HOUR, days, timestamp};
use super::csv::{Csv, fixed, optional};
use super::random::Random;
use climate::{Climate, LOCATIONS, Place};
use std::collections::BTreeMap;

const SEED: u64 = 0x5345_4E53;
const SENSORS: usize = 150;
/// Every 130 minutes: 332 readings of each sensor in 30 days, 49,800 in all.
const READINGS: usize = 332;
const INTERVAL: i64 = 130 * 60;
const NOW: i64 = days(2026, 1, 31) * DAY + 12 * HOUR;
const ZONES: [&str; 4] = ["North", "South", "East", "West"];
/// 3 % of the readings.
const ANOMALIES: usize = SENSORS * READINGS * 3 / 100;
/// Industrial sensors on worn machines: most vibration alarms, and the newest ones.
const WORN: usize = 8;

#[derive(Clone, Copy, PartialEq)]
enum Anomaly {
    HighTemperature,
    LowTemperature,
    HighHumidity,
    SensorFault,
    VibrationAlarm,
}

impl Anomaly {
    fn name(self) -> &'static str {
        match self {
            Self::HighTemperature => "high_temp",
            Self::LowTemperature => "low_temp",
            Self::HighHumidity => "high_humidity",
            Self::SensorFault => "sensor_fault",
            Self::VibrationAlarm => "vibration_alarm",
        }
    }
}

struct Sensor {
    place: &'static Place,
    zone: usize,
    /// Tenths of a degree that this one reads too high or too low.
    bias: i64,
    /// Seconds before `NOW` of its last reading.
    lag: i64,
    /// Tenths of a percent, oldest reading first; none for a wired sensor.
    battery: Option<Vec<i64>>,
    statuses: Vec<&'static str>,
}

/// Which anomaly each (sensor, reading) has, with hundredths of mm/s for a vibration alarm.
type Anomalies = BTreeMap<(usize, usize), (Anomaly, i64)>;

pub fn generate() -> Vec<GeneratedFile> {
    let mut random = Random::new(SEED);
    let climate = Climate::new(NOW, &mut random);
    let mut sensors = sensors(&mut random);
    let anomalies = anomalies(&mut sensors, &mut random);
    let mut rows = Vec::with_capacity(SENSORS * READINGS);
    for (index, sensor) in sensors.iter().enumerate() {
        for reading in 0..READINGS {
            rows.push(row(
                index,
                sensor,
                reading,
                anomalies.get(&(index, reading)),
                &climate,
                &mut random,
            ));
        }
    }
    rows.sort_by_key(|row| (row.time, row.sensor));
    vec![GeneratedFile {
        path: "sensors/sensors.csv",
        text: csv(&rows, &sensors),
    }]
}

fn sensors(random: &mut Random) -> Vec<Sensor> {
    let mut lags: Vec<i64> = (0..SENSORS as i64)
        .map(|step| step * INTERVAL / SENSORS as i64)
        .collect();
    random.shuffle(&mut lags);
    let powered = random.deck(SENSORS, &[(false, 600), (true, 400)]);
    let mut replacements = 2;
    let statuses = statuses(random);
    let parts = lags.into_iter().zip(powered).zip(statuses).enumerate();
    parts
        .map(|(index, ((lag, powered), statuses))| {
            let place = &LOCATIONS[index * LOCATIONS.len() / SENSORS];
            let battery = powered.then(|| {
                let replaced = replacements > 0 && random.chance(60);
                replacements -= i32::from(replaced);
                if replaced {
                    replaced_battery(random)
                } else {
                    battery(random)
                }
            });
            Sensor {
                place,
                zone: index % ZONES.len(),
                bias: random.noise(8),
                lag,
                battery,
                statuses,
            }
        })
        .collect()
}

/// Falls evenly by 8 to 40 points in the thirty days.
fn battery(random: &mut Random) -> Vec<i64> {
    let drop = random.between(80, 400);
    let end = random.between(30, 960 - drop);
    (0..READINGS as i64)
        .map(|reading| end + drop * (READINGS as i64 - 1 - reading) / (READINGS as i64 - 1))
        .collect()
}

/// Runs low, is replaced on day 18, and falls on: an old reading below 20 % says nothing about today.
fn replaced_battery(random: &mut Random) -> Vec<i64> {
    let start = random.between(700, 740);
    let replaced_at = READINGS as i64 * 18 / 30;
    let level = |reading: i64| {
        if reading < replaced_at {
            start - 560 * reading / replaced_at
        } else {
            990 - 3 * (reading - replaced_at)
        }
    };
    (0..READINGS as i64).map(level).collect()
}

/// Online 90 %, and spells of 4 to 16 readings offline or in maintenance, 5 % each.
fn statuses(random: &mut Random) -> Vec<Vec<&'static str>> {
    let mut all = vec![vec!["online"; READINGS]; SENSORS];
    for status in ["offline", "maintenance"] {
        let mut wanted = SENSORS * READINGS * 5 / 100;
        while wanted > 0 {
            let (sensor, start) = (random.below(SENSORS), random.below(READINGS));
            let end = (start + random.between(4, 16) as usize).min(READINGS);
            for reading in &mut all[sensor][start..end] {
                if wanted > 0 && *reading == "online" {
                    *reading = status;
                    wanted -= 1;
                }
            }
        }
    }
    all
}

fn anomalies(sensors: &mut [Sensor], random: &mut Random) -> Anomalies {
    let mut found = newest_alarms(sensors, random);
    let kinds = random.deck(
        ANOMALIES,
        &[
            (Anomaly::HighTemperature, 400),
            (Anomaly::LowTemperature, 200),
            (Anomaly::HighHumidity, 150),
            (Anomaly::SensorFault, 150),
            (Anomaly::VibrationAlarm, 100),
        ],
    );
    let mut already = found.len();
    for kind in kinds {
        if kind == Anomaly::VibrationAlarm && already > 0 {
            already -= 1;
            continue;
        }
        let place = loop {
            let place = candidate(kind, sensors, random);
            if sensors[place.0].statuses[place.1] == "online" && !found.contains_key(&place) {
                break place;
            }
        };
        found.insert(place, (kind, alarm_level(random)));
    }
    found
}

/// Three machines shake dangerously in the last hours (one of them twice), a fourth unusually.
fn newest_alarms(sensors: &mut [Sensor], random: &mut Random) -> Anomalies {
    let worn = worn_sensors(sensors);
    let last = READINGS - 1;
    let alarms = [
        (0, last, 1_500),
        (0, last - 1, 1_500),
        (1, last - 1, 1_500),
        (2, last, 1_500),
        (3, last, 1_000),
    ];
    let mut found = Anomalies::new();
    for (machine, reading, above) in alarms {
        let level = above + random.between(20, 480);
        sensors[worn[machine]].statuses[reading] = "online";
        found.insert((worn[machine], reading), (Anomaly::VibrationAlarm, level));
    }
    found
}

fn worn_sensors(sensors: &[Sensor]) -> Vec<usize> {
    let industrial = (0..sensors.len()).filter(|&index| sensors[index].place.industrial);
    industrial.step_by(6).take(WORN).collect()
}

/// A sensor and a reading for an anomaly. Vibration alarms gather on worn machines, late in the month;
/// warm rooms overheat more often than others.
fn candidate(kind: Anomaly, sensors: &[Sensor], random: &mut Random) -> (usize, usize) {
    if kind == Anomaly::VibrationAlarm {
        let worn = worn_sensors(sensors);
        let machines: Vec<usize> = (0..SENSORS)
            .filter(|&index| sensors[index].place.industrial)
            .collect();
        let machine = if random.chance(800) {
            *random.pick(&worn)
        } else {
            *random.pick(&machines)
        };
        return (machine, random.below(READINGS).max(random.below(READINGS)));
    }
    let sensor = random.below(SENSORS);
    let prone = kind == Anomaly::HighTemperature && random.chance(250);
    let sensor = if prone {
        sensor % 15 + climate::PRONE_TO_HEAT * 15
    } else {
        sensor
    };
    (sensor, random.below(READINGS))
}

/// Hundredths of mm/s: three in ten are dangerous (above 15), the others unusual (above 10).
fn alarm_level(random: &mut Random) -> i64 {
    if random.chance(300) {
        random.between(1_510, 2_200)
    } else {
        random.between(1_010, 1_490)
    }
}

struct Row {
    time: i64,
    sensor: usize,
    /// Tenths.
    temperature: i64,
    humidity: i64,
    pressure: i64,
    /// Hundredths.
    vibration: Option<i64>,
    anomaly: Option<Anomaly>,
    battery: Option<i64>,
    status: &'static str,
}

fn row(
    index: usize,
    sensor: &Sensor,
    reading: usize,
    anomaly: Option<&(Anomaly, i64)>,
    climate: &Climate,
    random: &mut Random,
) -> Row {
    let time = NOW - sensor.lag - (READINGS - 1 - reading) as i64 * INTERVAL;
    let weather = climate.at(sensor.place, sensor.zone, time, random);
    let quiet = sensor.place.industrial.then(|| 320 + random.noise(270));
    let mut row = Row {
        time,
        sensor: index,
        temperature: weather.temperature + sensor.bias,
        humidity: weather.humidity,
        pressure: weather.pressure,
        vibration: quiet,
        anomaly: anomaly.map(|(kind, _)| *kind),
        battery: sensor.battery.as_ref().map(|levels| levels[reading]),
        status: sensor.statuses[reading],
    };
    if let Some(&(kind, level)) = anomaly {
        distort(&mut row, kind, level, random);
    }
    row
}

/// Makes the reading show what it is flagged for.
fn distort(row: &mut Row, kind: Anomaly, level: i64, random: &mut Random) {
    match kind {
        Anomaly::HighTemperature => row.temperature += random.between(120, 210),
        Anomaly::LowTemperature => row.temperature -= random.between(100, 170),
        Anomaly::HighHumidity => row.humidity = random.between(900, 985),
        Anomaly::SensorFault => row.pressure -= random.between(900, 1_800),
        Anomaly::VibrationAlarm => row.vibration = Some(level),
    }
}

fn csv(rows: &[Row], sensors: &[Sensor]) -> String {
    let mut csv = Csv::new(&[
        "sensor_id",
        "timestamp",
        "location",
        "zone",
        "temperature_c",
        "humidity_pct",
        "pressure_hpa",
        "vibration_mm_s",
        "anomaly_flag",
        "anomaly_type",
        "battery_pct",
        "status",
    ]);
    for row in rows {
        let sensor = &sensors[row.sensor];
        csv.row(&[
            &format!("S-{:03}", row.sensor + 1),
            &timestamp(row.time),
            &sensor.place.name,
            &ZONES[sensor.zone],
            &fixed(row.temperature, 1),
            &fixed(row.humidity, 1),
            &fixed(row.pressure, 1),
            &optional(row.vibration.map(|level| fixed(level, 2))),
            &row.anomaly.is_some(),
            &row.anomaly.map(Anomaly::name).unwrap_or_default(),
            &optional(row.battery.map(|level| fixed(level, 1))),
            &row.status,
        ]);
    }
    csv.finish()
}
