//! tokio's multi-thread scheduler, with its defaults.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};

use super::{Joined, Runtime};

pub(crate) struct Tokio(tokio::runtime::Runtime);

impl Runtime for Tokio {
    type JoinHandle<T: Send + 'static> = Joined<tokio::task::JoinHandle<T>>;
    type Sleep = tokio::time::Sleep;

    fn start(workers: usize) -> Tokio {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build();
        Tokio(runtime.expect("tokio starts"))
    }

    fn block_on<F: Future>(&self, main: F) -> F::Output {
        self.0.block_on(main)
    }

    fn spawn<F>(future: F) -> Self::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Joined(tokio::spawn(future))
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(tokio::spawn(future));
    }

    fn on_usr1(call: impl Fn() + Send + 'static) {
        use tokio::signal::unix::{SignalKind, signal};

        let mut signals = signal(SignalKind::user_defined1()).expect("tokio listens");
        tokio::spawn(async move {
            while let Some(()) = signals.recv().await {
                call();
            }
        });
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }

    fn spawn_blocking<F, T>(work: F) -> Self::JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Joined(tokio::task::spawn_blocking(work))
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        tokio::time::sleep(duration)
    }

    fn reset(sleep: Pin<&mut Self::Sleep>, deadline: Instant) {
        sleep.reset(deadline.into());
    }

    async fn timeout<F>(limit: Duration, future: F) -> Option<F::Output>
    where
        F: Future + Send,
    {
        tokio::time::timeout(limit, future).await.ok()
    }
}

super::net::network!(Tokio, from_std);
