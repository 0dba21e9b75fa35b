//! The page with plots: one file that needs no network and no script.

#[path = "../load/report/axis.rs"]
#[allow(dead_code, reason = "this page has one kind of plot")]
mod axis;
#[path = "../load/report/chart.rs"]
mod chart;

use std::fmt::Write;

use hdrhistogram::Histogram;

use crate::Result;
use crate::format::latency;
use crate::parents::Parents;
use axis::Axis;
use chart::{Chart, Line, Spot};

/// Its style is that of the load tester's page.
const PAGE: &str = include_str!("../load/report/page.html");

const MARKS: [f64; 5] = [50.0, 90.0, 99.0, 99.9, 100.0];

pub(crate) fn page(workers: usize, results: &[Result], parents: &[Parents]) -> String {
    let style = PAGE
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"));
    let (style, _) = style.expect("the page has a style");
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Tasks that block</title><style>{style}</style>\n\
         <main><header><h1>Tasks that block</h1>\n\
         <p>An echo of 64 bytes on <span class=\"key a\"></span> heist and on \
         <span class=\"key b\"></span> tokio (stable, default settings), {workers} workers each. \
         Latencies count from the moment a request was due.</p></header>\n"
    );
    for result in results {
        let _ = write!(
            html,
            "<section class=\"card\"><h2>{}</h2>\n{}\n{}</section>\n",
            capitalised(&result.title),
            plot(&result.latencies),
            table(&result.latencies)
        );
    }
    html += "<section class=\"card\"><h2>Behind a parent that blocks for 50 ms</h2><table>\
             <tr><th></th><th>heist p50</th><th>max</th><th>tokio p50</th><th>max</th></tr>\n";
    for row in parents {
        let _ = write!(html, "<tr><th>{}</th>", row.title);
        for waits in &row.waits {
            for quantile in [0.5, 1.0] {
                let _ = write!(html, "<td>{}</td>", shown(waits, quantile));
            }
        }
        html += "</tr>\n";
    }
    html + "</table></section></main></html>\n"
}

fn capitalised(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest
}

fn shown(latencies: &Histogram<u64>, quantile: f64) -> String {
    latency(latencies.value_at_quantile(quantile) as f64)
}

/// The latency that each share of the requests stayed below.
fn plot(latencies: &[Histogram<u64>; 2]) -> Chart {
    let micros = |of: &Histogram<u64>, percentile: f64| {
        (of.value_at_quantile(percentile / 100.0) as f64 / 1e3).max(0.1)
    };
    let count = latencies[0].len();
    // Evenly spaced on an axis on which 90, 99 and 99.9 % are.
    let percentiles: Vec<f64> = (0..=120)
        .map(|step| 100.0 - 100.0 / 10_f64.powf(f64::from(step) / 30.0))
        .filter(|percentile| (100.0 - percentile) / 100.0 * count as f64 >= 1.0)
        .collect();
    let line = |class, of: &Histogram<u64>| Line {
        class,
        filled: false,
        points: percentiles.iter().map(|&p| (p, micros(of, p))).collect(),
    };
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

fn table(latencies: &[Histogram<u64>; 2]) -> String {
    let mut html = "<table><tr><th></th>".to_owned();
    for mark in MARKS {
        let _ = match mark {
            100.0 => write!(html, "<th>max</th>"),
            mark => write!(html, "<th>p{mark}</th>"),
        };
    }
    for (name, of) in ["heist", "tokio"].iter().zip(latencies) {
        let _ = write!(html, "</tr>\n<tr><th>{name}</th>");
        for mark in MARKS {
            let _ = write!(html, "<td>{}</td>", shown(of, mark / 100.0));
        }
    }
    html + "</tr></table>"
}
