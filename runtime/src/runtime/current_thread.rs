//! A current-thread runtime: its only worker runs on a thread that is in `block_on`.
//!
//! Any thread may call `block_on`. One thread at a time is the worker; the others wait like threads
//! that are not workers, or until they can take its place.

use super::block_on::block_on;
use super::context;
use super::handle::Handle;
use crate::scheduler::{LocalWorker, Seat};
use crate::sync::lock::Mutex;
use crate::waking::{GuardedWaker, wake_all};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Poll, Waker};

/// The seat of a current-thread runtime's worker.
pub(super) struct CurrentThread {
    state: Mutex<State>,
}

struct State {
    /// `None` while a thread has the seat.
    seat: Option<Seat>,
    /// Wakers of threads that want the seat.
    waiting: Vec<GuardedWaker>,
}

impl CurrentThread {
    pub(super) fn new(seat: Seat) -> Self {
        Self {
            state: Mutex::new(State {
                seat: Some(seat),
                waiting: Vec::new(),
            }),
        }
    }

    #[track_caller]
    pub(super) fn block_on<F: Future>(&self, handle: &Handle, future: F) -> F::Output {
        enum Came<T> {
            Output(T),
            Seat(Seat),
        }
        assert!(
            handle.shared().flavor.may_run_here(),
            "`block_on` of a local runtime on another thread"
        );
        handle.assert_at_home();
        let mut future = pin!(future);
        // On another runtime's worker this must not hold up that runtime.
        LocalWorker::block_in_place(|| {
            let seat = match self.take(None) {
                Some(seat) => seat,
                None => {
                    let came = poll_fn(|cx| {
                        if let Poll::Ready(output) = future.as_mut().poll(cx) {
                            return Poll::Ready(Came::Output(output));
                        }
                        match self.take(Some(cx.waker())) {
                            Some(seat) => Poll::Ready(Came::Seat(seat)),
                            None => Poll::Pending,
                        }
                    });
                    match block_on(handle, came) {
                        Came::Output(output) => return output,
                        Came::Seat(seat) => seat,
                    }
                }
            };
            context::run_own_thread(handle.clone(), || {
                seat.block_on(future, |seat| self.give_back(seat))
            })
        })
    }

    /// Takes the seat. If it is taken, registers the waker to be woken when it is free.
    fn take(&self, waker: Option<&Waker>) -> Option<Seat> {
        let mut state = self.state.lock();
        let seat = state.seat.take();
        if let (None, Some(waker)) = (&seat, waker) {
            if !state.waiting.iter().any(|other| other.will_wake(waker)) {
                state.waiting.push(waker.into());
            }
        }
        seat
    }

    fn give_back(&self, seat: Seat) {
        let mut state = self.state.lock();
        state.seat = Some(seat);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        wake_all(waiting);
    }

    /// Drops the tasks on this thread, after the runtime has shut down.
    pub(super) fn end(&self, handle: &Handle) {
        let seat = self.state.lock().seat.take();
        if let Some(seat) = seat {
            LocalWorker::block_in_place(|| {
                context::run_own_thread(handle.clone(), || seat.end());
            });
        }
    }
}
