//! What a thread keeps of the poll it is in: which task's, whether that is to be polled again, and
//! what is left of the budget. One thread-local for all of them, looked up once for each poll.
//!
//! A task that wakes itself tells its own thread here, which is polling it: a store in place of an
//! atomic operation on its state.
//!
//! Only the thread's own. Polls nest: a task may run others in its own poll. The invariant: when a
//! poll has ended, all is again as it was before.

use std::cell::Cell;
use std::ptr;

/// How many operations are left; see `budget`.
pub(crate) type Left = u8;

/// Outside of tasks, and in `unconstrained`: more than any budget.
pub(crate) const UNLIMITED: Left = Left::MAX;

/// A poll, as far as it has come. One value, which is kept and put back as a whole.
#[derive(Clone, Copy)]
struct Now {
    /// What the task's wakers point to; null outside of tasks.
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

    /// Until what is given is dropped.
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

/// Calls `f`, the poll of the task of this address, and gives also whether the task was woken by
/// this thread meanwhile.
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

/// Calls `f`, which drops the future or the output of the task of this address.
pub(crate) fn drop_within<R>(task: *const (), f: impl FnOnce() -> R) -> R {
    CONTEXT.with(|context| {
        let _entered = context.enter(task, context.left());
        f()
    })
}

/// The address of the task that the thread polls, or drops something of; null: of none.
pub(crate) fn task() -> *const () {
    // It outlives all tasks but those in other thread-locals, where thread-locals end.
    CONTEXT
        .try_with(|context| context.0.get().task)
        .unwrap_or(ptr::null())
}

/// Has the task of this address polled again, if it is the one that this thread is polling.
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
