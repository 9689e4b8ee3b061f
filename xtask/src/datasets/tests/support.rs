//! The help desk: shares, targets, scores, and times that agree with each other.

use super::{Sheet, assert_near, assert_shares, generate, seconds, share};
use crate::datasets::calendar::{days_to_month_end, weekday};

const TARGET_HOURS: [(&str, i64, f64); 4] = [
    ("Critical", 4, 70.0),
    ("High", 8, 80.0),
    ("Medium", 24, 90.0),
    ("Low", 72, 95.0),
];

fn tickets() -> Sheet {
    Sheet::of(generate(), "support/tickets.csv")
}

fn target_seconds(priority: &str) -> i64 {
    let found = TARGET_HOURS.iter().find(|(name, ..)| *name == priority);
    found
        .map(|(_, hours, _)| hours * 3_600)
        .expect("a known priority")
}

fn newest(tickets: &Sheet) -> i64 {
    let moments = tickets
        .column("created_at")
        .into_iter()
        .chain(tickets.column("resolved_at"));
    moments
        .filter(|moment| !moment.is_empty())
        .map(seconds)
        .max()
        .expect("there are tickets")
}

#[test]
fn tickets_have_their_shares() {
    let tickets = tickets();
    assert_eq!(tickets.rows.len(), 8_000);
    let shares: [(&str, &[(&str, f64)]); 4] = [
        (
            "category",
            &[
                ("Technical", 40.0),
                ("Billing", 25.0),
                ("Account", 20.0),
                ("Product", 15.0),
            ],
        ),
        (
            "priority",
            &[("Low", 50.0), ("Medium", 30.0), ("High", 15.0), ("Critical", 5.0)],
        ),
        ("status", &[("Resolved", 75.0), ("Open", 20.0), ("Closed", 5.0)]),
        ("channel", &[("Email", 50.0), ("Chat", 35.0), ("Phone", 15.0)]),
    ];
    for (column, wanted) in shares {
        assert_shares(&tickets.column(column), wanted, 0.2);
    }
}

#[test]
fn ninety_days_end_at_the_newest_ticket() {
    let tickets = tickets();
    let created = tickets.column("created_at");
    assert!(created.is_sorted());
    assert_eq!(created.last(), Some(&"2026-01-30 18:00:00"));
    assert_eq!(
        newest(&tickets),
        seconds("2026-01-30 18:00:00"),
        "nothing is resolved in the future"
    );
    assert!(seconds(created[0]) > newest(&tickets) - 90 * 86_400);
}

#[test]
fn an_open_ticket_has_no_resolution_and_no_score() {
    let tickets = tickets();
    for row in &tickets.rows {
        let open = tickets.cell(row, "status") == "Open";
        assert_eq!(tickets.cell(row, "resolved_at").is_empty(), open);
        assert_eq!(tickets.cell(row, "resolution_time_hours").is_empty(), open);
        assert!(!open || tickets.cell(row, "csat_score").is_empty());
    }
}

#[test]
fn sla_met_agrees_with_the_hours() {
    let tickets = tickets();
    let now = newest(&tickets);
    for row in &tickets.rows {
        let created = seconds(tickets.cell(row, "created_at"));
        let target = target_seconds(tickets.cell(row, "priority"));
        let met = tickets.cell(row, "sla_met") == "true";
        let resolved = tickets.cell(row, "resolved_at");
        if resolved.is_empty() {
            assert!(met || now - created > target, "too young to have missed: {row:?}");
            continue;
        }
        let elapsed = seconds(resolved) - created;
        assert_eq!(met, elapsed <= target, "{row:?}");
        if let Some(hundredths) = tickets.hundredths(row, "resolution_time_hours") {
            assert_eq!(hundredths * 36, elapsed, "{row:?}");
        }
    }
}

#[test]
fn tickets_meet_their_targets_as_often_as_planned() {
    let tickets = tickets();
    for (priority, _, percent) in TARGET_HOURS {
        let of_priority = tickets
            .rows
            .iter()
            .filter(|row| tickets.cell(row, "priority") == priority);
        let met: Vec<&str> = of_priority.map(|row| tickets.cell(row, "sla_met")).collect();
        assert_near(share(&met, "true"), percent, 2.0, priority);
    }
}

#[test]
fn scores_are_one_to_five_in_their_shares() {
    let tickets = tickets();
    let scores = tickets.column("csat_score");
    assert_near(share(&scores, ""), 40.0, 0.1, "without a score");
    let given: Vec<&str> = scores.into_iter().filter(|score| !score.is_empty()).collect();
    assert_shares(
        &given,
        &[("1", 10.0), ("2", 15.0), ("3", 20.0), ("4", 35.0), ("5", 20.0)],
        0.1,
    );
}

#[test]
fn working_hours_monday_mornings_and_month_ends_are_busy() {
    let tickets = tickets();
    let (mut office, mut monday, mut tuesday, mut billing_end) = (0, 0, 0, 0);
    for row in &tickets.rows {
        let created = seconds(tickets.cell(row, "created_at"));
        let (day, hour) = (created / 86_400, created % 86_400 / 3_600);
        office += usize::from(weekday(day) < 5 && (9..17).contains(&hour));
        monday += usize::from(weekday(day) == 0 && (8..12).contains(&hour));
        tuesday += usize::from(weekday(day) == 1 && (8..12).contains(&hour));
        billing_end += usize::from(tickets.cell(row, "category") == "Billing" && days_to_month_end(day) < 3);
    }
    assert!(office > tickets.rows.len() / 2);
    assert!(monday * 10 > tuesday * 14);
    // Nine or so of ninety days: an even spread would give about a tenth of the 2,000 billing tickets.
    assert!(billing_end > 240, "{billing_end}");
}
