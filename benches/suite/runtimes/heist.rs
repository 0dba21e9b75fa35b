//! heist, with its defaults.

use std::future::Future;

use super::{Joined, Runtime};

pub(crate) enum Heist {}

impl Runtime for Heist {
    type JoinHandle<T: Send + 'static> = Joined<heist::task::JoinHandle<T>>;

    fn block_on<F: Future>(workers: usize, main: F) -> F::Output {
        heist::runtime::Builder::new()
            .worker_threads(workers)
            .build()
            .expect("heist starts")
            .block_on(main)
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

    fn yield_now() -> impl Future<Output = ()> + Send {
        heist::task::yield_now()
    }
}
