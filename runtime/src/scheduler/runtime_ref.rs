//! The references that tasks hold to their runtime, drawn in batches.
//!
//! Each task keeps its runtime's memory. A count that each spawn and each end changes would be the
//! one line that all cores write; so each worker draws units of it in batches, hands them out, and
//! gets them back from the tasks whose memory it frees. Other threads draw them one by one.
//!
//! Invariant: while units are out there is one reference of the runtime's `Arc` for all of them
//! together. Whoever draws the first adds it, and has a reference of its own meanwhile; whoever
//! gives the last one back drops it.

use super::{LocalWorker, Shared};
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Relaxed},
};
use crate::tasks::Notified;
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::Arc;

/// How many units a worker draws at once.
const BATCH: usize = 64;

/// How many units are out. On lines of its own, since each spawn from outside writes it.
#[repr(align(128))]
pub(super) struct Units(AtomicUsize);

impl Units {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// `true`: they are the first, and the caller must add the reference for all.
    pub(super) fn draw(&self, count: usize) -> bool {
        // Relaxed: the caller has the runtime already.
        self.0.fetch_add(count, Relaxed) == 0
    }

    /// `true`: they were the last, and the caller must drop the reference for all.
    pub(super) fn give_back(&self, count: usize) -> bool {
        // AcqRel: whoever drops the runtime does so after what all others did with it.
        self.0.fetch_sub(count, AcqRel) == count
    }
}

fn draw(shared: &Arc<Shared>, count: usize) {
    if shared.units.draw(count) {
        // It is what `give_back` drops.
        std::mem::forget(shared.clone());
    }
}

/// # Safety
///
/// So many units are the caller's, who gives them up.
unsafe fn give_back(shared: *const Shared, count: usize) {
    // SAFETY: the units keep it.
    if unsafe { &*shared }.units.give_back(count) {
        // SAFETY: made by `draw` when the first unit was drawn.
        drop(unsafe { Arc::from_raw(shared) });
    }
}

/// A worker's units that no task has.
pub(super) struct Spare {
    shared: *const Shared,
    count: Cell<usize>,
}

impl Spare {
    pub(super) fn none(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::as_ptr(shared),
            count: Cell::new(0),
        }
    }

    /// A task's, of the runtime whose worker this is.
    #[inline]
    pub(super) fn take(&self, shared: &Arc<Shared>) -> RuntimeRef {
        debug_assert!(std::ptr::eq(self.shared, Arc::as_ptr(shared)));
        if self.count.get() == 0 {
            draw(shared, BATCH);
            self.count.set(BATCH);
        }
        self.count.set(self.count.get() - 1);
        RuntimeRef::of(shared)
    }

    /// A task's is the worker's again.
    #[inline]
    fn put(&self) {
        self.count.set(self.count.get() + 1);
        if self.count.get() > 2 * BATCH {
            self.count.set(BATCH);
            // SAFETY: they are the worker's, and no longer counted as such.
            unsafe { give_back(self.shared, BATCH + 1) };
        }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        let count = self.count.take();
        if count > 0 {
            // SAFETY: they are the worker's, and no longer counted as such.
            unsafe { give_back(self.shared, count) };
        }
    }
}

/// A task's reference to its runtime: one unit.
pub(crate) struct RuntimeRef(NonNull<Shared>);

// SAFETY: it is a counted reference, as `Arc<Shared>` is, which is `Send` and `Sync`.
unsafe impl Send for RuntimeRef {}
// SAFETY: as above.
unsafe impl Sync for RuntimeRef {}

impl RuntimeRef {
    /// Of a task that no worker spawns.
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        draw(shared, 1);
        Self::of(shared)
    }

    /// The caller has drawn the unit.
    fn of(shared: &Arc<Shared>) -> Self {
        // SAFETY: an `Arc`'s pointer is never null.
        Self(unsafe { NonNull::new_unchecked(Arc::as_ptr(shared).cast_mut()) })
    }

    pub(super) fn as_ptr(&self) -> *const Shared {
        self.0.as_ptr()
    }

    pub(super) fn shared(&self) -> &Shared {
        // SAFETY: the unit keeps it.
        unsafe { self.0.as_ref() }
    }

    /// Hands a task's entry over, by `inject`, on a thread that is no worker. Then the task may run
    /// and end at once, and its memory be freed, and with it this reference; so the task is kept
    /// until it has been handed over. (A reference of the `Arc`'s own would do as well, but its
    /// count is one line for all threads that wake.)
    ///
    /// # Safety
    ///
    /// `this` is the task's.
    pub(super) unsafe fn hand_over(
        this: *const Self,
        task: Notified,
        inject: impl FnOnce(&Arc<Shared>, Notified),
    ) {
        let _kept = task.task();
        // SAFETY: the task has not been handed over, so the reference is there. The pointer is an
        // `Arc`'s, which the unit of the task that is kept keeps.
        let shared = unsafe { ManuallyDrop::new(Arc::from_raw((*this).as_ptr())) };
        inject(&shared, task);
    }
}

impl Drop for RuntimeRef {
    #[inline]
    fn drop(&mut self) {
        match LocalWorker::of_runtime(self.as_ptr()) {
            Some(worker) => worker.spare_units().put(),
            // SAFETY: the unit is ours, and given up here.
            None => unsafe { give_back(self.as_ptr(), 1) },
        }
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::Units;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::sync::atomic::{
        AtomicUsize,
        Ordering::{AcqRel, Acquire},
    };
    use loom::thread;

    /// A runtime whose references are counted as those of an `Arc`.
    struct Runtime {
        units: Units,
        references: AtomicUsize,
        memory: UnsafeCell<()>,
    }

    impl Runtime {
        fn draw(&self) {
            if self.units.draw(1) {
                assert!(self.references.fetch_add(1, AcqRel) > 0, "it was freed");
            }
        }

        /// As a task that ends.
        fn give_back(&self) {
            self.memory.with(|_| ());
            if self.units.give_back(1) {
                self.let_go();
            }
        }

        fn let_go(&self) {
            if self.references.fetch_sub(1, AcqRel) == 1 {
                self.memory.with_mut(|_| ());
            }
        }
    }

    /// Two threads spawn at once and let go, and their tasks end. Fails if `give_back` is anything
    /// less than AcqRel, and if nobody adds the reference.
    #[test]
    fn loom_units_keep_the_runtime() {
        loom::model(|| {
            let runtime = Arc::new(Runtime {
                units: Units::new(),
                references: AtomicUsize::new(2),
                memory: UnsafeCell::new(()),
            });
            let spawn = |runtime: Arc<Runtime>| {
                move || {
                    runtime.draw();
                    runtime.let_go();
                    runtime.give_back();
                }
            };
            let other = thread::spawn(spawn(runtime.clone()));
            spawn(runtime.clone())();
            other.join().unwrap();
            assert_eq!(runtime.references.load(Acquire), 0);
        });
    }
}
