//! Work that blocks, on the runtime's pool: the one door to it from this crate.
//!
//! The invariant: a system that gives no thread is an error of the operation, and not a panic, as
//! it would be by `spawn_blocking`.

use std::io;

use heist_runtime::runtime::Handle;
use heist_runtime::task::Builder;

/// Runs `job` where it may block. Dropped, the future lets it run to its end.
///
/// # Errors
///
/// Outside a runtime, when no thread can be started, when the runtime ends, and when the job
/// panics.
pub(crate) async fn run<R>(job: impl FnOnce() -> R + Send + 'static) -> io::Result<R>
where
    R: Send + 'static,
{
    let runtime = Handle::try_current()?;
    Ok(Builder::new().spawn_blocking_on(job, &runtime)?.await?)
}
