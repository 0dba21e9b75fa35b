//! Tasks that have a priority, and where they wait.
//!
//! A task of high priority is queued as if an event had woken it. Background tasks wait in one
//! queue for the whole runtime. A worker takes from it when it has nothing else, and otherwise for
//! the background's share of its time (`worker/background.rs`).
//!
//! Used by any thread. A task without a priority has another type of scheduler, and pays for none
//! of this.

use super::{LocalWorker, RuntimeRef, Shared};
use crate::tasks::{Failures, Header, Notified, Priority, Schedule};
use std::sync::Arc;

/// The scheduler of a task that has a priority.
pub(super) struct Prioritized {
    pub(super) runtime: RuntimeRef,
    pub(super) priority: Priority,
}

impl Schedule for Prioritized {
    const REGISTERED: bool = true;
    const HAS_PRIORITY: bool = true;

    unsafe fn schedule(this: *const Self, task: Notified) {
        // SAFETY: valid until `task` is handed over, by the trait's contract.
        let (shared, priority) = unsafe { ((*this).runtime.as_ptr(), (*this).priority) };
        if let Some(worker) = LocalWorker::of_runtime(shared) {
            worker.schedule_by(priority, task);
        } else {
            let inject = |shared: &Arc<Shared>, task| shared.inject_by(priority, task);
            // SAFETY: the task has not been handed over.
            unsafe { RuntimeRef::hand_over(&raw const (*this).runtime, task, inject) };
        }
    }

    fn release(&self, task: &Header) -> bool {
        self.runtime.release(task)
    }

    fn failures(&self) -> &Failures {
        self.runtime.failures()
    }
}

impl Shared {
    /// Queues a task of this priority from outside the workers.
    fn inject_by(self: &Arc<Self>, priority: Priority, task: Notified) {
        match priority {
            // The only worker of a current-thread runtime keeps the order.
            _ if self.flavor.is_current_thread() => self.inject(task),
            Priority::Normal => self.inject(task),
            Priority::High => {
                let group = self.group_for_outside();
                self.publish(group, &group.injector, || group.injector.push_urgent(task));
            }
            Priority::Background => {
                let group = self.group_for_outside();
                let push = || self.background.push_from_outside(task);
                self.publish(group, &self.background, push);
            }
        }
    }

    /// Returns whether tasks wait in a queue that all workers share.
    pub(crate) fn has_shared_work(&self) -> bool {
        self.groups.injected() > 0 || self.background.len() > 0
    }
}

impl LocalWorker {
    /// Queues a task of this priority that the running task spawned or woke, that was woken while
    /// it ran, or that an event woke.
    fn schedule_by(&self, priority: Priority, task: Notified) {
        match priority {
            // It keeps the order, as in `inject_by`.
            _ if self.is_the_only_one() => self.schedule(task),
            Priority::Normal => self.schedule(task),
            Priority::High => self.schedule_urgent(task),
            Priority::Background => self.schedule_background(task),
        }
    }
}
