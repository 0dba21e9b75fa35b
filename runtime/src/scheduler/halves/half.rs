//! One half of a join: a closure on the stack of the thread that joins, for another to run.
//!
//! The owner, which is the thread that joins, offers its half by a [`HalfRef`]. It leaves its frame
//! only after it has taken the `HalfRef` back, or when the half is done. Another thread that holds
//! the `HalfRef` is the taker, and the only thread that runs the half.
//!
//! Invariant: a half has one `HalfRef`, and its taker does not access it any more once it has
//! stored DONE, because the owner may then leave its frame.

use crate::panics::{self, Payload};
use crate::sync::UnsafeCell;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sync::thread::{self, Thread};
use std::cell::Cell;
use std::mem;
use std::ptr::{self, NonNull};

// A half's word: two flags, and above them one more than the number of the worker that runs it. The
// owner sets AWAITED; the taker sets everything else.

/// The owner sleeps, is about to, or has slept.
const AWAITED: usize = 1;
const DONE: usize = 2;
const TAKER: usize = 4;

#[cfg(not(loom))]
crate::sync::thread_local! {
    /// The half that this thread has taken and is running; null if none.
    static TAKES: Cell<*const Half> = const { Cell::new(ptr::null()) };
}
// Loom's macro of this name does not accept `const`.
#[cfg(loom)]
crate::sync::thread_local! {
    static TAKES: Cell<*const Half> = Cell::new(ptr::null());
}

/// The progress of a half, as its owner sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not taken, or taken by a thread that has not stored its number yet.
    Offered,
    TakenBy(usize),
    Done,
}

/// The part that is the same for all halves, independent of the closure's type.
pub(in crate::scheduler) struct Half {
    word: AtomicUsize,
    /// Written by the owner before it sets AWAITED; from then on only read, by the taker.
    owner: UnsafeCell<Option<Thread>>,
    /// The half that the owner was running as a taker when it offered this one; only compared.
    under: *const Half,
    run: unsafe fn(NonNull<Half>),
}

impl Half {
    /// Returns whether the owner was running `other` when it offered this half, so that `other`
    /// cannot be done before this one is.
    pub(super) fn is_nested_in(&self, other: &Half) -> bool {
        ptr::eq(self.under, other)
    }

    /// Returns whether the owner was running no half that it had taken when it offered this one.
    pub(super) fn is_root(&self) -> bool {
        self.under.is_null()
    }

    pub(super) fn stage(&self) -> Stage {
        // Acquire: the owner sees what the half has done.
        let word = self.word.load(Acquire);
        match (word & DONE, (word / TAKER).checked_sub(1)) {
            (0, None) => Stage::Offered,
            (0, Some(taker)) => Stage::TakenBy(taker),
            _ => Stage::Done,
        }
    }

    /// Owner only. Makes the taker, or a thread that puts the half among the strays, wake this
    /// thread. After this the owner must check once more whether the half is done or back before it
    /// sleeps.
    pub(super) fn request_wake(&self) {
        if self.word.load(Relaxed) & AWAITED != 0 {
            return;
        }
        // SAFETY: AWAITED is not set yet, so the owner has exclusive access to the cell.
        self.owner
            .with_mut(|owner| unsafe { *owner = Some(thread::current()) });
        // Release: the taker sees the thread to wake.
        self.word.fetch_or(AWAITED, Release);
    }

    /// Owner only. Sleeps until the half is done, or until `take_back` gives it back; returns
    /// `true` in that case.
    pub(super) fn wait_or(&self, mut take_back: impl FnMut() -> bool) -> bool {
        self.request_wake();
        while self.stage() != Stage::Done {
            if take_back() {
                return true;
            }
            thread::park();
        }
        false
    }

    /// Returns the thread to wake, if the owner may sleep. Must be called only by a thread that
    /// holds the `HalfRef`, or that is the taker and has not stored DONE.
    fn sleeping_owner(&self) -> Option<Thread> {
        // Acquire: see the thread that the owner stored.
        let is_awaited = self.word.load(Acquire) & AWAITED != 0;
        // SAFETY: once AWAITED is set, no thread writes the cell.
        is_awaited
            .then(|| self.owner.with(|owner| unsafe { (*owner).clone() }))
            .flatten()
    }

