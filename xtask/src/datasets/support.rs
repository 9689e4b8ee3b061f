//! A help desk's last 90 days of tickets.
//!
//! It refuses contradictions: nothing happens after the dataset's "now", a ticket whose resolution
//! would is still open, and `sla_met` follows from the hours. The target's clock pauses while the
//! customer is asked, so an old open ticket may still be within it; a young one always is.

use super::GeneratedFile;
use super::calendar::{DAY, HOUR, days, days_to_month_end, timestamp, weekday};
use super::csv::{Csv, fixed, optional};
use super::random::{Random, Weighted};

const SEED: u64 = 0x0048_454C_5044;
const TICKETS: usize = 8_000;
const HOURS: i64 = 90 * 24;
const AGENTS: usize = 42;
/// A Friday evening; the newest ticket is created then.
const NOW: i64 = days(2026, 1, 30) * DAY + 18 * HOUR;
/// Hours are written with two decimals: 36 seconds is the smallest step.
const STEP: i64 = 36;
/// Tickets are closed for good a week after they were resolved, at the earliest.
const CLOSED_AFTER: i64 = 7 * DAY;

struct Priority {
    name: &'static str,
    /// Of 1,000 tickets.
    share: usize,
    sla_hours: i64,
    /// Of 1,000 tickets, how many met the target.
    met: usize,
    /// Of 1,000 tickets, how many are still open: urgent ones wait less. 20 % over all.
    open: usize,
}

const PRIORITIES: [Priority; 4] = [
    Priority {
        name: "Low",
        share: 500,
        sla_hours: 72,
        met: 950,
        open: 229,
    },
    Priority {
        name: "Medium",
        share: 300,
        sla_hours: 24,
        met: 900,
        open: 190,
    },
    Priority {
        name: "High",
        share: 150,
        sla_hours: 8,
        met: 800,
        open: 150,
    },
    Priority {
        name: "Critical",
        share: 50,
        sla_hours: 4,
        met: 700,
        open: 120,
    },
];

/// Category, share of 1,000 tickets, how it shifts satisfaction.
const CATEGORIES: [(&str, usize, i64); 4] = [
    ("Technical", 400, -60),
    ("Billing", 250, -140),
    ("Account", 200, 160),
    ("Product", 150, 40),
];

struct Ticket {
    created: i64,
    /// Seconds until it is resolved, whether or not that has happened yet.
    duration: i64,
    category: usize,
    priority: &'static Priority,
    status: &'static str,
    csat: Option<i64>,
    agent: usize,
    channel: &'static str,
}

impl Ticket {
    fn is_open(&self) -> bool {
        self.status == "Open"
    }

    fn sla_met(&self) -> bool {
        let target = self.priority.sla_hours * HOUR;
        let too_young_to_miss = self.is_open() && NOW - self.created <= target;
        too_young_to_miss || self.duration <= target
    }
}

pub fn generate() -> Vec<GeneratedFile> {
    let mut random = Random::new(SEED);
    let mut tickets = open_tickets(&mut random);
    for priority in &PRIORITIES {
        leave_open(&mut tickets, priority, &mut random);
    }
    close_for_good(&mut tickets, &mut random);
    ask_for_scores(&mut tickets, &mut random);
    vec![GeneratedFile {
        path: "support/tickets.csv",
        text: csv(&tickets),
    }]
}

/// All tickets by time of creation, as if each had been resolved.
fn open_tickets(random: &mut Random) -> Vec<Ticket> {
    let category_shares: Vec<(usize, usize)> = CATEGORIES.iter().map(|entry| entry.1).enumerate().collect();
    let categories = random.deck(TICKETS, &category_shares);
    let channels = random.deck(TICKETS, &[("Email", 500), ("Chat", 350), ("Phone", 150)]);
    let mut urgencies = urgencies(random).into_iter();
    let calendars: Vec<Weighted> = CATEGORIES.iter().map(|entry| calendar(entry.0)).collect();
    let mut tickets: Vec<Ticket> = categories
        .into_iter()
        .zip(channels)
        .map(|(category, channel)| {
            let (priority, met) = urgencies.next().expect("one urgency per ticket");
            let slot = calendars[category].draw(random) as i64;
            let created = NOW - HOURS * HOUR + slot * HOUR + random.between(1, HOUR);
            let duration = duration(priority, met, random);
            let agent = 1 + random.below(AGENTS);
            Ticket {
                created,
                duration,
                category,
                priority,
                status: "Resolved",
                csat: None,
                agent,
                channel,
            }
        })
        .collect();
    tickets.sort_by_key(|ticket| ticket.created);
    tickets.last_mut().expect("there are tickets").created = NOW;
    tickets
}

/// A priority for each ticket, and whether it will meet its target.
fn urgencies(random: &mut Random) -> Vec<(&'static Priority, bool)> {
    let mut all = Vec::with_capacity(TICKETS);
    for priority in &PRIORITIES {
        let count = TICKETS * priority.share / 1000;
        let met = random.deck(count, &[(true, priority.met), (false, 1000 - priority.met)]);
        all.extend(met.into_iter().map(|met| (priority, met)));
    }
    random.shuffle(&mut all);
    all
}

