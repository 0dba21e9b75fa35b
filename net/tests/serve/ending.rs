//! How a server ends: by request, under a deadline, dropped, or with its runtime.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use heist::net::{TcpListener, TcpStream, serve};
use heist::runtime::Runtime;

use crate::{echo, exchange, listen};

/// Longer than any test runs.
const FOREVER: Duration = Duration::from_secs(3600);

#[heist::test]
async fn connections_have_until_the_deadline_to_end_by_themselves() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let server = serve(listener, |stream, _| echo(stream));
    let stats = server.stats();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let wait = heist::spawn_blocking(move || stopped.recv());
    let server = heist::spawn(server.until(wait).drain(FOREVER).into_future());

    let stream = TcpStream::connect(address).await?;
    exchange(&stream).await?;
    drop(stop);
    // Its address is free as soon as it accepts no more. (SO_REUSEADDR, which is set, does not
    // allow binding an address that another socket listens on.)
    while TcpListener::bind(address).await.is_err() {
        heist::task::yield_now().await;
    }
    // The connection is still served.
    exchange(&stream).await?;
    assert_eq!(stats.active(), 1);
    assert!(!server.is_finished());

    drop(stream);
    let report = server.await.unwrap()?;
    assert_eq!((report.completed, report.cancelled), (1, 0));
    Ok(())
}

/// A stopping server must not reset the clients that have connected before.
#[heist::test]
async fn clients_that_connected_before_the_end_are_served() -> io::Result<()> {
    // Takes several polls.
    const CLIENTS: usize = 400;
    let (listener, address) = listen().await?;
    let connect = |_| std::net::TcpStream::connect(address);
    let clients = (0..CLIENTS).map(connect).collect::<io::Result<Vec<_>>>()?;
    let server = serve(listener, |stream, _| echo(stream)).until(async {});
    let server = heist::spawn(server.into_future());
    for stream in clients {
        exchange(&TcpStream::from_std(stream)?).await?;
    }
    let report = server.await.unwrap()?;
    assert_eq!(
        (report.accepted, report.completed),
        (CLIENTS as u64, CLIENTS as u64)
    );
    Ok(())
}

/// More connections than can ever wait for a server.
struct Flood {
    accepted: usize,
}

impl serve::Listener for Flood {
    type Stream = ();
    type Addr = ();

    fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<((), ())>> {
        // Limited, so that the test fails if the server does not end.
        if self.accepted == 100_000 {
            return Poll::Pending;
        }
        self.accepted += 1;
        Poll::Ready(Ok(((), ())))
    }
}

#[heist::test]
async fn a_server_stops_under_any_flood() -> io::Result<()> {
    let server = serve(Flood { accepted: 0 }, |_, _| async {});
    let report = server.until(async {}).await?;
    // The most that can have connected before.
    assert_eq!(report.accepted, 1_024);
    Ok(())
}

/// A server at its limit that is asked to stop does not wait for room.
#[heist::test]
async fn at_its_limit_a_server_ends_without_the_waiting_clients() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let connect = |_| std::net::TcpStream::connect(address);
    let clients = (0..5).map(connect).collect::<io::Result<Vec<_>>>()?;
    let server = serve(listener, |stream, _| echo(stream)).max_connections(2);
    let server = heist::spawn(server.until(async {}).into_future());
    let from_std = TcpStream::from_std;
    let clients = clients
        .into_iter()
        .map(from_std)
        .collect::<io::Result<Vec<_>>>()?;
    let mut served = 0;
    for stream in &clients {
        served += u64::from(exchange(stream).await.is_ok());
    }
    drop(clients);
    let report = server.await.unwrap()?;
    assert_eq!((report.accepted, report.completed, served), (2, 2, 2));
    Ok(())
}

