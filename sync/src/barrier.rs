//! A point at which tasks wait for each other. Any thread.

use crate::Notify;
use crate::coop::cooperative;
use crate::primitives::Mutex;

/// Lets tasks wait until a given number of them have come.
///
/// When the last has come all go on, and the barrier can be used again. Works under any executor.
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
    /// How many have come since it last opened.
    arrived: Mutex<usize>,
    opened: Notify,
}

/// What [`Barrier::wait`] returns: whether the task was the last to come.
#[derive(Debug, Clone)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether the task was the last to come, of which there is one each time.
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Barrier {
    /// A barrier for `n` tasks; with 0 as with 1, nobody waits.
    #[track_caller]
    pub fn new(n: usize) -> Self {
        Self {
            tasks: n.max(1),
            arrived: Mutex::new(0),
            opened: Notify::new(),
        }
    }

    /// Waits until all have come.
    ///
    /// # Cancel safety
    ///
    /// It must not be cancelled: the task counts as having come.
    pub async fn wait(&self) -> BarrierWaitResult {
        let opened = {
            let mut arrived = self.arrived.lock();
            *arrived += 1;
            if *arrived < self.tasks {
                // Under the lock, so that it hears who opens.
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
