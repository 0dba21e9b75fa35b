//! A point at which tasks wait for each other. Any thread.

use crate::Notify;
use crate::coop::cooperative;
use crate::primitives::Mutex;

/// Lets tasks wait until a given number of them have arrived.
///
/// When the last one arrives all continue, and the barrier can be used again. Works under any
/// executor.
///
/// # Examples
///
/// ```
/// use heist::sync::Barrier;
/// use std::sync::Arc;
///
/// # #[heist::main]
/// # async fn main() {
/// let barrier = Arc::new(Barrier::new(3));
/// let mut tasks = heist::task::JoinSet::new();
/// for _ in 0..3 {
///     let barrier = barrier.clone();
///     tasks.spawn(async move { barrier.wait().await.is_leader() });
/// }
/// let leaders = tasks.join_all().await.into_iter().filter(|leader| *leader).count();
/// assert_eq!(leaders, 1);
/// # }
/// ```
#[derive(Debug)]
pub struct Barrier {
    tasks: usize,
    /// The number of tasks that have arrived since the barrier last opened.
    arrived: Mutex<usize>,
    opened: Notify,
}

/// The result of [`Barrier::wait`]: whether the task arrived last.
#[derive(Debug, Clone)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Returns whether the task arrived last; exactly one task did each time.
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Barrier {
    /// Creates a barrier for `n` tasks; with 0 as with 1, no task waits.
    #[track_caller]
    pub fn new(n: usize) -> Self {
        Self {
            tasks: n.max(1),
            arrived: Mutex::new(0),
            opened: Notify::new(),
        }
    }

    /// Waits until all tasks have arrived.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: a cancelled task still counts as arrived.
    pub async fn wait(&self) -> BarrierWaitResult {
        let opened = {
            let mut arrived = self.arrived.lock();
            *arrived += 1;
            if *arrived < self.tasks {
                // Created under the lock, so that it is notified when the last task arrives.
                Some(self.opened.notified())
            } else {
                *arrived = 0;
                None
            }
        };
        match opened {
            Some(opened) => {
                cooperative(opened).await;
                BarrierWaitResult(false)
            }
            None => {
                self.opened.notify_waiters();
                BarrierWaitResult(true)
            }
        }
    }
}
