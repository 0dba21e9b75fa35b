//! What a group shares with its tasks.
//!
//! A task holds a [`Ticket`], whose drop closes the books on it, however it ends, and starts the
//! next that waits for its turn. The invariant: under the lock, `open` counts the tickets; those of
//! tasks that wait are in `waiting`, and all others' tasks run.

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
    /// Cancelled: the group is.
    pub(super) token: CancellationToken,
    /// Settled before the first task.
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
    /// By the tasks' numbers.
    outputs: Vec<Option<T>>,
    failures: Vec<Failed<E>>,
    cancelled: usize,
    joiner: Option<GuardedWaker>,
}

/// A failure, and what is needed to report it if nobody joins the group.
struct Failed<E> {
    failure: GroupFailure<E>,
    /// The task that failed; the deadline is nobody's.
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

/// Spawns a task. Dropped, it drops the task, which then counts as cancelled.
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
                cancelled: 0,
                joiner: None,
            }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().open
    }

    /// Starts a task that has a ticket, or has it wait for its turn.
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
        // Not under the lock, which their tickets take.
        drop(waiting);
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
        // Not under the lock, which each task takes at its end: that may run anything.
        let joiner = cx.waker().into();
        let mut state = self.state.lock();
        if state.open == 0 {
            return Poll::Ready(());
        }
        let replaced = state.joiner.replace(joiner);
        drop(state);
        // Not under the lock: it may be the last reference to a task.
        drop(replaced);
        Poll::Pending
    }

    /// What has come of the tasks, all of which have ended.
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
        // Not under the lock: outputs are the user's, and may do anything when they are dropped.
        drop(outputs);
        Err(error)
    }
}

thread_local! {
    /// What is to be started when the start that is under way on this thread returns.
    static IN_TURN: RefCell<Option<VecDeque<Start>>> = const { RefCell::new(None) };
}

/// Starts a task whose turn has come because another's books were closed.
///
/// Not by recursion: a runtime that has ended refuses the task, which closes its books at once.
fn start_in_turn(start: Start) {
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            // Those that a panic has left are dropped, and count as cancelled.
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
    // If the thread ends there is no such place any more.
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

/// What nobody has joined is still heard of.
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
    /// Enters a task.
    pub(super) fn enter(self: &Arc<Self>, runtime: &Handle) -> Ticket<T, E> {
        let mut state = self.state.lock();
        let number = state.outputs.len();
        state.outputs.push(None);
        state.open += 1;
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

    /// Waits for the deadline, until the group is cancelled, as it is in the end.
    async fn watch(self: Arc<Self>, deadline: Instant, failures: Arc<Failures>) {
        let cancelled = pin!(self.token.cancelled());
        let deadline = pin!(sleep_until(deadline));
        if !first_of(cancelled, deadline).await {
            self.fail(Failed {
                failure: GroupFailure::Deadline,
                task: None,
                failures,
                boxed: E::into,
            });
        }
    }
}

/// Whether `one` was ready first.
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

/// One task's entry in the books.
pub(super) struct Ticket<T, E> {
    members: Arc<Members<T, E>>,
    number: usize,
    /// Whether the books have the result.
    has_ended: bool,
    failures: Arc<Failures>,
    boxed: fn(E) -> Box<dyn Error + Send + Sync>,
}

impl<T, E> Ticket<T, E> {
    pub(super) fn token(&self) -> &CancellationToken {
        &self.members.token
    }

    /// The task has come to its end by itself, and is the current one.
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
