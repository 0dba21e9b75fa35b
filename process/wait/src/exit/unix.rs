//! Notification of a child's end by its descriptor, or else by `SIGCHLD`.

use std::io;
use std::os::fd::OwnedFd;
use std::process::Child as StdChild;

use heist_runtime::io::AsyncFd;
use heist_signals::{Signal, SignalKind, signal};

use super::pidfd;

/// Belongs to the runtime on which it was created.
#[derive(Debug)]
pub(crate) enum Exit {
    Pidfd(AsyncFd<OwnedFd>),
    /// Reports every child of this process: each must be checked.
    Signal(Signal),
}

impl Exit {
    /// Starts to watch the child. It may have ended before.
    pub(crate) fn watch(child: &StdChild) -> io::Result<Self> {
        match pidfd::open(child) {
            // Like a connection attempt it becomes ready only at its end; a stream may be ready at
            // once.
            Some(pidfd) => Ok(Self::Pidfd(AsyncFd::new_connecting(pidfd)?)),
            None => Ok(Self::Signal(signal(SignalKind::child())?)),
        }
    }

    /// Waits until the child should be checked. An error means that the runtime has shut down.
    ///
    /// Cancel safe: a notification that was not received is kept.
    pub(crate) async fn changed(&mut self) -> io::Result<()> {
        match self {
            // The check comes after this, so an end in between is seen by the check or reported
            // again. It is also reported again when a debugger, which sees the end first, lets the
            // parent see it.
            Self::Pidfd(pidfd) => pidfd.readable().await.map(|mut ready| ready.clear_ready()),
            Self::Signal(signal) => match signal.recv().await {
                Some(()) => Ok(()),
                None => Err(io::Error::other("the runtime has shut down")),
            },
        }
    }
}
