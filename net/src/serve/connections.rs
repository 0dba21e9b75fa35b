//! The open connections: counted and cancelled, from any thread.
//!
//! A connection's task holds a [`Ticket`], whose drop records its end, whether the task returned,
//! panicked, was aborted, or its runtime ended. The invariant: every open connection is in the
//! slab, and the counts add up under the lock.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use heist_runtime::panics;
use heist_runtime::task::AbortHandle;
use heist_runtime::waking::GuardedWaker;
use parking_lot::Mutex;
use slab::Slab;

use crate::serve::outcome::sealed::IntoFailure;
use crate::serve::{Cause, Report};

#[derive(Default)]
pub(super) struct Connections {
    state: Mutex<State>,
}

// No user code runs under its lock.
impl std::panic::UnwindSafe for Connections {}
impl std::panic::RefUnwindSafe for Connections {}

#[derive(Default)]
struct State {
    /// The tasks of the open connections. `None` until the task is spawned.
    open: Slab<Option<AbortHandle>>,
    report: Report,
    /// The server's waker, and the number of open connections at or below which it is woken.
    waiting: Option<(usize, GuardedWaker)>,
}

/// How a connection ended.
enum End {
    Completed,
    Failed,
    Panicked,
    Cancelled,
}

impl Connections {
    pub(super) fn active(&self) -> usize {
        self.state.lock().open.len()
    }

    pub(super) fn report(&self) -> Report {
        self.state.lock().report
    }

    pub(super) fn accept_failed(&self) {
        self.state.lock().report.accept_errors += 1;
    }

    /// Registers an accepted connection.
    pub(super) fn enter(self: &Arc<Self>) -> Ticket {
        let mut state = self.state.lock();
        let key = state.open.insert(None);
        state.report.accepted += 1;
        state.report.peak = state.report.peak.max(state.open.len() as u64);
        Ticket {
            connections: self.clone(),
            key,
            end: End::Cancelled,
        }
    }

    /// Sets the task that serves the connection, unless it has ended already. Must be called before
    /// the next connection is registered, which may have the same key.
    pub(super) fn set_task(&self, key: usize, task: AbortHandle) {
        if let Some(place) = self.state.lock().open.get_mut(key) {
            *place = Some(task);
        }
    }

    /// Returns whether at most `few` are open. If not, the task is woken once that is so.
    pub(super) fn poll_at_most(&self, few: usize, cx: &Context<'_>) -> bool {
        if self.has_at_most(few) {
            return true;
        }
        // Cloned and dropped outside the lock: a waker may run any code.
        let server = GuardedWaker::from(cx.waker());
        let mut state = self.state.lock();
        let reached = state.open.len() <= few;
        let waiting = (!reached).then_some((few, server));
        let before = mem::replace(&mut state.waiting, waiting);
        drop(state);
        drop(before);
        reached
    }

    /// Returns whether at most `few` are open, and if so removes the waiting waker.
    fn has_at_most(&self, few: usize) -> bool {
        let mut state = self.state.lock();
        let reached = state.open.len() <= few;
        let unused = state.waiting.take_if(|_| reached);
        drop(state);
        drop(unused);
        reached
    }

    /// Aborts all tasks.
    pub(super) fn cancel(&self) {
        let tasks: Vec<_> = {
            let state = self.state.lock();
            let tasks = state.open.iter().filter_map(|(_, task)| task.clone());
            tasks.collect()
        };
        // Without the lock: an abort may drop a task's future, and so its ticket, right here.
        for task in tasks {
            task.abort();
        }
    }

    /// Counts the connections that have not ended as cancelled.
    pub(super) fn abandon(&self) -> Report {
        let mut state = self.state.lock();
        let stalled = state.open.len() as u64;
        state.open = Slab::new();
        state.report.cancelled += stalled;
        state.report.stalled = stalled;
        state.report
    }

    fn close(&self, key: usize, end: &End) {
        let mut state = self.state.lock();
        if state.open.try_remove(key).is_none() {
            // `abandon` has counted it already.
            return;
        }
        let report = &mut state.report;
        let count = match end {
            End::Completed => &mut report.completed,
            End::Failed => &mut report.failed,
            End::Panicked => &mut report.panicked,
            End::Cancelled => &mut report.cancelled,
        };
        *count += 1;
        let open = state.open.len();
        let server = state.waiting.take_if(|(few, _)| open <= *few);
        drop(state);
        if let Some((_, server)) = server {
            server.wake();
        }
    }
}

/// One connection's registration.
pub(super) struct Ticket {
    connections: Arc<Connections>,
    pub(super) key: usize,
    end: End,
}

impl Ticket {
    /// Serves the connection by `handler`, and reports a failure.
    pub(super) async fn run<F>(mut self, handler: F, report: impl FnOnce(Cause))
    where
        F: Future<Output: IntoFailure>,
    {
        let mut handler = pin!(Some(handler));
        // The future is not polled again after a panic; it is only dropped.
        let guarded = poll_fn(|cx| {
            let handler = handler.as_mut().as_pin_mut();
            let handler = handler.expect("it is not polled after its end");
            match panics::catch(|| handler.poll(cx)) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => Poll::Ready(Err(panic)),
            }
        });
        let ended = guarded.await;
        let dropped = panics::catch(|| handler.set(None));
        let result = match (ended, dropped) {
            (Err(panic), _) | (Ok(_), Err(panic)) => Err(Cause::of_panic(&*panic)),
            (Ok(outcome), Ok(())) => outcome.into_failure().map_err(Cause::Error),
        };
        match result {
            Ok(()) => self.end = End::Completed,
            Err(cause) => self.fail(cause, report),
        }
    }

    /// Records a failed connection, after reporting it.
    pub(super) fn fail(mut self, cause: Cause, report: impl FnOnce(Cause)) {
        self.end = match &cause {
            Cause::Error(_) => End::Failed,
            Cause::Panic(_) => End::Panicked,
        };
        report(cause);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let end = mem::replace(&mut self.end, End::Cancelled);
        self.connections.close(self.key, &end);
    }
}
