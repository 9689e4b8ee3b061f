//! A number over time as a line. A moment stands where its date is, a missing value is a gap that is
//! said in words, and a value between two gaps is a dot.

use super::result_chart::{name_of, number_in, shown};
use crate::format::cell::ColumnStyle;
use crate::format::quantity::count_of;
use crate::state::chart::moment_of;
use crate::state::drawing::{Scale, axis_labels, extremes, line_pieces};
use csv_analyst_protocol::run::{Cell, Run};
use leptos::prelude::*;

/// The box of a line in its own units; the style sheet stretches it.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 200.0;

pub(super) fn line(run: &Run, styles: &[ColumnStyle], time: usize, value: usize) -> AnyView {
    let mut placed: Vec<(f64, &Vec<Cell>)> = run
        .rows
        .iter()
        .filter_map(|row| Some((moment_of(row, time)?, row)))
        .collect();
    placed.sort_by(|left, right| left.0.total_cmp(&right.0));
    let rows: Vec<&Vec<Cell>> = placed.iter().map(|(_, row)| *row).collect();
    let points: Vec<(f64, f64)> = placed
        .iter()
        .map(|(moment, row)| (*moment, number_in(row, value)))
        .collect();
    let numbers: Vec<f64> = points.iter().map(|point| point.1).collect();
    let scale = Scale::of(&numbers);
    let labels = axis_labels(&numbers, scale, |row| shown(rows[row], styles, value));
    let end = |row: Option<&&Vec<Cell>>| row.map(|row| shown(row, styles, time)).unwrap_or_default();
    let highest = extremes(&numbers).map(|(_, highest)| {
        let row = rows[highest];
        format!(
            " · highest: {} ({})",
            shown(row, styles, value),
            shown(row, styles, time)
        )
    });
    view! {
        <p class="chart-title">
            {name_of(run, value)}
            <span class="chart-about">{highest}{missing(&numbers)}</span>
        </p>
        <div class="line-chart">
            {axis(&labels)}
            {drawing(&points, scale, &labels)}
            <p class="line-ends"><span>{end(rows.first())}</span><span>{end(rows.last())}</span></p>
        </div>
    }
    .into_any()
}

fn missing(numbers: &[f64]) -> Option<String> {
    let gaps = numbers.iter().filter(|number| !number.is_finite()).count() as u64;
    (gaps > 0).then(|| format!(" · no value in {}", count_of(gaps, "row", "rows")))
}

fn axis(labels: &[(f64, String)]) -> AnyView {
    let items = labels.iter().map(|(share, text)| {
        view! { <span style=format!("top:{:.1}%", (1.0 - share) * 100.0)>{text.clone()}</span> }
    });
    view! { <div class="line-axis">{items.collect_view()}</div> }.into_any()
}

fn drawing(points: &[(f64, f64)], scale: Scale, labels: &[(f64, String)]) -> AnyView {
    let guides: Vec<String> = labels
        .iter()
        .map(|(share, _)| format!("M0 {:.1}H{WIDTH}", (1.0 - share) * HEIGHT))
        .collect();
    let zero = (1.0 - scale.share(0.0)) * HEIGHT;
    let (mut lines, mut dots) = (String::new(), String::new());
    for piece in line_pieces(points, scale, WIDTH, HEIGHT) {
        let drawn: Vec<String> = piece.iter().map(|(x, y)| format!("{x} {y}")).collect();
        match drawn.len() {
            1 => dots += &format!("M{}h0", drawn[0]),
            _ => lines += &format!("M{}", drawn.join("L")),
        }
    }
    view! {
        <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none">
            <path class="line-guide" d=guides.concat()></path>
            <path class="line-zero" d=format!("M0 {zero:.1}H{WIDTH}")></path>
            <path class="line" d=lines></path>
            <path class="line-dots" d=dots></path>
        </svg>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::format::cell::column_styles;
    use crate::state::steps::tests::finished_run;
    use csv_analyst_protocol::run::ResultColumn;
    use serde_json::json;

    #[test]
    fn a_null_is_a_gap_in_the_line_and_never_the_highest() {
        let column = |name: &str, kind: &str| ResultColumn {
            name: name.into(),
            kind: kind.into(),
        };
        let mut run = finished_run();
        run.columns = vec![column("day", "DATE"), column("orders", "BIGINT")];
        run.rows = [
            ("2026-01-01", json!(5_000)),
            ("2026-01-02", json!(2_500)),
            ("2026-01-03", json!(null)),
            ("2026-01-11", json!(10_000)),
        ]
        .map(|(day, orders)| vec![json!(day), orders])
        .to_vec();
        let owner = Owner::new();
        let html = owner.with(|| line(&run, &column_styles(&run.columns, &run.rows), 0, 1).to_html());
        for part in [
            "highest: 10,000 (2026-01-11)",
            "no value in 1 row",
            r#"d="M0 100L60 150" class="line""#,
            r#"d="M600 0h0" class="line-dots""#,
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }
}
