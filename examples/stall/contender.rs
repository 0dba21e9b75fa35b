//! The operations that the scenes within this process need of a runtime, on heist and on tokio.

use std::future::{Future, poll_fn};
use std::io;
use std::net::TcpListener;
use std::task::Poll;
use std::time::Duration;

pub(crate) trait Runtime: Send + Sync + Sized + 'static {
    fn start(workers: usize) -> io::Result<Self>;

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);

    /// Like [`spawn`](Self::spawn), from within a task.
    fn spawn_here(task: impl Future<Output = ()> + Send + 'static);

    fn sleep(time: Duration) -> impl Future<Output = ()> + Send;

    fn yield_now() -> impl Future<Output = ()> + Send;

    /// Echoes everything on every connection, until the runtime ends.
    fn echo(listener: TcpListener) -> impl Future<Output = io::Result<()>> + Send;

    /// Ends the runtime, whatever its tasks do.
    fn end(self);
}

/// Yields by hand: the task wakes itself.
pub(crate) async fn wake_oneself() {
    let mut has_woken = false;
    let poll = poll_fn(|cx| {
        if std::mem::replace(&mut has_woken, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    poll.await;
}

pub(crate) struct Heist(heist::runtime::Runtime);

impl Runtime for Heist {
    fn start(workers: usize) -> io::Result<Self> {
        let mut builder = heist::runtime::Builder::new();
        Ok(Self(builder.worker_threads(workers).build()?))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.0.spawn(task));
    }

    fn spawn_here(task: impl Future<Output = ()> + Send + 'static) {
        drop(heist::spawn(task));
    }

    fn sleep(time: Duration) -> impl Future<Output = ()> + Send {
        heist::time::sleep(time)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        heist::task::yield_now()
    }

    async fn echo(listener: TcpListener) -> io::Result<()> {
        use heist::io::AsyncWriteExt;

        let listener = heist::net::TcpListener::from_std(listener)?;
        loop {
            let (mut stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            heist::spawn(async move {
                let mut buffer = [0; 4096];
                loop {
                    match stream.read(&mut buffer).await? {
                        0 => return io::Result::Ok(()),
                        len => stream.write_all(&buffer[..len]).await?,
                    }
                }
            });
        }
    }

    fn end(self) {
        self.0.shutdown_background();
    }
}

pub(crate) struct Tokio(tokio::runtime::Runtime);

impl Runtime for Tokio {
    fn start(workers: usize) -> io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let builder = builder.worker_threads(workers).enable_all();
        Ok(Self(builder.build()?))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.0.spawn(task));
    }

    fn spawn_here(task: impl Future<Output = ()> + Send + 'static) {
        drop(tokio::spawn(task));
    }

    fn sleep(time: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(time)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }

    async fn echo(listener: TcpListener) -> io::Result<()> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};

        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (mut stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                loop {
                    match stream.read(&mut buffer).await? {
                        0 => return io::Result::Ok(()),
                        len => stream.write_all(&buffer[..len]).await?,
                    }
                }
            });
        }
    }

    fn end(self) {
        self.0.shutdown_background();
    }
}
