//! Settings that a worker makes for its own thread and that threads it starts must not inherit.
//!
//! By default the system may end a thread's sleep 50 µs late, to end several sleeps at once; this
//! causes most of the lateness of timers. Therefore a thread lowers this *slack* while it is a
//! worker. A worker may also be bound to a core. New threads and processes inherit these settings
//! from the thread that starts them, so a worker restores its original settings while it starts
//! one.
//!
//! [`inherited`] is for heist's own packages, and not part of the public interface.

use crate::panics;
use crate::platform::{OwnThread, Setting};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::{io, thread};

thread_local! {
    static SLACK_IS_LOW: Cell<bool> = const { Cell::new(false) };
    static BOUND: RefCell<Option<Bound>> = const { RefCell::new(None) };
}

/// Keeps the current thread's slack low until it is dropped, on the same thread.
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

/// A set of cores that a thread may run on.
#[derive(Clone, Debug)]
pub(crate) struct Cores(<OwnThread as Setting>::Cores);

impl Cores {
    /// Returns each core that this thread may use, as a set of its own.
    pub(crate) fn allowed() -> io::Result<Vec<Self>> {
        let cores = OwnThread::each_core(&OwnThread::cores()?);
        Ok(cores.into_iter().map(Self).collect())
    }

    /// Binds this thread to these cores for the rest of its life. If it is not allowed to use them,
    /// it stays unbound.
    pub(crate) fn bind_current_thread(self) {
        if let Ok(before) = OwnThread::cores() {
            OwnThread::set_affinity(&self.0);
            let (to, before) = (self, Self(before));
            BOUND.set(Some(Bound { to, before }));
        }
    }
}

struct Bound {
    to: Cores,
    before: Cores,
}

/// Runs `start`, which starts a thread or a process, with the thread's original settings.
pub fn inherited<R>(start: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            replace_slack(self.0);
            with_bound(|bound| OwnThread::set_affinity(&bound.to.0));
        }
    }
    let _restore = Restore(replace_slack(false));
    with_bound(|bound| OwnThread::set_affinity(&bound.before.0));
    start()
}

/// Starts one of heist's own threads, with the calling thread's original settings.
///
/// `body` is boxed, so that std's code for starting a thread is compiled only once.
pub(crate) fn start_thread(
    builder: thread::Builder,
    body: Box<dyn FnOnce() + Send>,
) -> io::Result<thread::JoinHandle<()>> {
    inherited(|| builder.spawn(|| panics::or_abort(body)))
}

fn with_bound(f: impl FnOnce(&Bound)) {
    // The thread-local may already be destroyed while a thread's destructors run.
    let _ = BOUND.try_with(|bound| bound.borrow().as_ref().map(f));
}

fn replace_slack(low: bool) -> bool {
    let before = SLACK_IS_LOW.replace(low);
    if before != low {
        OwnThread::sleep_precisely(low);
    }
    before
}
