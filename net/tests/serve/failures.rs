//! Failing connections, and failing listeners.

use std::future::{Future, IntoFuture, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
#[cfg(unix)]
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;
#[cfg(unix)]
use std::time::Instant;

use heist::net::serve::{Cause, Listener, Stats, serve};
use heist::net::{TcpListener, TcpStream};
#[cfg(unix)]
use heist::time::sleep;
use heist::time::timeout;

use crate::{echo, exchange, listen};

/// The reported connections: the peer's port, and the failure.
type Reports = Arc<Mutex<Vec<(u16, String)>>>;

#[heist::test]
async fn errors_and_panics_are_counted_and_reported_with_their_peer() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let reports = Reports::default();
    let log = reports.clone();
    let handler = |stream: TcpStream, _| async move {
        let mut order = [0];
        stream.read(&mut order).await?;
        match &order {
            b"e" => Err(io::Error::other("told to fail")),
            b"p" => panic!("told to {}", "panic"),
            _ => Ok(()),
        }
    };
    let clients = async {
        let mut ports = Vec::new();
        for order in [b"e", b"p", b"o"] {
            let stream = TcpStream::connect(address).await?;
            ports.push(stream.local_addr()?.port());
            stream.write(order).await?;
            // The connection ends when the handler does.
            assert_eq!(stream.read(&mut [0]).await?, 0);
        }
        io::Result::Ok(ports)
    };
    let mut ports = Ok(Vec::new());
    let report = serve(listener, handler)
        .on_failure(move |failure| {
            let what = match &failure.cause {
                Cause::Error(error) => format!("error: {error}"),
                Cause::Panic(message) => format!("panic: {message}"),
                other => format!("{other:?}"),
            };
            log.lock().unwrap().push((failure.peer.port(), what));
        })
        .until(async { ports = clients.await })
        .await?;

    let ports = ports?;
    assert_eq!(
        *reports.lock().unwrap(),
        [
            (ports[0], "error: told to fail".to_owned()),
            (ports[1], "panic: told to panic".to_owned())
        ]
    );
    assert_eq!(
        (
            report.accepted,
            report.completed,
            report.failed,
            report.panicked
        ),
        (3, 1, 1, 1)
    );
    Ok(())
}

#[heist::test]
async fn a_panic_before_the_handlers_future_fails_one_connection() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let mut first = true;
    let handler = move |stream, _| {
        assert!(!std::mem::take(&mut first), "not the first one");
        echo(stream)
    };
    let clients = async {
        let turned_away = TcpStream::connect(address).await?;
        assert_eq!(turned_away.read(&mut [0]).await?, 0);
        exchange(&TcpStream::connect(address).await?).await
    };
    let mut outcome = Ok(());
    let report = serve(listener, handler)
        .on_failure(|failure| assert!(failure.to_string().contains("not the first one")))
        .until(async { outcome = clients.await })
        .await?;
    outcome?;
    assert_eq!(
        (report.accepted, report.completed, report.panicked),
        (2, 1, 1)
    );
    Ok(())
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in a destructor");
    }
}

#[heist::test]
async fn a_destructor_of_the_handlers_future_that_panics_is_counted_and_reported() -> io::Result<()>
{
    let (listener, address) = listen().await?;
    // Values that the future has captured are dropped after its end.
    let handler = |stream: TcpStream, _| {
        let bomb = Bomb;
        poll_fn(move |_| {
            let _in_here = (&stream, &bomb);
            Poll::Ready(())
        })
    };
    let reports = Arc::new(Mutex::new(Vec::new()));
    let log = reports.clone();
    let mut outcome = Ok(0);
    let report = serve(listener, handler)
        .on_failure(move |failure| log.lock().unwrap().push(failure.cause.to_string()))
        .until(async {
            let client = TcpStream::connect(address).await;
            outcome = match client {
                Ok(client) => client.read(&mut [0]).await,
                Err(error) => Err(error),
            };
        })
        .await?;
    outcome?;
    assert_eq!((report.accepted, report.panicked), (1, 1), "{report:?}");
    let reports = reports.lock().unwrap();
    assert!(reports[0].contains("in a destructor"), "{reports:?}");
    Ok(())
}

/// Reads the server's statistics when it is dropped.
struct Look(Stats);

impl Wake for Look {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Look {
    fn drop(&mut self) {
        assert_eq!(self.0.accepted(), 1);
    }
}

#[heist::test]
async fn wakers_are_dropped_without_the_servers_lock() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let _client = TcpStream::connect(address).await?;
    let server = serve(listener, |stream, _| echo(stream)).max_connections(1);
    let stats = server.stats();
    let mut serving = pin!(server.into_future());
    // Until the connection is accepted, and the server waits for its end.
    while stats.accepted() == 0 {
        assert!(
            timeout(Duration::from_millis(1), &mut serving)
                .await
                .is_err()
        );
    }
    for _ in 0..2 {
        let waker = Waker::from(Arc::new(Look(stats.clone())));
        let polled = serving.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    Ok(())
}

/// Like a hook that writes to a standard error without a reader.
#[cfg(unix)]
#[heist::test]
async fn a_server_outlives_hooks_that_panic() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let faulty = Faulty {
        listener,
        errors: vec![rustix::io::Errno::MFILE.into()],
    };
    let mut first = true;
    let handler = move |stream, _| {
        assert!(!std::mem::take(&mut first), "not the first one");
        echo(stream)
    };
    let clients = async {
        // The first connection hits the error, and the second one the handler's panic.
        for _ in 0..2 {
            let turned_away = TcpStream::connect(address).await?;
            assert_eq!(turned_away.read(&mut [0]).await?, 0);
        }
        exchange(&TcpStream::connect(address).await?).await
    };
    let mut outcome = Ok(());
    let report = serve(faulty, handler)
        .on_failure(|_| panic!("in the hook for failures"))
        .on_accept_error(|_| panic!("in the hook for errors of accept"))
        .until(async { outcome = clients.await })
        .await?;
    outcome?;
    assert_eq!(
        (report.accept_errors, report.panicked, report.completed),
        (1, 1, 1)
    );
    Ok(())
}

