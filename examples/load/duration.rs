//! Times on the command line.

use std::time::Duration;

/// A time up to a day: `500ms`, `10s` or `10`, `2m`, `24h`.
pub(crate) fn duration(s: &str) -> Result<Duration, String> {
    let number = s.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &s[number.len()..] {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    let seconds = number.parse().unwrap_or(f64::NAN) * unit;
    // A day, which also keeps sums of nanoseconds far from overflow.
    if (0.0..=86_400.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("expected a time up to 24h, for example 500ms, 10s or 2m".to_owned())
    }
}
