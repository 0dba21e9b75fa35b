//! The report as tables for the terminal.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use crate::job::{Contender, Latency};
use crate::report::{Kind, Report, Row, Series, Summary};

/// Of rows without latencies.
const LOOPS: [&str; 8] = [
    "row",
    "runtime",
    "ns/op",
    "best",
    "spread",
    "speed",
    "CPU ns/op",
    "CPU",
];

const ECHO: [&str; 11] = [
    "row",
    "server",
    "req/s",
    "best",
    "spread",
    "speed",
    "CPU ns/req",
    "CPU",
    "p50 µs",
    "p90",
    "p99",
];

pub(crate) fn render(report: &Report) -> String {
    let mut text = String::new();
    let machine = &report.machine;
    let versions: Vec<String> = report
        .versions
        .iter()
        .map(|(package, version)| format!("{package} {version}"))
        .collect();
    let _ = writeln!(
        text,
        "{}\n{}, {} cores, Linux {}; {} workers; medians of {} samples each, in turns\n\
         speed: as a multiple of tokio's; CPU: time per operation, as a multiple of tokio's",
        versions.join(", "),
        machine.cpu,
        machine.cores,
        machine.kernel,
        report.workers,
        report.rounds,
    );
    let of_kind = |kind| report.rows.iter().filter(move |row| row.kind == kind);
    section(&mut text, &LOOPS, of_kind(Kind::Scheduler), loop_cells);
    geometric_means(&mut text, report);
    section(&mut text, &ECHO, of_kind(Kind::Echo), echo_cells);
    section(&mut text, &LOOPS, of_kind(Kind::Proxy), loop_cells);
    text
}

fn section<'a>(
    text: &mut String,
    header: &[&str],
    rows: impl Iterator<Item = &'a Row>,
    cells: fn(&Series, Option<&Series>) -> Option<Vec<String>>,
) {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header);
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for row in rows {
        let title = match row.rate {
            Some(rate) => format!("{} ({rate}/s)", row.name),
            None => row.name.clone(),
        };
        let tokio = row.of(Contender::Tokio);
        for (index, series) in row.contenders.iter().enumerate() {
            let mut line = vec![
                if index == 0 {
                    title.clone()
                } else {
                    String::new()
                },
                series.contender.name().to_owned(),
            ];
            line.extend(cells(series, tokio).unwrap_or_default());
            if series.failure.is_some() {
                line.push("FAILED".to_owned());
            }
            table.add_row(line);
        }
    }
    if !table.is_empty() {
        let _ = writeln!(text, "\n{table}");
    }
}

/// One figure for each runtime's scheduler beside tokio's.
fn geometric_means(text: &mut String, report: &Report) {
    for contender in Contender::RUNTIMES {
        let speeds: Vec<f64> = report
            .rows
            .iter()
            .filter(|row| row.kind == Kind::Scheduler)
            .filter_map(|row| speed(row.of(contender)?, row.of(Contender::Tokio)))
            .collect();
        if contender == Contender::Tokio || speeds.is_empty() {
            continue;
        }
        let mean_logarithm =
            speeds.iter().map(|speed| speed.ln()).sum::<f64>() / speeds.len() as f64;
        let (name, rows) = (contender.name(), speeds.len());
        let _ = writeln!(
            text,
            " {name}: {:.2} times tokio's speed, the geometric mean of {rows} rows",
            mean_logarithm.exp()
        );
    }
}

fn loop_cells(series: &Series, tokio: Option<&Series>) -> Option<Vec<String>> {
    let (wall, cpu) = (series.wall()?, series.cpu()?);
    let (speed, cpu_ratio) = ratios(series, tokio);
    Some(vec![
        whole(wall.median),
        whole(wall.min),
        spread(wall),
        speed,
        whole(cpu.median),
        cpu_ratio,
    ])
}

fn echo_cells(series: &Series, tokio: Option<&Series>) -> Option<Vec<String>> {
    let (wall, cpu) = (series.wall()?, series.cpu()?);
    let (speed, cpu_ratio) = ratios(series, tokio);
    let mut cells = vec![
        whole(1e9 / wall.median),
        whole(1e9 / wall.min),
        spread(wall),
        speed,
        whole(cpu.median),
        cpu_ratio,
    ];
    let figures: [fn(&Latency) -> u64; 3] = [|l| l.p50, |l| l.p90, |l| l.p99];
    for figure in figures {
        let latency = series.summary(|sample| match &sample.latency {
            Some(latency) => figure(latency) as f64 / 1e3,
            None => f64::NAN,
        })?;
        cells.push(whole(latency.median));
    }
    Some(cells)
}

/// Speed and CPU time beside tokio's.
fn ratios(series: &Series, tokio: Option<&Series>) -> (String, String) {
    let text = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
    let (cpu, tokio_cpu) = (series.cpu(), tokio.and_then(Series::cpu));
    let cpu = cpu
        .zip(tokio_cpu)
        .map(|(ours, theirs)| ours.median / theirs.median);
    (text(speed(series, tokio)), text(cpu))
}

fn speed(series: &Series, tokio: Option<&Series>) -> Option<f64> {
    Some(tokio?.wall()?.median / series.wall()?.median)
}

/// How far the samples lie apart, of their median.
fn spread(summary: Summary) -> String {
    format!(
        "{:.0} %",
        (summary.max - summary.min) / summary.median * 100.0
    )
}

fn whole(value: f64) -> String {
    if value.is_nan() {
        return "-".to_owned();
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
