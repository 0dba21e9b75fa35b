//! The report as a page with plots, which needs nothing beside itself.

use std::fmt::Write;

use crate::plot::{bars, class, escape, speeds};
use crate::report::{Report, Row};
use crate::row::Group;
use crate::table::{FIGURES, figures};

pub(crate) fn render(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>heist beside tokio and smol</title>\n<style>\n{}</style>\n\
         <h1>heist beside tokio and smol</h1>\n",
        include_str!("page.css"),
    );
    for line in report.conditions() {
        let _ = writeln!(page, "<p>{}</p>", escape(&line));
    }
    page.push_str(
        "<p class=\"key\"><span class=\"heist\">● heist</span><span class=\"tokio\">● tokio</span>\
         <span class=\"smol\">● smol</span><span class=\"floor\">● raw epoll, rayon</span></p>\n",
    );
    for group in Group::ALL {
        let rows: Vec<&Row> = report.of(group).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(
            page,
            "<h2>{}</h2>\n<p>How many times as fast as tokio, or as cheap: further right is \
             better.</p>\n{}",
            escape(group.title()),
            speeds(&rows),
        );
        for row in rows {
            section(&mut page, row);
        }
    }
    page.push_str("</html>\n");
    page
}

fn section(page: &mut String, row: &Row) {
    let rate = row.rate().map(|rate| format!(" ({rate}/s)"));
    let _ = writeln!(
        page,
        "<h3>{}{}</h3>\n<p>{}; {} is better.</p>",
        escape(&row.name),
        rate.unwrap_or_default(),
        escape(&row.what),
        if row.unit.more_is_better() {
            "more"
        } else {
            "less"
        },
    );
    if row
        .contenders
        .iter()
        .any(|series| !series.samples.is_empty())
    {
        let _ = writeln!(page, "{}\n{}", bars(row), details(row));
    }
    for series in &row.contenders {
        let reason = series.failure.as_ref().or(series.skipped.as_ref());
        if let Some(reason) = reason {
            let (who, reason) = (series.contender.name(), escape(reason));
            let _ = writeln!(page, "<p class=\"note\">{who}: {reason}</p>");
        }
    }
}

fn details(row: &Row) -> String {
    let cells = |tag: &str, cells: &[String]| {
        let cells = cells
            .iter()
            .map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)));
        cells.collect::<String>()
    };
    let header = FIGURES.map(str::to_owned);
    let mut table = format!("<table><tr><th></th>{}</tr>\n", cells("th", &header));
    for series in &row.contenders {
        let _ = writeln!(
            table,
            "<tr><td class=\"{}\">{}</td>{}</tr>",
            class(series.contender),
            series.contender.name(),
            cells("td", &figures(row, series)),
        );
    }
    table.push_str("</table>");
    table
}
