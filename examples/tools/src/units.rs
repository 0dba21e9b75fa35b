//! Numbers and times in readable form.

use std::time::{Duration, UNIX_EPOCH};

use indicatif::HumanCount;

/// Formats `1423100` as `1,423,100`.
pub fn thousands(n: u64) -> String {
    HumanCount(n).to_string()
}

/// Formats a rate or another quantity that may be small: `142,310`, `97.3`, `0.52`.
pub fn quantity(x: f64) -> String {
    match x {
        x if x >= 99.95 => thousands(x.round() as u64),
        x if x >= 9.995 => format!("{x:.1}"),
        x => format!("{x:.2}"),
    }
}

/// Formats a time in nanoseconds with three digits and its unit: `412 µs`, `1.92 ms`.
pub fn latency(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns < 999.5 => return format!("{ns:.0} ns"),
        ns if ns < 999.5e3 => (ns / 1e3, "µs"),
        ns if ns < 999.5e6 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    match value {
        v if v >= 99.95 => format!("{v:.0} {unit}"),
        v if v >= 9.995 => format!("{v:.1} {unit}"),
        v => format!("{v:.2} {unit}"),
    }
}

/// Formats a size in bytes, in binary units if it is a multiple of them: `64 B`, `16 KiB`, `1,500
/// B`.
pub fn bytes(n: u64) -> String {
    match n {
        n if n >= 1 << 20 && n % (1 << 20) == 0 => format!("{} MiB", thousands(n >> 20)),
        n if n >= 1 << 10 && n % (1 << 10) == 0 => format!("{} KiB", thousands(n >> 10)),
        n => format!("{} B", thousands(n)),
    }
}

/// Formats a count: `1 connection`, `64 connections`.
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// Formats a number with at least three digits, and commas: `0.412`, `97.3`, `142,310`.
pub fn number(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_owned(),
        small if small < 1.0 => format!("{x:.3}"),
        small if small < 10.0 => format!("{x:.2}"),
        small if small < 100.0 => format!("{x:.1}"),
        _ => thousands(x.round() as u64),
    }
}

/// Parses a time of up to a day from the command line: `500ms`, `10s` or `10`, `2m`, `1h 30m`.
///
/// # Errors
///
/// Returns a description of what is expected if `s` is not such a time.
pub fn duration(s: &str) -> Result<Duration, String> {
    // A day, which also keeps sums of nanoseconds far from overflow.
    const LONGEST: Duration = Duration::from_secs(86_400);
    let seconds = s.parse().ok().map(Duration::from_secs);
    seconds
        .or_else(|| humantime::parse_duration(s).ok())
        .filter(|time| *time <= LONGEST)
        .ok_or_else(|| "expected a time up to 24h, for example 500ms, 10s or 2m".to_owned())
}

/// Formats a moment, in seconds since 1970, as `2025-11-21T00:54:02Z`.
pub fn utc(unix: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(unix)).to_string()
}
