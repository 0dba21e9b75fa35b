//! Waiting on a thread that is not, or may not be, part of a runtime.

use std::future::Future;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

static FORBIDDEN: OnceLock<fn() -> bool> = OnceLock::new();

/// For runtimes whose threads must not block where they run tasks: has the `blocking_*` methods
/// panic on threads where `forbidden` says so.
///
/// heist's own tasks may block, and need no such thing. The first call counts.
pub fn forbid_blocking_where(forbidden: fn() -> bool) {
    let _ = FORBIDDEN.set(forbidden);
}

/// Blocks the thread until the future is ready. In a task of heist's the worker's other tasks go
/// on meanwhile.
///
/// # Panics
///
/// See [`forbid_blocking_where`].
#[track_caller]
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    assert!(
        !FORBIDDEN.get().is_some_and(|forbidden| forbidden()),
        "Cannot block the current thread from within a runtime. This happens because a function \
         attempted to block the current thread while the thread is being used to drive \
         asynchronous tasks."
    );
    let mut future = pin!(future);
    // As a rule it is ready, and then the worker need not be told.
    let mut cx = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut cx) {
        Poll::Ready(output) => output,
        Poll::Pending => {
            heist_runtime::task::block_in_place(|| futures_lite::future::block_on(future))
        }
    }
}
