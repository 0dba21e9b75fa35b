//! Which runtime a thread belongs to, by having been started by it or lent to it.
//!
//! Thread-local, and only ever compared.

use super::Shared;
use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

thread_local! {
    static OWNER: Cell<*const Shared> = const { Cell::new(ptr::null()) };
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
