//! `Waiters`: the tasks that wait for one job, and a waker that wakes all of them.
//!
//! Several tasks at once may await the methods of a file that take `&self`, but a join handle
//! remembers only one waker. Invariant: a waiter adds itself before it checks the job.

use heist_runtime::waking::{GuardedWaker, wake_all};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

#[derive(Default)]
pub(super) struct Waiters(Mutex<Vec<GuardedWaker>>);

impl Waiters {
    pub(super) fn add(&self, waker: &Waker) {
        // Outside the lock: cloning a waker may run any code.
        let new = GuardedWaker::from(waker);
        let mut wakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !wakers.iter().any(|other| other.will_wake(waker)) {
            wakers.push(new);
        }
    }
}

impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        let wakers = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wake_all(wakers);
    }
}
