//! UDP on the loopback interface.

mod multicast;

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_lite::future::{block_on, poll_once};
use heist::net::UdpSocket;
use heist::time::{Duration, timeout};

async fn bound() -> io::Result<(UdpSocket, SocketAddr)> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

/// Returns two connected sockets.
async fn pair() -> io::Result<(UdpSocket, UdpSocket)> {
    let ((one, here), (other, there)) = (bound().await?, bound().await?);
    one.connect(there).await?;
    other.connect(here).await?;
    Ok((one, other))
}

#[heist::test]
async fn datagrams_of_all_sizes() -> io::Result<()> {
    let (one, other) = pair().await?;
    let mut buf = vec![0; 65_536];
    for size in [0, 1, 1472, 9000, 65_507] {
        let datagram: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        assert_eq!(one.send(&datagram).await?, size);
        let len = other.recv(&mut buf).await?;
        assert!(buf[..len] == datagram);
    }
    let error = one.send(&vec![0; 65_508]).await.unwrap_err();
    assert_eq!(
        error.raw_os_error(),
        Some(rustix::io::Errno::MSGSIZE.raw_os_error())
    );
    Ok(())
}

#[heist::test]
async fn an_oversized_datagram_is_truncated_and_the_next_is_intact() -> io::Result<()> {
    let (one, other) = pair().await?;
    one.send(b"a long one").await?;
    one.send(b"next").await?;
    let mut buf = [0; 4];
    assert_eq!(other.recv(&mut buf).await?, 4);
    assert_eq!(&buf, b"a lo");
    assert_eq!(other.recv(&mut buf).await?, 4);
    assert_eq!(&buf, b"next");
    Ok(())
}

#[heist::test]
async fn a_dropped_receive_loses_no_datagram() -> io::Result<()> {
    let (one, other) = pair().await?;
    let mut buf = [0; 8];
    for n in 0..100_u8 {
        assert!(poll_once(other.recv_from(&mut buf)).await.is_none());
        one.send(&[n]).await?;
        assert_eq!(other.recv_from(&mut buf).await?.0, 1);
        assert_eq!(buf[0], n);
    }
    Ok(())
}

#[heist::test]
async fn a_missing_peer_is_reported_once() -> io::Result<()> {
    let (gone, address) = bound().await?;
    drop(gone);
    let (socket, here) = bound().await?;
    socket.connect(address).await?;
    socket.send(b"anybody?").await?;
    let error = socket.recv(&mut [0; 8]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    // The socket is still usable.
    let (peer, there) = bound().await?;
    socket.connect(there).await?;
    peer.send_to(b"me", here).await?;
    assert_eq!(socket.recv(&mut [0; 8]).await?, 2);
    Ok(())
}

#[heist::test]
async fn a_connected_socket_receives_only_from_its_peer() -> io::Result<()> {
    let (one, other) = pair().await?;
    let (stranger, _) = bound().await?;
    stranger.send_to(b"stranger", other.local_addr()?).await?;
    one.send(b"peer").await?;
    let mut buf = [0; 64];
    let (len, sender) = other.recv_from(&mut buf).await?;
    assert_eq!((&buf[..len], sender), (&b"peer"[..], one.local_addr()?));
    Ok(())
}

#[heist::test]
async fn peeking_leaves_the_datagram() -> io::Result<()> {
    let (one, other) = pair().await?;
    one.send(b"hello").await?;
    let sender = one.local_addr()?;
    let mut buf = [0; 64];
    assert_eq!(other.peek(&mut buf).await?, 5);
    assert_eq!(other.peek_from(&mut buf).await?, (5, sender));
    assert_eq!(other.peek_sender().await?, sender);
    assert_eq!(other.try_peek(&mut buf)?, 5);
    assert_eq!(other.recv(&mut buf).await?, 5);
    assert_eq!(
        other.try_peek(&mut buf).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    Ok(())
}

#[heist::test]
async fn a_poll_for_the_next_sender_is_woken() -> io::Result<()> {
    let (one, other) = pair().await?;
    let mut sender = Box::pin(poll_fn(|cx| other.poll_peek_sender(cx)));
    assert!(poll_once(&mut sender).await.is_none());
    one.send(b"hello").await?;
    assert_eq!(sender.await?, one.local_addr()?);
    assert_eq!(other.recv(&mut [0; 64]).await?, 5);
    Ok(())
}

#[heist::test]
async fn many_tasks_share_a_socket() -> io::Result<()> {
    const EACH: usize = 50;
    let (server, address) = bound().await?;
    let server = Arc::new(server);
    let served = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (server, served) = (server.clone(), served.clone());
            heist::spawn(async move {
                let mut buf = [0; 64];
                loop {
                    let (len, peer) = server.recv_from(&mut buf).await?;
                    served.fetch_add(1, SeqCst);
                    server.send_to(&buf[..len], peer).await?;
                }
                #[expect(unreachable_code, reason = "it says what the block returns")]
                io::Result::Ok(())
            })
        })
        .collect();
    let clients: Vec<_> = (0..20_u8)
        .map(|n| {
            heist::spawn(async move {
                let (client, _) = bound().await?;
                client.connect(address).await?;
                for round in 0..EACH as u8 {
                    client.send(&[n, round]).await?;
                    let mut buf = [0; 64];
                    assert_eq!(client.recv(&mut buf).await?, 2);
                    assert_eq!(buf[..2], [n, round]);
                }
                io::Result::Ok(())
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap()?;
    }
    assert_eq!(served.load(SeqCst), 20 * EACH);
    for worker in workers {
        worker.abort();
    }
    Ok(())
}

/// The loopback device takes datagrams as fast as they come: this shows that no send fails, and
/// that the receiver runs in between.
#[heist::test(worker_threads = 1)]
async fn a_flood_of_sends_neither_fails_nor_starves_others() -> io::Result<()> {
    let (one, other) = pair().await?;
    let flood = heist::spawn(async move {
        loop {
            one.send(&[0; 1000]).await?;
        }
        #[expect(unreachable_code, reason = "it says what the block returns")]
        io::Result::Ok(())
    });
    let receiver = heist::spawn(async move {
        for _ in 0..1000 {
            other.recv(&mut [0; 1000]).await?;
        }
        io::Result::Ok(other)
    });
    let _receiver = timeout(Duration::from_secs(30), receiver)
        .await
        .expect("it gets its turn")
        .unwrap()?;
    assert!(!flood.is_finished(), "a send failed: {:?}", flood.await);
    flood.abort();
    Ok(())
}

#[heist::test]
async fn errors_name_the_address() -> io::Result<()> {
    let (_taken, address) = bound().await?;
    let error = UdpSocket::bind(address).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    let (socket, _) = bound().await?;
    let error = socket.connect("255.255.255.255:9").await.unwrap_err();
    assert!(error.to_string().contains("255.255.255.255:9"), "{error}");
    Ok(())
}

#[test]
fn outside_a_runtime_there_is_an_error() {
    assert!(block_on(UdpSocket::bind("127.0.0.1:0")).is_err());
}
