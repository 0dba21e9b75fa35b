//! Access to the runtime's blocking threads.

use heist_runtime::runtime::shut_down;
use heist_runtime::task::{Builder, JoinError, JoinHandle};
use std::io;

/// Starts a job that is cancelled if the runtime ends first.
///
/// # Errors
///
/// Fails if no thread can be started for it.
///
/// # Panics
///
/// Panics outside a runtime.
#[track_caller]
pub(crate) fn start<R: Send + 'static>(
    job: impl FnOnce() -> R + Send + 'static,
) -> io::Result<JoinHandle<R>> {
    Builder::new().spawn_blocking(job)
}

/// Starts a job that the user already counts as done, and that therefore runs even if the runtime
/// ends.
///
/// # Errors
///
/// Fails if no thread can be started for it.
///
/// # Panics
///
/// Panics outside a runtime.
#[track_caller]
pub(crate) fn start_mandatory<R: Send + 'static>(
    job: impl FnOnce() -> R + Send + 'static,
) -> io::Result<JoinHandle<R>> {
    Builder::new().even_at_shutdown().spawn_blocking(job)
}

/// Runs a job, and returns its result.
///
/// # Errors
///
/// The errors of the job, or an error if the runtime ended first.
///
/// # Panics
///
/// Panics outside a runtime.
pub(crate) async fn run<R: Send + 'static>(
    job: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> io::Result<R> {
    start(job)?
        .await
        .unwrap_or_else(|error| Err(lost_job(error)))
}

/// Returns the error of a job that did not finish.
pub(crate) fn lost_job(error: JoinError) -> io::Error {
    match error.is_cancelled() {
        true => shut_down(),
        false => io::Error::other(error),
    }
}
