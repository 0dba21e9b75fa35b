//! The run queue of tasks that stay on one thread.
//!
//! Any thread may wake or abort such a task, which puts an entry into the queue. The invariant: its
//! future is polled and dropped by the owner alone, once it holds what is not `Send`; so only
//! the owner runs entries and closes the queue, and that is asserted.

use super::cell::{Schedule, new_task};
use super::failure::{Failures, Unheard};
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

/// Polls after which the owner's other work gets its turn. As the workers' interval.
const POLLS_IN_A_ROW: usize = 61;

pub(crate) struct LocalQueue {
    owner: OnceLock<ThreadId>,
    state: Mutex<State>,
    registry: Registry,
    /// For `polled`. Not loom's: no protocol hangs on it.
    polled: AtomicU64,
    failures: Arc<Failures>,
    /// Of the runtime, if its end waits for the tasks.
    draining: Option<Arc<Draining>>,
}

#[derive(Default)]
struct State {
    tasks: VecDeque<Notified>,
    /// Those of the owner's futures that run the tasks, with what tells each of more: `None` while
    /// it runs some. All are told, as any of them may be dropped before it is polled again.
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
        // As a rule there is one driver: then this costs no memory.
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
        let owner = *self.owner.get_or_init(|| thread::current().id());
        assert_eq!(
            owner,
            thread::current().id(),
            "another thread's local tasks"
        );
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
        U: Unheard<F::Output>,
        F: Future + 'static,
    {
        self.assert_owned();
        self.enqueue::<U, F>(future, origin, false)
    }

    /// Starts a task that the owner's thread runs, or cancels it at once if it is refused.
    ///
    /// Called on another thread only with a future that is as good as `Send` until it is polled.
    pub(crate) fn enqueue<U, F>(
        self: &Arc<Self>,
        future: F,
        origin: Origin,
        refused: bool,
    ) -> JoinHandle<F::Output>
    where
        U: Unheard<F::Output>,
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

    /// One more future will run the tasks.
    pub(crate) fn add_driver(&self) -> Driver {
        Driver(self.state.lock().drivers.insert(None))
    }

    /// That future runs them no more: the others may have left them to it.
    pub(crate) fn remove_driver(&self, driver: Driver) {
        let mut state = self.state.lock();
        let removed = state.drivers.remove(driver.0);
        let woken = match state.tasks.is_empty() {
            true => (None, Vec::new()),
            false => state.take_waiting(),
        };
        drop(state);
        // Not under the lock: it may be the last reference to a task.
        drop(removed);
        wake_all(woken.0.into_iter().chain(woken.1));
    }

    /// Has `run` run some of the tasks that are due. The driver's waker is woken when there are
    /// more.
    pub(crate) fn run_some(
        &self,
        driver: Driver,
        cx: &Context<'_>,
        run: impl Fn(Notified) -> Option<Notified>,
    ) {
        self.assert_owned();
        let replaced = self.state.lock().drivers[driver.0].take();
        // As above.
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
        // Cloned, and dropped, outside the lock, which whoever wakes a task takes: that may run
        // anything.
        let waker = cx.waker().into();
        let mut state = self.state.lock();
        if state.tasks.is_empty() {
            state.drivers[driver.0] = Some(waker);
        } else {
            drop(state);
            cx.waker().wake_by_ref();
        }
    }

    /// The registry's key of the task that is polled, or was last.
    pub(crate) fn polled(&self) -> u64 {
        self.polled.load(Relaxed)
    }

    /// As [`Registry::with`].
    pub(crate) fn with_task<R>(&self, key: u64, f: impl FnOnce(&Header) -> R) -> Option<R> {
        self.registry.with(key, f)
    }

    /// How many tasks it has ever had.
    pub(crate) fn spawned(&self) -> u64 {
        self.registry.spawned()
    }

    pub(crate) fn len(&self) -> usize {
        self.registry.len()
    }

    pub(crate) fn list(&self) -> Vec<TaskRef> {
        self.registry.list()
    }

    /// Whether no task is left.
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
        // SAFETY: valid until `task` is handed over, by the trait's contract; after that our own
        // reference keeps the queue.
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
    /// Where `spawn_local` puts tasks.
    static CURRENT: Stack<Arc<LocalQueue>> = const { Stack::new() };
}

/// Makes the queue the thread's current one.
pub(crate) fn enter_local(queue: &Arc<LocalQueue>) -> Entered<Arc<LocalQueue>> {
    Entered::new(&CURRENT, queue.clone())
}

/// Where `spawn_local` puts tasks on the current thread.
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
