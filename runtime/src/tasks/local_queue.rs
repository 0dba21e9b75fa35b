//! The run queue of tasks that stay on one thread.
//!
//! Any thread may wake or abort such a task, which puts an entry into the queue. Invariant: only
//! the owner polls the task's future, and only the owner drops it once it holds values that are not
//! `Send`. Therefore only the owner runs entries and closes the queue, which is asserted.

use super::cell::{Schedule, new_task};
use super::failure::{Failures, Unobserved};
use super::header::{Header, UNREGISTERED};
use super::join::JoinHandle;
use super::notified::Notified;
use super::origin::Origin;
use super::reference::TaskRef;
use super::registry::Registry;
use crate::draining::Draining;
use crate::entered::{Entered, Stack};
use crate::sync::Rank;
use crate::sync::lock::Mutex;
use crate::waking::{GuardedWaker, wake_all};
use slab::Slab;
use std::collections::VecDeque;
use std::future::Future;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::Context;
use std::thread::{self, ThreadId};

/// Number of polls after which the owner's other work gets its turn. The same as the workers'
/// interval.
const POLLS_IN_A_ROW: usize = 61;

pub(crate) struct LocalQueue {
    owner: OnceLock<ThreadId>,
    state: Mutex<State>,
    registry: Registry,
    /// The registry key of the task polled last. Not loom's type, since no protocol depends on it.
    polled: AtomicU64,
    failures: Arc<Failures>,
    /// The runtime's, if its shutdown waits for the tasks.
    draining: Option<Arc<Draining>>,
}

#[derive(Default)]
struct State {
    tasks: VecDeque<Notified>,
    /// The owner's futures that run the tasks, each with the waker to call when there are more
    /// tasks, or `None` while it runs some. All are woken, as any of them may be dropped before it
    /// is polled again.
    drivers: Slab<Option<GuardedWaker>>,
    closed: bool,
}

impl State {
    /// Takes the wakers of the drivers that wait.
    fn take_waiting(&mut self) -> (Option<GuardedWaker>, Vec<GuardedWaker>) {
        let mut waiting = self
            .drivers
            .iter_mut()
            .filter_map(|(_, waker)| waker.take());
        // Usually there is only one driver, and nothing is allocated.
        (waiting.next(), waiting.collect())
    }
}

/// One of the owner's futures that run the tasks.
#[derive(Clone, Copy)]
pub(crate) struct Driver(usize);

impl LocalQueue {
    pub(crate) fn new(failures: Arc<Failures>, draining: Option<Arc<Draining>>) -> Self {
        Self {
            owner: OnceLock::new(),
            state: Mutex::ranked(Rank::Last, State::default()),
            registry: Registry::new(1),
            polled: AtomicU64::new(UNREGISTERED),
            failures,
            draining,
        }
    }

    /// Makes the current thread the owner.
    pub(crate) fn adopt_current_thread(&self) {
        self.owner.get_or_init(|| thread::current().id());
        self.assert_owned();
    }

    fn assert_owned(&self) {
        let owner = self.owner.get();
        assert_eq!(
            owner,
            Some(&thread::current().id()),
            "another thread's local tasks"
        );
    }

    /// Starts a task, on the owner's thread.
    pub(crate) fn spawn<U, F>(self: &Arc<Self>, future: F, origin: Origin) -> JoinHandle<F::Output>
    where
        U: Unobserved<F::Output>,
        F: Future + 'static,
    {
        self.assert_owned();
        self.enqueue::<U, F>(future, origin, false)
    }

    /// Starts a task that the owner's thread runs, or cancels it at once if `refused`.
    ///
    /// On another thread this may only be called with a future that may be sent to the owner until
    /// it is first polled.
    pub(crate) fn enqueue<U, F>(
        self: &Arc<Self>,
        future: F,
        origin: Origin,
        refused: bool,
    ) -> JoinHandle<F::Output>
    where
        U: Unobserved<F::Output>,
        F: Future + 'static,
    {
        let (owner, entry, handle) = new_task::<U, _, _>(future, self.clone(), origin);
        let owner = owner.expect("local tasks are registered");
        let registered = match refused {
            true => Err(owner),
            false => self.registry.insert(0, owner),
        };
        match registered {
            Ok(()) => self.push(entry),
            Err(late) => late.shutdown(),
        }
        handle
    }

    fn push(&self, task: Notified) {
        let mut state = self.state.lock();
        if state.closed {
            // The task has ended; only the entry is left.
            drop(state);
            drop(task);
            return;
        }
        state.tasks.push_back(task);
        let (first, others) = state.take_waiting();
        drop(state);
        wake_all(first.into_iter().chain(others));
    }

