//! The report as tables for the terminal.

use std::fmt::Write;

use heist_tools::table::table;
use heist_tools::units::number;

use crate::plan::Contender;
use crate::report::{Report, Row, Series, Summary};
use crate::row::{self, Group};
use crate::sample::Latency;

/// The columns before the figures.
const TITLES: [&str; 3] = ["row", "unit", "runtime"];

pub(crate) const FIGURES: [&str; 9] = [
    "median",
    "best",
    "spread",
    "× tokio",
    "CPU ns/op",
    "CPU",
    "p50 µs",
    "p90",
    "p99",
];

/// How many of the figures are latencies, which only some groups have.
const LATENCIES: usize = 3;

pub(crate) fn render(report: &Report) -> String {
    let mut text = report.conditions().join("\n");
    text.push_str(
        "\n× tokio: how many times as fast or as cheap; CPU: time per operation, as a multiple of \
         tokio's\n",
    );
    for group in Group::ALL {
        section(&mut text, report, group);
    }
    text
}

/// Lists the rows and what they measure.
pub(crate) fn list(rows: &[row::Row]) -> String {
    let lines = rows.iter().map(|row| {
        vec![
            row.name.clone(),
            row.unit.name().to_owned(),
            row.what.clone(),
        ]
    });
    format!("{}\n", table::<&str>(3, &[], lines))
}

fn section(text: &mut String, report: &Report, group: Group) {
    if report.of(group).next().is_none() {
        return;
    }
    let latencies = report
        .of(group)
        .flat_map(|row| &row.contenders)
        .flat_map(|series| &series.samples)
        .any(|sample| sample.latency.is_some());
    let header = [&TITLES[..], &FIGURES[..]].concat();
    let columns = header.len() - if latencies { 0 } else { LATENCIES };
    let mut lines = Vec::new();
    let mut notes = Vec::new();
    for row in report.of(group) {
        let tried = row
            .contenders
            .iter()
            .filter(|series| !series.samples.is_empty());
        for (index, series) in tried.enumerate() {
            let mut cells = match index {
                0 => vec![title(row), row.unit.name().to_owned()],
                _ => vec![String::new(); 2],
            };
            cells.push(series.contender.name().to_owned());
            cells.extend(figures(row, series));
            cells.truncate(columns);
            lines.push(cells);
        }
        for series in &row.contenders {
            if let Some(reason) = &series.skipped {
                notes.push(format!("{}: skipped: {reason}", row.name));
            }
            if let Some(failure) = &series.failure {
                let who = series.contender.name();
                notes.push(format!("{}: {who} FAILED: {failure}", row.name));
            }
        }
    }
    let table = table(TITLES.len(), &header[..columns], lines);
    let _ = writeln!(text, "\n{}\n{table}", group.title());
    means(text, report, group);
    notes.dedup();
    for note in notes {
        let _ = writeln!(text, " {note}");
    }
}

fn means(text: &mut String, report: &Report, group: Group) {
    // A mean of bytes, calls and microseconds would be meaningless.
    if group == Group::Costs {
        return;
    }
    for contender in [Contender::Heist, Contender::Smol] {
        if let Some((speed, rows)) = report.mean_speed(group, contender) {
            let name = contender.name();
            let _ = writeln!(
                text,
                " {name}: {speed:.2} × tokio, the geometric mean of {rows}"
            );
        }
    }
}

fn title(row: &Row) -> String {
    match row.rate() {
        Some(rate) => format!("{} ({rate}/s)", row.name),
        None => row.name.clone(),
    }
}

/// Returns one contender's line of figures.
pub(crate) fn figures(row: &Row, series: &Series) -> Vec<String> {
    let Some(summary) = series.figure() else {
        return Vec::new();
    };
    let mut cells = vec![
        number(row.unit.show(summary.median)),
        number(row.unit.show(summary.min)),
        spread(summary),
        ratio(row.speed(series)),
        series.cpu().map_or_else(none, |cpu| number(cpu.median)),
        ratio(row.cpu(series)),
    ];
    let quantiles: [fn(&Latency) -> u64; 3] = [|l| l.p50, |l| l.p90, |l| l.p99];
    for quantile in quantiles {
        let micros = series.summary(|sample| {
            let latency = sample.latency.as_ref()?;
            Some(quantile(latency) as f64 / 1e3)
        });
        cells.push(micros.map_or_else(none, |micros| number(micros.median)));
    }
    cells
}

fn none() -> String {
    "-".to_owned()
}

fn ratio(ratio: Option<f64>) -> String {
    match ratio {
        Some(ratio) if ratio.is_finite() => format!("{ratio:.2}"),
        _ => none(),
    }
}

/// Returns the distance between the extreme samples, relative to their median.
fn spread(summary: Summary) -> String {
    let spread = (summary.max - summary.min) / summary.median * 100.0;
    if !spread.is_finite() {
        none()
    } else {
        format!("{spread:.0} %")
    }
}
