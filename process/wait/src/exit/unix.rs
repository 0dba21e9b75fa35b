//! News of a child by its descriptor, or else by `SIGCHLD`.

use std::io;
use std::os::fd::OwnedFd;
use std::process::Child as StdChild;

use heist_runtime::io::AsyncFd;
use heist_signals::{Signal, SignalKind, signal};

use super::pidfd;

/// Belongs to the runtime on which it was made.
#[derive(Debug)]
pub(crate) enum Exit {
    Pidfd(AsyncFd<OwnedFd>),
    /// Tells of every child of this process: whose news it is must be tried out.
    Signal(Signal),
}

impl Exit {
    /// From now on there will be news when the child ends. It may have ended before.
    pub(crate) fn watch(child: &StdChild) -> io::Result<Self> {
        match pidfd::open(child) {
            // Like a connection attempt it is ready in the end, and not, as a stream may be, at
            // once.
            Some(pidfd) => Ok(Self::Pidfd(AsyncFd::new_connecting(pidfd)?)),
            None => Ok(Self::Signal(signal(SignalKind::child())?)),
        }
    }

    /// Waits until there is reason to look. An error: the runtime has shut down.
    ///
    /// Cancel safe: news that nobody took are kept.
    pub(crate) async fn news(&mut self) -> io::Result<()> {
        match self {
            // The look comes after, so an end in between is seen by it or is news again. And it is
            // news again when a debugger, which sees the end first, lets the parent see it.
            Self::Pidfd(pidfd) => pidfd.readable().await.map(|mut ready| ready.clear_ready()),
            Self::Signal(signal) => match signal.recv().await {
                Some(()) => Ok(()),
                None => Err(io::Error::other("the runtime has shut down")),
            },
        }
    }
}
