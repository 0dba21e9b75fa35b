//! `join`: two computations in parallel on the workers.

use crate::runtime::{Handle, context};
use crate::scheduler;

/// Runs two closures, in parallel if a worker of the runtime is idle.
///
/// This is for computations that can be split: sorting, parsing, compressing, walking a tree. The
/// caller runs `a`, and then `b`, unless another worker has taken `b` in the meantime. If none has,
/// `join` costs some nanoseconds, so work can be split into pieces of a few microseconds whose
/// distribution is left to the runtime. Both closures may borrow, even mutably: `join` returns when
/// both have ended.
///
/// It is a function call, not a future: to the other tasks of the worker it is one long
/// computation, as if `a` and `b` were called one after the other, and gets the same guarantees. To
/// run two *futures* concurrently, use [`join!`](macro@crate::join) or [`spawn`](crate::spawn).
///
/// While the caller waits for a `b` that was taken, it runs parts of `b` (from joins within it) and
/// nothing else. Therefore holding a lock across `join` can do no more harm than holding it while
/// calling `b`. If there are no such parts, it waits as in
/// [`block_in_place`](crate::task::block_in_place).
///
/// On a thread that is not a worker, as within [`block_on`](crate::Handle::block_on) or
/// [`spawn_blocking`](crate::spawn_blocking), the workers may take `b` as well. In a current-thread
/// runtime, and outside any runtime, `a` and `b` are called one after the other. If another worker
/// has taken `b`, it has no access to the task: neither to its
/// [task-locals](macro@crate::task_local) nor to its [`id`](crate::task::id()).
///
/// # Panics
///
/// If `a` or `b` panics, resumes that panic when both have ended; that of `a` if both panicked. If
/// `a` panics and no other worker has taken `b`, `b` is dropped without being called.
///
/// # Examples
///
/// ```
/// use heist::task::join;
///
/// fn sum(numbers: &[u64]) -> u64 {
///     match numbers.len() {
///         ..=4096 => numbers.iter().sum(),
///         len => {
///             let (left, right) = numbers.split_at(len / 2);
///             let (left, right) = join(|| sum(left), || sum(right));
///             left + right
///         }
///     }
/// }
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let numbers: Vec<u64> = (1..=100_000).collect();
/// let task = heist::spawn(async move { sum(&numbers) });
/// assert_eq!(task.await.unwrap(), 5_000_050_000);
/// # });
/// # std::io::Result::Ok(())
/// ```
pub fn join<A, B, RA, RB>(a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA,
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    scheduler::join(a, b, || {
        context::try_with_current(|handle: &Handle| handle.shared().clone())
    })
}
