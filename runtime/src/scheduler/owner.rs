//! Which runtime a thread belongs to, by having been started by it or lent to it.
//!
//! Thread-local, and only ever compared. A thread that was started by a runtime belongs to it until
//! the destructors of its thread-locals have run: they are the user's code, as the hooks are, and
//! may end the runtime or block.

use super::Shared;
use crate::thread_count::CountOut;
use std::cell::Cell;
use std::ptr;
use std::sync::{Arc, Weak};

thread_local! {
    static OWNER: Cell<*const Shared> = const { Cell::new(ptr::null()) };
    static MEMBERSHIP: Cell<Option<Membership>> = const { Cell::new(None) };
}

/// That a thread is one of the runtime's own, and counts as such.
pub(crate) struct Membership {
    /// Keeps the address from becoming another runtime's, and none of the user's values alive.
    runtime: Weak<Shared>,
    _count: CountOut,
}

impl Membership {
    pub(crate) fn new(runtime: Weak<Shared>, count: CountOut) -> Self {
        Self {
            runtime,
            _count: count,
        }
    }

    /// Makes the current thread, which runs nothing of the user's before, one of the runtime's own
    /// until it has ended: thread-locals are destroyed in reverse order of their first use. (Where
    /// a system does not keep this order, a runtime's end may wait for the others' destructors
    /// beyond its deadline.)
    pub(crate) fn begin(self) {
        OWNER.set(self.runtime.as_ptr());
        MEMBERSHIP.set(Some(self));
    }
}

/// Runs `body` as one of the runtime's own threads. The caller keeps the runtime alive meanwhile,
/// so that no other runtime gets its address.
pub(crate) fn run_as_own_thread<R>(shared: &Arc<Shared>, body: impl FnOnce() -> R) -> R {
    struct Restore(*const Shared);
    impl Drop for Restore {
        fn drop(&mut self) {
            OWNER.set(self.0);
        }
    }
    let _restore = Restore(OWNER.replace(Arc::as_ptr(shared)));
    body()
}

/// Returns whether this thread belongs to the runtime, and so cannot wait for the runtime's end.
pub(crate) fn is_own_thread(shared: &Arc<Shared>) -> bool {
    ptr::eq(OWNER.get(), Arc::as_ptr(shared))
}
