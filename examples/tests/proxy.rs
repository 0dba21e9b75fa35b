//! The `proxy` example, seen from outside.
#![cfg(unix)]

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Output};

use common::{Server, closed_port, example};

fn proxy(args: &[&str]) -> Output {
    Command::new(example("proxy"))
        .args(args)
        .output()
        .expect("proxy runs")
}

#[test]
fn passes_connections_on_and_counts_them() {
    for how in ["--verbose", "--buffered"] {
        let echo = Server::echo(&[]);
        let mut command = Command::new(example("proxy"));
        let upstream = echo.address().to_string();
        let server = Server::start(command.args(["127.0.0.1:0", &upstream, how]));
        let mut stream = TcpStream::connect(server.address()).expect("it listens");
        stream.write_all(&[7; 1000]).expect("it is open");
        stream.shutdown(Shutdown::Write).expect("it is open");
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).expect("the reply comes");
        assert_eq!(reply, [7; 1000]);

        let open = TcpStream::connect(server.address()).expect("it listens");
        (&open).write_all(b"?").expect("it is open");
        (&open).read_exact(&mut [0]).expect("the reply comes");
        let (status, output, errors) = server.interrupt();
        assert!(status.success(), "{status} {errors}");
        let summary = "passed on 2 connections: 1 completed (1000 bytes up, 1000 down), \
                       0 broken off, 1 open at the end";
        assert!(output.contains(summary), "{output}");
        let line = format!("{}: 1000 bytes up, 1000 down", stream.local_addr().unwrap());
        assert_eq!(output.contains(&line), how == "--verbose", "{output}");
    }
}

#[test]
fn an_upstream_that_refuses_is_told_and_survived() {
    let (_bound, closed) = closed_port();
    let closed = closed.to_string();
    let mut command = Command::new(example("proxy"));
    let server = Server::start(command.args(["127.0.0.1:0", &closed, "-v"]));
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address()).expect("it listens");
        let mut rest = Vec::new();
        // Closed or reset: nothing was sent.
        _ = stream.read_to_end(&mut rest);
        assert!(rest.is_empty());
    }
    let (status, output, errors) = server.interrupt();
    assert!(status.success(), "{status} {errors}");
    assert!(
        output.contains(&closed) && output.contains("refused"),
        "{output}"
    );
    assert!(
        output.contains("0 completed (0 bytes up, 0 down), 2 broken off"),
        "{output}"
    );
}

#[test]
fn shows_itself_without_addresses() {
    for args in [
        &["--mebibytes", "16"][..],
        &["--mebibytes", "16", "--buffered"],
    ] {
        let output = proxy(args);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{output:?}");
        let sum = |line: &str| text.split(line).nth(1)?.split_whitespace().next();
        assert!(sum("checksum up").is_some(), "{text}");
        assert_eq!(sum("checksum up"), sum("checksum down"), "{text}");
        assert!(
            text.contains("GiB/s") && text.contains("s per GiB"),
            "{text}"
        );
    }
}

#[test]
fn bad_arguments_are_errors_that_name_them() {
    let no_upstream = proxy(&["127.0.0.1:0"]);
    let errors = String::from_utf8_lossy(&no_upstream.stderr);
    assert!(errors.contains("UPSTREAM"), "{errors}");
    assert_eq!(no_upstream.status.code(), Some(2));

    let bad_upstream = proxy(&["127.0.0.1:0", "nowhere.invalid:7000"]);
    let errors = String::from_utf8_lossy(&bad_upstream.stderr);
    assert!(errors.contains("nowhere.invalid"), "{errors}");
    assert_eq!(bad_upstream.status.code(), Some(1));
}
