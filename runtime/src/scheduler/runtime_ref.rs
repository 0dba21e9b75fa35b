//! The references that tasks hold to their runtime, drawn in batches.
//!
//! Each task keeps its runtime's memory alive. A count that each spawn and each end changes would
//! be the one cache line that all cores write. Therefore each worker draws units of it in batches,
//! hands them out, and gets them back from the tasks whose memory it frees. Other threads draw
//! units one by one.
//!
//! Invariant: while units are out, one reference of the runtime's `Arc` exists for all of them
//! together. The thread that draws the first unit adds that reference, while it has one of its own;
//! the thread that gives the last one back drops it.

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

/// Number of units that a worker draws at once.
const BATCH: usize = 64;

/// The number of units that are out. On cache lines of its own, because each spawn from outside
/// writes it.
#[repr(align(128))]
pub(super) struct Units(AtomicUsize);

impl Units {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Returns `true` if these are the first units, so that the caller must add the reference for
    /// all.
    pub(super) fn draw(&self, count: usize) -> bool {
        // Relaxed: the caller has a reference to the runtime already.
        self.0.fetch_add(count, Relaxed) == 0
    }

    /// Returns `true` if these were the last units, so that the caller must drop the reference for
    /// all.
    pub(super) fn give_back(&self, count: usize) -> bool {
        // AcqRel: the thread that drops the runtime does so after everything that the others did
        // with it.
        self.0.fetch_sub(count, AcqRel) == count
    }
}

fn draw(shared: &Arc<Shared>, count: usize) {
    if shared.units.draw(count) {
        // The reference that `give_back` drops.
        std::mem::forget(shared.clone());
    }
}

/// # Safety
///
/// This many units belong to the caller, who gives them up.
unsafe fn give_back(shared: *const Shared, count: usize) {
    // SAFETY: the caller's units keep the runtime alive.
    if unsafe { &*shared }.units.give_back(count) {
        // SAFETY: `draw` made this reference when the first unit was drawn.
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

    /// Takes a unit for a task of the runtime whose worker this is.
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

    /// Takes back a task's unit.
    #[inline]
    fn put(&self) {
        self.count.set(self.count.get() + 1);
        if self.count.get() > 2 * BATCH {
            self.count.set(BATCH);
            // SAFETY: the units belong to the worker, and are no longer counted as its own.
            unsafe { give_back(self.shared, BATCH + 1) };
        }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        let count = self.count.take();
        if count > 0 {
            // SAFETY: the units belong to the worker, and are no longer counted as its own.
            unsafe { give_back(self.shared, count) };
        }
    }
}

/// A task's reference to its runtime: one unit.
pub(crate) struct RuntimeRef(NonNull<Shared>);

// SAFETY: it is a counted reference like `Arc<Shared>`, which is `Send` and `Sync`.
unsafe impl Send for RuntimeRef {}
// SAFETY: as above.
unsafe impl Sync for RuntimeRef {}

impl RuntimeRef {
    /// Creates the reference of a task that is not spawned by a worker.
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        draw(shared, 1);
        Self::of(shared)
    }

    /// Creates a reference for a unit that the caller has drawn.
    fn of(shared: &Arc<Shared>) -> Self {
        // SAFETY: an `Arc`'s pointer is never null.
        Self(unsafe { NonNull::new_unchecked(Arc::as_ptr(shared).cast_mut()) })
    }

    pub(super) fn as_ptr(&self) -> *const Shared {
        self.0.as_ptr()
    }

    pub(super) fn shared(&self) -> &Shared {
        // SAFETY: the unit keeps the runtime alive.
        unsafe { self.0.as_ref() }
    }

    /// Hands a task's entry over, by `inject`, on a thread that is not a worker. From then on the
    /// task may run and end at any time, and its memory be freed, together with this reference. So
    /// the task is kept until it has been handed over. (A reference of the `Arc` itself would also
    /// do, but its count is one cache line for all threads that wake tasks.)
    ///
    /// # Safety
    ///
    /// `this` is the reference of `task`.
    pub(super) unsafe fn hand_over(
        this: *const Self,
        task: Notified,
        inject: impl FnOnce(&Arc<Shared>, Notified),
    ) {
        let _kept = task.task();
        // SAFETY: the task has not been handed over, so its reference exists. The pointer is an
        // `Arc`'s, and the unit of the task, which `_kept` keeps, keeps the runtime alive.
        let shared = unsafe { ManuallyDrop::new(Arc::from_raw((*this).as_ptr())) };
        inject(&shared, task);
    }
}

impl Drop for RuntimeRef {
    #[inline]
    fn drop(&mut self) {
        match LocalWorker::of_runtime(self.as_ptr()) {
            Some(worker) => worker.spare_units().put(),
            // SAFETY: the unit belongs to this reference, and is given up here.
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

    /// A runtime whose references are counted like those of an `Arc`.
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

        /// Gives a unit back, as a task that ends does.
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

    /// Two threads spawn at once and release the runtime, and their tasks end. Fails if `give_back`
    /// is weaker than AcqRel, or if no thread adds the reference.
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
