//! The state of the poll that a thread is in: the polled task, whether it has been woken by its own
//! thread, and the rest of the budget. They share one thread-local, which is looked up once per
//! poll.
//!
//! A task that wakes itself is recorded here, by the thread that is polling it: a store instead of
//! an atomic operation on the task's state.
//!
//! Only accessed by the thread itself. Polls nest: a task may run others in its own poll.
//! Invariant: when a poll has ended, the state is the same as before it.

use std::cell::Cell;
use std::ptr;

/// Number of operations left; see `budget`.
pub(crate) type Left = u8;

/// The value outside tasks and in `unconstrained`: more than any budget.
pub(crate) const UNLIMITED: Left = Left::MAX;

/// The state of one poll, saved and restored as a whole.
#[derive(Clone, Copy)]
struct Now {
    /// The address that the task's wakers point to; null outside tasks.
    task: *const (),
    is_woken: bool,
    left: Left,
}

struct PollContext(Cell<Now>);

impl PollContext {
    const fn new() -> Self {
        Self(Cell::new(Now {
            task: ptr::null(),
            is_woken: false,
            left: UNLIMITED,
        }))
    }

    /// Enters a poll until the returned guard is dropped.
    #[inline]
    fn enter(&self, task: *const (), left: Left) -> Entered<'_> {
        let is_woken = false;
        let before = self.0.replace(Now {
            task,
            is_woken,
            left,
        });
        Entered {
            context: self,
            before,
        }
    }

    fn left(&self) -> Left {
        self.0.get().left
    }
}

struct Entered<'a> {
    context: &'a PollContext,
    before: Now,
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        self.context.0.set(self.before);
    }
}

#[cfg(not(loom))]
crate::sync::thread_local! {
    static CONTEXT: PollContext = const { PollContext::new() };
}
// Loom's macro of this name takes no `const`.
#[cfg(loom)]
crate::sync::thread_local! {
    static CONTEXT: PollContext = PollContext::new();
}

/// Calls `f`, the poll of the task at this address. Also returns whether this thread woke the task
/// in the meantime.
#[inline]
pub(crate) fn poll<R>(task: *const (), left: Left, f: impl FnOnce() -> R) -> (R, bool) {
    CONTEXT.with(|context| {
        let entered = context.enter(task, left);
        let output = f();
        let is_woken = context.0.get().is_woken;
        drop(entered);
        (output, is_woken)
    })
}

/// Calls `f`, which drops the future or the output of the task at this address.
pub(crate) fn drop_within<R>(task: *const (), f: impl FnOnce() -> R) -> R {
    CONTEXT.with(|context| {
        let _entered = context.enter(task, context.left());
        f()
    })
}

/// Returns the address of the task that the thread is polling, or whose future or output it is
/// dropping, or null.
pub(crate) fn task() -> *const () {
    // Tasks in other thread-locals may be dropped after this one, on platforms that destroy
    // thread-locals.
    CONTEXT
        .try_with(|context| context.0.get().task)
        .unwrap_or(ptr::null())
}

/// Has the task at this address polled again, if this thread is polling it. Returns whether it is.
#[inline]
pub(crate) fn wake_current(task: *const ()) -> bool {
    let wake = |context: &PollContext| {
        let now = context.0.get();
        let is_current = ptr::eq(now.task, task);
        if is_current {
            let is_woken = true;
            context.0.set(Now { is_woken, ..now });
        }
        is_current
    };
    CONTEXT.try_with(wake).unwrap_or(false)
}

#[inline]
pub(crate) fn left() -> Left {
    CONTEXT.with(PollContext::left)
}

#[inline]
pub(crate) fn set_left(left: Left) {
    CONTEXT.with(|context| {
        let now = context.0.get();
        context.0.set(Now { left, ..now });
    });
}
