//! One half of a join: a closure on the stack of the thread that joins, for another to run.
//!
//! The owner, who joins, offers it by a [`HalfRef`], and leaves its frame only when it has taken
//! that back, or when the half is done. Whoever holds the `HalfRef` instead is the taker, and the
//! only one to run the half.
//!
//! Invariant: a half has one `HalfRef`; and its taker touches it no more once it has said that it
//! is done, for then the owner may leave.

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

// What a half's word says: two flags, and above them one more than the number of the worker that
// runs it. The owner sets AWAITED, the taker all else.

/// Its owner sleeps, is about to, or has done so.
const AWAITED: usize = 1;
const DONE: usize = 2;
const TAKER: usize = 4;

#[cfg(not(loom))]
crate::sync::thread_local! {
    /// The half that this thread has taken and runs; null: none.
    static TAKES: Cell<*const Half> = const { Cell::new(ptr::null()) };
}
// Loom's macro of this name takes no `const`.
#[cfg(loom)]
crate::sync::thread_local! {
    static TAKES: Cell<*const Half> = Cell::new(ptr::null());
}

/// How far a half is, for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Where it was offered, or in somebody's hands who has not said so yet.
    Offered,
    TakenBy(usize),
    Done,
}

/// What is the same for all halves, whatever they run.
pub(in crate::scheduler) struct Half {
    word: AtomicUsize,
    /// The owner's, up to AWAITED; from then on the taker's to read.
    owner: UnsafeCell<Option<Thread>>,
    /// What the owner had taken when it offered this; only compared.
    under: *const Half,
    run: unsafe fn(NonNull<Half>),
}

impl Half {
    /// Whether it was offered by whoever had taken `other`, so that `other` is not done before it
    /// is.
    pub(super) fn is_under(&self, other: &Half) -> bool {
        ptr::eq(self.under, other)
    }

    /// Whether it was offered by one who had taken nothing.
    pub(super) fn is_at_the_root(&self) -> bool {
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

    /// Owner only: the taker, or who puts the half where its owner may look for it, is to wake this
    /// thread. Whatever the owner asks after this, it asks before it sleeps.
    pub(super) fn want_to_be_woken(&self) {
        if self.word.load(Relaxed) & AWAITED != 0 {
            return;
        }
        // SAFETY: not AWAITED yet, so the cell is the owner's.
        self.owner
            .with_mut(|owner| unsafe { *owner = Some(thread::current()) });
        // Release: the taker sees whom to wake.
        self.word.fetch_or(AWAITED, Release);
    }

    /// Owner only: sleeps until the half is done, or `take_back` gives it back. `true`: it did.
    pub(super) fn wait_or(&self, mut take_back: impl FnMut() -> bool) -> bool {
        self.want_to_be_woken();
        while self.stage() != Stage::Done {
            if take_back() {
                return true;
            }
            thread::park();
        }
        false
    }

    /// Whom to wake, if the owner may sleep. To be called by who holds the `HalfRef`, or has not
    /// said DONE.
    fn sleeping_owner(&self) -> Option<Thread> {
        // Acquire: whom it says.
        let is_awaited = self.word.load(Acquire) & AWAITED != 0;
        // SAFETY: from AWAITED on nobody writes it.
        is_awaited
            .then(|| self.owner.with(|owner| unsafe { (*owner).clone() }))
            .flatten()
    }

    /// # Safety
    ///
    /// The caller has taken the half and run it, and knows nothing of it from now on.
    unsafe fn finish(this: NonNull<Half>) {
        // SAFETY: it is there until it is done.
        let half = unsafe { this.as_ref() };
        let seen = half.word.load(Relaxed) & !AWAITED;
        // Release: the owner sees what the half has done. After this it may be gone.
        let done = half.word.compare_exchange(seen, DONE, Release, Relaxed);
        if done.is_err() {
            let owner = half.sleeping_owner();
            // Release, as above, which no model shows: loom's `unpark` orders before it wakes.
            // After this it may be gone.
            half.word.store(DONE, Release);
            owner
                .expect("only the owner changes the word meanwhile")
                .unpark();
        }
    }
}

/// The right, and the duty, to run a half or to pass it on.
pub(in crate::scheduler) struct HalfRef(NonNull<Half>);

// SAFETY: a half's closure and result are `Send`, and its word orders who touches them.
unsafe impl Send for HalfRef {}

impl HalfRef {
    pub(super) fn half(&self) -> &Half {
        // SAFETY: the owner stays until the half is done, which is not before this is used up.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn is(&self, half: &Half) -> bool {
        ptr::eq(self.0.as_ptr(), half)
    }

    /// For who has put it where its owner may look for it: whom to wake to take it back.
    pub(super) fn sleeping_owner(&self) -> Option<Thread> {
        self.half().sleeping_owner()
    }

    /// Runs it, on this thread, as the worker of this number.
    pub(super) fn run(self, worker: usize) {
        let half = self.half();
        // Relaxed: it only says where to look for halves that this one offers.
        half.word.fetch_add((worker + 1) * TAKER, Relaxed);
        let outer = TAKES.with(|takes| takes.replace(self.0.as_ptr()));
        // SAFETY: by the holder of the one reference, so it is run once. It does not unwind.
        unsafe { (half.run)(self.0) };
        TAKES.with(|takes| takes.set(outer));
        // SAFETY: as said; the reference ends here.
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
    /// The owner's while the `HalfRef` is not out, or when the half is done; else the taker's.
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
    /// To be made once; and the caller neither moves nor drops this before it has it back, or the
    /// half is done.
    pub(super) unsafe fn offer(&self) -> HalfRef {
        HalfRef(NonNull::from(self).cast())
    }

    /// # Safety
    ///
    /// The half is the first field of a `Self`, whose body is the caller's.
    unsafe fn run(half: NonNull<Half>) {
        // SAFETY: by the contract, and `repr(C)`.
        let held = unsafe { half.cast::<Self>().as_ref() };
        let f = held.take_closure();
        let result = panics::catch(f);
        // SAFETY: the taker's until it says DONE.
        held.body
            .with_mut(|body| unsafe { *body = Body::Ended(result) });
    }

    fn take_closure(&self) -> F {
        // SAFETY: called by the owner or by the taker, whichever has the body.
        let body = self
            .body
            .with_mut(|body| unsafe { mem::replace(&mut *body, Body::Gone) });
        match body {
            Body::Waits(f) => f,
            Body::Ended(_) | Body::Gone => unreachable!("a half is run once"),
        }
    }

    /// Of a half that its owner has taken back.
    pub(super) fn into_closure(self) -> F {
        self.take_closure()
    }

    /// Of a half that is done.
    pub(super) fn into_result(self) -> Result<R, Payload> {
        // SAFETY: as above.
        let body = self
            .body
            .with_mut(|body| unsafe { mem::replace(&mut *body, Body::Gone) });
        match body {
            Body::Ended(result) => result,
            Body::Waits(_) | Body::Gone => unreachable!("a half that is done has been run"),
        }
    }
}
