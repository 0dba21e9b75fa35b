//! Transitions and references that tests cannot observe from outside: a bug here only delays work,
//! or leaks memory.

use super::state::{FinishPoll, StartPoll, State, Wake as Woken};
use super::{Failures, Header, Notified, Origin, PanicsOnly, Schedule, new_task};
use crate::poll_context::UNLIMITED;
use crate::tasks::JoinHandle;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

/// A scheduler without a queue.
struct Nowhere {
    failures: Failures,
    /// Dropped with the task's memory.
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

/// Creates a task, and a value that lives as long as its memory.
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

/// Creates a queue entry that is a task's last reference, and a value that lives as long as the
/// task's memory.
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

/// Otherwise a task that yields would go through the queue once more, or be left there at the
/// shutdown of the runtime, which takes no more tasks out of the queue.
#[test]
fn a_task_aborted_while_it_runs_is_dropped_at_once_even_if_it_yields() {
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

/// Each of these wakes uses up a waker, and with it the waker's reference.
#[test]
fn a_wake_by_value_gives_the_wakers_reference_up() {
    // The queue entry's and the handle's.
    let others = 2;
    let poll = |state: &State| assert_eq!(state.start_poll(), StartPoll::Poll);
    for (stage, outcome) in [
        (&[] as &[&dyn Fn(&State)], Woken::Nothing),
        (&[&poll], Woken::Nothing),
        (&[&poll, &|state| _ = state.complete()], Woken::Nothing),
    ] {
        let state = State::new(0);
        state.ref_inc();
        stage.iter().for_each(|step| step(&state));
        assert_eq!(state.wake_by_value(), outcome);
        assert!(state.ref_dec(others), "it is kept");
    }
}

/// Polls the handle once, and returns a value that lives as long as the waker that the handle
/// keeps.
fn keep_waker(handle: &mut JoinHandle<()>) -> Arc<Life> {
    let life = Arc::new(Life);
    let waker = Waker::from(life.clone());
    let polled = Pin::new(handle).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    life
}

struct Life;

impl Wake for Life {
    fn wake(self: Arc<Self>) {}
}

/// Even if something else keeps the task's memory: the waker may hold values that its owner expects
/// to be dropped.
#[test]
fn the_joiners_waker_goes_with_its_handle() {
    for completes_first in [false, true] {
        let (entry, mut handle, memory) = task(async {});
        let _keeps_memory = handle.abort_handle();
        let life = keep_waker(&mut handle);
        let mut entry = Some(entry);
        if completes_first {
            assert!(
                entry
                    .take()
                    .and_then(|entry| entry.run(UNLIMITED))
                    .is_none()
            );
        }
        assert_eq!(Arc::strong_count(&life), 2);
        drop(handle);
        assert_eq!(Arc::strong_count(&life), 1);
        drop(entry);
        assert_eq!(Arc::strong_count(&memory), 2);
    }
}

#[test]
fn the_handle_frees_a_task_that_nothing_else_keeps() {
    let (entry, handle, memory) = task(pending::<()>());
    drop(entry);
    assert_eq!(Arc::strong_count(&memory), 2);
    drop(handle);
    assert_eq!(Arc::strong_count(&memory), 1);
}
