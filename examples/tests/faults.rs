//! The `load` example against servers that fail: every fault is counted under its name.
#![cfg(unix)]

mod common;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use common::{Load, closed_port};
use heist_tools::pattern::Pattern;

const SIZE: usize = 64;

/// Serves every connection by `serve` in a thread of its own; an error of `serve` ends the
/// connection.
fn server(serve: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    address
}

fn request(stream: &mut TcpStream) -> io::Result<[u8; SIZE]> {
    let mut bytes = [0; SIZE];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn echo(stream: &mut TcpStream, requests: usize) -> io::Result<()> {
    (0..requests).try_for_each(|_| request(stream).and_then(|bytes| stream.write_all(&bytes)))
}

/// Loads a server whose connections all fail after some requests, so that the run ends by itself.
fn load(address: SocketAddr, more: &str) -> Load {
    let load = Load::run(&format!("{address} -c 4 --warmup 0s --duration 1h {more}"));
    assert_eq!(load.number("/connections_up"), 4.0, "{load:#?}");
    assert_eq!(
        load.number("/errors/total"),
        4.0,
        "one for each connection: {load:#?}"
    );
    load
}

#[test]
fn refused_connections() {
    let (_bound, address) = closed_port();
    let load = Load::run(&format!("{address} -c 3"));
    load.assert_only("refused", "connection refused");
    assert_eq!(load.errors_of("refused"), 3);
    assert_eq!(load.number("/connections_up"), 0.0);
    assert!(load.json["latency_us"].is_null());
}

#[test]
fn resets() {
    let address = server(|mut stream| {
        echo(&mut stream, 50)?;
        // Closing a socket that has unread bytes resets the connection.
        stream.peek(&mut [0]).map(drop)
    });
    let load = load(address, "");
    load.assert_only("reset", "connection reset");
    assert_eq!(load.number("/unanswered_requests"), 4.0);
}

#[test]
fn connections_closed_between_replies() {
    let address = server(|mut stream| {
        echo(&mut stream, 50)?;
        request(&mut stream).map(drop)
    });
    load(address, "").assert_only("closed", "closed by the server");
}

#[test]
fn connections_closed_in_the_middle_of_a_reply() {
    let address = server(|mut stream| {
        echo(&mut stream, 50)?;
        let bytes = request(&mut stream)?;
        stream.write_all(&bytes[..SIZE / 2])
    });
    let load = load(address, "");
    load.assert_only("short_reply", "closed in the middle of a reply");
    assert!(
        load.output
            .contains("request 50: closed after 32 of 64 bytes"),
        "{}",
        load.output
    );
}

#[test]
fn wrong_bytes() {
    let address = server(|mut stream| {
        echo(&mut stream, 50)?;
        let mut bytes = request(&mut stream)?;
        bytes[5] ^= 1;
        stream.write_all(&bytes)?;
        echo(&mut stream, usize::MAX)
    });
    let load = load(address, "");
    load.assert_only("wrong_bytes", "wrong bytes");
    assert!(
        load.output.contains("request 50: byte 5 of 64 is "),
        "{}",
        load.output
    );
}

#[test]
fn reordered_replies() {
    let address = server(|mut stream| {
        echo(&mut stream, 50)?;
        let (first, second) = (request(&mut stream)?, request(&mut stream)?);
        stream.write_all(&second)?;
        stream.write_all(&first)?;
        echo(&mut stream, usize::MAX)
    });
    load(address, "--pipeline 2").assert_only("wrong_bytes", "wrong bytes");
}

#[test]
fn replies_nobody_asked_for() {
    let address = server(|mut stream| {
        echo(&mut stream, 50)?;
        let mut bytes = request(&mut stream)?.to_vec();
        bytes.push(0);
        stream.write_all(&bytes)?;
        echo(&mut stream, usize::MAX)
    });
    load(address, "").assert_only("unexpected_bytes", "bytes nobody asked for");
}

#[test]
fn replies_that_never_come() {
    let address = server(|mut stream| {
        echo(&mut stream, 50)?;
        echo_nothing(stream)
    });
    let load = load(address, "--timeout 300ms");
    load.assert_only("timeout", "no reply in time");
    assert_eq!(load.number("/unanswered_requests"), 4.0);
}

/// Reads everything until the client closes.
fn echo_nothing(mut stream: TcpStream) -> io::Result<()> {
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

/// Nothing is measured, and only the timeout is waited for.
#[test]
fn server_that_accepts_and_never_replies() {
    let load = Load::run(&format!("{} -c 4 --timeout 300ms", server(echo_nothing)));
    load.assert_only("timeout", "no reply in time");
    assert_eq!(load.number("/connections_up"), 0.0);
}

/// One faulty connection among good ones: the others continue, and their replies count.
#[test]
fn good_connections_go_on_beside_a_bad_one() {
    let address = server(|mut stream| {
        let first = request(&mut stream)?;
        stream.write_all(&first)?;
        // One in four, identified by what connection 0 sends first.
        let bad = first == pattern_of_connection_0();
        echo(&mut stream, if bad { 5 } else { usize::MAX })
    });
    let load = Load::run(&format!("{address} -c 4 --warmup 0s --duration 500ms"));
    load.assert_only("closed", "connection 0: closed before request 6");
    assert_eq!(load.errors_of("closed"), 1);
    assert_eq!(load.number("/measured_s"), 0.5);
    assert!(load.number("/requests") > 100.0, "{load:#?}");
}

fn pattern_of_connection_0() -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    Pattern::new(0, SIZE as u64).fill(0, &mut bytes);
    bytes
}

/// The open loop charges a stall to all requests that were due during it; the server cannot hide
/// it.
#[test]
fn stall_shows_in_the_open_loop() {
    const STALL: Duration = Duration::from_millis(600);
    let address = server(|mut stream| {
        let begun = Instant::now();
        while begun.elapsed() < STALL / 3 {
            echo(&mut stream, 1)?;
        }
        // A stall of the server affects all of its connections.
        thread::sleep(STALL);
        echo(&mut stream, usize::MAX)
    });
    let args = "-c 2 --rate 500 --warmup 0s --duration 1s";
    let load = Load::run(&format!("{address} {args}"));
    load.assert_clean();
    // The requests that were due in the stall, most of all requests, waited 300 ms on average.
    assert!(load.number("/latency_us/max") > 550e3, "{load:#?}");
    assert!(load.number("/latency_us/p50") > 50e3, "{load:#?}");
}

/// At a rate that the server cannot handle, the requests that could not be sent are counted.
#[test]
fn rate_that_cannot_be_kept_is_an_error() {
    let address = server(|mut stream| {
        loop {
            echo(&mut stream, 1)?;
            // The server handles 50 requests per second on a connection.
            thread::sleep(Duration::from_millis(20));
        }
    });
    let load = Load::run(&format!(
        "{address} -c 2 --rate 2000 --warmup 0s --duration 500ms"
    ));
    assert_eq!(load.code, Some(1));
    assert!(load.errors_of("unsent") > 500, "{load:#?}");
    assert!(
        load.output.contains("could not be sent in time"),
        "{}",
        load.output
    );
}
