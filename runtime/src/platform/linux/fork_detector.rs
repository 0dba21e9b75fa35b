//! Identifies a process by a count of forks, which each child continues.

use crate::platform::ForkDetecting;
use std::sync::Once;
// Not loom's type, since no protocol depends on it.
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static FORKS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count_fork() {
    FORKS.fetch_add(1, Relaxed);
}

pub(crate) struct ForkDetector(usize);

impl ForkDetecting for ForkDetector {
    fn new() -> Self {
        static ONCE: Once = Once::new();
        // SAFETY: the function called in the child is only an atomic operation, and may run
        // anywhere.
        ONCE.call_once(|| _ = unsafe { libc::pthread_atfork(None, None, Some(count_fork)) });
        Self(FORKS.load(Relaxed))
    }

    fn is_forked_child(&self) -> bool {
        FORKS.load(Relaxed) != self.0
    }
}
