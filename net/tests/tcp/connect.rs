//! Opening connections.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use futures_lite::future::block_on;
use futures_lite::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};

use crate::pattern;

/// An address where nobody listens. The port stays bound, so nobody else can take it meanwhile.
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
    // The limited broadcast address cannot be connected to; which error says so is the system's.
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