    /// # Safety
    ///
    /// The caller has taken the half and run it, and does not use it any more.
    unsafe fn finish(this: NonNull<Half>) {
        // SAFETY: the owner keeps the half until it is done.
        let half = unsafe { this.as_ref() };
        let seen = half.word.load(Relaxed) & !AWAITED;
        // Release: the owner sees what the half has done. After this the half may be gone.
        let done = half.word.compare_exchange(seen, DONE, Release, Relaxed);
        if done.is_err() {
            let owner = half.sleeping_owner();
            // Release as above. No model can show it to be necessary, because loom's `unpark`
            // orders before it wakes. After this the half may be gone.
            half.word.store(DONE, Release);
            owner
                .expect("only the owner changes the word meanwhile")
                .unpark();
        }
    }
}

/// The right and the obligation to run a half or to pass it on.
pub(in crate::scheduler) struct HalfRef(NonNull<Half>);

// SAFETY: a half's closure and result are `Send`, and its word orders the accesses to them.
unsafe impl Send for HalfRef {}

impl HalfRef {
    pub(super) fn half(&self) -> &Half {
        // SAFETY: the owner keeps the half until it is done, and that requires that this reference
        // is used up.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn is(&self, half: &Half) -> bool {
        ptr::eq(self.0.as_ptr(), half)
    }

    /// Returns the thread to wake, if the owner may sleep: to be called by a thread that puts the
    /// half where its owner searches for it.
    pub(super) fn sleeping_owner(&self) -> Option<Thread> {
        self.half().sleeping_owner()
    }

    /// Runs the half on this thread, which is the worker of this number.
    pub(super) fn run(self, worker: usize) {
        let half = self.half();
        // Relaxed: the number only tells the owner where to search for parts of this half.
        half.word.fetch_add((worker + 1) * TAKER, Relaxed);
        let outer = TAKES.with(|takes| takes.replace(self.0.as_ptr()));
        // SAFETY: this thread holds the only reference, so the half is run once. `run` does not
        // unwind.
        unsafe { (half.run)(self.0) };
        TAKES.with(|takes| takes.set(outer));
        // SAFETY: this thread has taken the half and run it, and the reference ends here.
        unsafe { Half::finish(self.0) };
    }
}

enum Body<F, R> {
    Waits(F),
    Ended(Result<R, Payload>),
    Gone,
}

/// A half in its owner's frame.
#[repr(C)]
pub(super) struct Held<F, R> {
    half: Half,
    /// Accessed by the owner while no `HalfRef` exists or when the half is done, else by the taker.
    body: UnsafeCell<Body<F, R>>,
}

impl<F, R> Held<F, R>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    pub(super) fn new(f: F) -> Self {
        Self {
            half: Half {
                word: AtomicUsize::new(0),
                owner: UnsafeCell::new(None),
                under: TAKES.with(Cell::get),
                run: Self::run,
            },
            body: UnsafeCell::new(Body::Waits(f)),
        }
    }

    pub(super) fn half(&self) -> &Half {
        &self.half
    }

    /// # Safety
    ///
    /// Must be called once. The caller neither moves nor drops `self` before it has the half back
    /// or the half is done.
    pub(super) unsafe fn offer(&self) -> HalfRef {
        HalfRef(NonNull::from(self).cast())
    }

    /// # Safety
    ///
    /// `half` is the first field of a `Self`, and the caller has exclusive access to the body.
    unsafe fn run(half: NonNull<Half>) {
        // SAFETY: the caller guarantees that `half` is the first field of a `Self`, and `repr(C)`
        // places that field at the start.
        let held = unsafe { half.cast::<Self>().as_ref() };
        let f = held.take_closure();
        let result = panics::catch(f);
        // SAFETY: the taker has exclusive access until it stores DONE.
        held.body
            .with_mut(|body| unsafe { *body = Body::Ended(result) });
    }

    fn take_closure(&self) -> F {
        // SAFETY: called by the owner or by the taker, whichever has exclusive access to the body.
        let body = self
            .body
            .with_mut(|body| unsafe { mem::replace(&mut *body, Body::Gone) });
        match body {
            Body::Waits(f) => f,
            Body::Ended(_) | Body::Gone => unreachable!("a half is run once"),
        }
    }

    /// Returns the closure of a half that its owner has taken back.
    pub(super) fn into_closure(self) -> F {
        self.take_closure()
    }

    /// Returns the result of a half that is done.
    pub(super) fn into_result(self) -> Result<R, Payload> {
        // SAFETY: `self` is owned, and the half is done.
        let body = self
            .body
            .with_mut(|body| unsafe { mem::replace(&mut *body, Body::Gone) });
        match body {
            Body::Ended(result) => result,
            Body::Waits(_) | Body::Gone => unreachable!("a half that is done has been run"),
        }
    }
}
