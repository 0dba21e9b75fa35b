//! Opening connections: one attempt, and the race of several (Happy Eyeballs, RFC 8305).
//!
//! The invariant: an attempt owns its socket, so the sockets of losing attempts and of a dropped
//! future are closed.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use heist_runtime::io::{AsyncFd, Kind, needs_number};
use heist_runtime::time::sleep;
use socket2::{Domain, Protocol, Socket, Type};

use crate::addr;
use crate::connecting::{is_under_way, poll_connected};
use crate::platform::open;
use crate::tcp::TcpStream;

/// How long an attempt may take before the next one starts beside it: the RFC's recommendation.
const DELAY: Duration = Duration::from_millis(250);

/// Connects a socket that is set up already.
pub(super) async fn connect_socket(socket: Socket, to: SocketAddr) -> io::Result<TcpStream> {
    let connect = async {
        let attempt = Attempt::start(socket, to, Kind::Unknown)?;
        poll_fn(|cx| attempt.poll(cx)).await?;
        Ok(attempt.into_stream())
    };
    let connected = connect.await;
    connected.map_err(|error| ConnectError::of(vec![(to, error)]))
}

/// Connects to the first of the addresses that answers.
pub(super) async fn connect_any(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut race = Race {
        waiting: interleave_families(addresses),
        running: Vec::new(),
        failed: Vec::new(),
    };
    while let Some(to) = race.waiting.pop_front() {
        let begun = race.start(to);
        if !begun && !race.waiting.is_empty() {
            continue;
        }
        if let Some(winner) = race.next().await {
            return Ok(winner);
        }
    }
    match race.failed.is_empty() {
        true => Err(addr::no_address_error()),
        false => Err(ConnectError::of(race.failed)),
    }
}

/// Orders the addresses so that families alternate: if one family is unreachable, the other is
/// tried early. The first address stays first, and so does the order within a family.
fn interleave_families(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut turns = VecDeque::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let before = turns.len();
        turns.extend(first.next());
        turns.extend(second.next());
        if turns.len() == before {
            return turns;
        }
    }
}

/// Several attempts to connect to the same service.
struct Race {
    waiting: VecDeque<SocketAddr>,
    running: Vec<Attempt>,
    failed: Vec<(SocketAddr, io::Error)>,
}

impl Race {
    /// Starts an attempt, and returns whether it is in progress.
    fn start(&mut self, to: SocketAddr) -> bool {
        let socket = open(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP));
        match socket.and_then(|socket| Attempt::start(socket, to, Kind::Tcp)) {
            Ok(attempt) => self.running.push(attempt),
            Err(error) => {
                self.failed.push((to, error));
                return false;
            }
        }
        true
    }

    /// Waits for a winner, or until it is time for the next attempt: one has failed, or the last
    /// one takes too long. If there is no next one, waits until all have failed.
    async fn next(&mut self) -> Option<TcpStream> {
        if self.waiting.is_empty() {
            return poll_fn(|cx| self.poll(cx)).await;
        }
        let mut delay = pin!(sleep(DELAY));
        poll_fn(|cx| match self.poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(outcome),
            Poll::Pending => delay.as_mut().poll(cx).map(|()| None),
        })
        .await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<TcpStream>> {
        let failed_before = self.failed.len();
        let mut at = 0;
        while let Some(attempt) = self.running.get(at) {
            match attempt.poll(cx) {
                Poll::Ready(Ok(())) => {
                    let winner = self.running.swap_remove(at);
                    return Poll::Ready(Some(winner.into_stream()));
                }
                Poll::Ready(Err(error)) => {
                    let loser = self.running.remove(at);
                    self.failed.push((loser.to, error));
                }
                Poll::Pending => at += 1,
            }
        }
        let one_failed = self.failed.len() > failed_before && !self.waiting.is_empty();
        if one_failed || self.running.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

/// A connection attempt that is in progress, or has just ended.
struct Attempt {
    to: SocketAddr,
    io: AsyncFd<std::net::TcpStream>,
    /// The system has reported the attempt as complete.
    is_connected: bool,
}

impl Attempt {
    fn start(socket: Socket, to: SocketAddr, kind: Kind) -> io::Result<Self> {
        let is_connected = match socket.connect(&to.into()) {
            // With TCP Fast Open the first bytes open the connection, and before that it has no
            // peer.
            Ok(()) => true,
            Err(error) if is_under_way(&error) => false,
            Err(error) => return Err(error),
        };
        let stream = socket.into();
        let io = match is_connected {
            true => AsyncFd::new_of_kind(stream, kind)?,
            false => AsyncFd::new_connecting_of_kind(stream, kind)?,
        };
        Ok(Self {
            to,
            io,
            is_connected,
        })
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_connected {
            return Poll::Ready(Ok(()));
        }
        poll_connected(&self.io, cx)
    }

    fn into_stream(self) -> TcpStream {
        TcpStream { io: self.io }
    }
}

/// The error of every address that a connection was attempted to. It is inside the [`io::Error`]
/// that [`TcpStream::connect`] returns.
///
/// The kind of the `io::Error` is that of the last attempt to fail, whose error is also the
/// [source](Error::source). If all attempts failed with the same error that only its number
/// identifies, as when no descriptors are left, that error is returned unchanged; see `NamedError`
/// in `heist::io`.
///
/// # Examples
///
/// ```
/// use heist::net::TcpStream;
/// use heist::net::tcp::ConnectError;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
/// let error = TcpStream::connect([closed, closed]).await.unwrap_err();
/// let error: &ConnectError = error.get_ref().unwrap().downcast_ref().unwrap();
/// for (address, error) in error.attempts() {
///     println!("{address}: {error}");
///     assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ConnectError {
    /// Never empty.
    failed: Vec<(SocketAddr, io::Error)>,
}

impl ConnectError {
    /// Makes the error of failed attempts, of which there is at least one. If all failed with the
    /// same error that only its number identifies, as when the process has no descriptor left,
    /// returns that one: it does not depend on the address.
    fn of(mut failed: Vec<(SocketAddr, io::Error)>) -> io::Error {
        let last = &failed[failed.len() - 1].1;
        let (kind, number) = (last.kind(), last.raw_os_error());
        if needs_number(last) && failed.iter().all(|(_, e)| e.raw_os_error() == number) {
            return failed.swap_remove(0).1;
        }
        io::Error::new(kind, Self { failed })
    }

    /// Returns the addresses, and the error of the attempt to connect to each, in the order in
    /// which the attempts failed.
    pub fn attempts(&self) -> impl ExactSizeIterator<Item = (SocketAddr, &io::Error)> {
        self.failed.iter().map(|(address, error)| (*address, error))
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [(address, error)] = &self.failed[..] {
            return write!(f, "connect to {address}: {error}");
        }
        write!(f, "connect to any of {} addresses: ", self.failed.len())?;
        for (at, (address, error)) in self.failed.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{address}: {error}")?;
        }
        Ok(())
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.failed.last().map(|(_, error)| error as _)
    }
}
