//! smol: one executor, run by as many threads as the others have workers, each in async-io's
//! `block_on`, so that an idle one drives the I/O. `smol::spawn` sets up the same when more than
//! one thread is requested.

use std::future::Future;
use std::pin::Pin;
use std::thread;
use std::time::{Duration, Instant};

use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::net::unix::{UnixListener, UnixStream};
use smol::net::{TcpListener, TcpStream, UdpSocket};
use smol::{Executor, Task, Timer, channel};

use super::Runtime;

/// One per process, like that of `smol::spawn`, so that `spawn` finds it without an argument. No
/// process has two runtimes at a time.
static EXECUTOR: Executor<'static> = Executor::new();

pub(crate) struct Smol {
    stop: channel::Sender<()>,
    threads: Vec<thread::JoinHandle<channel::RecvError>>,
}

impl Runtime for Smol {
    type JoinHandle<T: Send + 'static> = Task<T>;
    type Sleep = Timer;

    fn start(workers: usize) -> Smol {
        let (stop, stopped) = channel::bounded::<()>(1);
        let run = |stopped: channel::Receiver<()>| {
            // The error is the signal: the channel has been closed.
            move || smol::block_on(EXECUTOR.run(stopped.recv())).unwrap_err()
        };
        let threads = (0..workers)
            .map(|_| thread::spawn(run(stopped.clone())))
            .collect();
        Smol { stop, threads }
    }

    /// Not async-io's: as on the other runtimes, the thread should only wait, and not become
    /// another thread that drives the I/O.
    fn block_on<F: Future>(&self, main: F) -> F::Output {
        smol::future::block_on(main)
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

    fn on_usr1(call: impl Fn() + Send + 'static) {
        use async_signal::{Signal, Signals};
        use smol::stream::StreamExt;

        let mut signals = Signals::new([Signal::Usr1]).expect("async-signal listens");
        let calls = async move {
            while let Some(Ok(_)) = signals.next().await {
                call();
            }
        };
        EXECUTOR.spawn(calls).detach();
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        smol::future::yield_now()
    }

    fn spawn_blocking<F, T>(work: F) -> Self::JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        smol::unblock(work)
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        Timer::after(duration)
    }

    fn reset(mut sleep: Pin<&mut Self::Sleep>, deadline: Instant) {
        sleep.set_at(deadline);
    }

    /// As in the documentation of `Timer`.
    async fn timeout<F>(limit: Duration, future: F) -> Option<F::Output>
    where
        F: Future + Send,
    {
        smol::future::or(async { Some(future.await) }, async {
            Timer::after(limit).await;
            None
        })
        .await
    }
}

impl Drop for Smol {
    fn drop(&mut self) {
        self.stop.close();
        for thread in self.threads.drain(..) {
            thread.join().expect("no worker panics");
        }
    }
}

super::net::network!(Smol, try_from);
