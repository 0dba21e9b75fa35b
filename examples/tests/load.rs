//! The `load` example against working servers: what it reports, and how it ends.
#![cfg(unix)]

mod common;

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{Load, Server, example, interrupt, python, scratch};
use serde_json::Value;

#[test]
fn own_server_is_loaded_cleanly_and_the_numbers_fit_together() {
    let load = Load::run("--connections 8 --duration 500ms --warmup 100ms --workers 2");
    load.assert_clean();
    assert_eq!(load.json["config"]["own_server"], true);
    assert_eq!(load.json["interrupted"], false);
    assert_eq!(load.number("/connections_up"), 8.0);
    assert_eq!(load.number("/measured_s"), 0.5);

    let requests = load.number("/requests");
    let per_s = load.number("/requests_per_s");
    assert!((per_s * 0.5 - requests).abs() < 1.0, "{per_s} {requests}");
    assert!((load.number("/megabytes_per_s") - per_s * 64.0 / 1e6).abs() < 0.01);
    assert_eq!(
        load.number("/latency_us/count"),
        requests + load.number("/drained_requests")
    );
    let of = |name| load.number(&format!("/latency_us/{name}"));
    let ordered = ["min", "p50", "p90", "p99", "p99_9", "max"].map(of);
    assert!(ordered.is_sorted() && ordered[0] > 0.0, "{ordered:?}");

    assert_series_is_complete(&load);
    let of = |point: &Value, name| point[name].as_f64().expect("it is a number");
    let curve = load.json["percentiles"].as_array().expect("it is a list");
    assert!(curve.is_sorted_by_key(|p| (of(p, "percentile"), of(p, "latency_us"))));
}

/// Each request is in one section of the series, which ends with the measured time.
fn assert_series_is_complete(load: &Load) {
    let requests = load.number("/requests");
    let series = load.json["series"].as_array().expect("it is a list");
    let of = |point: &Value, name| point[name].as_f64().expect("it is a number");
    let counts = series
        .iter()
        .map(|p| of(p, "requests_per_s") * of(p, "span_s"));
    let sum: f64 = counts.sum();
    assert!((sum - requests).abs() < 1.0, "{sum} {requests}");
    let last = series.last().expect("something was measured");
    assert_eq!(of(last, "t_s"), load.number("/measured_s"));
}

/// The last section would be 5 ms long, too short for a point of its own.
#[test]
fn requests_at_the_very_end_are_in_the_series() {
    let load = Load::run("--connections 8 --duration 105ms --warmup 0s --workers 2");
    load.assert_clean();
    assert_series_is_complete(&load);
}

#[test]
fn every_shape_of_load_is_served() {
    let server = Server::echo(&["--workers", "2"]);
    let shapes = [
        "--connections 1",
        "--connections 300",
        "--connections 1 --size 1",
        "--connections 3 --size 1000 --pipeline 7",
        // More outstanding than the sockets' buffers hold: it must read while it writes.
        "--connections 2 --size 1m --pipeline 16",
        "--connections 10 --rate 2000",
        "--connections 10 --rate 2000 --pipeline 8 --size 13",
    ];
    for shape in shapes {
        let args = format!(
            "{} {shape} --duration 300ms --warmup 50ms",
            server.address()
        );
        Load::run(&args).assert_clean();
    }
    let (status, _, errors) = server.interrupt();
    assert!(status.success() && errors.is_empty(), "{errors}");
}

#[test]
fn open_loop_keeps_its_rate() {
    let load = Load::run("--connections 20 --rate 1000 --duration 1s --warmup 100ms");
    load.assert_clean();
    assert_eq!(load.number("/config/rate"), 1000.0);
    let counted = load.number("/requests") + load.number("/drained_requests");
    // Requests due at the very end of the warm-up may be answered in the measured time.
    assert!((1000.0..1100.0).contains(&counted), "{counted}");
}

#[test]
fn measured_time_does_not_end_with_the_last_request() {
    let load = Load::run("--connections 2 --rate 2 --duration 400ms --warmup 100ms");
    assert_eq!(load.code, Some(0), "{load:#?}");
    assert_eq!(load.number("/measured_s"), 0.4);
}

#[test]
fn server_not_written_here_is_loaded_cleanly() {
    let Some(mut python) = python() else { return };
    let script = r"
import asyncio

async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()

async def main():
    server = await asyncio.start_server(echo, '127.0.0.1', 0)
    host, port = server.sockets[0].getsockname()
    print(f'{host}:{port}', flush=True)
    await server.serve_forever()

asyncio.run(main())
";
    let server = Server::start(python.args(["-c", script]));
    let args = "--connections 200 --pipeline 2 --size 100 --duration 500ms --warmup 100ms";
    Load::run(&format!("{} {args}", server.address())).assert_clean();
}

/// Starts an echo server for one connection and requests of 64 bytes. It sends back 200 of them,
/// reports that, and leaves the next one to `reply`, then sends back all others.
fn server_whose_201st_reply_is(
    reply: impl FnOnce(&mut TcpStream, &[u8]) -> io::Result<()> + Send + 'static,
) -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound").to_string();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept()?;
        let mut request = [0; 64];
        for _ in 0..200 {
            stream.read_exact(&mut request)?;
            stream.write_all(&request)?;
        }
        stream.read_exact(&mut request)?;
        // Not all tests wait for it.
        _ = tell.send(());
        reply(&mut stream, &request)?;
        io::copy(&mut stream.try_clone()?, &mut stream)
    });
    (address, told)
}

/// What a slow link makes of a large reply.
fn in_pieces(stream: &mut TcpStream, reply: &[u8]) -> io::Result<()> {
    reply.iter().try_for_each(|byte| {
        thread::sleep(Duration::from_millis(50));
        stream.write_all(&[*byte])
    })
}

