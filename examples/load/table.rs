//! The result on the terminal.

use std::io::{self, Write};

use heist_tools::units::{bytes, counted, latency, quantity, thousands};

use crate::summary::{Config, Summary};

/// Describes the run in one line.
pub(crate) fn headline(config: &Config) -> String {
    let mut line = counted(config.connections, "connection");
    line += &format!(" to {}", config.target);
    line += if config.own_server {
        " (built-in server), "
    } else {
        ", "
    };
    line += &format!("{} requests, ", bytes(config.size_bytes));
    line += &match config.rate {
        Some(rate) => format!("open loop at {}/s", quantity(rate)),
        None => "closed loop".to_owned(),
    };
    match config.pipeline {
        1 => line,
        n => format!("{line}, up to {n} outstanding"),
    }
}

/// Writes the table.
pub(crate) fn print(summary: &Summary, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}\n", headline(&summary.config))?;
    let mut row = |name: &str, value: String| writeln!(out, "  {name:<12}{value}");

    if summary.connections_up < summary.config.connections {
        let up = thousands(summary.connections_up);
        row(
            "connections",
            format!("{up} of {} up", thousands(summary.config.connections)),
        )?;
    }
    row("measured", summary.measured())?;
    if summary.measured_s > 0.0 {
        row("requests", thousands(summary.requests))?;
        let rate = quantity(summary.requests_per_s);
        let megabytes = quantity(summary.megabytes_per_s);
        row(
            "throughput",
            format!("{rate} requests/s   {megabytes} MB/s each way"),
        )?;
    }
    if let Some(percent) = summary.loss_percent {
        let lost = thousands(summary.unanswered_requests);
        let stray = thousands(summary.stray_replies);
        row(
            "lost",
            format!("{lost} ({percent} %)   {stray} late or twice"),
        )?;
    }

    if let Some(l) = &summary.latency_us {
        writeln!(out)?;
        let names = ["p50", "p90", "p99", "p99.9", "max"].map(|name| format!("{name:>10}"));
        writeln!(out, "  {:<10}{}", "latency", names.concat())?;
        let values = [l.p50, l.p90, l.p99, l.p99_9, l.max];
        let values = values.map(|us| format!("{:>10}", latency(us * 1e3)));
        writeln!(out, "  {:<10}{}", "", values.concat())?;
    }

    writeln!(out)?;
    if summary.clean {
        return writeln!(out, "  no errors, every byte of every reply checked");
    }
    writeln!(out, "  {}", counted(summary.errors.total, "error"))?;
    for (title, count, first) in summary.errors.occurred() {
        writeln!(out, "  {:>10}  {title}; first: {first}", thousands(count))?;
    }
    if summary.unanswered_requests > 0 && summary.loss_percent.is_none() {
        let unanswered = counted(summary.unanswered_requests, "request");
        writeln!(out, "  {unanswered} sent and never answered")?;
    }
    Ok(())
}
