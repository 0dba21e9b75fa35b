//! How the `echo` example ends.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use common::{Load, Server};
use rustix::process::Signal;

fn exchange(mut stream: &TcpStream, message: &[u8]) {
    stream.write_all(message).expect("it is open");
    let mut reply = vec![0; message.len()];
    stream.read_exact(&mut reply).expect("the reply comes");
    assert_eq!(reply, message);
}

/// Returns the number of connections that a server on this machine has established on the port.
fn established(port: u16) -> usize {
    let table = fs::read_to_string("/proc/net/tcp").expect("/proc is there");
    let local = format!(":{port:04X}");
    let lines = table.lines().skip(1);
    lines
        .filter(|line| {
            let mut fields = line.split_whitespace().skip(1);
            fields
                .next()
                .is_some_and(|address| address.ends_with(&local))
                && fields.nth(1) == Some("01")
        })
        .count()
}

#[test]
fn without_connections_it_ends_at_once() {
    for signal in [Signal::INT, Signal::TERM] {
        let server = Server::echo(&["--drain", "1h"]);
        server.signal(signal);
        let (status, output, errors) = server.finish();
        assert_eq!(status.code(), Some(0), "{output} {errors}");
    }
}

#[test]
fn under_full_load_every_request_has_its_reply() {
    const CONNECTIONS: usize = 1_000;
    let server = Server::echo(&["--drain", "10m"]);
    let port = server.address().port();
    let load = Load::start(&format!("{} -c {CONNECTIONS} -d 3s", server.target));
    while established(port) < CONNECTIONS {
        thread::sleep(Duration::from_millis(10));
    }
    // In the middle of the run. The listener is closed, and no connection is.
    server.signal(Signal::TERM);
    let refused = loop {
        match TcpStream::connect(server.address()) {
            Ok(_) => thread::sleep(Duration::from_millis(1)),
            Err(error) => break error,
        }
    };
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);

    let load = load.finish();
    assert_eq!(load.code, Some(0), "{} {}", load.output, load.errors);
    assert_eq!(load.number("/connections_up"), CONNECTIONS as f64);
    assert_eq!(load.number("/errors/total"), 0.0);
    assert_eq!(load.number("/unanswered_requests"), 0.0);
    let (status, output, errors) = server.finish();
    assert_eq!(status.code(), Some(0), "{output} {errors}");
    assert!(output.contains("0 failed, 0 cut off"), "{output}");
}

#[test]
fn clients_that_never_finish_are_cut_off_at_the_deadline_and_not_before() {
    let server = Server::echo(&["--drain", "1s"]);
    let clients: Vec<_> = (0..50)
        .map(|_| TcpStream::connect(server.address()).expect("it listens"))
        .collect();
    for client in &clients {
        exchange(client, b"hello");
    }
    let mut server = server;
    let start = Instant::now();
    server.signal(Signal::TERM);
    server.wait_for_line("open connections: 50; they have 1s to end");
    // They are served until the deadline.
    for client in &clients {
        exchange(client, b"still there");
    }
    let (status, output, errors) = server.finish();
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(status.code(), Some(3), "{output} {errors}");
    assert!(
        output.contains("served 50 connections (0 broken off, 0 failed, 50 cut off)"),
        "{output}"
    );
}

#[test]
fn a_second_signal_does_not_wait() {
    let mut server = Server::echo(&["--drain", "1h"]);
    let client = TcpStream::connect(server.address()).expect("it listens");
    exchange(&client, b"hello");
    server.signal(Signal::INT);
    server.wait_for_line("open connections: 1; they have 3600s to end");
    server.signal(Signal::INT);
    let (status, output, errors) = server.finish();
    assert_eq!(status.code(), Some(3), "{output} {errors}");
    assert!(output.contains("1 cut off"), "{output}");
}

#[test]
fn boom_fails_one_connection_and_harms_no_other() {
    let server = Server::echo(&[]);
    let mut victim = TcpStream::connect(server.address()).expect("it listens");
    let other = TcpStream::connect(server.address()).expect("it listens");
    exchange(&other, b"before");
    victim.write_all(b"boom\n").expect("it is open");
    let mut rest = Vec::new();
    // Closed or reset, without a reply.
    _ = victim.read_to_end(&mut rest);
    assert_eq!(rest, b"");
    exchange(&other, b"after");
    other.shutdown(Shutdown::Write).expect("it is open");

    server.signal(Signal::TERM);
    let (status, output, errors) = server.finish();
    assert_eq!(status.code(), Some(0), "{output} {errors}");
    assert!(
        output.contains("served 2 connections (0 broken off, 1 failed, 0 cut off)"),
        "{output}"
    );
    let peer = victim.local_addr().expect("it was connected").to_string();
    let report = errors.lines().find(|line| line.contains(&peer));
    let report = report.unwrap_or_else(|| panic!("no report of {peer}: {errors}"));
    assert!(report.contains("boom"), "{report}");
}
