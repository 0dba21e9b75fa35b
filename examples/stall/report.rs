//! The page with plots: one self-contained file without scripts.

use std::fmt::Write;

use hdrhistogram::Histogram;
use heist_tools::report::{self, Axis, Chart, Line, Spot, card, table};
use heist_tools::units::latency;

use crate::crowd::Found;
use crate::parents::Parents;
use crate::{Contender, Result, shown};

pub(crate) fn page(
    workers: usize,
    results: &[Result],
    parents: &[Parents],
    crowds: &[Found],
) -> String {
    let mut body = format!(
        "<header><h1>Tasks that block</h1>\n\
         <p>An echo of 64 bytes on <span class=\"key a\"></span> heist and on \
         <span class=\"key b\"></span> tokio (stable, default settings), {workers} workers each. \
         Latencies count from the moment a request was due.</p></header>\n"
    );
    for result in results {
        let (plot, marks) = (plot(&result.latencies), marks(&result.latencies));
        body += &card(&capitalised(&result.title), "", format!("{plot}{marks}"));
    }
    if !parents.is_empty() {
        let header = Parents::HEADER.map(str::to_owned);
        let waits = table(&header, parents.iter().map(Parents::row));
        body += &card("Behind a parent that blocks", "", waits);
    }
    if !crowds.is_empty() {
        let header = Found::HEADER.map(str::to_owned);
        let late = table(&header, crowds.iter().flat_map(Found::rows));
        body += &card("Lateness beside others", "", late);
    }
    report::page("Tasks that block", &body)
}

/// Draws one scene as a self-contained picture for light and dark pages.
pub(crate) fn picture(workers: usize, result: &Result) -> String {
    let mut chart = Chart {
        spots: Vec::new(),
        ..plot(&result.latencies)
    };
    let mut legend = String::new();
    let [heist, tokio] = &result.latencies;
    let all = [
        ("a", "heist", Some(heist)),
        ("b", "tokio", Some(tokio)),
        ("c", "Go", result.go.as_ref()),
    ];
    for ((class, name, of), x) in all.into_iter().zip([18, 300, 590]) {
        let Some(of) = of else { continue };
        let (half, most) = (shown(of, 0.5), shown(of, 0.99));
        let _ = writeln!(
            legend,
            r#"<text class="{class}" x="{x}" y="50">{name}: half in {half}, 99 % in {most}</text>"#
        );
    }
    if let Some(go) = &result.go {
        chart.lines.insert(0, line("c", go));
    }
    let chart = chart.to_string().replacen(
        "<svg ",
        r#"<svg y="62" width="860" height="280" class="chart" "#,
        1,
    );
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 350" width="860" height="350">
<style>
svg {{ font: 13px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow: visible; }}
text {{ fill: #59584f; }} .title {{ fill: #1b1b19; font-size: 16px; font-weight: 600; }}
.grid {{ stroke: #e4e2dc; shape-rendering: crispEdges; }}
path {{ fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }}
.a {{ stroke: #2468c4; }} .b {{ stroke: #c8521b; }} .c {{ stroke: #8a8778; }}
text.a, text.b, text.c {{ stroke: none; font-weight: 600; }}
text.a {{ fill: #2468c4; }} text.b {{ fill: #c8521b; }} text.c {{ fill: #6f6c60; }}
</style>
<rect width="860" height="350" rx="8" fill="#ffffff"/>
<text class="title" x="18" y="26">Replies of an echo server while each of its {workers} workers is blocked for 50 of every 60 ms</text>
{legend}{chart}</svg>
"##
    )
}

fn capitalised(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest
}

fn micros(of: &Histogram<u64>, percentile: f64) -> f64 {
    (of.value_at_quantile(percentile / 100.0) as f64 / 1e3).max(0.1)
}

/// Returns percentiles that are evenly spaced on an axis with 90, 99 and 99.9 % at equal distances.
fn percentiles(count: u64) -> Vec<f64> {
    (0..=120)
        .map(|step| 100.0 - 100.0 / 10_f64.powf(f64::from(step) / 30.0))
        .filter(|percentile| (100.0 - percentile) / 100.0 * count as f64 >= 1.0)
        .collect()
}

fn line(class: &'static str, of: &Histogram<u64>) -> Line {
    let percentiles = percentiles(of.len());
    Line {
        class,
        filled: false,
        points: percentiles.iter().map(|&p| (p, micros(of, p))).collect(),
    }
}

/// Plots the latency that each share of the requests stayed below.
fn plot(latencies: &[Histogram<u64>; 2]) -> Chart {
    let count = latencies[0].len();
    let percentiles = percentiles(count);
    let [heist, tokio] = latencies;
    let least = micros(heist, 0.0).min(micros(tokio, 0.0));
    let most = micros(heist, 100.0).max(micros(tokio, 100.0));
    let spot = |&percentile: &f64| Spot {
        x: percentile,
        values: vec![
            ("a", micros(heist, percentile)),
            ("b", micros(tokio, percentile)),
        ],
        text: vec![
            format!("{percentile:.2} %"),
            format!("heist {}", latency(micros(heist, percentile) * 1e3)),
            format!("tokio {}", latency(micros(tokio, percentile) * 1e3)),
        ],
        label: None,
    };
    Chart {
        description: "latency by percentile, heist and tokio".to_owned(),
        x: Axis::percentiles(count),
        y: Axis::latency(least, most),
        x_label: "share of the requests that were at least as fast",
        lines: vec![line("b", tokio), line("a", heist)],
        level: None,
        spots: percentiles.iter().step_by(5).map(spot).collect(),
    }
}

/// Renders a table of the plot's values.
fn marks(latencies: &[Histogram<u64>; 2]) -> String {
    let header = ["", "p50", "p90", "p99", "p99.9", "max"].map(str::to_owned);
    let rows = Contender::ALL.iter().zip(latencies);
    let rows = rows.map(|(contender, of)| {
        let values = [0.5, 0.9, 0.99, 0.999, 1.0].map(|quantile| shown(of, quantile));
        [&[contender.name().to_owned()], &values[..]].concat()
    });
    table(&header, rows)
}
