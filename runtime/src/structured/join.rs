//! `join`: two computations side by side on the workers.

use crate::runtime::{Handle, context};
use crate::scheduler;

/// Runs two closures, side by side if a worker of the runtime has nothing else to do.
///
/// For what computes, and can be split: sorting, parsing, compressing, walking a tree. The caller
/// runs `a`, and then `b`, unless another worker has taken that meanwhile. It costs some
/// nanoseconds if nobody has, so one splits down to pieces of a few microseconds and leaves the
/// rest to the runtime. Both may borrow, mutably too: `join` returns when both have ended.
///
/// It is a call and no future: to the other tasks of the worker it is one long computation, as if
/// `a` and `b` were called one after the other, and the promises hold that are made for those. To
/// run two *futures* at the same time, use [`join!`](macro@crate::join) or [`spawn`](crate::spawn).
///
/// While the caller waits for a `b` that was taken it runs parts of `b` (of joins within it) and
/// nothing else. So to hold a lock across it can do no harm that calling `b` would not. When there
/// are none it waits as in [`block_in_place`](crate::task::block_in_place).
///
/// On a thread that is no worker, as within [`block_on`](crate::Handle::block_on) or
/// [`spawn_blocking`](crate::spawn_blocking), the workers may take `b` as well. In a current-thread
/// runtime, and outside of any, `a` and `b` are called one after the other. `b` does not see the
/// task: neither its [task-locals](macro@crate::task_local) nor its [`id`](crate::task::id()), if
/// another worker has taken it.
///
/// # Panics
///
/// If `a` or `b` does, with its payload, when both have ended; with that of `a` if both do. If `a`
/// panics and nobody has taken `b`, `b` is dropped and not called.
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
