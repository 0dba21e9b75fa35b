//! The report as a self-contained page with plots.

use std::fmt::{self, Write};

use heist_tools::report::{self, card, escaped, table};

use crate::plot::{bars, speeds};
use crate::report::{Report, Row};
use crate::row::Group;
use crate::table::{FIGURES, figures};

pub(crate) fn render(report: &Report) -> Result<String, fmt::Error> {
    let title = "heist beside tokio and smol";
    let mut body = format!("<header><h1>{title}</h1>\n");
    for line in report.conditions() {
        writeln!(body, "<p>{}</p>", escaped(&line))?;
    }
    body += "<p><span class=\"key a\"></span>heist<span class=\"key b\"></span>tokio\
             <span class=\"key c\"></span>smol<span class=\"key d\"></span>raw epoll, rayon</p>\n\
             </header>\n";
    for group in Group::ALL {
        let rows: Vec<&Row> = report.of(group).collect();
        if rows.is_empty() {
            continue;
        }
        body += &card(
            group.title(),
            "How many times as fast as tokio, or as cheap: further right is better.",
            speeds(&rows)?,
        );
        for row in rows {
            body += &section(row)?;
        }
    }
    Ok(report::page(title, &body))
}

fn section(row: &Row) -> Result<String, fmt::Error> {
    let rate = row.rate().map(|rate| format!(" ({rate}/s)"));
    let title = format!("{}{}", row.name, rate.unwrap_or_default());
    let better = match row.unit.more_is_better() {
        true => "more",
        false => "less",
    };
    let note = format!("{}; {better} is better.", escaped(&row.what));
    let mut content = String::new();
    let mut series = row.contenders.iter();
    if series.any(|series| !series.samples.is_empty()) {
        write!(content, "{}\n{}", bars(row)?, details(row))?;
    }
    for series in &row.contenders {
        let reason = series.failure.as_ref().or(series.skipped.as_ref());
        if let Some(reason) = reason {
            let (who, reason) = (series.contender.name(), escaped(reason));
            writeln!(content, "<p class=\"note\">{who}: {reason}</p>")?;
        }
    }
    Ok(card(&title, &note, content))
}

fn details(row: &Row) -> String {
    let header = [&[""], &FIGURES[..]].concat();
    let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    let rows = row.contenders.iter().map(|series| {
        let name = series.contender.name().to_owned();
        [&[name], &figures(row, series)[..]].concat()
    });
    table(&header, rows)
}
