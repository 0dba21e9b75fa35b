//! The errors of using a runtime outside of it or after its shutdown.

use crate::context::MISSING;
use std::fmt;

/// The error if the thread is not in a runtime.
#[derive(Debug)]
pub struct TryCurrentError {
    thread_ends: bool,
}

impl TryCurrentError {
    pub(super) fn new() -> Self {
        thread_local! {
            /// Destroyed at the same time as the thread-local that holds the current runtime.
            static ALIVE: String = const { String::new() };
        }
        Self {
            thread_ends: ALIVE.try_with(|_| ()).is_err(),
        }
    }

    /// Returns whether the thread is simply not in a runtime.
    pub fn is_missing_context(&self) -> bool {
        !self.thread_ends
    }

    /// Returns whether the thread is exiting and can no longer determine its runtime.
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
