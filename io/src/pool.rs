//! The way to the runtime's blocking threads.

use heist_runtime::runtime::shut_down;
use heist_runtime::task::{Builder, JoinError, JoinHandle};
use std::io;

/// Starts a job that may be cancelled with the runtime.
///
/// # Errors
///
/// No thread can be started for it.
///
/// # Panics
///
/// Outside a runtime.
#[track_caller]
pub(crate) fn start<R: Send + 'static>(
    job: impl FnOnce() -> R + Send + 'static,
) -> io::Result<JoinHandle<R>> {
    Builder::new().spawn_blocking(job)
}

/// Starts a job that is as good as done for the user, and so is run even if the runtime ends.
///
/// # Errors
///
/// No thread can be started for it.
///
/// # Panics
///
/// Outside a runtime.
#[track_caller]
pub(crate) fn start_promised<R: Send + 'static>(
    job: impl FnOnce() -> R + Send + 'static,
) -> io::Result<JoinHandle<R>> {
    Builder::new().even_at_shutdown().spawn_blocking(job)
}

/// Runs a job, and gives its result.
///
/// # Errors
///
/// Those of the job; or it was cancelled, with the runtime.
///
/// # Panics
///
/// Outside a runtime.
pub(crate) async fn run<R: Send + 'static>(
    job: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> io::Result<R> {
    start(job)?.await.unwrap_or_else(|error| Err(lost(error)))
}

/// The error of a job that did not come to its end.
pub(crate) fn lost(error: JoinError) -> io::Error {
    match error.is_cancelled() {
        true => shut_down(),
        false => io::Error::other(error),
    }
}
