//! The state that a group shares with its tasks.
//!
//! A task holds a [`Ticket`]. However the task ends, dropping the ticket removes it from the count
//! and starts the next waiting task. Invariant: under the lock, `open` counts the tickets; those of
//! waiting tasks are in `waiting`, and all other tasks run.

use super::{GroupError, GroupFailure};
use crate::Handle;
use crate::cancellation::CancellationToken;
use crate::sync::lock::Mutex;
use crate::tasks::{Failures, Origin, PanicsOnly, TaskMeta, current_meta};
use crate::time::{Instant, sleep_until};
use crate::waking::GuardedWaker;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::error::Error;
use std::future::Future;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

pub(super) struct Members<T, E> {
    /// Cancelled with the group.
    pub(super) token: CancellationToken,
    /// Not changed after the first task was spawned.
    pub(super) settings: Settings,
    state: Mutex<State<T, E>>,
}

pub(super) struct Settings {
    pub(super) limit: usize,
    pub(super) deadline: Option<Instant>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limit: usize::MAX,
            deadline: None,
        }
    }
}

struct State<T, E> {
    open: usize,
    waiting: VecDeque<Start>,
    /// Indexed by the tasks' numbers.
    outputs: Vec<Option<T>>,
    failures: Vec<Failed<E>>,
    /// Set by a deadline that came while no task was open: a failure only if there is another task.
    overdue: Option<Failed<E>>,
    cancelled: usize,
    joiner: Option<GuardedWaker>,
}

/// A failure, and what is needed to report it if the group is never joined.
struct Failed<E> {
    failure: GroupFailure<E>,
    /// The task that failed; `None` for the deadline.
    task: Option<TaskMeta>,
    failures: Arc<Failures>,
    boxed: fn(E) -> Box<dyn Error + Send + Sync>,
}

impl<E> Failed<E> {
    fn report(self) {
        let Some(task) = &self.task else {
            return;
        };
        match self.failure {
            GroupFailure::Error(error) => {
                self.failures.report_error(task, &*(self.boxed)(error));
            }
            GroupFailure::Panic(error) => {
                if let Ok(payload) = error.try_into_panic() {
                    self.failures.report_panic(task, &*payload);
                }
            }
            GroupFailure::Deadline => {}
        }
    }
}

/// Spawns a task. If it is dropped instead, it drops the task, which then counts as cancelled.
type Start = Box<dyn FnOnce() + Send>;

impl<T, E> Members<T, E> {
    pub(super) fn new(token: CancellationToken, settings: Settings) -> Self {
        Self {
            token,
            settings,
            state: Mutex::new(State {
                open: 0,
                waiting: VecDeque::new(),
                outputs: Vec::new(),
                failures: Vec::new(),
                overdue: None,
                cancelled: 0,
                joiner: None,
            }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().open
    }

    /// Starts a task that has a ticket, or queues it.
    pub(super) fn start(&self, start: Start) {
        let mut state = self.state.lock();
        if state.open - state.waiting.len() > self.settings.limit {
            state.waiting.push_back(start);
            return;
        }
        drop(state);
        start();
    }

    pub(super) fn cancel(&self) {
        self.token.cancel();
        let waiting = mem::take(&mut self.state.lock().waiting);
        // Outside the lock, which their tickets take.
        drop(waiting);
    }

    /// Records that the deadline has come. If all tasks have ended, they have met it.
    fn expire(&self, failed: Failed<E>) {
        let mut state = self.state.lock();
        match state.open {
            0 => state.overdue = Some(failed),
            _ => state.failures.push(failed),
        }
        drop(state);
        self.cancel();
    }

    fn fail(&self, failed: Failed<E>) {
        self.state.lock().failures.push(failed);
        self.cancel();
    }

    fn close(&self) {
        let mut state = self.state.lock();
        state.open -= 1;
        let joiner = match state.open {
            0 => state.joiner.take(),
            _ => None,
        };
        let running = state.open - state.waiting.len();
        let next = match running < self.settings.limit {
            true => state.waiting.pop_front(),
            false => None,
        };
        drop(state);
        if let Some(start) = next {
            start_in_turn(start);
        }
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    }

    pub(super) fn poll_empty(&self, cx: &Context<'_>) -> Poll<()> {
        if self.state.lock().open == 0 {
            return Poll::Ready(());
        }
        // Outside the lock, which each task takes when it ends, since this may run arbitrary code.
        let joiner = cx.waker().into();
        let mut state = self.state.lock();
        if state.open == 0 {
            return Poll::Ready(());
        }
        let replaced = state.joiner.replace(joiner);
        drop(state);
        // Outside the lock, since this may drop the last reference to a task.
        drop(replaced);
        Poll::Pending
    }

    /// Returns the result of the tasks, all of which have ended.
    pub(super) fn result(&self) -> Result<Vec<T>, GroupError<E>> {
        let mut state = self.state.lock();
        let outputs: Vec<T> = mem::take(&mut state.outputs)
            .into_iter()
            .flatten()
            .collect();
        if state.failures.is_empty() && state.cancelled == 0 {
            return Ok(outputs);
        }
        let failures = mem::take(&mut state.failures);
        let error = GroupError {
            failures: failures.into_iter().map(|failed| failed.failure).collect(),
            cancelled: state.cancelled,
        };
        drop(state);
        // Outside the lock, since the drop of a user's output may run arbitrary code.
        drop(outputs);
        Err(error)
    }
}

thread_local! {
    /// Tasks to be started when the start in progress on this thread returns.
    static IN_TURN: RefCell<Option<VecDeque<Start>>> = const { RefCell::new(None) };
}

/// Starts a task that has waited for another one to end.
///
/// Not recursive: a runtime that has shut down refuses the task, which drops its ticket at once.
fn start_in_turn(start: Start) {
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            // Tasks left after a panic are dropped, and count as cancelled.
            let left = IN_TURN.try_with(RefCell::take);
            drop(left);
        }
    }
    let mut first = Some(start);
    let put = IN_TURN.try_with(|in_turn| match &mut *in_turn.borrow_mut() {
        Some(others) => others.extend(first.take()),
        none => *none = Some(VecDeque::new()),
    });
    let Some(first) = first else { return };
    // The thread-local may already be destroyed, if the thread is ending.
    let _end = put.is_ok().then_some(End);
    first();
    while let Some(start) = next_in_turn() {
        start();
    }
}

