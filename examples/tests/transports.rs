//! `echo` and `load` over Unix sockets and UDP.
#![cfg(unix)]

mod common;

use std::io::{self, Read, Write};
use std::net::{Shutdown, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use common::{Load, Server, example, scratch};

/// Returns a path short enough for a Unix socket.
fn socket_path() -> String {
    let name = scratch(".sock");
    let name = name.file_name().expect("it has one").to_string_lossy();
    format!("{}/heist-{name}", std::env::temp_dir().display())
}

#[test]
fn unix_sockets_are_served_loaded_and_cleaned_up() {
    let path = socket_path();
    let server = Server::echo_on(&format!("unix:{path}"), &[]);
    let mut client = UnixStream::connect(&path).expect("it listens");
    client.write_all(b"hello").expect("it can be written to");
    client.shutdown(Shutdown::Write).expect("it is open");
    let mut reply = String::new();
    client.read_to_string(&mut reply).expect("it is sent back");
    assert_eq!(reply, "hello");

    let load = Load::run(&format!(
        "{} --connections 20 --pipeline 3 --size 1k --duration 300ms --warmup 0",
        server.target
    ));
    load.assert_clean();
    assert_eq!(load.number("/connections_up"), 20.0);
    assert!(load.number("/requests") > 0.0);
    assert!(load.json["loss_percent"].is_null());

    let (status, output, _) = server.interrupt();
    assert!(status.success());
    assert!(
        output.contains("served 21 connections (0 broken off, 0 failed, 0 cut off)"),
        "{output}"
    );
    assert!(
        !std::path::Path::new(&path).exists(),
        "its path is left over"
    );
}

#[test]
fn a_path_in_use_is_an_error_that_says_why() {
    let path = socket_path();
    let server = Server::echo_on(&format!("unix:{path}"), &[]);
    let refused = |why| {
        let second = Command::new(example("echo"))
            .arg(format!("unix:{path}"))
            .output();
        let second = second.expect("echo runs");
        let errors = String::from_utf8_lossy(&second.stderr).into_owned();
        assert!(!second.status.success());
        assert!(errors.contains(&path) && errors.contains(why), "{errors}");
    };
    refused("a process has this socket open");
    // A killed server leaves its path behind.
    drop(server);
    refused("left over");
    std::fs::remove_file(&path).expect("it is left over");
}

#[test]
fn udp_is_served_and_loaded() {
    let server = Server::echo_on("udp://127.0.0.1:0", &["--workers", "2"]);
    for shape in [
        "--connections 1 --size 8",
        "--connections 20 --pipeline 4",
        "--rate 500",
    ] {
        let load = Load::run(&format!(
            "{} {shape} --duration 300ms --warmup 100ms",
            server.target
        ));
        load.assert_clean();
        assert!(load.number("/requests") > 0.0);
        assert!(load.json["loss_percent"].is_number());
    }
    assert!(server.interrupt().0.success());
}

/// A UDP server that passes each datagram to `reply`, which sends any replies it wants.
struct Faulty {
    address: String,
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Faulty {
    fn start(mut reply: impl FnMut(u64, &mut Vec<u8>, &dyn Fn(&[u8])) + Send + 'static) -> Faulty {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
        let address = format!("udp://{}", socket.local_addr().expect("it is bound"));
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let patience = Some(Duration::from_millis(20));
        socket.set_read_timeout(patience).expect("it is valid");
        let thread = thread::spawn(move || {
            let mut buffer = [0; 65_536];
            let mut number = 0;
            while !stopped.load(Relaxed) {
                let Ok((n, peer)) = socket.recv_from(&mut buffer) else {
                    continue;
                };
                let send = |reply: &[u8]| {
                    socket.send_to(reply, peer).expect("it can be sent");
                };
                reply(number, &mut buffer[..n].to_vec(), &send);
                number += 1;
            }
        });
        Faulty {
            address,
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        let thread = self.thread.take().expect("it is joined once");
        thread.join().expect("it does not panic");
    }
}

#[test]
fn lost_and_doubled_datagrams_are_counted_and_no_error() {
    let server = Faulty::start(|number, datagram, send| match number % 10 {
        // Not the first, which proves that the server is running.
        7 => {}
        3 => {
            send(datagram);
            send(datagram);
        }
        _ => send(datagram),
    });
    let load = Load::run(&format!(
        "{} --connections 1 --rate 400 --pipeline 100 --timeout 100ms --duration 1s --warmup 0",
        server.address
    ));
    assert_eq!(load.code, Some(0), "{load:#?}");
    assert_eq!(load.json["clean"], true, "{load:#?}");
    // A tenth of some 400 requests. More may be lost on a busy machine.
    let (lost, stray) = (
        load.number("/unanswered_requests"),
        load.number("/stray_replies"),
    );
    let requests = load.number("/requests") + load.number("/drained_requests");
    assert!(
        lost >= 0.09 * requests && stray >= 0.08 * requests,
        "{lost} {stray} {requests}"
    );
    let percent = load.number("/loss_percent");
    assert!((9.0..60.0).contains(&percent), "{percent}");
    assert!(load.output.contains("lost"), "{}", load.output);
}

#[test]
fn wrong_and_cut_datagrams_are_errors() {
    let server = Faulty::start(|number, datagram, send| {
        match number {
            0 => {}
            1 => datagram[20] ^= 1,
            _ => datagram.truncate(16),
        }
        send(datagram);
    });
    let load = Load::run(&format!(
        "{} --connections 1 --duration 200ms --warmup 0",
        server.address
    ));
    assert_eq!(load.errors_of("wrong_bytes"), 1);
    assert!(load.errors_of("short_reply") > 0);
}

#[test]
fn a_udp_port_where_nobody_listens_is_an_error() -> io::Result<()> {
    // The port is bound to a socket that receives only from itself.
    let own = UdpSocket::bind("127.0.0.1:0")?;
    let closed = own.local_addr()?;
    own.connect(closed)?;
    let load = Load::run(&format!("udp://{closed} --connections 2 --duration 200ms"));
    assert_eq!(load.errors_of("refused"), 2);
    Ok(())
}
