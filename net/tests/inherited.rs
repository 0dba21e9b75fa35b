//! Sockets handed over from one process to the next, without the clients' noticing.
#![cfg(unix)]

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use heist::io::AsyncWriteExt;
use heist::net::{Inherited, serve};

/// Runs a test of this file in a process of its own, which inherits `socket`.
fn start_child(test: &str, socket: impl Into<OwnedFd>) -> io::Result<std::process::Child> {
    // The protocol: descriptors from 3 on, their number, and the process they are for.
    let script = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$@\"";
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(std::env::current_exe()?)
        .args(["--exact", test, "--ignored", "--nocapture"])
        .stdin(Stdio::from(socket.into()))
        .stdout(Stdio::null())
        .spawn()
}

#[test]
fn no_connection_is_lost_between_two_processes() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    for _generation in 0..3 {
        // They connect while no process accepts.
        let clients: Vec<_> = (0..2)
            .map(|_| TcpStream::connect(address))
            .collect::<io::Result<_>>()?;
        let mut child = start_child("child_serves_two", listener.try_clone()?)?;
        for mut client in clients {
            let mut greeting = String::new();
            client.read_to_string(&mut greeting)?;
            assert_eq!(greeting, "hello");
        }
        assert!(child.wait()?.success());
    }
    Ok(())
}

#[test]
fn a_socket_of_another_kind_is_an_error_that_names_it() -> io::Result<()> {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    let mut child = start_child("child_expects_a_udp_socket", socket)?;
    assert!(child.wait()?.success());
    Ok(())
}

/// The check must not take gigabytes of memory, and the error says what is wrong.
#[test]
fn more_sockets_than_possible_are_an_error() -> io::Result<()> {
    let script = "ulimit -v 4000000; LISTEN_FDS=2147483647 LISTEN_PID=$$ exec \"$@\"";
    let status = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(std::env::current_exe()?)
        .args([
            "--exact",
            "child_is_told_of_too_many",
            "--ignored",
            "--nocapture",
        ])
        .stdout(Stdio::null())
        .status()?;
    assert!(status.success());
    Ok(())
}

#[test]
#[ignore = "a part of another test, which runs it in a process of its own"]
fn child_is_told_of_too_many() {
    let mut inherited = Inherited::from_env();
    assert!(inherited.is_empty());
    let error = inherited.take_tcp_listener(0).unwrap_err();
    assert!(
        error.to_string().contains("LISTEN_FDS=2147483647"),
        "{error}"
    );
}

#[test]
#[ignore = "a part of another test, which runs it in a process of its own"]
fn child_serves_two() -> io::Result<()> {
    heist::runtime::Runtime::new()?.block_on(async {
        let mut inherited = Inherited::from_env();
        assert_eq!(inherited.len(), 1);
        let listener = inherited.take_tcp_listener(0)?.expect("there is one");
        assert!(
            inherited.take_tcp_listener(0)?.is_none(),
            "the socket was taken twice"
        );
        let mut served = 0;
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let stopped = heist::spawn_blocking(move || stopped.recv());
        let mut stop = Some(stop);
        serve(listener, |mut stream: heist::net::TcpStream, _| {
            served += 1;
            if served == 2 {
                stop = None;
            }
            async move { stream.write_all(b"hello").await }
        })
        .until(stopped)
        .await?;
        Ok(())
    })
}

#[test]
#[ignore = "a part of another test, which runs it in a process of its own"]
fn child_expects_a_udp_socket() -> io::Result<()> {
    heist::runtime::Runtime::new()?.block_on(async {
        let mut inherited = Inherited::from_env();
        let error = inherited.take_tcp_listener(0).unwrap_err();
        assert!(error.to_string().contains("inherited socket 0"), "{error}");
        let socket = inherited.take_udp_socket(0)?.expect("it is still there");
        let address = socket.local_addr()?;
        socket.send_to(b"x", address).await?;
        assert_eq!(socket.recv(&mut [0; 8]).await?, 1);
        Ok(())
    })
}
