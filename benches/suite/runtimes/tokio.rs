//! tokio's multi-thread scheduler, with its defaults.

use std::future::Future;

use super::{Joined, Runtime};

pub(crate) enum Tokio {}

impl Runtime for Tokio {
    type JoinHandle<T: Send + 'static> = Joined<tokio::task::JoinHandle<T>>;

    fn block_on<F: Future>(workers: usize, main: F) -> F::Output {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()
            .expect("tokio starts")
            .block_on(main)
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

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }
}
