//! When an answer is right: by values, whatever the columns are called.
//!
//! Every compared column of the golden rows must have a column of the answer with the same values,
//! row for row, and there may be no other rows. An answer may show more columns: as many of the data's own
//! as it likes, for they describe the rows and change none; of calculated ones at most two (what it was
//! ranked by, the two sides of a difference), so that a right figure cannot hide among many.

/// More columns than asked for, in an answer that sums up.
const MOST_EXTRA: usize = 2;
/// A listing that is cut off shows at least this many rows: nobody asked for a few.
const FULL_PAGE: usize = 100;

pub struct Expected {
    pub rows: Vec<Vec<Option<String>>>,
    /// Columns that count.
    pub compare: Vec<usize>,
    pub ordered: bool,
    /// The column that the order is by; rows with the same value may come in any order.
    pub ties: Option<usize>,
    pub prefix: bool,
}

pub struct Found {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
    /// Columns that were counted, summed up or calculated.
    pub computed: usize,
    pub limit: Option<u64>,
}

pub fn answers(expected: &Expected, found: &Found) -> bool {
    if found.computed > expected.compare.len() + MOST_EXTRA {
        return false;
    }
    let cut = !expected.ordered
        && found.rows.len() >= FULL_PAGE
        && found.limit == Some(found.rows.len() as u64)
        && expected.rows.len() > found.rows.len();
    let longer = expected.prefix && found.rows.len() > expected.rows.len();
    if !cut && !longer && found.rows.len() != expected.rows.len() {
        return false;
    }
    let rows = &found.rows[..found.rows.len().min(expected.rows.len())];
    let mut chosen = Vec::new();
    assign(expected, rows, found.columns.len(), &mut chosen)
}

/// Tries columns of the answer for each compared column, each at most once.
fn assign(expected: &Expected, rows: &[Vec<Option<String>>], width: usize, chosen: &mut Vec<usize>) -> bool {
    if chosen.len() == expected.compare.len() {
        return same_rows(expected, rows, chosen);
    }
    for candidate in 0..width {
        if chosen.contains(&candidate) {
            continue;
        }
        chosen.push(candidate);
        if plausible(expected, rows, chosen) && assign(expected, rows, width, chosen) {
            return true;
        }
        chosen.pop();
    }
    false
}

/// A quick look at the first row of the answer, before all rows are compared.
fn plausible(expected: &Expected, rows: &[Vec<Option<String>>], chosen: &[usize]) -> bool {
    let Some(first) = rows.first() else { return true };
    let fits = |wanted: &Vec<Option<String>>| {
        chosen
            .iter()
            .zip(&expected.compare)
            .all(|(place, column)| same_cell(&wanted[*column], &first[*place]))
    };
    expected.rows.iter().any(fits)
}

fn same_rows(expected: &Expected, rows: &[Vec<Option<String>>], chosen: &[usize]) -> bool {
    let same = |wanted: &Vec<Option<String>>, row: &Vec<Option<String>>| {
        chosen
            .iter()
            .zip(&expected.compare)
            .all(|(place, column)| same_cell(&wanted[*column], &row[*place]))
    };
    if expected.ordered && expected.ties.is_none() {
        return expected
            .rows
            .iter()
            .zip(rows)
            .all(|(wanted, row)| same(wanted, row));
    }
    let in_order = expected.ties.is_none_or(|ties| {
        let place = expected.compare.iter().position(|column| *column == ties);
        place.is_none_or(|place| {
            let pairs = expected.rows.iter().zip(rows);
            pairs
                .into_iter()
                .all(|(wanted, row)| same_cell(&wanted[ties], &row[chosen[place]]))
        })
    });
    let mut unused: Vec<&Vec<Option<String>>> = expected.rows.iter().collect();
    in_order
        && rows.iter().all(|row| {
            let place = unused.iter().position(|wanted| same(wanted, row));
            place.map(|place| unused.swap_remove(place)).is_some()
        })
}

/// Numbers may differ by one part in a million, or be rounded to two decimals (four below one).
fn same_cell(expected: &Option<String>, found: &Option<String>) -> bool {
    let (Some(expected), Some(found)) = (expected, found) else {
        return expected.is_none() && found.is_none();
    };
    match (expected.parse::<f64>(), found.parse::<f64>()) {
        (Ok(expected), Ok(found)) => {
            let rounding = if expected.abs() < 1.0 {
                0.000_050_01
            } else {
                0.005_001
            };
            let whole = expected.fract() == 0.0;
            let difference = (expected - found).abs();
            difference <= 1e-6 * expected.abs().max(1e-3) || (!whole && difference <= rounding)
        }
        _ => day(expected) == day(found),
    }
}

/// Midnight is the day itself: a bucket may be a date or a timestamp.
fn day(text: &str) -> &str {
    text.strip_suffix(" 00:00:00").unwrap_or(text)
}

/// Whether a cell is what a golden file has checked in.
pub fn is(cell: &Option<String>, checked_in: &serde_json::Value) -> bool {
    let text = match checked_in {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    same_cell(&text, cell)
}
