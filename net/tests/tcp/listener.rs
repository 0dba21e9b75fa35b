//! Binding and accepting.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use futures_lite::future::{block_on, poll_once};
use heist::io::raw_os_error;
use heist::net::{TcpListener, TcpStream};

use crate::waits_for;

#[heist::test]
async fn an_address_in_use_is_named() -> io::Result<()> {
    let first = TcpListener::bind("127.0.0.1:0").await?;
    let address = first.local_addr()?;
    let error = TcpListener::bind(address).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    let std = std::net::TcpListener::bind(address).unwrap_err();
    assert_eq!(raw_os_error(&error), std.raw_os_error());
    assert!(std.raw_os_error().is_some());
    Ok(())
}

#[heist::test]
async fn an_address_of_another_machine_is_named() {
    // Reserved for documentation: no machine has it.
    let error = TcpListener::bind("192.0.2.1:0").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
    assert!(error.to_string().contains("192.0.2.1:0"), "{error}");
}

#[heist::test]
async fn the_first_address_that_can_be_bound_is() -> io::Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0").await?.into_std()?;
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = TcpListener::bind([taken.local_addr()?, free]).await?;
    assert_ne!(listener.local_addr()?, taken.local_addr()?);
    Ok(())
}

#[heist::test]
async fn a_port_is_free_again_after_the_listener() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // A connection that outlives the listener keeps the port in use without SO_REUSEADDR.
    let _client = TcpStream::connect(address).await?;
    let (_server, _) = listener.accept().await?;
    drop(listener);
    assert_eq!(TcpListener::bind(address).await?.local_addr()?, address);
    Ok(())
}

#[heist::test]
async fn an_ipv6_peer_is_returned_in_full() -> io::Result<()> {
    let listener = match TcpListener::bind("[::1]:0").await {
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => {
            println!("skipped: this machine has no IPv6 loopback address");
            return Ok(());
        }
        result => result?,
    };
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (server, peer) = listener.accept().await?;
    assert_eq!(peer, client.local_addr()?);
    assert_eq!(server.peer_addr()?, peer);
    Ok(())
}

#[heist::test]
async fn many_tasks_accept_from_one_listener() -> io::Result<()> {
    const TASKS: usize = 8;
    let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await?);
    let address = listener.local_addr()?;
    let acceptors: Vec<_> = (0..TASKS)
        .map(|_| {
            let listener = Arc::clone(&listener);
            heist::spawn(async move { listener.accept().await })
        })
        .collect();

    let mut clients = Vec::new();
    for _ in 0..TASKS {
        clients.push(TcpStream::connect(address).await?);
    }
    let mut accepted = Vec::new();
    for acceptor in acceptors {
        accepted.push(acceptor.await.unwrap()?.1);
    }

    let mut connected: Vec<_> = clients.iter().map(|c| c.local_addr().unwrap()).collect();
    connected.sort();
    accepted.sort();
    assert_eq!(accepted, connected);
    Ok(())
}

#[heist::test]
async fn a_dropped_accept_loses_no_connection() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    {
        let mut accept = pin!(listener.accept());
        assert!(poll_once(&mut accept).await.is_none());
    }
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (_, peer) = listener.accept().await?;
    assert_eq!(peer, client.local_addr()?);
    Ok(())
}

#[heist::test]
async fn poll_accept_wakes_its_task() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut client = None;
    let connect = || {
        client = Some(std::net::TcpStream::connect(address)?);
        Ok(())
    };
    let (_, peer) = waits_for(poll_fn(|cx| listener.poll_accept(cx)), connect).await?;
    assert_eq!(
        Some(peer),
        client.and_then(|client| client.local_addr().ok())
    );
    Ok(())
}

#[heist::test]
async fn goes_to_std_and_back() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let client = TcpStream::connect(address).await?;

    let listener = listener.into_std()?;
    listener.set_nonblocking(false)?;
    let (_, peer) = listener.accept()?;
    assert_eq!(peer, client.local_addr()?);

    // In blocking mode, like std's listeners: `from_std` changes that.
    let listener = TcpListener::from_std(listener)?;
    let mut client = None;
    let connect = || {
        client = Some(std::net::TcpStream::connect(address)?);
        Ok(())
    };
    let (_, peer) = waits_for(listener.accept(), connect).await?;
    assert_eq!(
        Some(peer),
        client.and_then(|client| client.local_addr().ok())
    );
    Ok(())
}

#[heist::test]
async fn ttl_is_set() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    listener.set_ttl(42)?;
    assert_eq!(listener.ttl()?, 42);
    assert!(listener.set_ttl(100_000).is_err());
    Ok(())
}

#[test]
fn outside_a_runtime_there_is_an_error() -> io::Result<()> {
    assert!(block_on(TcpListener::bind("127.0.0.1:0")).is_err());
    assert!(TcpListener::from_std(std::net::TcpListener::bind("127.0.0.1:0")?).is_err());
    Ok(())
}

#[heist::test]
async fn std_sockets_become_ours_by_conversion() -> io::Result<()> {
    let listener: TcpListener = std::net::TcpListener::bind("127.0.0.1:0")?.try_into()?;
    let client = std::net::TcpStream::connect(listener.local_addr()?)?;
    let client = TcpStream::try_from(client)?;
    let (server, peer) = listener.accept().await?;
    assert_eq!(peer, client.local_addr()?);
    assert_eq!(client.write(b"ping").await?, 4);
    assert_eq!(server.read(&mut [0; 16]).await?, 4);
    Ok(())
}
