//! The task that this thread is polling, or whose future or output it is dropping.

use super::header::Header;
use super::id::Id;
use super::meta::TaskMeta;
use crate::poll_context;

/// Returns the id of the current task.
///
/// # Panics
///
/// Panics if called outside a task; see [`try_id`].
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

/// Returns the id of the current task, or `None` outside a task (as in `block_on`).
///
/// # Examples
///
/// ```
/// assert_eq!(heist::task::try_id(), None);
/// ```
pub fn try_id() -> Option<Id> {
    with_current(TaskMeta::id)
}

/// Returns the description of the current task, if there is one.
pub(crate) fn current_meta() -> Option<TaskMeta> {
    with_current(TaskMeta::clone)
}

fn with_current<R>(f: impl FnOnce(&TaskMeta) -> R) -> Option<R> {
    let task = poll_context::task().cast::<Header>();
    // SAFETY: the thread is polling or dropping the task, so the task exists.
    Some(f(unsafe { task.as_ref() }?.meta()))
}
