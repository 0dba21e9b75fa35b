//! `Id`: identifies a runtime or a `LocalSet`.

use std::fmt;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Identifies a runtime or a [`LocalSet`](crate::task::LocalSet) among those that exist.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Id(NonZero<u64>);

impl Id {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Relaxed: only uniqueness matters.
        let next = NEXT.fetch_add(1, Relaxed);
        Self(NonZero::new(next).expect("2^64 runtimes were never built"))
    }

    /// Returns the id of a runtime that this package has not built: counted ids never get this
    /// high.
    pub(super) fn of_foreign(address: usize) -> Self {
        Self(NonZero::new(1 << 63 | address as u64).expect("the highest bit is set"))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
