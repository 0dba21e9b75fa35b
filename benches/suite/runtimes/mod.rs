//! The runtimes that are compared, behind the few operations the rows need.
//!
//! Every runtime gets the same number of workers and otherwise the settings its
//! own documentation starts from.

mod heist;
mod smol;
mod tokio;

pub(crate) use self::heist::Heist;
pub(crate) use self::smol::Smol;
pub(crate) use self::tokio::Tokio;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What a row may ask of a runtime. All operations but `block_on` are called
/// from within it.
pub(crate) trait Runtime: 'static {
    /// Awaits a task's output. Dropping one need not detach the task.
    type JoinHandle<T: Send + 'static>: Future<Output = T> + Send + 'static;

    /// Starts the runtime, runs `main` to its end and shuts the runtime down.
    ///
    /// `main` runs on the calling thread, which is none of the workers.
    fn block_on<F: Future>(workers: usize, main: F) -> F::Output;

    /// Spawns a task whose output somebody awaits.
    fn spawn<F>(future: F) -> Self::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Spawns a task that nobody awaits.
    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static;

    /// Lets other tasks run first.
    fn yield_now() -> impl Future<Output = ()> + Send;
}

/// A handle that gives a `Result`, without the error: no task here fails.
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
