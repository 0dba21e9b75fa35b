//! A line chart as inline SVG: grid, axes, lines, labelled marks, and the values under the pointer.
//!
//! The values under the pointer are shown by plain CSS `:hover`; the page needs no script.

use std::fmt::{self, Write};

use super::axis::Axis;
use super::svg;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 42.0;

/// A line chart, rendered by `Display`.
pub struct Chart {
    /// A description for readers who cannot see the chart.
    pub description: String,
    /// Its horizontal axis.
    pub x: Axis,
    /// Its vertical axis.
    pub y: Axis,
    /// The label of the horizontal axis.
    pub x_label: &'static str,
    /// The lines; the last one is drawn on top.
    pub lines: Vec<Line>,
    /// A dashed horizontal line at a value.
    pub level: Option<f64>,
    /// Spots in the order of their `x`.
    pub spots: Vec<Spot>,
}

/// A line of a chart.
pub struct Line {
    /// Its colour: `a` or `b`.
    pub class: &'static str,
    /// Whether the area below it is shaded.
    pub filled: bool,
    /// Points in the order of their `x`.
    pub points: Vec<(f64, f64)>,
}

/// Values that are shown when the pointer is near.
pub struct Spot {
    /// Their position on the horizontal axis.
    pub x: f64,
    /// Each value with the class of its line.
    pub values: Vec<(&'static str, f64)>,
    /// The lines of text.
    pub text: Vec<String>,
    /// A label that is always shown.
    pub label: Option<String>,
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
            svg::line(f, "grid", (LEFT, y), (right, y))?;
            svg::text(f, "", (LEFT - 8.0, y + 4.0), "end", label)?;
        }
        for (place, label) in self.x.ticks() {
            let x = LEFT + place * (right - LEFT);
            svg::line(f, "grid", (x, bottom), (x, bottom + 5.0))?;
            svg::text(f, "", (x, bottom + 19.0), "middle", label)?;
        }
        let middle = ((LEFT + right) / 2.0, HEIGHT - 5.0);
        svg::text(f, "", middle, "middle", self.x_label)
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

    /// Draws a strip of the chart from `from` to `to`, which shows its values when the pointer is
    /// on it.
    fn spot(&self, spot: &Spot, from: f64, to: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (x, bottom) = (self.x(spot.x), HEIGHT - BOTTOM);
        f.write_str(r#"<g class="spot">"#)?;
        svg::block(f, "hit", (from, TOP), (to - from, bottom - TOP))?;
        f.write_str(r#"<g class="tip">"#)?;
        svg::line(f, "", (x, TOP), (x, bottom))?;
        for (class, value) in &spot.values {
            svg::dot(f, class, (x, self.y(*value)), 4.0, "")?;
        }
        let widths = spot.text.iter().map(|line| line.chars().count());
        let width = widths.max().unwrap_or(0) as f64 * 7.0 + 18.0;
        let height = spot.text.len() as f64 * 17.0 + 10.0;
        // To the right of the line, or to the left if there is no room.
        let left = if x + 10.0 + width < WIDTH {
            x + 10.0
        } else {
            x - 10.0 - width
        };
        svg::block(f, "", (left, TOP), (width, height))?;
        for (i, line) in spot.text.iter().enumerate() {
            let at = (left + 9.0, TOP + 18.0 + i as f64 * 17.0);
            svg::text(f, "", at, "start", line)?;
        }
        writeln!(f, "</g></g>")
    }

    fn mark(&self, spot: &Spot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(label), Some((class, value))) = (&spot.label, spot.values.first()) else {
            return Ok(());
        };
        let (x, y) = (self.x(spot.x), self.y(*value));
        svg::dot(f, class, (x, y), 3.5, "")?;
        // Above and to the left, where a rising curve does not pass.
        let (anchor, x) = if x > LEFT + 110.0 {
            ("end", x + 2.0)
        } else {
            ("middle", x - 8.0)
        };
        svg::text(f, "value", (x, y - 11.0), anchor, label)
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
            let y = self.y(value);
            svg::line(f, "mean", (LEFT, y), (WIDTH - RIGHT, y))?;
        }
        for spot in &self.spots {
            self.mark(spot, f)?;
        }
        // Each strip extends half-way to its neighbours.
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
