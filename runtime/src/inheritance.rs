//! What a worker sets for its own thread, and those it starts shall not inherit.
//!
//! By default the system may end a thread's sleep 50 µs late, so as to end several at once: most of
//! what a timer is late. So a thread lowers that *slack* while it is a worker. And a worker may be
//! bound to a core. Threads and processes are born with what the thread that starts them has. So
//! whatever is started on a worker is started with the thread's own settings put back for that
//! moment.
//!
//! [`inherited`] is for heist's own packages, and no part of the public interface.

use crate::platform::{OwnThread, Setting};
use std::cell::{Cell, RefCell};
use std::io;
use std::marker::PhantomData;

thread_local! {
    static SLACK_IS_LOW: Cell<bool> = const { Cell::new(false) };
    static BOUND: RefCell<Option<Bound>> = const { RefCell::new(None) };
}

/// The current thread's slack is low until this is dropped, on the same thread.
pub(crate) struct LowSlack {
    before: bool,
    _not_send: PhantomData<*const ()>,
}

impl LowSlack {
    pub(crate) fn new() -> Self {
        Self {
            before: replace_slack(true),
            _not_send: PhantomData,
        }
    }
}

impl Drop for LowSlack {
    fn drop(&mut self) {
        replace_slack(self.before);
    }
}

/// Cores that a thread may run on.
#[derive(Clone, Debug)]
pub(crate) struct Cores(<OwnThread as Setting>::Cores);

impl Cores {
    /// Each core that this thread may use, by itself.
    pub(crate) fn allowed() -> io::Result<Vec<Self>> {
        let cores = OwnThread::each(&OwnThread::cores()?);
        Ok(cores.into_iter().map(Self).collect())
    }

    /// Binds this thread for as long as it lives. Should it not be allowed to use these cores, it
    /// goes on unbound, since it does so elsewhere as well.
    pub(crate) fn bind_current_thread(self) {
        if let Ok(before) = OwnThread::cores() {
            OwnThread::run_on(&self.0);
            let (to, before) = (self, Self(before));
            BOUND.set(Some(Bound { to, before }));
        }
    }
}

struct Bound {
    to: Cores,
    before: Cores,
}

/// Runs `start`, which starts a thread or a process.
pub fn inherited<R>(start: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            replace_slack(self.0);
            with_bound(|bound| OwnThread::run_on(&bound.to.0));
        }
    }
    let _restore = Restore(replace_slack(false));
    with_bound(|bound| OwnThread::run_on(&bound.before.0));
    start()
}

fn with_bound(f: impl FnOnce(&Bound)) {
    // The thread-local is gone while a thread's destructors run.
    let _ = BOUND.try_with(|bound| bound.borrow().as_ref().map(f));
}

fn replace_slack(low: bool) -> bool {
    let before = SLACK_IS_LOW.replace(low);
    if before != low {
        OwnThread::sleep_precisely(low);
    }
    before
}
