//! The plots of the page: SVG as text.

use std::fmt;

use heist_tools::report::svg::{block, dot, line, text};
use heist_tools::units::number;

use crate::plan::Contender;
use crate::report::{Row, Series};
use crate::sample::Sample;

/// Pixels of a plot, and of its margins for names and figures.
const WIDTH: f64 = 720.0;
const NAMES: f64 = 150.0;
const FIGURES: f64 = 110.0;
const LINE: f64 = 22.0;

/// Draws one row: a bar up to each contender's median, and a dot for each sample.
pub(crate) fn bars(row: &Row) -> Result<String, fmt::Error> {
    let tried: Vec<&Series> = row
        .contenders
        .iter()
        .filter(|series| !series.samples.is_empty())
        .collect();
    let shown = |sample: &Sample| row.unit.show(sample.figure);
    let largest = tried
        .iter()
        .flat_map(|series| &series.samples)
        .map(shown)
        .fold(f64::MIN_POSITIVE, f64::max);
    let x = |value: f64| NAMES + value / largest * (WIDTH - NAMES - FIGURES);
    let mut svg = open(tried.len() as f64 * LINE);
    for (index, series) in tried.iter().enumerate() {
        let Some(figure) = series.figure() else {
            continue;
        };
        let median = row.unit.show(figure.median);
        let top = index as f64 * LINE;
        let (middle, below) = (top + LINE / 2.0, top + LINE / 2.0 + 4.0);
        let bar = format!("bar {}", class(series.contender));
        let name = series.contender.name();
        text(&mut svg, "", (NAMES - 8.0, below), "end", name)?;
        let size = (x(median) - NAMES, LINE - 8.0);
        block(&mut svg, &bar, (NAMES, top + 4.0), size)?;
        for sample in &series.samples {
            let at = (x(shown(sample)), middle);
            dot(&mut svg, "dot sample", at, 2.5, "")?;
        }
        let label = format!("{} {}", number(median), row.unit.name());
        text(&mut svg, "", (WIDTH, below), "end", &label)?;
    }
    svg.push_str("</svg>");
    Ok(svg)
}

/// Draws many rows: how many times as fast as tokio each contender is in each, on a logarithmic
/// scale.
pub(crate) fn speeds(rows: &[&Row]) -> Result<String, fmt::Error> {
    let speeds = |row: &Row| -> Vec<(Contender, f64)> {
        row.contenders
            .iter()
            .filter_map(|series| Some((series.contender, row.speed(series)?)))
            .filter(|(_, speed)| speed.is_normal())
            .collect()
    };
    let furthest = rows
        .iter()
        .flat_map(|row| speeds(row))
        .map(|(_, speed)| speed.ln().abs())
        .fold(2_f64.ln(), f64::max);
    let middle = (NAMES + WIDTH) / 2.0;
    let half = (WIDTH - NAMES) / 2.0 - 12.0;
    let x = |speed: f64| middle + speed.ln() / furthest * half;
    let height = (rows.len() + 1) as f64 * LINE;
    let mut svg = open(height);
    for mark in [0.125_f64, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0] {
        if mark.ln().abs() <= furthest {
            let class = if mark == 1.0 { "one" } else { "mark" };
            line(&mut svg, class, (x(mark), LINE), (x(mark), height))?;
            let label = match mark < 1.0 {
                true => format!("1/{}", 1.0 / mark),
                false => mark.to_string(),
            };
            text(&mut svg, "", (x(mark), LINE / 2.0 + 4.0), "middle", &label)?;
        }
    }
    for (index, row) in rows.iter().enumerate() {
        let y = (index as f64 + 1.5) * LINE;
        text(&mut svg, "", (NAMES - 8.0, y + 4.0), "end", &row.name)?;
        for (contender, speed) in speeds(row) {
            let title = format!("{}: {speed:.2} × tokio", contender.name());
            let class = format!("dot {}", class(contender));
            dot(&mut svg, &class, (x(speed), y), 5.0, &title)?;
        }
    }
    svg.push_str("</svg>");
    Ok(svg)
}

/// Returns the contender's class in the page's style sheet.
pub(crate) fn class(contender: Contender) -> &'static str {
    match contender {
        Contender::Heist | Contender::HeistUnwatched | Contender::HeistBuffered => "a",
        Contender::Tokio | Contender::Tokio64K => "b",
        Contender::Smol => "c",
        Contender::Rayon | Contender::Epoll => "d",
    }
}

fn open(height: f64) -> String {
    format!(r#"<svg viewBox="0 0 {WIDTH} {height}" role="img">"#)
}
