//! Connections that fail, and listeners that do.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use heist::net::serve::{Cause, Listener, serve};
use heist::net::{TcpListener, TcpStream};

use crate::{echo, exchange, listen};

/// What is reported of connections: the peer's port, and what went wrong.
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
            // The end comes with the end of the handler.
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
async fn a_handler_that_panics_before_its_future_is_one_failed_connection() -> io::Result<()> {
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

/// Accepts as its listener does, between errors.
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
        // The first four meet the errors.
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

    // Another one, whose listener breaks while a connection is open.
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