    /// Registers a further future that will run the tasks.
    pub(crate) fn add_driver(&self) -> Driver {
        Driver(self.state.lock().drivers.insert(None))
    }

    /// Unregisters a future that ran the tasks, and wakes the others, which may have left the tasks
    /// to it.
    pub(crate) fn remove_driver(&self, driver: Driver) {
        let mut state = self.state.lock();
        let removed = state.drivers.remove(driver.0);
        let woken = match state.tasks.is_empty() {
            true => (None, Vec::new()),
            false => state.take_waiting(),
        };
        drop(state);
        // Outside the lock, since this may be the last reference to a task.
        drop(removed);
        wake_all(woken.0.into_iter().chain(woken.1));
    }

    /// Calls `run` with some of the tasks that are due. The driver's waker is woken when there are
    /// more.
    pub(crate) fn run_some(
        &self,
        driver: Driver,
        cx: &Context<'_>,
        run: impl Fn(Notified) -> Option<Notified>,
    ) {
        self.assert_owned();
        let replaced = self.state.lock().drivers[driver.0].take();
        // Outside the lock, for the same reason.
        drop(replaced);
        for _ in 0..POLLS_IN_A_ROW {
            let Some(task) = self.state.lock().tasks.pop_front() else {
                break;
            };
            self.polled.store(task.header().registry_key(), Relaxed);
            if let Some(again) = run(task) {
                self.push(again);
            }
        }
        // Cloned and dropped outside the lock, since both may run arbitrary code, and waking a task
        // takes the lock.
        let waker = cx.waker().into();
        let mut state = self.state.lock();
        if state.tasks.is_empty() {
            state.drivers[driver.0] = Some(waker);
        } else {
            drop(state);
            cx.waker().wake_by_ref();
        }
    }

    /// Returns the registry key of the task that is being polled or was polled last.
    pub(crate) fn polled(&self) -> u64 {
        self.polled.load(Relaxed)
    }

    /// Like [`Registry::with`].
    pub(crate) fn with_task<R>(&self, key: u64, f: impl FnOnce(&Header) -> R) -> Option<R> {
        self.registry.with(key, f)
    }

    /// Returns the number of tasks ever spawned.
    pub(crate) fn spawned(&self) -> u64 {
        self.registry.spawned()
    }

    pub(crate) fn len(&self) -> usize {
        self.registry.len()
    }

    pub(crate) fn list(&self) -> Vec<TaskRef> {
        self.registry.list()
    }

    /// Returns whether no task is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all tasks, and those that are spawned from now on.
    pub(crate) fn close(&self) {
        self.assert_owned();
        self.registry.close();
        let mut state = self.state.lock();
        state.closed = true;
        let tasks = mem::take(&mut state.tasks);
        let waiting = state.take_waiting();
        drop(state);
        drop((tasks, waiting));
    }
}

impl Schedule for Arc<LocalQueue> {
    const REGISTERED: bool = true;

    unsafe fn schedule(this: *const Self, task: Notified) {
        // SAFETY: valid until `task` is handed over, by the trait's contract; afterwards our own
        // reference keeps the queue alive.
        let queue = unsafe { (*this).clone() };
        queue.push(task);
    }

    fn release(&self, task: &Header) -> bool {
        let was_registered = self.registry.release(task);
        if let Some(draining) = &self.draining {
            draining.work_ended();
        }
        was_registered
    }

    fn failures(&self) -> &Failures {
        &self.failures
    }
}

thread_local! {
    /// The queue that `spawn_local` uses.
    static CURRENT: Stack<Arc<LocalQueue>> = const { Stack::new() };
}

/// Makes the queue the thread's current one.
pub(crate) fn enter_local(queue: &Arc<LocalQueue>) -> Entered<Arc<LocalQueue>> {
    Entered::new(&CURRENT, queue.clone())
}

/// Returns the queue that `spawn_local` uses on the current thread.
pub(crate) fn current_local() -> Option<Arc<LocalQueue>> {
    let current = CURRENT.try_with(|current| current.with_current(Arc::clone));
    current.ok().flatten()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::tasks::tests::last_entry;

    #[test]
    fn a_closed_queue_keeps_nothing() {
        let queue = LocalQueue::new(Arc::default(), None);
        queue.adopt_current_thread();
        let (before, memory_before) = last_entry();
        queue.push(before);
        queue.close();
        let (after, memory_after) = last_entry();
        queue.push(after);
        for memory in [memory_before, memory_after] {
            assert_eq!(Arc::strong_count(&memory), 1);
        }
    }
}
