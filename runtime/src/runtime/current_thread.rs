//! A current-thread runtime: its one worker takes the thread of whoever is in `block_on`.
//!
//! Any thread may call `block_on`; one at a time is the worker, and the others wait like any thread
//! that is none, or until they can take its place.

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
    /// `None` while a thread has it.
    seat: Option<Seat>,
    /// Of threads that would take it.
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
        // On another runtime's worker this must not hold up that one.
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

    /// Takes the seat; or has the waker woken when it is free.
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

    /// The runtime has shut down: drops its tasks, on this thread.
    pub(super) fn end(&self, handle: &Handle) {
        let seat = self.state.lock().seat.take();
        if let Some(seat) = seat {
            LocalWorker::block_in_place(|| {
                context::run_own_thread(handle.clone(), || seat.end());
            });
        }
    }
}
