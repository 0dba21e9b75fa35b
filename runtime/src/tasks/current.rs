//! Which task this thread is busy with: polling it, or dropping its future or output.

use super::Id;
use super::cell::Header;
use std::cell::Cell;
use std::ptr::NonNull;

thread_local! {
    static CURRENT: Cell<Option<NonNull<Header>>> = const { Cell::new(None) };
}

/// While the thread is busy with a task. Nests: a task may run others in its own poll.
pub(super) struct Entered {
    previous: Option<NonNull<Header>>,
}

impl Entered {
    /// # Safety
    ///
    /// The task is not freed before the guard is dropped.
    pub(super) unsafe fn new(task: NonNull<Header>) -> Self {
        Self {
            previous: CURRENT.replace(Some(task)),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.previous);
    }
}

/// Whether this is the data pointer of the current task's waker.
pub(super) fn is_current(data: *const ()) -> bool {
    CURRENT
        .get()
        .is_some_and(|task| std::ptr::eq(task.as_ptr().cast_const().cast(), data))
}

/// The id of the current task.
///
/// # Panics
///
/// Outside a task; see [`try_id`].
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let task = heist::spawn(async { heist::task::id() });
/// let id = task.id();
/// assert_eq!(task.await.unwrap(), id);
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn id() -> Id {
    try_id().expect("`task::id` outside a task")
}

/// The id of the current task, or `None` outside a task (as in `block_on`).
///
/// # Examples
///
/// ```
/// assert_eq!(heist::task::try_id(), None);
/// ```
pub fn try_id() -> Option<Id> {
    // The thread-local outlives all tasks but those in other thread-locals.
    let task = CURRENT.try_with(Cell::get).ok().flatten()?;
    // SAFETY: the guard that set it is still there, and so the task is.
    Some(unsafe { task.as_ref() }.id)
}
