//! Shapes of a chart as SVG. A class is one of those in the style sheet, or empty.

use std::fmt::{Result, Write};

use super::escaped;

/// Writes text at a point of its baseline; the anchor is `start`, `middle` or `end`.
///
/// # Errors
///
/// Returns the error of `out`, here and below: there is none for a `String`.
pub fn text(
    out: &mut impl Write,
    class: &str,
    (x, y): (f64, f64),
    anchor: &str,
    text: &str,
) -> Result {
    let text = escaped(text);
    write!(
        out,
        r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#
    )
}

/// Writes a circle, and the text that is shown when the pointer is on it.
///
/// # Errors
///
/// See [`text()`].
pub fn dot(
    out: &mut impl Write,
    class: &str,
    (x, y): (f64, f64),
    radius: f64,
    title: &str,
) -> Result {
    write!(
        out,
        r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius}">"#
    )?;
    if !title.is_empty() {
        write!(out, "<title>{}</title>", escaped(title))?;
    }
    out.write_str("</circle>")
}

/// Writes a line.
///
/// # Errors
///
/// See [`text()`].
pub fn line(out: &mut impl Write, class: &str, from: (f64, f64), to: (f64, f64)) -> Result {
    let ((x1, y1), (x2, y2)) = (from, to);
    write!(
        out,
        r#"<line class="{class}" x1="{x1:.1}" x2="{x2:.1}" y1="{y1:.1}" y2="{y2:.1}"/>"#
    )
}

/// Writes a rectangle, given its upper left corner.
///
/// # Errors
///
/// See [`text()`].
pub fn block(out: &mut impl Write, class: &str, corner: (f64, f64), size: (f64, f64)) -> Result {
    let ((x, y), (width, height)) = (corner, size);
    write!(
        out,
        r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#
    )
}
