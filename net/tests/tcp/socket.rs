//! Sockets that are set up before they connect or listen.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_lite::StreamExt;
use futures_lite::future::poll_once;
use heist::net::tcp::TcpKeepalive;
use heist::net::{TcpListener, TcpSocket, TcpStream};
use heist::task::unconstrained;

fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[heist::test]
async fn a_client_chooses_its_own_address() -> io::Result<()> {
    let listener = TcpListener::bind(any_port()).await?;
    let socket = TcpSocket::new_v4()?;
    socket.bind(any_port())?;
    let mine = socket.local_addr()?;
    let stream = socket.connect(listener.local_addr()?).await?;
    assert_eq!(stream.local_addr()?, mine);
    assert_eq!(listener.accept().await?.1, mine);
    Ok(())
}

#[heist::test]
async fn options_go_over_to_the_stream() -> io::Result<()> {
    let listener = TcpListener::bind(any_port()).await?;
    let socket = TcpSocket::new_v4()?;
    socket.set_nodelay(true)?;
    socket.set_keepalive(true)?;
    socket.set_ttl(9)?;
    let stream = socket.connect(listener.local_addr()?).await?;
    assert!(stream.nodelay()? && stream.keepalive()?);
    assert_eq!(stream.ttl()?, 9);
    Ok(())
}

#[heist::test]
async fn no_option_turns_into_another_by_the_units_of_the_system() -> io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    // Less than a second is not zero, which discards data, and nor is what fills 32 bits.
    for (time, seconds) in [
        (1, 1),
        (1_000, 1),
        (1_001, 2),
        (4_294_967_296_000, 2_147_483_647),
    ] {
        socket.set_linger(Some(Duration::from_millis(time)))?;
        assert_eq!(socket.linger()?, Some(Duration::from_secs(seconds)));
    }
    socket.set_linger(Some(Duration::MAX))?;
    assert!(socket.linger()? > Some(Duration::from_secs(1)));
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_interval(Duration::from_millis(1)))?;
    #[cfg(target_os = "linux")]
    {
        // Zero would be no limit.
        socket.set_user_timeout(Some(Duration::from_micros(1)))?;
        assert_eq!(socket.user_timeout()?, Some(Duration::from_millis(1)));
    }
    socket.set_recv_buffer_size(1 << 20)?;
    let large = socket.recv_buffer_size()?;
    socket.set_recv_buffer_size(1 << 32)?;
    assert!(socket.recv_buffer_size()? >= large);
    Ok(())
}

#[heist::test]
async fn a_failed_attempt_names_the_address() -> io::Result<()> {
    let closed = std::net::TcpListener::bind(any_port())?.local_addr()?;
    let error = TcpSocket::new_v4()?.connect(closed).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains(&closed.to_string()), "{error}");

    let taken = TcpListener::bind(any_port()).await?;
    let error = TcpSocket::new_v4()?.bind(taken.local_addr()?).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&taken.local_addr()?.to_string()));
    Ok(())
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn a_group_of_listeners_shares_a_port() -> io::Result<()> {
    let listen = |address| {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseport(true)?;
        socket.bind(address)?;
        socket.listen(128)
    };
    let first = listen(any_port())?;
    let address = first.local_addr()?;
    let group = [listen(address)?, listen(address)?, first];
    const CLIENTS: usize = 200;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        // The system completes the handshake, so none need be accepted yet.
        clients.push(TcpStream::connect(address).await?);
    }
    let mut accepted = [0; 3];
    for (listener, count) in group.iter().zip(&mut accepted) {
        while unconstrained(poll_once(listener.accept())).await.is_some() {
            *count += 1;
        }
    }
    assert_eq!(accepted.iter().sum::<usize>(), CLIENTS, "{accepted:?}");
    // With 200 connections, none of the three is left out by chance.
    assert!(accepted.iter().all(|count| *count > 0), "{accepted:?}");
    Ok(())
}

#[heist::test]
async fn incoming_is_a_stream_of_connections() -> io::Result<()> {
    let listener = TcpListener::bind(any_port()).await?;
    let address = listener.local_addr()?;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(TcpStream::connect(address).await?.local_addr()?);
    }
    let peers: Vec<_> = listener.incoming().take(3).collect().await;
    for (stream, client) in peers.into_iter().zip(clients) {
        assert_eq!(stream?.peer_addr()?, client);
    }
    Ok(())
}
