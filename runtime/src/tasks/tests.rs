//! Transitions and references that no test can see from outside: what goes wrong here is work
//! done later, or memory that is never freed.

use super::state::{FinishPoll, StartPoll, State};
use super::{Failures, Header, Notified, Origin, PanicsOnly, Schedule, new_task};
use crate::poll_context::UNLIMITED;
use crate::tasks::JoinHandle;
use std::future::{Future, pending};
use std::sync::Arc;

/// Has no queue.
struct Nowhere {
    failures: Failures,
    /// Gone when the task's memory is.
    _memory: Arc<()>,
}

impl Schedule for Nowhere {
    const REGISTERED: bool = false;

    unsafe fn schedule(_: *const Self, task: Notified) {
        drop(task);
    }

    fn release(&self, _: &Header) -> bool {
        false
    }

    fn failures(&self) -> &Failures {
        &self.failures
    }
}

/// A task, and what lives as long as its memory.
#[track_caller]
fn task<F: Future + 'static>(future: F) -> (Notified, JoinHandle<F::Output>, Arc<()>) {
    let memory = Arc::new(());
    let scheduler = Nowhere {
        failures: Failures::default(),
        _memory: memory.clone(),
    };
    let (_, entry, handle) = new_task::<PanicsOnly, _, _>(future, scheduler, Origin::caller());
    (entry, handle, memory)
}

/// A queue entry that is a task's last reference, and what lives as long as its memory.
#[track_caller]
pub(crate) fn last_entry() -> (Notified, Arc<()>) {
    let (entry, _, memory) = task(pending::<()>());
    (entry, memory)
}

#[test]
fn the_last_entry_of_an_ended_task_frees_it() {
    let (entry, handle, memory) = task(pending::<()>());
    entry.task().shutdown();
    drop(handle);
    assert_eq!(Arc::strong_count(&memory), 2);
    assert!(entry.run(UNLIMITED).is_none());
    assert_eq!(Arc::strong_count(&memory), 1);
}

/// One that asks to be polled again would otherwise go through the queue once more, or be left
/// there at the end of the runtime, which takes nothing out of it any more.
#[test]
fn a_task_aborted_while_it_runs_is_dropped_there_also_if_it_yields() {
    for abort in [
        |state: &State| assert!(!state.abort()),
        |state: &State| assert!(!state.claim_for_shutdown()),
    ] {
        for finish in [State::finish_poll, State::finish_poll_and_wake] {
            let state = State::new(0);
            assert_eq!(state.start_poll(), StartPoll::Poll);
            abort(&state);
            assert_eq!(finish(&state), FinishPoll::Cancel);
        }
    }
}
