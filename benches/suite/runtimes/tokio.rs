//! tokio's multi-thread scheduler, with its defaults.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::Runtime;

pub(crate) enum Tokio {}

impl Runtime for Tokio {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn block_on<F: Future>(workers: usize, main: F) -> F::Output {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()
            .expect("tokio starts")
            .block_on(main)
    }

    fn spawn<F>(future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        JoinHandle(tokio::spawn(future))
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(tokio::spawn(future));
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }
}

pub(crate) struct JoinHandle<T>(tokio::task::JoinHandle<T>);

impl<T> Future for JoinHandle<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Poll::Ready(ready!(Pin::new(&mut self.0).poll(cx)).expect("the task ran to its end"))
    }
}
