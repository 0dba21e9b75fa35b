//! Models of an entry between its owner, which reads it without the lock, and the thread that fires
//! it.
//!
//! They run the real entry, wheel and shard. Loom reports an entry that both access at once: a drop
//! counts as a write, as it does for the allocator.

use super::clock::Clock;
use super::entry::Entry;
use super::shard::{Armed, TimerShard};
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::waking::wake_all;
use loom::future::block_on;
use loom::sync::Arc;
use loom::thread;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};

/// A timer whose entry is in a box of its own, so that dropping it frees the entry.
pub(crate) struct Timer<S: Deref<Target = TimerShard> + Clone> {
    shard: S,
    entry: Pin<Box<Entry>>,
}

impl<S: Deref<Target = TimerShard> + Clone> Timer<S> {
    pub(crate) fn new(shard: &S, deadline: u64) -> Self {
        let timer = Self {
            shard: shard.clone(),
            entry: Box::pin(Entry::new()),
        };
        timer.entry.set_deadline(deadline);
        timer
    }

    /// Returns `true` if this is now the earliest timer of the shard.
    pub(crate) fn arm(&self, waker: Waker) -> bool {
        // SAFETY: not linked, as the callers have checked; `drop` disarms it.
        let armed = unsafe { self.shard.arm(self.entry.as_ref(), waker.into()) };
        matches!(armed, Armed::Earliest)
    }

    /// Like `Sleep::disarm`.
    fn disarm(&self) {
        if self.entry.is_linked() {
            // SAFETY: it is linked in no other shard.
            drop(unsafe { self.shard.disarm(self.entry.as_ref()) });
        }
    }

    /// Like `Sleep::poll`.
    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        if self.entry.will_wake(cx.waker()) {
            return Poll::Pending;
        }
        self.disarm();
        if self.entry.has_fired() {
            return Poll::Ready(());
        }
        self.arm(cx.waker().clone());
        Poll::Pending
    }
}

impl<S: Deref<Target = TimerShard> + Clone> Drop for Timer<S> {
    fn drop(&mut self) {
        self.disarm();
        // Stands for the allocator's access.
        self.entry.as_ref().assert_owned();
    }
}

/// Fires the timers that are due at `now`, as a worker does.
fn fire(shard: &TimerShard, now: u64) {
    let mut due = Vec::new();
    shard.take_due_at(now, &mut due);
    wake_all(due);
}

/// The owner sees the firing, at any point between its polls, and may free the entry at once.
#[test]
fn firing_against_the_owners_polls() {
    loom::model(|| {
        let shard = Arc::new(TimerShard::new(Clock));
        let timer = Timer::new(&shard, 1);
        let mut firing = None;
        block_on(poll_fn(|cx| {
            // The vtable of loom's first waker differs from that of its clones.
            let waker = cx.waker().clone();
            let cx = &Context::from_waker(&waker);
            if firing.is_none() {
                assert!(timer.poll(cx).is_pending());
                let shard = shard.clone();
                firing = Some(thread::spawn(move || fire(&shard, 1)));
            }
            timer.poll(cx)
        }));
        drop(timer);
        firing.unwrap().join().unwrap();
    });
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

fn flag() -> (std::sync::Arc<Flag>, Waker) {
    let flag = std::sync::Arc::new(Flag(AtomicBool::new(false)));
    (flag.clone(), Waker::from(flag))
}

/// A timer dropped while it is fired: exactly one of the two takes it out, and the waker is dropped
/// either way.
#[test]
fn firing_against_the_drop() {
    loom::model(|| {
        let shard = Arc::new(TimerShard::new(Clock));
        let timer = Timer::new(&shard, 1);
        let (flag, waker) = flag();
        timer.arm(waker);
        let firing = thread::spawn(move || fire(&shard, 1));
        drop(timer);
        firing.join().unwrap();
        assert_eq!(std::sync::Arc::strong_count(&flag), 1);
    });
}

/// A deadline moved later, without the lock, while the timer is fired: either it has fired for the
/// old deadline and woken the owner, or it will fire for the new one.
#[test]
fn firing_against_a_later_deadline() {
    loom::model(|| {
        let shard = Arc::new(TimerShard::new(Clock));
        let timer = Timer::new(&shard, 1);
        let (flag, waker) = flag();
        timer.arm(waker);
        let firing = {
            let shard = shard.clone();
            thread::spawn(move || fire(&shard, 1))
        };
        timer.entry.set_deadline(1_000_000);
        firing.join().unwrap();
        let fired = flag.0.load(Relaxed);
        assert_eq!(fired, !timer.entry.is_linked());
        if !fired {
            fire(&shard, 999_999);
            assert!(timer.entry.is_linked());
            fire(&shard, 1_000_000);
            assert!(timer.entry.has_fired() && flag.0.load(Relaxed));
        }
    });
}

/// Two adjacent timers in one list, owned by two threads, while one of the threads fires them.
#[test]
fn adjacent_timers_are_armed_and_dropped_concurrently() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(|| {
        let shard = Arc::new(TimerShard::new(Clock));
        let first = Timer::new(&shard, 1);
        let (flag, waker) = flag();
        first.arm(waker);
        let other = {
            let shard = shard.clone();
            thread::spawn(move || {
                let second = Timer::new(&shard, 1);
                second.arm(Waker::noop().clone());
                drop(second);
            })
        };
        fire(&shard, 1);
        assert!(flag.0.load(Relaxed));
        drop(first);
        other.join().unwrap();
        assert_eq!(shard.next(), None);
    });
}
