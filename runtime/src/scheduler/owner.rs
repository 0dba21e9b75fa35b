//! Which runtime a thread belongs to: one that the runtime started, or that is lent to it.
//!
//! Thread-local, and only ever compared.

use super::Shared;
use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

thread_local! {
    static OWNER: Cell<*const Shared> = const { Cell::new(ptr::null()) };
}

/// Runs `body` as one of the runtime's own threads. The caller keeps the runtime meanwhile: its
/// address is to stay its own.
pub(crate) fn run_as_own<R>(shared: &Arc<Shared>, body: impl FnOnce() -> R) -> R {
    struct Restore(*const Shared);
    impl Drop for Restore {
        fn drop(&mut self) {
            OWNER.set(self.0);
        }
    }
    let _restore = Restore(OWNER.replace(Arc::as_ptr(shared)));
    body()
}

/// Whether this thread belongs to the runtime, and so cannot wait for its end.
pub(crate) fn is_own_thread(shared: &Arc<Shared>) -> bool {
    ptr::eq(OWNER.get(), Arc::as_ptr(shared))
}
