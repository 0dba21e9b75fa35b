//! The `echo` example, seen from outside.
#![cfg(unix)]

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output};

use common::{Server, example, python};

fn echo(args: &[&str]) -> Output {
    Command::new(example("echo"))
        .args(args)
        .output()
        .expect("echo runs")
}

fn exchange(stream: &mut TcpStream, message: &[u8]) {
    stream.write_all(message).expect("it can be written to");
    let mut reply = vec![0; message.len()];
    stream
        .read_exact(&mut reply)
        .expect("the whole reply comes");
    assert_eq!(reply, message);
}

#[test]
fn summary_counts_open_and_closed_connections() {
    let server = Server::echo(&["--workers", "2", "--drain", "0s"]);
    let mut open = TcpStream::connect(server.address()).expect("it listens");
    let mut closed = TcpStream::connect(server.address()).expect("it listens");
    exchange(&mut open, &[7; 1000]);
    exchange(&mut closed, b"twelve bytes");
    closed.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(closed.read(&mut [0; 1]).expect("the end of file comes"), 0);

    let (status, output, errors) = server.interrupt();
    assert_eq!(status.code(), Some(3), "{errors}");
    assert!(
        output.contains("served 2 connections (0 broken off, 0 failed, 1 cut off), 1012 bytes"),
        "{output}"
    );
}

#[test]
fn python_client_is_served() {
    let Some(mut python) = python() else { return };
    let server = Server::echo(&[]);
    let script = r#"
import socket, sys
address = (sys.argv[1], int(sys.argv[2]))
sockets = [socket.create_connection(address) for _ in range(20)]
for i, s in enumerate(sockets):
    s.sendall(bytes([i]) * 5000)
for i, s in enumerate(sockets):
    s.shutdown(socket.SHUT_WR)
    got = b""
    while chunk := s.recv(65536):
        got += chunk
    assert got == bytes([i]) * 5000, (i, len(got))
print("all came back")
"#;
    let (host, port) = (
        server.address().ip().to_string(),
        server.address().port().to_string(),
    );
    let client = python
        .args(["-c", script, &host, &port])
        .output()
        .expect("python runs");
    assert_eq!(
        String::from_utf8_lossy(&client.stdout),
        "all came back\n",
        "{client:?}"
    );
    let (_, output, _) = server.interrupt();
    assert!(
        output.contains("served 20 connections (0 broken off, 0 failed, 0 cut off), 100000 bytes"),
        "{output}"
    );
}

#[test]
fn port_taken_is_an_error_that_names_the_address() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it is bound").to_string();
    let output = echo(&[&address]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains(&address), "{errors}");
    assert!(errors.contains("already in use"), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
}

#[test]
fn bad_address_is_an_error_that_names_it() {
    // A malformed address is a usage error; an unreachable one is a failure.
    let addresses = [
        ("127.0.0.1", 2),
        ("127.0.0.1:99999", 2),
        ("nowhere.invalid:7000", 1),
    ];
    for (address, code) in addresses {
        let output = echo(&[address]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{address}: {errors}");
        let name = address.trim_end_matches(":7000");
        assert!(errors.contains(name), "{errors}");
        assert!(!errors.contains("panicked"), "{errors}");
    }
}

#[test]
fn no_workers_is_an_error_that_names_the_setting() {
    let output = echo(&["127.0.0.1:0", "--workers", "0"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("worker_threads") && !errors.contains("panicked"),
        "{errors}"
    );
}

/// When it runs out of descriptors, the server does not end, still serves the waiting clients, and
/// does not flood the log.
#[test]
fn out_of_descriptors_is_survived() {
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            "ulimit -n 40; exec \"$0\" 127.0.0.1:0 --workers 1 --drain 0s",
        ])
        .arg(example("echo"));
    let server = Server::start(&mut shell);
    let connect = || TcpStream::connect(server.address()).expect("it listens");
    let mut crowd: Vec<TcpStream> = (0..60).map(|_| connect()).collect();
    exchange(&mut crowd[0], b"the first is served");
    // The last one is in the backlog, and is served once others have gone.
    let mut last = crowd.pop().expect("there are 60");
    last.write_all(b"at last").expect("it is connected");
    drop(crowd);
    let mut reply = [0; 7];
    last.read_exact(&mut reply)
        .expect("it is served in the end");
    assert_eq!(&reply, b"at last");

    let (status, output, errors) = server.interrupt();
    assert_eq!(status.code(), Some(3), "{errors}");
    assert!(output.contains("served 60 connections"), "{output}");
    assert_eq!(errors.matches("cannot accept").count(), 1, "{errors}");
}
