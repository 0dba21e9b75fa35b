//! What every reference to a task points at: the part that does not depend on its future.
//!
//! Any thread that has a reference reads it. What changes is atomic, or belongs to one thread by
//! the state word's rules.

use super::effort::Effort;
use super::meta::TaskMeta;
use super::origin::Origin;
use super::state::{Phase, State};
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::waking::GuardedWaker;
use std::ptr::NonNull;
use std::task::Context;

/// The registry's key of a task that is in none.
pub(super) const UNREGISTERED: u64 = u64::MAX;

/// The part of a task that does not depend on its future. What a wake and a poll touch comes last,
/// so that it shares a cache line or two with the scheduler and the future, which follow in
/// the cell.
#[repr(C)]
pub(crate) struct Header {
    /// Whom to wake on completion. Who may touch it: see JOIN_WAKER in `state`.
    pub(super) join_waker: UnsafeCell<Option<GuardedWaker>>,
    meta: TaskMeta,
    /// Where the registry keeps this task, or [`UNREGISTERED`]: written once, before
    /// anyone else can read it, by the thread that registers it.
    registry_key: AtomicU64,
    pub(super) effort: Effort,
    pub(super) vtable: &'static Vtable,
    pub(super) state: State,
}

// Every task carries one. It is to stay within a cache line's size.
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

    /// What the task does at this moment.
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

/// What depends on the types of the future and the scheduler. Each function's
/// safety contract: the pointer is a live task's, made with this vtable, and the
/// caller is entitled to the stage where the function touches it.
pub(super) struct Vtable {
    /// Whether its scheduler queues it by a priority.
    pub(super) has_priority: bool,
    /// Polls the future once and stores the output. `true`: it is complete.
    pub(super) poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> bool,
    /// Drops the future and stores the cancellation as the output.
    pub(super) cancel: unsafe fn(NonNull<Header>),
    /// Drops the output, unless it was taken, and reports the failure that it may be.
    pub(super) drop_output: unsafe fn(NonNull<Header>),
    /// Moves the output into `*mut Poll<Result<T, JoinError>>`.
    pub(super) take_output: unsafe fn(NonNull<Header>, *mut ()),
    /// Queues the task; consumes the queue entry's reference.
    pub(super) schedule: unsafe fn(NonNull<Header>),
    /// Takes the completed task out of its registry. `true`: it was in it, and the registry's
    /// reference is now the caller's.
    pub(super) release: unsafe fn(NonNull<Header>) -> bool,
    /// Frees the cell, with whatever is still in it.
    pub(super) dealloc: unsafe fn(NonNull<Header>),
}
