//! The worker of a current-thread runtime: it has no thread of its own, but runs on the thread of
//! `block_on`, and polls the future between the tasks.
//!
//! While it has no thread it counts as awake. So no thread wakes it, and it checks everything when
//! it gets a thread again. The future's waker marks the worker as due in the way that other wakers
//! mark pinned tasks, of which such a worker has none.

use super::current::{self, ThisThread};
use super::{BUSY_POLL_INTERVAL, LocalWorker, MAINTENANCE_INTERVAL, Seat};
use crate::budget::with_budget;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Makes the current thread this worker, which has no thread of its own, until this is dropped.
struct Seated<G: FnMut(Seat)> {
    worker: Option<LocalWorker>,
    give_back: G,
}

impl<G: FnMut(Seat)> Drop for Seated<G> {
    fn drop(&mut self) {
        current::set_none();
        let Some(worker) = self.worker.take() else {
            return;
        };
        worker.end_search();
        worker.end_window();
        for task in worker.yielded.take() {
            worker.push(task);
        }
        let LocalWorker {
            shared,
            index,
            queue,
            ..
        } = worker;
        (self.give_back)(Seat::new(shared, index, queue));
    }
}

impl Seat {
    /// Makes the current thread this worker until the future is ready. It must not be a worker
    /// already.
    pub(crate) fn block_on<F: Future>(
        self,
        mut future: Pin<&mut F>,
        give_back: impl FnMut(Self),
    ) -> F::Output {
        let shared = self.shared.clone();
        let waker = shared.waker_of_due(self.index);
        let mut cx = Context::from_waker(&waker);
        let watch = shared.failures.watch(&waker);
        shared.adopt_thread(self.index);
        let seated = Seated {
            worker: Some(self.into_worker(Waker::noop().clone())),
            give_back,
        };
        let worker = seated
            .worker
            .as_ref()
            .expect("the worker has just been seated");
        current::set(worker);
        waker.wake_by_ref();
        worker.start_window();
        loop {
            if worker.take_due() {
                if let Some(watch) = &watch {
                    watch.check();
                }
                worker.count_poll().pulse.set_polls_nothing();
                if let Poll::Ready(output) = with_budget(|| future.as_mut().poll(&mut cx)) {
                    return output;
                }
            }
            worker.run_until_due();
        }
    }

    /// Ends the runtime's tasks on the current thread.
    pub(crate) fn end(self) {
        self.shared.adopt_thread(self.index);
        let worker = self.into_worker(Waker::noop().clone());
        let _thread = ThisThread::enter(&worker);
        worker.leave();
    }
}

impl LocalWorker {
    fn take_due(&self) -> bool {
        self.shared.take_due(self.index)
    }

    /// Makes the next look check for events, however recent the last check was.
    fn want_poll(&self) {
        let last = self.last_poll.get();
        let long_ago = last.checked_sub(BUSY_POLL_INTERVAL);
        self.last_poll.set(long_ago.unwrap_or(last));
    }

    /// Runs tasks until it is the future's turn again, and sleeps when there are none.
    ///
    /// A task that yields is not run again before the future and the events have had their turn: it
    /// yields to them, too.
    fn run_until_due(&self) {
        self.run_some();
        for task in self.yielded.take() {
            self.push(task);
        }
    }

    fn run_some(&self) {
        // Tasks from outside may have waited for longer than its own.
        let mut next = self.pop_injected();
        for _ in 0..MAINTENANCE_INTERVAL {
            next = next.or_else(|| self.pop()).or_else(|| self.pop_injected());
            let Some(task) = next.take() else {
                if self.remote().pinned.are_due() || !self.yielded.borrow().is_empty() {
                    // The only other tasks to yield to come from outside: like tokio, check for
                    // them at once, however recent the last look was.
                    self.want_poll();
                    self.maintain();
                } else {
                    self.sleep();
                }
                return;
            };
            self.run(task);
        }
        self.maintain();
    }
}
