//! Where the marks of a chart stand. Lengths always start at zero, a value that is missing draws
//! nothing and is never bridged, and a moment stands where its date is. Pure arithmetic.

/// The values that a drawing covers; zero is always among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    pub fn of(values: &[f64]) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let low = finite().fold(0.0_f64, f64::min);
        let high = finite().fold(0.0_f64, f64::max);
        Self { low, high }
    }

    /// How far from the lowest to the highest, from 0 to 1. Halved first: the distance between the
    /// two largest doubles is not a double.
    pub fn share(&self, value: f64) -> f64 {
        let span = self.high / 2.0 - self.low / 2.0;
        if span > 0.0 {
            (value / 2.0 - self.low / 2.0) / span
        } else {
            0.0
        }
    }

    pub fn has_negative(&self) -> bool {
        self.low < 0.0
    }
}

/// The labels of the value axis with their shares: the lowest value, zero, the highest. Words are
/// made by `text` from a value's place. Zero goes without a label where it would cover another.
pub fn axis_labels(values: &[f64], scale: Scale, text: impl Fn(usize) -> String) -> Vec<(f64, String)> {
    let Some((lowest, highest)) = extremes(values) else {
        return Vec::new();
    };
    let zero = scale.share(0.0);
    let (below, above) = (scale.low < 0.0, scale.high > 0.0);
    let mut labels = Vec::new();
    if below {
        labels.push((0.0, text(lowest)));
    }
    if !(below && above) || (0.15..=0.85).contains(&zero) {
        labels.push((zero, "0".to_string()));
    }
    if above {
        labels.push((1.0, text(highest)));
    }
    labels
}

/// A bar from the zero line to the value: where it starts and how long it is, in percent with one
/// decimal. A missing value has no bar.
pub fn bar_span(value: f64, scale: Scale) -> Option<(f64, f64)> {
    let (zero, end) = (scale.share(0.0), scale.share(value));
    value
        .is_finite()
        .then(|| (tenth(zero.min(end) * 100.0), tenth((end - zero).abs() * 100.0)))
}

/// The places of the lowest and the highest value; missing values are neither.
pub fn extremes(values: &[f64]) -> Option<(usize, usize)> {
    let finite = || values.iter().enumerate().filter(|(_, value)| value.is_finite());
    let lowest = finite().min_by(|left, right| left.1.total_cmp(right.1))?;
    let highest = finite().max_by(|left, right| left.1.total_cmp(right.1))?;
    Some((lowest.0, highest.0))
}

/// A line over time in a box of `width` by `height`: one piece per unbroken run of values. `points`
/// are moments with their values, in the order of time.
pub fn line_pieces(points: &[(f64, f64)], scale: Scale, width: f64, height: f64) -> Vec<Vec<(f64, f64)>> {
    let (first, last) = match (points.first(), points.last()) {
        (Some(first), Some(last)) => (first.0, last.0),
        _ => return Vec::new(),
    };
    let span = if last > first { last - first } else { 1.0 };
    let place = |(moment, value): &(f64, f64)| {
        let (x, y) = (
            (moment - first) / span * width,
            (1.0 - scale.share(*value)) * height,
        );
        (tenth(x), tenth(y))
    };
    points
        .split(|(_, value)| !value.is_finite())
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.iter().map(place).collect())
        .collect()
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_is_neither_the_highest_nor_the_lowest() {
        assert_eq!(extremes(&[2.0, f64::NAN, 7.0, -1.0, f64::INFINITY]), Some((3, 2)));
        assert_eq!(extremes(&[f64::NAN]), None);
    }

    #[test]
    fn a_missing_value_breaks_the_line() {
        let points = [(0.0, 10.0), (1.0, f64::NAN), (2.0, 5.0), (4.0, 0.0)];
        let scale = Scale::of(&[10.0, 5.0, 0.0]);
        assert_eq!(
            line_pieces(&points, scale, 100.0, 50.0),
            [vec![(0.0, 0.0)], vec![(50.0, 25.0), (100.0, 50.0)]]
        );
    }

    #[test]
    fn a_moment_stands_where_its_date_is() {
        let points = [(0.0, 1.0), (1.0, 1.0), (10.0, 1.0)];
        let places: Vec<f64> = line_pieces(&points, Scale::of(&[1.0]), 100.0, 50.0)
            .concat()
            .iter()
            .map(|point| point.0)
            .collect();
        assert_eq!(places, [0.0, 10.0, 100.0]);
    }

    #[test]
    fn a_negative_bar_ends_at_the_zero_line() {
        let scale = Scale::of(&[-5.0, 15.0]);
        assert_eq!(bar_span(-5.0, scale), Some((0.0, 25.0)));
        assert_eq!(bar_span(15.0, scale), Some((25.0, 75.0)));
        assert_eq!(bar_span(f64::NAN, scale), None);
    }

    #[test]
    fn bars_of_one_sign_use_the_whole_width() {
        assert_eq!(bar_span(5.0, Scale::of(&[5.0, 10.0])), Some((0.0, 50.0)));
        assert_eq!(bar_span(-10.0, Scale::of(&[-5.0, -10.0])), Some((0.0, 100.0)));
        assert_eq!(bar_span(0.0, Scale::of(&[0.0])), Some((0.0, 0.0)));
    }

    #[test]
    fn the_axis_names_the_ends_and_zero_where_there_is_room() {
        let labels = |values: &[f64]| {
            let text = |place: usize| values[place].to_string();
            axis_labels(values, Scale::of(values), text)
        };
        let label = |share: f64, text: &str| (share, text.to_string());
        assert_eq!(labels(&[2.0, 8.0]), [label(0.0, "0"), label(1.0, "8")]);
        assert_eq!(
            labels(&[-2.0, f64::NAN, -8.0]),
            [label(0.0, "-8"), label(1.0, "0")]
        );
        assert_eq!(
            labels(&[-4.0, 4.0]),
            [label(0.0, "-4"), label(0.5, "0"), label(1.0, "4")]
        );
        assert_eq!(labels(&[-1.0, 99.0]), [label(0.0, "-1"), label(1.0, "99")]);
        assert_eq!(labels(&[0.0]), [label(0.0, "0")]);
    }

    #[test]
    fn the_largest_numbers_still_have_a_place() {
        let scale = Scale::of(&[f64::MIN, f64::MAX]);
        assert_eq!(bar_span(f64::MAX, scale), Some((50.0, 50.0)));
    }
}
