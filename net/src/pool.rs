//! The one place where this crate runs blocking work on the runtime's pool.
//!
//! The invariant: if the system refuses a thread, the operation returns an error; `spawn_blocking`
//! would panic.

use std::io;

use heist_runtime::runtime::Handle;
use heist_runtime::task::Builder;

/// Runs `job` on a thread that may block. If the future is dropped, the job still finishes.
///
/// # Errors
///
/// Fails outside a runtime, when no thread can be started, when the runtime ends, and when the job
/// panics.
pub(crate) async fn run<R>(job: impl FnOnce() -> R + Send + 'static) -> io::Result<R>
where
    R: Send + 'static,
{
    let runtime = Handle::try_current()?;
    Ok(Builder::new().spawn_blocking_on(job, &runtime)?.await?)
}