/// How busy each hour of the 90 days is: office hours, Monday mornings, and for billing the month's end.
fn calendar(category: &str) -> Weighted {
    let busy = |slot: i64| {
        let start = NOW - HOURS * HOUR + slot * HOUR;
        let (day, hour) = (start.div_euclid(DAY), start.rem_euclid(DAY) / HOUR);
        let weekday = weekday(day);
        let base = match (weekday, hour) {
            (0, 8..=11) => 190,
            (0..=4, 9..=16) => 100,
            (0..=4, 7 | 8 | 17..=20) => 35,
            (5..=6, 8..=20) => 18,
            _ => 6,
        };
        let month_end = category == "Billing" && days_to_month_end(day) < 3;
        if month_end { base * 5 / 2 } else { base }
    };
    Weighted::new((0..HOURS).map(busy))
}

/// Seconds, a multiple of [`STEP`]: within the target, mostly well within; or late, up to three times.
fn duration(priority: &Priority, met: bool, random: &mut Random) -> i64 {
    let target = priority.sla_hours * HOUR;
    let per_mille = if met {
        let spread = random.between(20, 970);
        (spread + random.between(20, 970)) / 2
    } else {
        1_030 + random.between(0, 1_000) * random.between(100, 1_900) / 1_000
    };
    target * per_mille / 1_000 / STEP * STEP
}

/// Tickets that could not have been resolved by now are open, and so are others, mostly young ones.
fn leave_open(tickets: &mut [Ticket], priority: &'static Priority, random: &mut Random) {
    let of_priority = |ticket: &Ticket| std::ptr::eq(ticket.priority, priority);
    let wanted = TICKETS * priority.share / 1000 * priority.open / 1000;
    let mut open = 0;
    for ticket in tickets.iter_mut().filter(|ticket| of_priority(ticket)) {
        if ticket.created + ticket.duration > NOW {
            ticket.status = "Open";
            open += 1;
        }
    }
    let weights = Weighted::new(tickets.iter().map(|ticket| {
        let age_days = (NOW - ticket.created) / DAY;
        if of_priority(ticket) {
            (24_000 / (age_days + 8) - 180) as usize
        } else {
            0
        }
    }));
    while open < wanted {
        let ticket = &mut tickets[weights.draw(random)];
        if !ticket.is_open() {
            ticket.status = "Open";
            open += 1;
        }
    }
}

/// 5 % of all tickets.
fn close_for_good(tickets: &mut [Ticket], random: &mut Random) {
    let finished_long_ago =
        |ticket: &Ticket| !ticket.is_open() && ticket.created + ticket.duration < NOW - CLOSED_AFTER;
    let mut candidates: Vec<usize> = (0..tickets.len())
        .filter(|&index| finished_long_ago(&tickets[index]))
        .collect();
    random.shuffle(&mut candidates);
    for &index in candidates.iter().take(TICKETS * 5 / 100) {
        tickets[index].status = "Closed";
    }
}

/// 60 % of all tickets carry a score (only finished ones can): 1 to 5 in fixed shares, handed out from
/// the least to the most content, and a missed target makes discontent likelier.
fn ask_for_scores(tickets: &mut [Ticket], random: &mut Random) {
    let mut answered: Vec<usize> = (0..tickets.len())
        .filter(|&index| !tickets[index].is_open())
        .collect();
    random.shuffle(&mut answered);
    answered.truncate(TICKETS * 60 / 100);
    let mut moods: Vec<(i64, usize)> = answered
        .into_iter()
        .map(|index| {
            let ticket = &tickets[index];
            let late = if ticket.sla_met() { 0 } else { -420 };
            (CATEGORIES[ticket.category].2 + late + random.noise(1_000), index)
        })
        .collect();
    moods.sort_unstable();
    for (rank, &(_, index)) in moods.iter().enumerate() {
        tickets[index].csat = Some(score(rank * 100 / moods.len()));
    }
}

fn score(percentile: usize) -> i64 {
    match percentile {
        0..=9 => 1,
        10..=24 => 2,
        25..=44 => 3,
        45..=79 => 4,
        _ => 5,
    }
}

fn csv(tickets: &[Ticket]) -> String {
    let mut csv = Csv::new(&[
        "ticket_id",
        "created_at",
        "resolved_at",
        "category",
        "priority",
        "csat_score",
        "sla_met",
        "resolution_time_hours",
        "status",
        "agent_id",
        "channel",
    ]);
    for (index, ticket) in tickets.iter().enumerate() {
        let finished = (!ticket.is_open()).then_some(ticket.duration);
        csv.row(&[
            &(index + 20_001),
            &timestamp(ticket.created),
            &optional(finished.map(|duration| timestamp(ticket.created + duration))),
            &CATEGORIES[ticket.category].0,
            &ticket.priority.name,
            &optional(ticket.csat),
            &ticket.sla_met(),
            &optional(finished.map(|duration| fixed(duration / STEP, 2))),
            &ticket.status,
            &format!("AG-{:02}", ticket.agent),
            &ticket.channel,
        ]);
    }
    csv.finish()
}
