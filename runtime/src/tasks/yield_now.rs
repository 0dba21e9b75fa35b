//! Giving way to other tasks.
//!
//! A task that yields tells its own thread, which is polling it, instead of waking
//! itself: a thread-local store in place of an atomic operation.

use super::cell::Header;
use super::current::{self, Entered};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

thread_local! {
    /// Whether the current task has yielded.
    static YIELDED: Cell<bool> = const { Cell::new(false) };
}

/// While a task is polled by this thread.
pub(super) struct Polling {
    _entered: Entered,
    /// Of the task in whose poll this one runs.
    yielded_before: bool,
}

impl Polling {
    /// # Safety
    ///
    /// The task is not freed before [`end`](Self::end).
    pub(super) unsafe fn start(task: NonNull<Header>) -> Self {
        Self {
            // SAFETY: as promised by the caller.
            _entered: unsafe { Entered::new(task) },
            yielded_before: YIELDED.replace(false),
        }
    }

    /// Whether the task has yielded.
    pub(super) fn end(self) -> bool {
        YIELDED.replace(self.yielded_before)
    }
}

/// Has the task polled again, after others.
fn yield_with(waker: &Waker) {
    // Not the task's own waker in a future that polls others with wakers it made:
    // then only that waker tells it whom to poll.
    if current::is_current(waker.data()) {
        YIELDED.set(true);
    } else {
        waker.wake_by_ref();
    }
}

/// Lets other tasks run: the current one goes to the back of its worker's queue.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// heist::task::yield_now().await;
/// # });
/// # std::io::Result::Ok(())
/// ```
pub async fn yield_now() {
    YieldNow { yielded: false }.await;
}

struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        yield_with(cx.waker());
        Poll::Pending
    }
}
