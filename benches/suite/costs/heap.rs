//! The allocator of the whole suite: the system's, which counts while a [`Counting`] exists. At
//! other times an allocation costs one more check of a flag, on every runtime alike.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

use crate::plan::Plan;
use crate::runtimes::Runtime;
use crate::sample::Sample;
use crate::scheduler::spawn;

#[global_allocator]
static HEAP: Heap = Heap;

static COUNTING: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);

struct Heap;

fn count(allocations: u64, bytes: i64) {
    if COUNTING.load(Relaxed) {
        ALLOCATIONS.fetch_add(allocations, Relaxed);
        BYTES.fetch_add(bytes, Relaxed);
    }
}

// SAFETY: every call is passed on to the system's allocator unchanged; counting only touches
// atomics.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as i64);
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as i64);
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(1, new_size as i64 - layout.size() as i64);
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, -(layout.size() as i64));
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Counts what is allocated while this exists. Only one may exist at a time.
pub(super) struct Counting(());

impl Counting {
    pub(super) fn start() -> Counting {
        ALLOCATIONS.store(0, Relaxed);
        BYTES.store(0, Relaxed);
        COUNTING.store(true, Relaxed);
        Counting(())
    }

    pub(super) fn allocations(&self) -> u64 {
        ALLOCATIONS.load(Relaxed)
    }

    /// Returns how many more bytes are allocated than at the start.
    pub(super) fn bytes(&self) -> i64 {
        BYTES.load(Relaxed)
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        COUNTING.store(false, Relaxed);
    }
}

pub(super) async fn allocations_of_a_spawn<R: Runtime>(plan: Plan) -> Sample {
    let spawns = plan.pick(100_000, 100_000, 1_000);
    spawn::one_by_one::<R>(spawns).await;
    let counting = Counting::start();
    spawn::one_by_one::<R>(spawns).await;
    Sample::counted(counting.allocations() as f64 / spawns as f64)
}
