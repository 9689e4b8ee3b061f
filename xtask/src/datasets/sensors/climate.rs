//! The ten places and their weather: what a sound sensor would read there at a given time.
//!
//! It refuses anomalies (its caller adds them) and trigonometry (a table serves).

use crate::datasets::calendar::{DAY, HOUR};
use crate::datasets::random::Random;

pub struct Place {
    pub name: &'static str,
    /// Tenths of °C.
    temperature: i64,
    /// Tenths of %.
    humidity: i64,
    /// Follows the day and the weather.
    outdoor: bool,
    /// Its sensors measure vibration too.
    pub industrial: bool,
}

const fn place(
    name: &'static str,
    temperature: i64,
    humidity: i64,
    outdoor: bool,
    industrial: bool,
) -> Place {
    Place {
        name,
        temperature,
        humidity,
        outdoor,
        industrial,
    }
}

pub const LOCATIONS: [Place; 10] = [
    place("Assembly Hall", 214, 430, false, true),
    place("Machine Shop", 236, 400, false, true),
    place("Pump Station", 182, 590, false, true),
    place("Warehouse A", 176, 480, false, false),
    place("Warehouse B", 169, 500, false, false),
    place("Cold Storage", 42, 640, false, false),
    place("Server Room", 224, 380, false, false),
    place("Office Building", 216, 410, false, false),
    place("Loading Yard", 62, 690, true, false),
    place("Rooftop", 55, 660, true, false),
];

/// Position of the Server Room.
pub const PRONE_TO_HEAT: usize = 6;

/// North, South, East, West: tenths of °C and tenths of %.
const ZONE_EFFECTS: [(i64, i64); 4] = [(-11, 14), (14, -21), (3, -4), (-4, 8)];

/// Cosine of the hour's distance from 15:00, times 100.
const DAY_CURVE: [i64; 24] = [
    -71, -87, -97, -100, -97, -87, -71, -50, -26, 0, 26, 50, 71, 87, 97, 100, 97, 87, 71, 50, 26, 0, -26, -50,
];

/// Tenths each.
pub struct Weather {
    pub temperature: i64,
    pub humidity: i64,
    pub pressure: i64,
}

/// A month of weather, one entry a day: the day's temperature above normal, and its air pressure.
pub struct Climate {
    first_day: i64,
    days: Vec<(i64, i64)>,
}

impl Climate {
    /// For the 31 days up to `now`.
    pub fn new(now: i64, random: &mut Random) -> Self {
        let (mut warmth, mut pressure) = (0, 10_150);
        let mut day = || {
            warmth = (warmth + random.between(-16, 16)).clamp(-45, 45);
            pressure = (pressure + random.between(-55, 55)).clamp(9_920, 10_330);
            (warmth, pressure)
        };
        Self {
            first_day: now / DAY - 31,
            days: (0..33).map(|_| day()).collect(),
        }
    }

    pub fn at(&self, place: &Place, zone: usize, time: i64, random: &mut Random) -> Weather {
        let (warmth, pressure) = self.day(time);
        let swing = day_curve(time) * if place.outdoor { 38 } else { 6 } / 100;
        let weather = if place.outdoor { warmth } else { warmth / 12 };
        let (zone_temperature, zone_humidity) = ZONE_EFFECTS[zone];
        Weather {
            temperature: place.temperature + zone_temperature + swing + weather + random.noise(14),
            humidity: place.humidity + zone_humidity - swing * 2 + random.noise(60),
            pressure: pressure + random.noise(12),
        }
    }

    /// Between one midnight's values and the next's.
    fn day(&self, time: i64) -> (i64, i64) {
        let index = (time.div_euclid(DAY) - self.first_day) as usize;
        let ((warmth, pressure), (next_warmth, next_pressure)) = (self.days[index], self.days[index + 1]);
        let of_day = time.rem_euclid(DAY);
        (
            blend(warmth, next_warmth, of_day, DAY),
            blend(pressure, next_pressure, of_day, DAY),
        )
    }
}

fn day_curve(time: i64) -> i64 {
    let hour = (time.rem_euclid(DAY) / HOUR) as usize;
    blend(
        DAY_CURVE[hour],
        DAY_CURVE[(hour + 1) % 24],
        time.rem_euclid(HOUR),
        HOUR,
    )
}

fn blend(from: i64, to: i64, part: i64, whole: i64) -> i64 {
    from + (to - from) * part / whole
}
