//! The report as a page with plots.

use heist_tools::report::{Axis, Chart, Line, Spot, card, escaped, fill, page, table};
use heist_tools::units::{counted, latency, quantity, thousands, utc};

use crate::summary::{Latency, Summary};
use crate::table::headline;

const BODY: &str = include_str!("page.html");

/// Renders the page.
pub(crate) fn render(summary: &Summary) -> String {
    let (verdict_class, verdict) = match (summary.clean, summary.errors.total) {
        (true, _) => ("verdict", "No errors, every byte checked".to_owned()),
        (false, n) => ("verdict bad", counted(n, "error")),
    };
    let footnote = match summary.config.rate {
        Some(_) => "Open loop: a request's latency counts from the moment it was due.",
        None => {
            "Closed loop: each request follows a reply, so a slow server also gets fewer requests; \
             --rate measures at a fixed rate."
        }
    };
    let fields = [
        (
            "title",
            escaped(&format!("Load on {}", summary.config.target)),
        ),
        ("headline", escaped(&headline(&summary.config))),
        ("verdict_class", verdict_class.to_owned()),
        ("verdict", verdict),
        ("measured", format!("measured {}", summary.measured())),
        ("ended", format!("ended {}", utc(summary.ended_unix_s))),
        ("tiles", tiles(summary)),
        ("errors", errors(summary)),
        ("charts", charts(summary)),
        ("latency", latency_rows(summary)),
        ("run", run_rows(summary)),
        ("footnote", footnote.to_owned()),
        ("version", summary.version.to_owned()),
    ];
    let title = format!("Load on {}", summary.config.target);
    page(&title, &fill(BODY, &fields))
}

fn micros(us: f64) -> String {
    latency(us * 1e3)
}

fn tiles(summary: &Summary) -> String {
    let mut tiles = vec![
        (
            "Throughput",
            format!("{}<small>/s</small>", quantity(summary.requests_per_s)),
        ),
        (
            "Each way",
            format!("{} <small>MB/s</small>", quantity(summary.megabytes_per_s)),
        ),
    ];
    if let Some(l) = &summary.latency_us {
        let values = [
            ("Latency p50", l.p50),
            ("Latency p99", l.p99),
            ("Latency max", l.max),
        ];
        tiles.extend(values.map(|(name, us)| (name, micros(us))));
    }
    tiles.push(("Errors", thousands(summary.errors.total)));
    tiles.iter().fold(String::new(), |mut html, (name, value)| {
        html += &format!("<div class=\"tile\"><dt>{name}</dt><dd>{value}</dd></div>\n");
        html
    })
}

fn errors(summary: &Summary) -> String {
    if summary.clean {
        return String::new();
    }
    let occurred = summary.errors.occurred();
    let rows = occurred
        .map(|(title, count, first)| [title.to_owned(), thousands(count), first.to_owned()]);
    card("Errors", "", table(&[], rows))
}

fn charts(summary: &Summary) -> String {
    let Some(latency) = &summary.latency_us else {
        return card("Nothing was measured", "", "");
    };
    let mut html = card(
        "Latency by percentile",
        "Share of requests that were answered within the time; both axes widen the tail",
        percentile_chart(summary, latency),
    );
    if !summary.series.is_empty() {
        let mean = quantity(summary.requests_per_s);
        let note = format!("Requests per second; dashed: the mean {mean}");
        html += &card("Throughput over time", &note, throughput_chart(summary));
        let key = "<span class=\"key a\"></span>p50<span class=\"key b\"></span>p99";
        html += &card("Latency over time", key, latency_chart(summary));
    }
    html
}

fn percentile_chart(summary: &Summary, latency: &Latency) -> Chart {
    let x = Axis::percentiles(latency.count);
    let named = [
        (50.0, "p50", latency.p50),
        (90.0, "p90", latency.p90),
        (99.0, "p99", latency.p99),
        (99.9, "p99.9", latency.p99_9),
        (100.0, "max", latency.max),
    ];
    let mut spots: Vec<Spot> = named
        .iter()
        // Too few requests to distinguish the highest percentile from the maximum: one label for
        // both.
        .filter(|(percent, ..)| *percent == 100.0 || x.place(*percent) < 0.93)
        .map(|(percent, name, us)| Spot {
            x: *percent,
            values: vec![("a", *us)],
            text: vec![name.to_string(), micros(*us)],
            label: Some(format!("{name} {}", micros(*us))),
        })
        .collect();
    let near = |a: f64, b: f64| (x.place(a) - x.place(b)).abs() < 0.005;
    for point in &summary.percentiles {
        if !spots.iter().any(|spot| near(spot.x, point.percentile)) {
            spots.push(Spot {
                x: point.percentile,
                values: vec![("a", point.latency_us)],
                text: vec![format!("{}%", point.percentile), micros(point.latency_us)],
                label: None,
            });
        }
    }
    spots.sort_by(|a, b| a.x.total_cmp(&b.x));
    Chart {
        description: format!(
            "Latency: half within {}, 99% within {}",
            micros(latency.p50),
            micros(latency.p99)
        ),
        y: Axis::latency(latency.min, latency.max),
        x,
        x_label: "percentile",
        lines: vec![Line {
            class: "a",
            filled: true,
            points: summary
                .percentiles
                .iter()
                .map(|p| (p.percentile, p.latency_us))
                .collect(),
        }],
        level: None,
        spots,
    }
}

