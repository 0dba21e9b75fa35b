//! Where a server's reports go if the user has set no hook: to the program's `tracing` subscriber,
//! or without that feature to standard error. Called on the threads of the tasks concerned.

use std::fmt::Debug;
use std::io;

use crate::serve::Failure;

#[cfg(feature = "tracing")]
pub(super) fn failure<A: Debug>(failure: &Failure<A>) {
    tracing::error!(peer = ?failure.peer, "connection of {failure}");
}

#[cfg(not(feature = "tracing"))]
pub(super) fn failure<A: Debug>(failure: &Failure<A>) {
    eprintln!("heist: connection of {failure}");
}

#[cfg(feature = "tracing")]
pub(super) fn accept_error(error: &io::Error) {
    tracing::warn!("cannot accept connections, will retry: {error}");
}

#[cfg(not(feature = "tracing"))]
pub(super) fn accept_error(error: &io::Error) {
    eprintln!("heist: cannot accept connections, will retry: {error}");
}
