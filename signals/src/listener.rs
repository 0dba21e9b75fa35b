//! `Signal`: a listener for one kind of signal.
//!
//! Each listener has a socket pair of its own. The signal handler, on whichever thread the system
//! chooses, writes a byte to one end; the task that listens counts the bytes at the other. So
//! listeners share nothing, come and go as they like, and each belongs to its own runtime. The
//! invariant: the handler knows a listener's socket exactly as long as the listener lives.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use heist_runtime::io::{AsyncFd, Direction};
use signal_hook::SigId;
use signal_hook::low_level::{pipe, unregister};

use crate::SignalKind;

/// How many signals are fetched by one system call.
const BATCH: usize = 64;

/// Starts listening for signals of the kind `kind`.
///
/// Every listener receives every signal that arrives from now on. While a program listens, the
/// signal's default action, such as ending the program, does not happen; nor does it come back when
/// the last listener is dropped: from then on the signal has no effect.
///
/// # Errors
///
/// The error names the signal and the reason: it can never be caught (`SIGKILL`, `SIGSTOP`), it
/// reports a fault (`SIGSEGV`, `SIGILL`, `SIGFPE`), or the system has no such signal. Fails outside
/// a runtime, and when no file descriptor is left; then the signal's action has not changed.
///
/// # Examples
///
/// ```
/// use heist::signal::{SignalKind, signal};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let error = signal(SignalKind::from_raw(9)).unwrap_err();
/// assert!(error.to_string().contains("SIGKILL"));
/// # Ok(())
/// # }
/// ```
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    listen(kind)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen for {kind}: {error}")))
}

fn listen(kind: SignalKind) -> io::Result<Signal> {
    let impossible = |reason| io::Error::new(io::ErrorKind::InvalidInput, reason);
    if let Some(reason) = kind.forbidden() {
        return Err(impossible(reason));
    }
    let (receiver, sender) = UnixStream::pair()?;
    receiver.set_nonblocking(true)?;
    let receiver = AsyncFd::new(receiver)?;
    // Last of all: from here on the default action is off.
    let id = pipe::register(kind.as_raw_value(), sender).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => impossible("the system has no such signal"),
        _ => error,
    })?;
    Ok(Signal {
        kind,
        id,
        receiver,
        received: 0,
    })
}

/// Waits for an interrupt: for Ctrl-C on the terminal, or `SIGINT` from elsewhere.
///
/// It listens from its first poll until it is dropped; what [`signal`] says about the default action
/// applies. To miss no Ctrl-C between two calls, keep one [`Signal`] instead.
///
/// # Errors
///
/// As [`signal`]; and if the runtime shuts down first.
///
/// # Cancellation safety
///
/// Cancel safe, except that an interrupt that arrived is forgotten with the future.
///
/// # Examples
///
/// ```
/// use futures_lite::FutureExt;
///
/// # async fn serve() -> std::io::Result<()> { std::future::pending().await }
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let sigint = heist::signal::SignalKind::interrupt().as_raw_value();
/// # let press_ctrl_c = async { signal_hook::low_level::raise(sigint)?; std::future::pending().await };
/// # let serve = || serve().or(press_ctrl_c);
/// // Serve until Ctrl-C.
/// heist::signal::ctrl_c().or(serve()).await?;
/// # Ok(())
/// # }
/// ```
pub async fn ctrl_c() -> io::Result<()> {
    let received = signal(SignalKind::interrupt())?.recv().await;
    received.ok_or_else(|| io::Error::other("the runtime shut down while waiting for Ctrl-C"))
}

/// A listener for one kind of signal, made by [`signal`].
///
/// It is a stream, too. Signals that arrive while nobody waits are kept and counted, but never
/// exactly: the system itself merges signals of a kind that it could not deliver yet, and some
/// hundreds that nobody receives fill the listener up. What is certain is that after a signal was
/// raised at least one is received.
///
/// Dropping it stops listening.
pub struct Signal {
    kind: SignalKind,
    id: SigId,
    receiver: AsyncFd<UnixStream>,
    /// Fetched from the socket and not yet given out.
    received: usize,
}

impl Signal {
    /// Waits for the next signal. `None`: the runtime of this listener has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no signal is lost when the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::{SignalKind, signal};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut terminate = signal(SignalKind::terminate())?;
    /// # signal_hook::low_level::raise(SignalKind::terminate().as_raw_value())?;
    /// terminate.recv().await;
    /// println!("asked to end");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn recv(&mut self) -> Option<()> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The polling form of [`recv`](Self::recv), for hand-written futures.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        if self.received == 0 {
            let read = |mut receiver: &UnixStream| receiver.read(&mut [0; BATCH]);
            match ready!(
                self.receiver
                    .poll_io_bytes(Direction::Read, cx, BATCH, read)
            ) {
                Ok(count @ 1..) => self.received = count,
                // A socket pair has no errors of its own: this is the driver's end. Nothing read
                // is the end of the handler, taken away behind our back.
                Ok(0) | Err(_) => return Poll::Ready(None),
            }
        }
        self.received -= 1;
        Poll::Ready(Some(()))
    }
}

impl Stream for Signal {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.poll_recv(cx)
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        // Waits for handlers that are running; then the other end of the socket is closed.
        unregister(self.id);
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
