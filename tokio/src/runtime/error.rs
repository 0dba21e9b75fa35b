//! What goes wrong outside a runtime, and after its end.

use crate::context::MISSING;
use std::fmt;

/// The thread is in no runtime.
#[derive(Debug)]
pub struct TryCurrentError {
    thread_ends: bool,
}

impl TryCurrentError {
    pub(super) fn new() -> Self {
        thread_local! {
            /// Gone together with what knows the runtime.
            static ALIVE: String = const { String::new() };
        }
        Self {
            thread_ends: ALIVE.try_with(|_| ()).is_err(),
        }
    }

    /// Whether the thread just is in no runtime.
    pub fn is_missing_context(&self) -> bool {
        !self.thread_ends
    }

    /// Whether the thread ends, and cannot tell any more.
    pub fn is_thread_local_destroyed(&self) -> bool {
        self.thread_ends
    }
}

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.thread_ends {
            true => "The Tokio context thread-local variable has been destroyed.",
            false => MISSING,
        })
    }
}

impl std::error::Error for TryCurrentError {}
