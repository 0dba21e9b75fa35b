//! A line chart as inline SVG: grid, axes, lines, labelled marks, and a value under the pointer.
//!
//! The values under the pointer are plain CSS `:hover`; the page needs no script.

use std::fmt::{self, Write};

use super::axis::Axis;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 42.0;

/// A line chart, to be written with `Display`.
pub(crate) struct Chart {
    /// What it shows, for those who do not see it.
    pub(crate) description: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) x_label: &'static str,
    pub(crate) lines: Vec<Line>,
    /// A dashed horizontal line at a value.
    pub(crate) level: Option<f64>,
    pub(crate) spots: Vec<Spot>,
}

pub(crate) struct Line {
    /// Its colour: `a` or `b`.
    pub(crate) class: &'static str,
    pub(crate) filled: bool,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Values shown when the pointer is near.
pub(crate) struct Spot {
    pub(crate) x: f64,
    pub(crate) values: Vec<(&'static str, f64)>,
    pub(crate) text: Vec<String>,
    /// Always marked, with this label.
    pub(crate) label: Option<String>,
}

impl Chart {
    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }

    fn grid(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (place, label) in self.y.ticks() {
            let y = bottom - place * (bottom - TOP);
            write!(
                f,
                r#"<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1}" y2="{y:.1}"/>"#
            )?;
            let (x, y) = (LEFT - 8.0, y + 4.0);
            writeln!(
                f,
                r#"<text x="{x}" y="{y:.1}" text-anchor="end">{label}</text>"#
            )?;
        }
        for (place, label) in self.x.ticks() {
            let x = LEFT + place * (right - LEFT);
            let (tick, below) = (bottom + 5.0, bottom + 19.0);
            write!(
                f,
                r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="{bottom}" y2="{tick}"/>"#
            )?;
            writeln!(
                f,
                r#"<text x="{x:.1}" y="{below}" text-anchor="middle">{label}</text>"#
            )?;
        }
        let (x, y) = ((LEFT + right) / 2.0, HEIGHT - 5.0);
        writeln!(
            f,
            r#"<text x="{x}" y="{y}" text-anchor="middle">{}</text>"#,
            self.x_label
        )
    }

    fn line(&self, line: &Line, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut path = String::new();
        for (x, y) in &line.points {
            let verb = if path.is_empty() { 'M' } else { 'L' };
            write!(path, "{verb}{:.1} {:.1}", self.x(*x), self.y(*y))?;
        }
        if let (true, Some(first), Some(last)) =
            (line.filled, line.points.first(), line.points.last())
        {
            let (from, to, floor) = (self.x(first.0), self.x(last.0), HEIGHT - BOTTOM);
            writeln!(
                f,
                r#"<path class="area" d="{path}L{to:.1} {floor}L{from:.1} {floor}Z"/>"#
            )?;
        }
        writeln!(f, r#"<path class="{}" d="{path}"/>"#, line.class)
    }

    /// A strip of the chart from `from` to `to` that shows its values when the pointer is on it.
    fn spot(&self, spot: &Spot, from: f64, to: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (x, bottom) = (self.x(spot.x), HEIGHT - BOTTOM);
        let (width, height) = (to - from, bottom - TOP);
        write!(
            f,
            r#"<g class="spot"><rect class="hit" x="{from:.1}" y="{TOP}" "#
        )?;
        write!(
            f,
            r#"width="{width:.1}" height="{height}"/><g class="tip">"#
        )?;
        write!(
            f,
            r#"<line x1="{x:.1}" x2="{x:.1}" y1="{TOP}" y2="{bottom}"/>"#
        )?;
        for (class, value) in &spot.values {
            let y = self.y(*value);
            write!(
                f,
                r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="4"/>"#
            )?;
        }
        let longest = spot
            .text
            .iter()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0);
        let (width, height) = (
            longest as f64 * 7.0 + 18.0,
            spot.text.len() as f64 * 17.0 + 10.0,
        );
        // To the right of the line, or to the left where there is no room.
        let left = if x + 10.0 + width < WIDTH {
            x + 10.0
        } else {
            x - 10.0 - width
        };
        write!(
            f,
            r#"<rect x="{left:.1}" y="{TOP}" width="{width}" height="{height}" rx="5"/>"#
        )?;
        for (i, line) in spot.text.iter().enumerate() {
            let (x, y) = (left + 9.0, TOP + 18.0 + i as f64 * 17.0);
            write!(f, r#"<text x="{x:.1}" y="{y}">{line}</text>"#)?;
        }
        writeln!(f, "</g></g>")
    }

    fn mark(&self, spot: &Spot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(label), Some((class, value))) = (&spot.label, spot.values.first()) else {
            return Ok(());
        };
        let (x, y) = (self.x(spot.x), self.y(*value));
        write!(
            f,
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="3.5"/>"#
        )?;
        // Above and to the left, where a rising curve is not.
        let (anchor, x) = if x > LEFT + 110.0 {
            ("end", x + 2.0)
        } else {
            ("middle", x - 8.0)
        };
        let y = y - 11.0;
        writeln!(
            f,
            r#"<text class="value" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{label}</text>"#
        )
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let description = &self.description;
        writeln!(
            f,
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{description}">"#
        )?;
        self.grid(f)?;
        for line in &self.lines {
            self.line(line, f)?;
        }
        if let Some(value) = self.level {
            let (y, right) = (self.y(value), WIDTH - RIGHT);
            writeln!(
                f,
                r#"<line class="mean" x1="{LEFT}" x2="{right}" y1="{y:.1}" y2="{y:.1}"/>"#
            )?;
        }
        for spot in &self.spots {
            self.mark(spot, f)?;
        }
        // Each strip reaches half-way to its neighbours.
        let xs: Vec<f64> = self.spots.iter().map(|spot| self.x(spot.x)).collect();
        for (i, spot) in self.spots.iter().enumerate() {
            let from = if i == 0 {
                LEFT
            } else {
                (xs[i - 1] + xs[i]) / 2.0
            };
            let to = xs
                .get(i + 1)
                .map_or(WIDTH - RIGHT, |next| (xs[i] + next) / 2.0);
            self.spot(spot, from, to, f)?;
        }
        writeln!(f, "</svg>")
    }
}
