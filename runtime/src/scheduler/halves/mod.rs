//! Fork and join on the workers: how the second half of a join is offered, taken, and waited for.
//!
//! A worker that joins pushes the second half onto a deque of its own and runs the first. Usually
//! it then pops the second half and runs it as well, at the price of a push and a pop (lazy task
//! creation: Mohr, Kranz and Halstead). A worker that has nothing else to do takes the oldest half,
//! which is the largest. An owner whose half was taken helps the taker with parts of that very
//! half, and with nothing else (leapfrogging: Wagner and Calder). So a join runs the closures that
//! it was given and no other user code on its thread, whatever locks the caller holds, and no stack
//! grows beyond what the joins would need by themselves. When there is nothing to help with, the
//! owner blocks in place.
//!
//! `half` is one half and its protocol, `strays` holds halves outside of the deques, and `worth`
//! decides whether to notify other workers. [`PROTOCOL.md`](PROTOCOL.md) has the states.
//!
//! Invariant: a worker that waits for a half, or is in no join, has no half in its deque. Thieves
//! take the oldest first, and the worker has already waited for those that it offered later.

mod half;
#[cfg(all(test, loom))]
mod loom_tests;
mod strays;
mod worth;

use super::{LocalWorker, Shared};
use crate::panics;
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use half::{Half, Held, Stage};
use std::mem;
use std::panic::resume_unwind;
use std::process::abort;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use strays::Strays;

pub(super) use half::HalfRef;
pub(super) use worth::Worth;

/// How long a worker that waits for a half checks it continuously, yielding its core in between:
/// about as long as waking the worker takes.
const SPIN_TIME: Duration = Duration::from_micros(20);

/// When a wait has lasted this long, another worker replaces this one; until then it naps, and
/// tries to help in between. That is as long as a stall takes to be noticed: other tasks wait no
/// longer than for a worker that computes.
const NAPS: Duration = Duration::from_millis(1);

/// One nap. With the time that waking takes, napping uses about a tenth of a core.
const NAP: Duration = Duration::from_micros(50);

/// The part of the joins that all threads see.
pub(crate) struct Halves {
    /// The number of workers whose joins are to be shared.
    sharing: AtomicUsize,
    strays: Strays,
}

impl Halves {
    pub(super) fn new() -> Self {
        Self {
            sharing: AtomicUsize::new(0),
            strays: Strays::new(),
        }
    }
}

/// Runs both closures, the second possibly on another thread at the same time. `runtime` is called
/// on threads that are not workers, and returns the runtime whose workers may help.
#[inline]
pub(crate) fn join<A, B, RA, RB>(
    a: A,
    b: B,
    runtime: impl FnOnce() -> Option<Arc<Shared>>,
) -> (RA, RB)
where
    A: FnOnce() -> RA,
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    match LocalWorker::current() {
        Some(worker) if worker.is_the_only_one() => (a(), b()),
        Some(worker) => join_at(&worker, a, b),
        None => match runtime() {
            Some(shared) if !shared.flavor.is_current_thread() => join_at(&Outside(shared), a, b),
            _ => (a(), b()),
        },
    }
}

/// A kind of thread that joins.
trait Place {
    /// Guards one join, and ends it on drop.
    type Joining<'a>
    where
        Self: 'a;

    /// Offers the half to other threads.
    fn offer(&self, half: HalfRef) -> Self::Joining<'_>;

    /// Takes back the half, which was offered last of those not taken back yet. Returns `false` if
    /// another thread has it.
    fn take_back(&self, half: &Half) -> bool;

    /// Waits until the half is done. Returns `true` if it was taken back instead.
    fn wait(&self, half: &Half) -> bool;
}

#[inline]
fn join_at<P, A, B, RA, RB>(place: &P, a: A, b: B) -> (RA, RB)
where
    P: Place,
    A: FnOnce() -> RA,
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    let held = Held::new(b);
    let not_by_a_panic = AbortOnDrop;
    // SAFETY: `offer` is called once, and the frame is not left before the half has been taken back
    // or is done.
    let _joining = place.offer(unsafe { held.offer() });
    let a = panics::catch(a);
    let is_back = place.take_back(held.half()) || place.wait(held.half());
    mem::forget(not_by_a_panic);
    if is_back {
        let b = held.into_closure();
        match a {
            Ok(a) => (a, b()),
            Err(payload) => {
                panics::discard(b);
                resume_unwind(payload.into_inner())
            }
        }
    } else {
        match (a, held.into_result()) {
            (Ok(a), Ok(b)) => (a, b),
            (Ok(a), Err(payload)) => {
                panics::discard(a);
                resume_unwind(payload.into_inner())
            }
            (Err(payload), b) => {
                panics::discard(b);
                resume_unwind(payload.into_inner())
            }
        }
    }
}

/// Aborts on drop, while other threads may access the frame. Code there unwinds only because of a
/// bug in heist.
struct AbortOnDrop;

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        abort();
    }
}

/// A join of a worker, until it is dropped.
struct Joining<'a>(&'a LocalWorker);

impl Drop for Joining<'_> {
    #[inline]
    fn drop(&mut self) {
        let Self(worker) = self;
        if worker.worth.end(Instant::now) {
            worker.stop_sharing();
        }
    }
}

