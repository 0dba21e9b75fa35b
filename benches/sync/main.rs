//! heist's locks and channels on heist beside tokio's on tokio, with two workers each.
//!
//! `cargo bench -p heist-benches --bench sync [-- [ROW]… [--rounds N] [--smoke]]`
//!
//! Each sample is a fresh process, and the two take turns. It prints the medians of nanoseconds and
//! of CPU nanoseconds per operation, and heist's as a fraction of tokio's.

mod rows;

use rustix::time::{ClockId, clock_gettime};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a sample takes, approximately.
const SAMPLE: Duration = Duration::from_millis(300);
const ROUNDS: usize = 11;
const WORKERS: usize = 2;

#[derive(Clone, Copy)]
struct Sample {
    wall: f64,
    cpu: f64,
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Runs an operation's loop, longer each time until it is long enough, and returns the last run's
/// figures.
fn measure(row: &rows::Row, contender: &str, smoke: bool) -> Sample {
    let mut operations: u64 = 4000;
    loop {
        let (started, cpu) = (Instant::now(), cpu_time());
        match contender {
            "heist" => (row.heist)(operations),
            _ => (row.tokio)(operations),
        }
        let (wall, cpu) = (started.elapsed(), cpu_time() - cpu);
        if wall >= SAMPLE || smoke {
            let per = |time: Duration| time.as_nanos() as f64 / operations as f64;
            return Sample {
                wall: per(wall),
                cpu: per(cpu),
            };
        }
        let wanted = SAMPLE.as_secs_f64() * 1.2 / wall.as_secs_f64().max(1e-6);
        operations = (operations as f64 * wanted.clamp(1.5, 20.0)) as u64 / 4000 * 4000;
    }
}

fn sample_in_child(row: &str, contender: &str, smoke: bool) -> Sample {
    let program = std::env::current_exe().expect("the path of this program");
    let mut child = Command::new(program);
    child.args(["--child", contender, row]);
    if smoke {
        child.arg("--smoke");
    }
    let output = child.output().expect("the child starts");
    assert!(output.status.success(), "{row} on {contender}: {output:?}");
    let text = String::from_utf8(output.stdout).expect("figures");
    let mut figures = text
        .split_whitespace()
        .map(|figure| figure.parse().expect("a figure"));
    let mut next = || figures.next().expect("two figures");
    Sample {
        wall: next(),
        cpu: next(),
    }
}

fn median(samples: &[Sample], figure: impl Fn(&Sample) -> f64) -> f64 {
    let mut figures: Vec<f64> = samples.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let mut arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let smoke = arguments.iter().any(|argument| argument == "--smoke");
    arguments.retain(|argument| argument != "--smoke");
    if arguments.first().is_some_and(|first| first == "--child") {
        let row = rows::all()
            .into_iter()
            .find(|row| row.name == arguments[2])
            .expect("a row");
        let sample = measure(&row, &arguments[1], smoke);
        println!("{} {}", sample.wall, sample.cpu);
        return;
    }
    let mut rounds = if smoke { 1 } else { ROUNDS };
    if let Some(at) = arguments.iter().position(|argument| argument == "--rounds") {
        rounds = arguments
            .remove(at + 1)
            .parse()
            .expect("--rounds takes a number");
        arguments.remove(at);
    }
    let named = |row: &rows::Row| {
        arguments.is_empty()
            || arguments
                .iter()
                .any(|part| row.name.contains(part.as_str()))
    };
    let chosen: Vec<_> = rows::all().into_iter().filter(named).collect();
    if chosen.is_empty() {
        // The filters are usually meant for the package's other bench.
        return;
    }
    println!(
        "{:<24}{:>10}{:>10}{:>8}{:>12}{:>12}{:>8}",
        "ns of an operation", "heist", "tokio", "part", "heist, CPU", "tokio, CPU", "part"
    );
    for row in chosen {
        let (mut heist, mut tokio) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            heist.push(sample_in_child(row.name, "heist", smoke));
            tokio.push(sample_in_child(row.name, "tokio", smoke));
        }
        let wall = (median(&heist, |s| s.wall), median(&tokio, |s| s.wall));
        let cpu = (median(&heist, |s| s.cpu), median(&tokio, |s| s.cpu));
        println!(
            "{:<24}{:>10.1}{:>10.1}{:>8.2}{:>12.1}{:>12.1}{:>8.2}",
            row.name,
            wall.0,
            wall.1,
            wall.0 / wall.1,
            cpu.0,
            cpu.1,
            cpu.0 / cpu.1
        );
    }
}
