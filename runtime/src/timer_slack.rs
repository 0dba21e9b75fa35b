//! How late the system may end the sleep of a thread, so as to end several at once.
//!
//! By default that is 50 µs, most of what a timer is late, so a thread lowers it while it is a worker.
//! Threads and processes are born with that of the thread that starts them. So whatever is started on
//! a worker is started with the thread's own slack put back for that moment.
//!
//! [`inherited`] is for heist's own packages, and no part of the public interface.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static IS_LOW: Cell<bool> = const { Cell::new(false) };
}

/// The current thread's slack is low until this is dropped, on the same thread.
pub(crate) struct LowSlack {
    before: bool,
    _not_send: PhantomData<*const ()>,
}

impl LowSlack {
    pub(crate) fn new() -> Self {
        Self {
            before: replace(true),
            _not_send: PhantomData,
        }
    }
}

impl Drop for LowSlack {
    fn drop(&mut self) {
        replace(self.before);
    }
}

/// Runs `start`, which starts a thread or a process.
pub fn inherited<R>(start: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            replace(self.0);
        }
    }
    let _restore = Restore(replace(false));
    start()
}

fn replace(low: bool) -> bool {
    let before = IS_LOW.replace(low);
    if before != low {
        set(low);
    }
    before
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(loom)))]
fn set(low: bool) {
    /// In nanoseconds.
    const LOW: std::num::NonZero<u64> = std::num::NonZero::new(1_000).unwrap();
    // None: what the thread was born with. Where it cannot be set, timers are as late as the system
    // makes them.
    let _ = rustix::thread::set_current_timer_slack(low.then_some(LOW));
}

#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(loom))))]
fn set(_low: bool) {}