impl Place for &LocalWorker {
    type Joining<'a>
        = Joining<'a>
    where
        Self: 'a;

    #[inline]
    fn offer(&self, half: HalfRef) -> Joining<'_> {
        let is_part = !half.half().is_root();
        self.queue.offer(half);
        if self.worth.begin(is_part, Instant::now) {
            self.share_halves();
        }
        Joining(self)
    }

    #[inline]
    fn take_back(&self, half: &Half) -> bool {
        let last = self.queue.take_back();
        debug_assert!(last.as_ref().is_none_or(|last| last.is(half)));
        last.is_some()
    }

    #[cold]
    fn wait(&self, half: &Half) -> bool {
        let strays = &self.shared.halves.strays;
        let mut since = Instant::now();
        loop {
            match half.stage() {
                Stage::Done => return false,
                Stage::Offered if strays.len() > 0 && strays.take_back(half) => return true,
                Stage::TakenBy(taker) if self.help(taker, half) => since = Instant::now(),
                Stage::Offered | Stage::TakenBy(_) => match since.elapsed() {
                    elapsed if elapsed < SPIN_TIME => thread::yield_now(),
                    elapsed if elapsed < NAPS => nap(half),
                    _ => break,
                },
            }
        }
        LocalWorker::block_in_place(|| half.wait_or(|| strays.take_back(half)))
    }
}

/// Sleeps briefly, unless the half is done. The taker may soon have something to help with.
fn nap(half: &Half) {
    half.request_wake();
    if half.stage() != Stage::Done {
        thread::park_timeout(NAP);
    }
}

impl LocalWorker {
    /// Makes other workers share this worker's joins.
    #[cold]
    fn share_halves(&self) {
        let shared = &self.shared;
        let is_told = &self.remote().shares_halves;
        if !is_told.load(Relaxed) {
            is_told.store(true, Relaxed);
            shared.halves.sharing.fetch_add(1, Relaxed);
        }
        shared.wake_for_halves();
    }

    fn stop_sharing(&self) {
        let is_told = &self.remote().shares_halves;
        if is_told.load(Relaxed) {
            is_told.store(false, Relaxed);
            self.shared.halves.sharing.fetch_sub(1, Relaxed);
        }
    }

    /// Runs a part of the half, if its taker offers one.
    fn help(&self, taker: usize, half: &Half) -> bool {
        let Some(part) = self.shared.workers[taker].queue.take_half() else {
            return false;
        };
        if !part.half().is_nested_in(half) {
            // The taker has finished the half and begun something else. This thread is inside a
            // join of its own and must not run that.
            self.shared.halves.strays.put(part);
            return false;
        }
        self.count_steal(1);
        part.run(self.index());
        true
    }

    /// Runs an offered half, for a worker that has found nothing else to do. Returns `false` if
    /// there is none.
    pub(super) fn run_offered_half(&self) -> bool {
        let Some(half) = self.find_half() else {
            return false;
        };
        self.count_poll().pulse.set_polls_nothing();
        if self.end_search() && self.shared.offers_half_to(self.index()) {
            self.shared.wake_for_halves();
        }
        self.count_steal(1);
        half.run(self.index());
        true
    }

    fn find_half(&self) -> Option<HalfRef> {
        // While a spare worker runs, all cores may be busy with this very join. It is there for the
        // tasks.
        if self.is_the_only_one() || self.is_spare() {
            return None;
        }
        let shared = &self.shared;
        shared.halves.strays.take().or_else(|| {
            if shared.sleepers.is_alone(self.index()) {
                return None;
            }
            self.visit_victims(|victim| match shared.has_half_worth_taking(victim) {
                true => shared.workers[victim].queue.take_half(),
                false => None,
            })
        })
    }
}

impl Shared {
    /// Returns whether there is a half that this worker should take.
    pub(super) fn offers_half_to(&self, worker: usize) -> bool {
        let halves = &self.halves;
        let is_worth_it = |victim| victim != worker && self.has_half_worth_taking(victim);
        halves.strays.len() > 0
            || halves.sharing.load(Relaxed) > 0 && (0..self.workers.len()).any(is_worth_it)
    }

    /// Returns whether this worker offers a half that another one should take.
    fn has_half_worth_taking(&self, victim: usize) -> bool {
        let remote = &self.workers[victim];
        remote.queue.offers_half() && (remote.shares_halves.load(Relaxed) || self.is_absent(victim))
    }

    /// Wakes a regular worker for halves, if one sleeps and none is searching already.
    pub(crate) fn wake_for_halves(self: &Arc<Self>) {
        if self.may_wake_helper() {
            self.sleepers.wake_one(&**self);
        }
    }
}

/// A thread that is not a worker.
struct Outside(Arc<Shared>);

impl Place for Outside {
    type Joining<'a> = ();

    fn offer(&self, half: HalfRef) {
        let Self(shared) = self;
        shared.halves.strays.put(half);
        shared.wake_for_halves();
    }

    fn take_back(&self, half: &Half) -> bool {
        self.0.halves.strays.take_back(half)
    }

    fn wait(&self, half: &Half) -> bool {
        half.wait_or(|| self.0.halves.strays.take_back(half))
    }
}
