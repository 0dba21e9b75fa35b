//! smol: one executor run by as many threads as the others have workers, each in
//! async-io's `block_on`, so that an idle one drives the I/O. It is what
//! `smol::spawn` sets up when asked for more than one thread.

use std::future::Future;
use std::thread;

use smol::{Executor, Task, channel};

use super::Runtime;

/// One per process, like `smol::spawn`'s own, so that `spawn` finds it without an
/// argument. No child process starts a second runtime.
static EXECUTOR: Executor<'static> = Executor::new();

pub(crate) enum Smol {}

impl Runtime for Smol {
    type JoinHandle<T: Send + 'static> = Task<T>;

    fn block_on<F: Future>(workers: usize, main: F) -> F::Output {
        let (stop, stopped) = channel::bounded::<()>(1);
        thread::scope(|scope| {
            for _ in 0..workers {
                // The error is the signal: the channel is closed.
                scope.spawn(|| smol::block_on(EXECUTOR.run(stopped.recv())).unwrap_err());
            }
            // Not async-io's: this thread only waits, as the others' does, and must
            // not become one more thread that drives the I/O.
            let output = smol::future::block_on(main);
            drop(stop);
            output
        })
    }

    fn spawn<F>(future: F) -> Self::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        EXECUTOR.spawn(future)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        EXECUTOR.spawn(future).detach();
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        smol::future::yield_now()
    }
}