/// Accepts like its listener, between errors.
struct Faulty {
    listener: TcpListener,
    errors: Vec<io::Error>,
}

impl Listener for Faulty {
    type Stream = TcpStream;
    type Addr = SocketAddr;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accepted = ready!(self.listener.poll_accept(cx))?;
        match self.errors.pop() {
            Some(error) => Poll::Ready(Err(error)),
            None => Poll::Ready(Ok(accepted)),
        }
    }
}

#[cfg(unix)]
#[heist::test]
async fn passing_errors_of_accept_are_survived() -> io::Result<()> {
    use rustix::io::Errno;

    let (listener, address) = listen().await?;
    let codes = [Errno::CONNABORTED, Errno::PROTO, Errno::PERM, Errno::NOBUFS];
    let faulty = Faulty {
        listener,
        errors: codes.into_iter().map(io::Error::from).collect(),
    };
    let clients = async {
        // The first four hit the errors.
        for _ in codes {
            TcpStream::connect(address).await?.read(&mut [0]).await?;
        }
        exchange(&TcpStream::connect(address).await?).await
    };
    let mut outcome = Ok(());
    let report = serve(faulty, |stream, _| echo(stream))
        .on_accept_error(|error| assert_eq!(Errno::from_io_error(error), Some(Errno::NOBUFS)))
        .until(async { outcome = clients.await })
        .await?;
    outcome?;
    assert_eq!((report.accepted, report.accept_errors), (1, 4));
    Ok(())
}

/// Fails at once a given number of times, as under a sandbox that forbids `accept`.
#[cfg(unix)]
struct Forbidden {
    listener: TcpListener,
    left: usize,
    attempts: Arc<AtomicUsize>,
}

#[cfg(unix)]
impl Listener for Forbidden {
    type Stream = TcpStream;
    type Addr = SocketAddr;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        match self.left.checked_sub(1) {
            None => self.listener.poll_accept(cx),
            Some(left) => {
                self.left = left;
                self.attempts.fetch_add(1, SeqCst);
                Poll::Ready(Err(rustix::io::Errno::PERM.into()))
            }
        }
    }
}

#[cfg(unix)]
#[heist::test]
async fn endless_passing_errors_cause_pauses_and_are_reported() -> io::Result<()> {
    let (listener, _) = listen().await?;
    let (attempts, said) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let forbidden = Forbidden {
        listener,
        // Limited, so that this test fails if the server spins.
        left: 1_000_000,
        attempts: attempts.clone(),
    };
    let count = said.clone();
    let server = serve(forbidden, |stream, _| echo(stream))
        .on_accept_error(move |_| _ = count.fetch_add(1, SeqCst));
    let stats = server.stats();
    let begun = Instant::now();
    let report = server.until(sleep(Duration::from_millis(200))).await?;
    let pauses = begun.elapsed().as_millis() as usize / 5 + 1;

    let attempts = attempts.load(SeqCst);
    assert!(
        attempts <= (pauses + 1) * 16,
        "{attempts} attempts, {pauses} pauses at most"
    );
    assert_eq!(report.accept_errors, attempts as u64);
    assert_eq!(stats.accept_errors(), attempts as u64);
    assert_eq!(said.load(SeqCst), 1, "it is reported every 10 s");
    Ok(())
}

#[cfg(unix)]
#[heist::test]
async fn a_server_accepts_again_after_many_passing_errors() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let forbidden = Forbidden {
        listener,
        left: 100,
        attempts: Arc::default(),
    };
    let client = async { exchange(&TcpStream::connect(address).await?).await };
    let mut outcome = Ok(());
    let report = serve(forbidden, |stream, _| echo(stream))
        .on_accept_error(|_| {})
        .until(async { outcome = client.await })
        .await?;
    outcome?;
    assert_eq!((report.accepted, report.accept_errors), (1, 100));
    Ok(())
}

#[heist::test]
async fn a_listener_that_is_broken_ends_the_server_after_a_drain() -> io::Result<()> {
    let (listener, address) = listen().await?;
    let faulty = Faulty {
        listener,
        errors: Vec::new(),
    };
    let mut server = Box::pin(serve(faulty, |stream, _| echo(stream)).into_future());
    let client = async {
        let stream = TcpStream::connect(address).await?;
        exchange(&stream).await?;
        io::Result::Ok(stream)
    };
    let open = futures_lite::future::or(client, async {
        Err(io::Error::other(format!("{:?}", (&mut server).await)))
    })
    .await?;
    drop(server);

    // Another server, whose listener breaks while a connection is open.
    let (listener, address) = listen().await?;
    let faulty = Faulty {
        listener,
        errors: vec![io::Error::other("broken")],
    };
    drop(open);
    let server = heist::spawn(serve(faulty, |stream, _| echo(stream)).into_future());
    drop(TcpStream::connect(address).await?);
    let error = server.await.unwrap().unwrap_err();
    assert_eq!(error.report.accepted, 0);
    assert!(io::Error::from(error).to_string().contains("broken"));
    Ok(())
}
