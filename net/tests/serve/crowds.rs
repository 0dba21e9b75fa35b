//! Many clients, and misbehaving ones.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_lite::future::poll_once;
use heist::io::AsyncWriteExt;
use heist::net::{TcpStream, serve};
use heist::task::yield_now;

use crate::{echo, exchange, listen};

#[heist::test]
async fn at_the_limit_the_next_client_waits_for_one_to_leave() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let server = serve(listener, |stream, _| echo(stream)).max_connections(2);
    let stats = server.stats();
    let server = heist::spawn(server.into_future());

    let first = TcpStream::connect(address).await?;
    let second = TcpStream::connect(address).await?;
    exchange(&first).await?;
    exchange(&second).await?;
    // The system accepts it into the backlog; the server does not.
    let third = TcpStream::connect(address).await?;
    let mut served = pin!(exchange(&third));
    assert!(poll_once(&mut served).await.is_none());
    // The others continue meanwhile, so there has been time to accept it.
    for _ in 0..200 {
        exchange(&first).await?;
    }
    assert!(poll_once(&mut served).await.is_none());
    assert_eq!((stats.active(), stats.accepted()), (2, 2));

    drop(second);
    served.await?;
    assert_eq!(stats.accepted(), 3);
    server.abort();
    Ok(())
}

#[heist::test]
async fn five_thousand_connections_opened_and_dropped_at_once() -> io::Result<()> {
    const CLIENTS: u64 = 5000;
    let (listener, address) = listen().await?;
    let server = serve(listener, |stream, _| echo(stream)).on_failure(|_| {});
    let stats = server.stats();

    let clients = async {
        // A thread that connects and hangs up, as fast as the system allows.
        let flood = heist::spawn_blocking(move || {
            for _ in 0..CLIENTS {
                drop(std::net::TcpStream::connect(address)?);
            }
            io::Result::Ok(())
        });
        flood.await.unwrap().unwrap();
        // A later client is served, so the flood is over.
        let last = TcpStream::connect(address).await.unwrap();
        exchange(&last).await.unwrap();
        drop(last);
        while stats.active() > 0 {
            yield_now().await;
        }
    };
    let report = server.until(clients).await?;
    assert_eq!(report.accepted, CLIENTS + 1);
    assert_eq!(report.completed + report.failed, CLIENTS + 1);
    Ok(())
}

#[heist::test]
async fn slow_clients_do_not_hold_up_fast_ones() -> io::Result<()> {
    const SLOW: usize = 200;
    let (listener, address) = listen().await?;
    let begun = Arc::new(AtomicUsize::new(0));
    let counter = begun.clone();
    // A request is a line; until it is whole, the handler waits.
    let server = serve(listener, move |mut stream: TcpStream, _| {
        let begun = counter.clone();
        async move {
            begun.fetch_add(1, SeqCst);
            let mut byte = [0];
            while byte != *b"\n" {
                if stream.read(&mut byte).await? == 0 {
                    return Ok(());
                }
            }
            stream.write_all(b"done").await
        }
    });
    let clients = async {
        let mut slow = Vec::new();
        for _ in 0..SLOW {
            let stream = TcpStream::connect(address).await?;
            stream.write(b"G").await?;
            slow.push(stream);
        }
        for _ in 0..200 {
            let stream = TcpStream::connect(address).await?;
            stream.write(b"GET /\n").await?;
            let mut answer = [0; 4];
            assert_eq!(stream.read(&mut answer).await?, 4);
            // Now and then the slow ones send one more byte, and are still not done.
            for stream in &slow[..10] {
                stream.write(b"E").await?;
            }
        }
        assert_eq!(begun.load(SeqCst), SLOW + 200);
        io::Result::Ok(())
    };
    let mut outcome = Ok(());
    let report = server
        .until(async { outcome = clients.await })
        .drain(Duration::ZERO)
        .await?;
    outcome?;
    // The clients of `slow` are gone by now, or are cancelled.
    assert_eq!(report.accepted, (SLOW + 200) as u64);
    assert!(report.completed >= 200);
    Ok(())
}

#[cfg(unix)]
#[heist::test]
async fn unix_listeners_are_served_too() -> io::Result<()> {
    use heist::net::{UnixListener, UnixStream};

    let path = std::env::temp_dir().join(format!("heist-serve-{}", std::process::id()));
    let listener = UnixListener::bind(&path)?;
    let client = async {
        let stream = UnixStream::connect(&path).await?;
        let mut greeting = [0; 5];
        stream.read(&mut greeting).await?;
        io::Result::Ok(greeting)
    };
    let mut greeting = Ok(*b"     ");
    let handler = |mut stream: UnixStream, _| async move { stream.write_all(b"hello").await };
    let report = serve(listener, handler)
        .until(async { greeting = client.await })
        .await?;
    std::fs::remove_file(&path)?;
    assert_eq!(&greeting?, b"hello");
    assert_eq!((report.accepted, report.completed), (1, 1));
    Ok(())
}
