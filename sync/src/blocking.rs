//! Waiting on a thread that is not, or may not be, part of a runtime.

use std::future::Future;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

static FORBIDDEN: OnceLock<fn() -> bool> = OnceLock::new();

/// Makes the `blocking_*` methods panic on threads where `forbidden` returns true: for runtimes
/// whose threads must not block while they run tasks.
///
/// heist's own tasks may block, and do not need this. Only the first call has an effect.
pub fn forbid_blocking_where(forbidden: fn() -> bool) {
    let _ = FORBIDDEN.set(forbidden);
}

/// Blocks the thread until the future is ready. In a heist task, the worker's other tasks continue
/// to run meanwhile.
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
    // The future is usually ready, and then `block_in_place` is not needed.
    let mut cx = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut cx) {
        Poll::Ready(output) => output,
        Poll::Pending => {
            heist_runtime::task::block_in_place(|| futures_lite::future::block_on(future))
        }
    }
}
