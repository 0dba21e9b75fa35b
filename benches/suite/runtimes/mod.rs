//! The runtimes that are compared, behind the few operations that the rows need.
//!
//! Every runtime gets the same number of workers, and otherwise the settings that its own
//! documentation starts from.

mod heist;
mod net;
mod smol;
mod tokio;

pub(crate) use self::heist::Heist;
pub(crate) use self::net::{Datagrams, Listener, Network, Stream};
pub(crate) use self::smol::Smol;
pub(crate) use self::tokio::Tokio;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// The operations that a row may use. Those without `self` are called from within the runtime.
/// Dropping the runtime shuts it down.
pub(crate) trait Runtime: Sized + 'static {
    /// Awaits a task's output. Dropping a handle need not detach the task.
    type JoinHandle<T: Send + 'static>: Future<Output = T> + Send + 'static;

    type Sleep: Future<Output: Send> + Send + 'static;

    fn start(workers: usize) -> Self;

    /// Runs `main` to completion on the calling thread, which is not one of the workers.
    fn block_on<F: Future>(&self, main: F) -> F::Output;

    /// Spawns a task whose output is awaited.
    fn spawn<F>(future: F) -> Self::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Spawns a task that is never awaited.
    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static;

    /// Spawns a task that makes the call for each SIGUSR1 raised after this returns.
    fn on_usr1(call: impl Fn() + Send + 'static);

    /// Lets other tasks run first.
    fn yield_now() -> impl Future<Output = ()> + Send;

    /// Runs a closure on a thread that may block.
    fn spawn_blocking<F, T>(work: F) -> Self::JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    fn sleep(duration: Duration) -> Self::Sleep;

    /// Moves a sleep's deadline.
    fn reset(sleep: Pin<&mut Self::Sleep>, deadline: Instant);

    /// Returns None if the future takes longer than `limit`.
    fn timeout<F>(limit: Duration, future: F) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future + Send;
}

/// A handle whose output is a `Result`; drops the error case, since no task here fails.
pub(crate) struct Joined<H>(H);

impl<H, T, E> Future for Joined<H>
where
    H: Future<Output = Result<T, E>> + Unpin,
    E: Debug,
{
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Poll::Ready(ready!(Pin::new(&mut self.0).poll(cx)).expect("the task ran to its end"))
    }
}