#[test]
fn interrupt_ends_the_run_early_and_still_reports() {
    let (address, told) = server_whose_201st_reply_is(TcpStream::write_all);
    let report = scratch(".html");
    let args = format!(
        "{address} -c 1 --warmup 0s --duration 1h --report {}",
        report.display()
    );
    let running = Load::start(&args);
    told.recv().expect("the server replies");
    interrupt(&running.child);
    let load = running.finish();

    load.assert_clean();
    assert_eq!(load.json["interrupted"], true);
    assert!(load.output.contains("interrupted"), "{}", load.output);
    assert!(load.number("/measured_s") < 3600.0);
    let html = std::fs::read_to_string(&report).expect("the report was written");
    assert!(html.contains("interrupted"));
    std::fs::remove_file(report).expect("it exists");
}

/// The last reply comes some 3 s after the end of the run.
#[test]
fn outstanding_replies_are_awaited_as_long_as_the_timeout_allows() {
    let runs = ["-c 1", "-c 1 --rate 1000 --pipeline 1000"].map(|shape| {
        let (address, _) = server_whose_201st_reply_is(|stream, reply| {
            thread::sleep(Duration::from_secs(3));
            stream.write_all(reply)
        });
        Load::start(&format!(
            "{address} {shape} --warmup 0s --duration 300ms --timeout 1m"
        ))
    });
    for run in runs {
        run.finish().assert_clean();
    }
}

#[test]
fn interrupted_run_awaits_a_reply_that_keeps_arriving() {
    let (address, told) = server_whose_201st_reply_is(in_pieces);
    let running = Load::start(&format!("{address} -c 1 --warmup 0s --duration 1h"));
    told.recv().expect("the server replies");
    interrupt(&running.child);
    running.finish().assert_clean();
}

#[test]
fn interrupted_run_does_not_await_a_reply_that_never_comes() {
    let (address, told) =
        server_whose_201st_reply_is(|stream, _| io::copy(stream, &mut io::sink()).map(drop));
    let args = "-c 1 --warmup 0s --duration 1h --timeout 1h";
    let running = Load::start(&format!("{address} {args}"));
    told.recv().expect("the server replies");
    interrupt(&running.child);
    let load = running.finish();
    load.assert_only("timeout", "no reply in time");
    assert_eq!(load.number("/unanswered_requests"), 1.0);
}

/// Results that cannot be printed are a failure; the files are still written.
#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_printed_are_a_failure() {
    let json = scratch(".json");
    let full = std::fs::File::options().write(true).open("/dev/full");
    let output = std::process::Command::new(common::example("load"))
        .args("-c 1 --duration 100ms --warmup 0s --json".split(' '))
        .arg(&json)
        .stdout(full.expect("Linux has it"))
        .output()
        .expect("load starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("standard output"), "{errors}");
    let json = std::fs::read_to_string(&json).map(|text| (text, std::fs::remove_file(json)));
    assert!(json.expect("it was written").0.contains("requests"));
}

#[test]
fn report_is_one_page_that_needs_nothing_else() {
    let report = scratch(".html");
    let args = "--connections 4 --duration 500ms --warmup 100ms --report";
    let load = Load::run(&format!("{args} {}", report.display()));
    load.assert_clean();
    let html = std::fs::read_to_string(&report).expect("the report was written");
    std::fs::remove_file(report).expect("it exists");

    for outside in [
        "http:", "https:", "//", "src=", "href=", "url(", "@import", "<script", "<link",
    ] {
        assert!(!html.contains(outside), "{outside} in the page");
    }
    assert!(
        !html.contains("{{") && !html.contains("}}"),
        "a field is not filled in"
    );
    assert!(
        !html.contains("NaN") && !html.contains("inf"),
        "a number is not one"
    );
    assert_eq!(html.matches("<svg").count(), 3);
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    let target = load.json["config"]["target"].as_str().expect("it is text");
    assert!(html.contains(target));
    assert!(
        html.contains("max ") && html.contains("p99 ") && html.contains("mean "),
        "labels"
    );
}

/// Runs `load` under the shell, after the given limits have been set.
fn load_under(limits: &str, args: &[&str]) -> (Option<i32>, String) {
    let script = format!("{limits}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("sh");
    let output = shell
        .args(["-c", &script])
        .arg(example("load"))
        .args(args)
        .output();
    let output = output.expect("the shell runs");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn soft_limit_on_files_is_raised() {
    let args = ["-c", "200", "--duration", "200ms", "--warmup", "0s"];
    assert_eq!(
        load_under("ulimit -S -n 64", &args),
        (Some(0), String::new())
    );
}

#[test]
fn more_connections_than_the_hard_limit_allows_are_refused_clearly() {
    let (code, errors) = load_under("ulimit -n 200", &["-c", "100"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("this process may open 200"), "{errors}");
    assert!(errors.contains("at most 68 connections"), "{errors}");
}

#[test]
fn bad_arguments_are_named() {
    let cases = [
        ("127.0.0.1", "HOST:PORT"),
        ("--connections 0", "--connections"),
        ("--size 0", "--size"),
        ("--duration 10x", "--duration"),
        ("--duration 0", "--duration"),
        ("--rate 0", "--rate"),
        ("--workers 0", "worker_threads"),
        (
            "--report /nowhere/to/be/found.html",
            "/nowhere/to/be/found.html",
        ),
        ("name.invalid:7", "name.invalid"),
    ];
    for (args, culprit) in cases {
        let load = Load::run(args);
        assert_eq!(load.code, Some(2), "{args}: {load:?}");
        assert!(load.errors.contains(culprit), "{args}: {}", load.errors);
        assert!(!load.errors.contains("panicked"), "{}", load.errors);
    }
}
