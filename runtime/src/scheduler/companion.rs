//! Another runtime beside this one, entered wherever this one is.
//!
//! Each of the runtime's threads, and each thread that is lent to the runtime, runs within it.
//! Invariant: its `end` is called once, and after the runtime's own threads have ended, if these
//! are waited for.
//!
//! For heist's own packages, and no part of the public interface.

use super::Shared;
use std::time::Instant;

/// Something that is entered wherever the runtime is.
pub trait Companion: Send + Sync {
    /// Calls `body` once, within the companion.
    fn within(&self, body: &mut dyn FnMut());

    /// Called after the runtime has ended. Waits until the deadline for whatever is left, or
    /// without limit if there is none.
    fn end(&self, deadline: Option<Instant>);
}

impl Shared {
    /// Calls `body` within the companion, if the runtime has one.
    #[inline]
    pub(crate) fn accompanied<R>(&self, body: impl FnOnce() -> R) -> R {
        let Some(companion) = &self.companion else {
            return body();
        };
        let (mut body, mut output) = (Some(body), None);
        companion.within(&mut || output = body.take().map(|body| body()));
        output.expect("the body has been called")
    }
}