#[heist::test]
async fn connections_left_at_the_deadline_are_cancelled() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let alive = Arc::new(AtomicUsize::new(0));
    let count = alive.clone();
    let handler = move |stream: TcpStream, _| {
        count.fetch_add(1, SeqCst);
        let guard = Guard(count.clone());
        async move {
            let _guard = guard;
            echo(stream).await
        }
    };
    let (keep, _kept) = std::sync::mpsc::channel();
    let client = async {
        let streams = [
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
        ];
        for stream in &streams {
            exchange(stream).await.unwrap();
        }
        keep.send(streams).unwrap(); // They stay open.
    };
    let report = serve(listener, handler)
        .until(client)
        .drain(Duration::from_millis(20))
        .await?;
    assert_eq!(
        (report.accepted, report.cancelled, report.stalled),
        (2, 2, 0)
    );
    assert_eq!(alive.load(SeqCst), 0);
    Ok(())
}

#[heist::test]
async fn a_task_that_blocks_its_thread_does_not_delay_shutdown() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let (release, released) = std::sync::mpsc::channel::<()>();
    let mut released = Some(released);
    let handler = move |stream: TcpStream, _| {
        let released = released.take().unwrap();
        async move {
            stream.write(b"x").await?;
            _ = released.recv();
            io::Result::Ok(())
        }
    };
    let client = async {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.read(&mut [0]).await.unwrap();
    };
    let report = serve(listener, handler)
        .until(client)
        .drain(Duration::ZERO)
        .await?;
    assert_eq!(
        (report.accepted, report.cancelled, report.stalled),
        (1, 1, 1)
    );
    drop(release);
    Ok(())
}

#[heist::test]
async fn dropped_it_closes_everything() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let server = heist::spawn(serve(listener, |stream, _| echo(stream)).into_future());
    let stream = TcpStream::connect(address).await?;
    exchange(&stream).await?;

    server.abort();
    assert!(server.await.unwrap_err().is_cancelled());
    assert!(matches!(stream.read(&mut [0]).await, Ok(0) | Err(_)));
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    Ok(())
}

#[test]
fn shutting_a_runtime_down_drops_its_connections() -> io::Result<()> {
    let runtime = Runtime::new()?;
    let alive = Arc::new(AtomicUsize::new(0));
    let count = alive.clone();
    let stream = runtime.block_on(async {
        let (listener, address) = listen().await?;
        let handler = move |stream: TcpStream, _| {
            count.fetch_add(1, SeqCst);
            let guard = Guard(count.clone());
            async move {
                stream.write(b"x").await?;
                let _guard = guard;
                pending::<()>().await;
                drop(stream);
                io::Result::Ok(())
            }
        };
        heist::spawn(serve(listener, handler).into_future());
        let stream = TcpStream::connect(address).await?;
        stream.read(&mut [0]).await?;
        io::Result::Ok(stream)
    })?;
    assert_eq!(alive.load(SeqCst), 1);
    drop(runtime);
    assert_eq!(alive.load(SeqCst), 0);
    drop(stream);
    Ok(())
}

#[heist::test]
async fn the_counts_add_up_in_a_storm() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let handler = |stream: TcpStream, peer: std::net::SocketAddr| async move {
        match peer.port() % 4 {
            0 => panic!("in one of the handlers"),
            1 => Err(io::Error::other("as it happens")),
            2 => pending().await,
            _ => echo(stream).await,
        }
    };
    let end = Instant::now() + Duration::from_millis(300);
    let clients = heist::spawn_blocking(move || {
        let mut open = Vec::new();
        while Instant::now() < end {
            open.push(std::net::TcpStream::connect(address).unwrap());
            if open.len() == 100 {
                open.drain(..50);
            }
        }
    });
    let report = serve(listener, handler)
        .max_connections(300)
        .on_failure(|_| {})
        .until(clients)
        .drain(Duration::ZERO)
        .await?;
    assert!(report.accepted >= 10, "{report}");
    assert_eq!(
        report.accepted,
        report.completed + report.failed + report.panicked + report.cancelled,
        "{report}"
    );
    assert!(report.peak <= 300);
    Ok(())
}

/// Decrements the count when it is dropped.
struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}
