//! Models of the next slot: its owner against a thief, on the real slot and real tasks.
//!
//! Each of these changes makes it fail: making a store or swap of `put`, or the swap of `take`,
//! Relaxed; replacing the swap of `take` by a load and a store.

use super::NextSlot;
use crate::poll_context::UNLIMITED;
use crate::tasks::{
    Failures, Header, Notified, Origin, PanicsOnly, Schedule, UnhandledPanic, new_task,
};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use loom::thread;

/// The tasks here never wake.
struct NeverWoken(Failures);

impl Schedule for NeverWoken {
    const REGISTERED: bool = false;

    unsafe fn schedule(_: *const Self, _: Notified) {
        unreachable!("nobody wakes the task");
    }

    fn release(&self, _: &Header) -> bool {
        false
    }

    fn failures(&self) -> &Failures {
        &self.0
    }
}

/// What the owner wrote before it put the task there, and how often the task has run.
struct Seen {
    written: AtomicBool,
    runs: AtomicUsize,
}

impl Seen {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            written: AtomicBool::new(false),
            runs: AtomicUsize::new(0),
        })
    }

    /// Returns a task, as if it had just been woken: its poll must see what was written before. The
    /// state word of a task that has just been created orders nothing, so that only the slot does.
    fn write_and_wake(seen: Arc<Self>) -> Notified {
        seen.written.store(true, Relaxed);
        let future = async move {
            assert!(seen.written.load(Relaxed), "polled before it was woken");
            seen.runs.fetch_add(1, Relaxed);
        };
        let scheduler = NeverWoken(Failures::new(None, UnhandledPanic::Ignore, None));
        let (_, entry, _) = new_task::<PanicsOnly, _, _>(future, scheduler, Origin::caller());
        entry
    }
}

fn run(task: Option<Notified>) {
    if let Some(task) = task {
        assert!(task.run(UNLIMITED).is_none());
    }
}

/// Each task that is put into the slot is taken once, by its owner or by the thief, and its poll
/// sees what was written before.
#[test]
fn a_task_in_the_next_slot_is_taken_once() {
    loom::model(|| {
        let slot = Arc::new(NextSlot::new());
        let seen = [Seen::new(), Seen::new()];
        let thief = {
            let slot = slot.clone();
            thread::spawn(move || run(slot.take()))
        };
        // The first task goes into an empty slot; the second displaces it, or finds that it has
        // been taken.
        for seen in &seen {
            run(slot.put(Seen::write_and_wake(seen.clone())));
        }
        run(slot.take());
        thief.join().unwrap();
        assert!(slot.is_empty());
        for seen in seen {
            assert_eq!(seen.runs.load(Relaxed), 1);
        }
    });
}