fn throughput_chart(summary: &Summary) -> Chart {
    let series = &summary.series;
    let most = series.iter().map(|p| p.requests_per_s).fold(1e-3, f64::max);
    let mean = quantity(summary.requests_per_s);
    // A point covers the time since the previous one; the first begins at 0.
    let start = series.first().map(|p| (0.0, p.requests_per_s));
    let points = start
        .into_iter()
        .chain(series.iter().map(|p| (p.t_s, p.requests_per_s)));
    Chart {
        description: format!("Throughput over time, {mean} requests per second on average"),
        x: Axis::seconds(summary.measured_s),
        y: Axis::rate(most),
        x_label: "measured time",
        lines: vec![Line {
            class: "a",
            filled: true,
            points: points.collect(),
        }],
        level: Some(summary.requests_per_s),
        spots: series
            .iter()
            .map(|p| Spot {
                x: p.t_s,
                values: vec![("a", p.requests_per_s)],
                text: vec![
                    format!("{:.1} s", p.t_s),
                    format!("{}/s", quantity(p.requests_per_s)),
                ],
                label: None,
            })
            .collect(),
    }
}

fn latency_chart(summary: &Summary) -> Chart {
    let points: Vec<(f64, f64, f64)> = summary
        .series
        .iter()
        .filter_map(|p| Some((p.t_s, p.p50_us?, p.p99_us?)))
        .collect();
    let least = points.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|p| p.2).fold(0.0, f64::max);
    let line = |class, of: fn(&(f64, f64, f64)) -> f64| Line {
        class,
        filled: false,
        points: points.iter().map(|p| (p.0, of(p))).collect(),
    };
    Chart {
        description: "Latency over time, median and 99th percentile".to_owned(),
        x: Axis::seconds(summary.measured_s),
        y: Axis::latency(least, most),
        x_label: "measured time",
        lines: vec![line("a", |p| p.1), line("b", |p| p.2)],
        level: None,
        spots: points
            .iter()
            .map(|&(t, p50, p99)| Spot {
                x: t,
                values: vec![("a", p50), ("b", p99)],
                text: vec![
                    format!("{t:.1} s"),
                    format!("p50 {}", micros(p50)),
                    format!("p99 {}", micros(p99)),
                ],
                label: None,
            })
            .collect(),
    }
}

fn rows<const N: usize>(rows: [(&str, String); N]) -> String {
    table(&[], rows.map(|(name, value)| [name.to_owned(), value]))
}

fn latency_rows(summary: &Summary) -> String {
    let Some(l) = &summary.latency_us else {
        return rows([("replies", "0".to_owned())]);
    };
    rows([
        ("replies", thousands(l.count)),
        ("least", micros(l.min)),
        ("mean", micros(l.mean)),
        ("standard deviation", micros(l.stddev)),
        ("p50", micros(l.p50)),
        ("p90", micros(l.p90)),
        ("p99", micros(l.p99)),
        ("p99.9", micros(l.p99_9)),
        ("max", micros(l.max)),
    ])
}

fn run_rows(summary: &Summary) -> String {
    let config = &summary.config;
    let up = format!(
        "{} of {}",
        thousands(summary.connections_up),
        thousands(config.connections)
    );
    rows([
        ("connections up", up),
        ("bytes per request", thousands(config.size_bytes)),
        ("outstanding per connection", config.pipeline.to_string()),
        (
            "requested rate",
            config
                .rate
                .map_or("none".to_owned(), |r| format!("{}/s", quantity(r))),
        ),
        ("replies while measured", thousands(summary.requests)),
        ("replies in warm-up", thousands(summary.warmup_requests)),
        ("replies after the end", thousands(summary.drained_requests)),
        (
            "requests never answered",
            thousands(summary.unanswered_requests),
        ),
        ("worker threads", config.workers.to_string()),
    ])
}
