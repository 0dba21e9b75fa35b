//! Unix signals.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, Waker, ready};

pub use heist_signals::SignalKind;

/// Listens for signals of a kind. From the first call on, such signals no longer have their former
/// effect.
///
/// # Errors
///
/// Returns an error if the signal cannot be listened for.
///
/// # Panics
///
/// Panics if called outside a runtime, or in a runtime without I/O.
#[track_caller]
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    let inner = super::listen(kind)?;
    Ok(Signal { inner })
}

/// A listener for one kind of signal. Signals that arrive between two calls of `recv` count as one.
#[must_use = "streams do nothing unless polled"]
#[derive(Debug)]
pub struct Signal {
    inner: heist_signals::Signal,
}

impl Signal {
    /// Waits for the next signal. Returns `None` if the runtime has ended. Cancel safe.
    pub async fn recv(&mut self) -> Option<()> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Polls for the next signal.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let received = ready!(self.inner.poll_recv(cx));
        // heist has counted all signals, and tokio merges them.
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(())) = self.inner.poll_recv(&mut cx) {}
        Poll::Ready(received)
    }
}
