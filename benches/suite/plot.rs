//! The plots of the page: SVG as text.

use std::fmt::Write;

use crate::job::{Contender, Sample};
use crate::report::{Row, Series};
use crate::table::number;

/// Pixels of a plot, and of what it leaves at the sides for names and figures.
const WIDTH: f64 = 720.0;
const NAMES: f64 = 150.0;
const FIGURES: f64 = 110.0;
const LINE: f64 = 22.0;

/// One row: a bar up to each contender's median, and a dot for each sample.
pub(crate) fn bars(row: &Row) -> String {
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
        let middle = top + LINE / 2.0;
        let class = class(series.contender);
        text(
            &mut svg,
            NAMES - 8.0,
            middle,
            "end",
            series.contender.name(),
        );
        let width = x(median) - NAMES;
        let _ = write!(
            svg,
            r#"<rect class="{class}" x="{NAMES}" y="{:.1}" width="{width:.1}" height="{:.1}"/>"#,
            top + 4.0,
            LINE - 8.0,
        );
        for sample in &series.samples {
            dot(&mut svg, "sample", x(shown(sample)), middle, 2.5, "");
        }
        let label = format!("{} {}", number(median), row.unit.name());
        text(&mut svg, WIDTH, middle, "end", &label);
    }
    svg.push_str("</svg>");
    svg
}

/// Many rows: how many times as fast as tokio each contender is in each, on a logarithmic scale.
pub(crate) fn speeds(rows: &[&Row]) -> String {
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
            let _ = write!(
                svg,
                r#"<line class="{class}" x1="{0:.1}" x2="{0:.1}" y1="{LINE}" y2="{height}"/>"#,
                x(mark),
            );
            let label = match mark < 1.0 {
                true => format!("1/{}", 1.0 / mark),
                false => mark.to_string(),
            };
            text(&mut svg, x(mark), LINE / 2.0, "middle", &label);
        }
    }
    for (index, row) in rows.iter().enumerate() {
        let y = (index as f64 + 1.5) * LINE;
        text(&mut svg, NAMES - 8.0, y, "end", &row.name);
        for (contender, speed) in speeds(row) {
            let title = format!("{}: {speed:.2} × tokio", contender.name());
            dot(&mut svg, class(contender), x(speed), y, 5.0, &title);
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Of the page's style sheet.
pub(crate) fn class(contender: Contender) -> &'static str {
    match contender {
        Contender::Heist | Contender::HeistUnwatched | Contender::HeistBuffered => "heist",
        Contender::Tokio | Contender::Tokio64K => "tokio",
        Contender::Smol => "smol",
        Contender::Rayon | Contender::Epoll => "floor",
    }
}

fn open(height: f64) -> String {
    format!(r#"<svg viewBox="0 0 {WIDTH} {height}" role="img">"#)
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = write!(
        svg,
        r#"<text x="{x:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
        y + 4.0,
        escape(text),
    );
}

fn dot(svg: &mut String, class: &str, x: f64, y: f64, radius: f64, title: &str) {
    let _ = write!(
        svg,
        r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius}"><title>{}</title></circle>"#,
        escape(title),
    );
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
