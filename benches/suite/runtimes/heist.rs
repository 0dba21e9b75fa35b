//! heist with its defaults, unless a run turns off stall detection.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use heist::io::AsyncWriteExt;
use heist::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};

use super::{Joined, Runtime};

pub(crate) struct Heist(heist::runtime::Runtime);

/// Applies to all runtimes of this process.
static UNWATCHED: AtomicBool = AtomicBool::new(false);

impl Heist {
    /// Starts all later runtimes without stall detection.
    pub(crate) fn watch_no_more() {
        UNWATCHED.store(true, Relaxed);
    }
}

impl Runtime for Heist {
    type JoinHandle<T: Send + 'static> = Joined<heist::task::JoinHandle<T>>;
    type Sleep = heist::time::Sleep;

    fn start(workers: usize) -> Heist {
        let mut builder = heist::runtime::Builder::new();
        builder.worker_threads(workers);
        if UNWATCHED.load(Relaxed) {
            builder.stall_threshold(None);
        }
        Heist(builder.build().expect("heist starts"))
    }

    fn block_on<F: Future>(&self, main: F) -> F::Output {
        self.0.block_on(main)
    }

    fn spawn<F>(future: F) -> Self::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Joined(heist::spawn(future))
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(heist::spawn(future));
    }

    fn on_usr1(call: impl Fn() + Send + 'static) {
        use heist::signal::{SignalKind, signal};

        let mut signals = signal(SignalKind::user_defined1()).expect("heist listens");
        heist::spawn(async move {
            while let Some(()) = signals.recv().await {
                call();
            }
        });
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        heist::task::yield_now()
    }

    fn spawn_blocking<F, T>(work: F) -> Self::JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Joined(heist::spawn_blocking(work))
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        heist::time::sleep(duration)
    }

    fn reset(sleep: Pin<&mut Self::Sleep>, deadline: Instant) {
        sleep.reset(deadline.into());
    }

    async fn timeout<F>(limit: Duration, future: F) -> Option<F::Output>
    where
        F: Future + Send,
    {
        heist::time::timeout(limit, future).await.ok()
    }
}

super::net::network!(Heist, from_std);
