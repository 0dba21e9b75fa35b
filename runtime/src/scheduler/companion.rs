//! What is entered wherever the runtime is: another runtime beside it.
//!
//! Each thread that is the runtime's, or lent to it, runs within it. Invariant: it is told to end
//! once, and after the runtime's own threads have ended, if these are waited for.
//!
//! For heist's own packages, and no part of the public interface.

use super::Shared;
use std::time::Instant;

/// What is entered wherever the runtime is.
pub trait Companion: Send + Sync {
    /// Calls `body`, once, within.
    fn within(&self, body: &mut dyn FnMut());

    /// The runtime has ended. Waits for what is left until the deadline, or as long as it takes.
    fn end(&self, deadline: Option<Instant>);
}

impl Shared {
    /// Calls `body` within what is entered wherever the runtime is.
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
