//! Opening connections.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use futures_lite::future::block_on;
use futures_lite::io::{AsyncReadExt, AsyncWriteExt};
use heist::io::raw_os_error;
use heist::net::tcp::ConnectError;
use heist::net::{TcpListener, TcpStream};
#[cfg(target_os = "linux")]
use heist::time::{Duration, timeout};

use crate::pattern;
#[cfg(target_os = "linux")]
use crate::silent::silent_address;

/// An address without a listener. The port stays bound, so that no other socket can take it.
fn closed_port() -> io::Result<(socket2::Socket, SocketAddr)> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    let address = socket.local_addr()?.as_socket().expect("an IPv4 address");
    Ok((socket, address))
}

#[heist::test]
async fn a_refused_connection_names_the_address() -> io::Result<()> {
    let (_bound, address) = closed_port()?;
    let error = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(
        error.to_string().contains(&format!("connect to {address}")),
        "{error}"
    );
    let std = std::net::TcpStream::connect(address).unwrap_err();
    assert_eq!(raw_os_error(&error), std.raw_os_error());
    assert!(std.raw_os_error().is_some());
    Ok(())
}

#[heist::test]
async fn the_next_address_is_tried() -> io::Result<()> {
    let (_bound, closed) = closed_port()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let open = listener.local_addr()?;
    let stream = TcpStream::connect(&[closed, open][..]).await?;
    assert_eq!(stream.peer_addr()?, open);
    Ok(())
}

#[heist::test]
async fn the_error_contains_that_of_each_address() -> io::Result<()> {
    let (_bound, one) = closed_port()?;
    let (_bound_too, other) = closed_port()?;
    let error = TcpStream::connect([one, other]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let text = error.to_string();
    assert!(
        text.contains(&one.to_string()) && text.contains(&other.to_string()),
        "{text}"
    );
    let attempts = error.get_ref().unwrap().downcast_ref::<ConnectError>();
    let attempts: Vec<_> = attempts.unwrap().attempts().collect();
    assert_eq!(
        attempts.iter().map(|a| a.0).collect::<Vec<_>>(),
        [one, other]
    );
    // The system's own error number is still accessible.
    assert!(attempts.iter().all(|a| a.1.raw_os_error().is_some()));
    let source = std::error::Error::source(error.get_ref().unwrap()).unwrap();
    assert!(
        source
            .downcast_ref::<io::Error>()
            .unwrap()
            .raw_os_error()
            .is_some()
    );
    Ok(())
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn an_address_that_does_not_answer_does_not_hold_up_the_next() -> io::Result<()> {
    let (_full, silent) = silent_address()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let open = listener.local_addr()?;

    let alone = timeout(Duration::from_millis(600), TcpStream::connect(silent)).await;
    assert!(alone.is_err(), "it answered: {alone:?}");

    // The system would try the silent address for a minute or more.
    let stream = timeout(
        Duration::from_secs(20),
        TcpStream::connect([silent, silent, open]),
    );
    assert_eq!(stream.await.expect("well before that")?.peer_addr()?, open);
    Ok(())
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn a_refusal_starts_the_next_attempt_at_once() -> io::Result<()> {
    let (_full, silent) = silent_address()?;
    let (_bound, closed) = closed_port()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let open = listener.local_addr()?;
    // Those that refuse cause no wait: all of them together take one delay.
    let mut addresses = vec![silent];
    addresses.extend([closed; 100]);
    addresses.push(open);
    let stream = timeout(Duration::from_secs(20), TcpStream::connect(addresses));
    assert_eq!(
        stream.await.expect("100 delays are 25 s")?.peer_addr()?,
        open
    );
    Ok(())
}

#[heist::test]
async fn both_families_are_tried_in_turns() -> io::Result<()> {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        eprintln!("skipped: no IPv6 on this machine");
        return Ok(());
    };
    let open = listener.local_addr()?;
    let (_bound, closed) = closed_port()?;
    let stream = TcpStream::connect([closed, closed, open]).await?;
    assert_eq!(stream.peer_addr()?, open);
    // The other family's only address was second.
    let nobody: SocketAddr = "[::1]:1".parse().unwrap();
    let error = TcpStream::connect([closed, closed, nobody])
        .await
        .unwrap_err();
    let attempts = error.get_ref().unwrap().downcast_ref::<ConnectError>();
    let order: Vec<_> = attempts.unwrap().attempts().map(|a| a.0).collect();
    assert_eq!(order, [closed, nobody, closed]);
    Ok(())
}

#[heist::test]
async fn a_name_is_looked_up() -> io::Result<()> {
    let listener = TcpListener::bind("localhost:0").await?;
    let address = listener.local_addr()?;
    let stream = TcpStream::connect(("localhost", address.port())).await?;
    assert_eq!(stream.peer_addr()?, address);
    Ok(())
}

#[heist::test]
async fn no_address_is_an_error() {
    let none: [SocketAddr; 0] = [];
    let error = TcpStream::connect(none).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[heist::test]
async fn an_impossible_address_is_named() {
    // The limited broadcast address cannot be connected to; the error depends on the system.
    let error = TcpStream::connect("255.255.255.255:1").await.unwrap_err();
    assert!(error.to_string().contains("255.255.255.255:1"), "{error}");
}

#[heist::test]
async fn hundreds_of_connections_at_once() -> io::Result<()> {
    // Two descriptors each, below the usual limit of 1,024.
    const CONNECTIONS: usize = 300;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = heist::spawn(async move {
        let mut echoes = Vec::new();
        for _ in 0..CONNECTIONS {
            let (stream, _) = listener.accept().await?;
            echoes.push(heist::spawn(async move {
                let mut writer = &stream;
                futures_lite::io::copy(&stream, &mut writer).await?;
                writer.close().await
            }));
        }
        for echo in echoes {
            echo.await.unwrap()?;
        }
        io::Result::Ok(())
    });

    let sent = Arc::new(pattern(10_000 + CONNECTIONS));
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let sent = Arc::clone(&sent);
            heist::spawn(async move {
                let sent = &sent[number..number + 10_000];
                let mut stream = TcpStream::connect(address).await?;
                stream.write_all(sent).await?;
                stream.close().await?;
                let mut received = Vec::new();
                stream.read_to_end(&mut received).await?;
                assert!(
                    received == sent,
                    "client {number} got other bytes than it sent"
                );
                io::Result::Ok(())
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap()?;
    }
    server.await.unwrap()
}

#[test]
fn outside_a_runtime_there_is_an_error() -> io::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    assert!(block_on(TcpStream::connect(address)).is_err());
    assert!(TcpStream::from_std(std::net::TcpStream::connect(address)?).is_err());
    Ok(())
}
