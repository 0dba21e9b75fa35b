//! Reports as one HTML page that needs no network, no scripts and no other files.

mod axis;
mod chart;
pub mod svg;

use std::fmt::{Display, Write};

pub use axis::Axis;
pub use chart::{Chart, Line, Spot};

/// Returns a page with this title around `body`, which is HTML. The classes are in `style.css`.
pub fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    let style = include_str!("style.css");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{style}</style>\n<main>\n{body}</main>\n</html>\n"
    )
}

/// Returns a section of the page; all parameters but the title are HTML.
pub fn card(title: &str, note: &str, content: impl Display) -> String {
    let note = match note {
        "" => String::new(),
        note => format!("<p>{note}</p>\n"),
    };
    let title = escaped(title);
    format!("<section class=\"card\"><h2>{title}</h2>{note}{content}</section>\n")
}

/// Returns a table of text; the first cell of a row is its name. An empty `header` is left out.
pub fn table<S: AsRef<str>>(
    header: &[S],
    rows: impl IntoIterator<Item = impl IntoIterator<Item = S>>,
) -> String {
    let mut html = "<table>\n".to_owned();
    if !header.is_empty() {
        html += "<tr>";
        for name in header {
            _ = write!(html, "<th>{}</th>", escaped(name.as_ref()));
        }
        html += "</tr>\n";
    }
    for row in rows {
        html += "<tr>";
        for (i, cell) in row.into_iter().enumerate() {
            let (open, close) = if i == 0 {
                ("<th>", "</th>")
            } else {
                ("<td class=\"n\">", "</td>")
            };
            _ = write!(html, "{open}{}{close}", escaped(cell.as_ref()));
        }
        html += "</tr>\n";
    }
    html + "</table>\n"
}

/// Returns the template with its fields, which are HTML, filled in. The inserted text is not
/// searched for fields.
///
/// # Panics
///
/// Panics if the template names a field that is not among `fields`.
pub fn fill(template: &str, fields: &[(&str, String)]) -> String {
    let mut parts = template.split("{{");
    let mut page = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part
            .split_once("}}")
            .expect("the template closes its fields");
        let field = fields.iter().find(|field| field.0 == name);
        page += &field.expect("the template names a field that exists").1;
        page += rest;
    }
    page
}

/// Escapes text for HTML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