fn next_in_turn() -> Option<Start> {
    let next = IN_TURN.try_with(|in_turn| in_turn.borrow_mut().as_mut()?.pop_front());
    next.ok().flatten()
}

/// Reports the failures of a group that was never joined.
impl<T, E> Drop for Members<T, E> {
    fn drop(&mut self) {
        for failed in mem::take(&mut self.state.get_mut().failures) {
            failed.report();
        }
    }
}

impl<T, E> Members<T, E>
where
    T: Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
{
    /// Registers a task.
    pub(super) fn enter(self: &Arc<Self>, runtime: &Handle) -> Ticket<T, E> {
        let mut state = self.state.lock();
        let number = state.outputs.len();
        state.outputs.push(None);
        state.open += 1;
        let overdue = state.overdue.take();
        state.failures.extend(overdue);
        drop(state);
        if number == 0 {
            if let Some(deadline) = self.settings.deadline {
                let failures = runtime.shared().failures.clone();
                let watch = self.clone().watch(deadline, failures);
                drop(runtime.spawn_from::<PanicsOnly, _>(watch, Origin::caller()));
            }
        }
        Ticket {
            members: self.clone(),
            number,
            has_ended: false,
            failures: runtime.shared().failures.clone(),
            boxed: E::into,
        }
    }

    /// Fails the group at the deadline. Ends when the group is cancelled, which always happens in
    /// the end.
    async fn watch(self: Arc<Self>, deadline: Instant, failures: Arc<Failures>) {
        let cancelled = pin!(self.token.cancelled());
        let deadline = pin!(sleep_until(deadline));
        if !first_of(cancelled, deadline).await {
            self.expire(Failed {
                failure: GroupFailure::Deadline,
                task: None,
                failures,
                boxed: E::into,
            });
        }
    }
}

/// Returns whether `one` was ready first.
async fn first_of(
    mut one: impl Future<Output = ()> + Unpin,
    mut other: impl Future<Output = ()> + Unpin,
) -> bool {
    std::future::poll_fn(|cx| {
        if std::pin::Pin::new(&mut one).poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        std::pin::Pin::new(&mut other).poll(cx).map(|()| false)
    })
    .await
}

/// The registration of one task.
pub(super) struct Ticket<T, E> {
    members: Arc<Members<T, E>>,
    number: usize,
    /// Whether the task has ended by itself and has recorded its result.
    has_ended: bool,
    failures: Arc<Failures>,
    boxed: fn(E) -> Box<dyn Error + Send + Sync>,
}

impl<T, E> Ticket<T, E> {
    pub(super) fn token(&self) -> &CancellationToken {
        &self.members.token
    }

    /// Records the result of the task, which has ended by itself and is the current task.
    pub(super) fn end(mut self, result: Result<T, GroupFailure<E>>) {
        self.has_ended = true;
        match result {
            Ok(output) => self.members.state.lock().outputs[self.number] = Some(output),
            Err(failure) => self.members.fail(Failed {
                failure,
                task: current_meta(),
                failures: self.failures.clone(),
                boxed: self.boxed,
            }),
        }
    }
}

impl<T, E> Drop for Ticket<T, E> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.members.state.lock().cancelled += 1;
        }
        self.members.close();
    }
}
