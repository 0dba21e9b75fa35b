//! The header of a task, which every reference points at: the part that does not depend on the
//! future.
//!
//! Any thread that has a reference reads it. Fields that change are atomic, or belong to one thread
//! according to the state word.

use super::effort::Effort;
use super::meta::TaskMeta;
use super::origin::Origin;
use super::state::{Phase, State};
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::waking::GuardedWaker;
use std::ptr::NonNull;
use std::task::Context;

/// The registry key of a task that is not registered.
pub(super) const UNREGISTERED: u64 = u64::MAX;

/// The part of a task that does not depend on its future. The fields that a wake and a poll access
/// come last, so that they share a cache line or two with the scheduler and the future, which
/// follow in the cell.
#[repr(C)]
pub(crate) struct Header {
    /// The waker to call on completion. JOIN_WAKER in `state` says who may access it.
    pub(super) join_waker: UnsafeCell<Option<GuardedWaker>>,
    meta: TaskMeta,
    /// The task's key in the registry, or [`UNREGISTERED`]. Written once, by the thread that
    /// registers the task, before any other thread can read it.
    registry_key: AtomicU64,
    pub(super) effort: Effort,
    pub(super) vtable: &'static Vtable,
    pub(super) state: State,
}

// Every task carries a header, so it should not exceed a cache line.
#[cfg(all(target_pointer_width = "64", not(loom)))]
const _: () = assert!(size_of::<Header>() == 64);

impl Header {
    #[inline]
    pub(super) fn new(origin: Origin, is_registered: bool, vtable: &'static Vtable) -> Self {
        Self {
            join_waker: UnsafeCell::new(None),
            meta: TaskMeta::new(origin),
            registry_key: AtomicU64::new(UNREGISTERED),
            effort: Effort::new(),
            vtable,
            state: State::new(usize::from(is_registered)),
        }
    }

    pub(crate) fn meta(&self) -> &TaskMeta {
        &self.meta
    }

    /// Returns what the task is doing at this moment.
    pub(crate) fn phase(&self) -> Phase {
        self.state.load().phase()
    }

    pub(crate) fn effort(&self) -> &Effort {
        &self.effort
    }

    pub(crate) fn set_registry_key(&self, key: u64) {
        // Relaxed: the registry's lock and the run queue order it.
        self.registry_key.store(key, Relaxed);
    }

    pub(crate) fn registry_key(&self) -> u64 {
        self.registry_key.load(Relaxed)
    }
}

/// The functions that depend on the types of the future and the scheduler. The safety contract of
/// each: the pointer is a live task's, made with this vtable, and the caller may access the stage
/// if the function does.
pub(super) struct Vtable {
    /// Whether the scheduler queues the task by a priority.
    pub(super) has_priority: bool,
    /// Polls the future once and stores the output. Returns `true` if the future is complete.
    pub(super) poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> bool,
    /// Drops the future and stores the cancellation as the output.
    pub(super) cancel: unsafe fn(NonNull<Header>),
    /// Drops the output, unless it was taken, and reports it if it is a failure.
    pub(super) drop_output: unsafe fn(NonNull<Header>),
    /// Moves the output into `*mut Poll<Result<T, JoinError>>`.
    pub(super) take_output: unsafe fn(NonNull<Header>, *mut ()),
    /// Queues the task; consumes the queue entry's reference.
    pub(super) schedule: unsafe fn(NonNull<Header>),
    /// Takes the completed task out of its registry. Returns `true` if it was registered; the
    /// registry's reference is now the caller's.
    pub(super) release: unsafe fn(NonNull<Header>) -> bool,
    /// Frees the cell with everything that is still in it.
    pub(super) dealloc: unsafe fn(NonNull<Header>),
}
