//! The wheel compared with a model that only keeps a list: random timers over all levels,
//! cancelled, moved later, and fired at random times.

use super::clock::NEVER;
use super::entry::Entry;
use super::wheel::Wheel;
use crate::waking::wake_all;
use fastrand::Rng;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Wake, Waker};

/// A waker that counts its wakes.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

struct Timer {
    entry: Pin<Box<Entry>>,
    woken: Arc<Woken>,
}

/// A wheel, and the timers that should be in it.
struct Scene {
    wheel: Wheel,
    now: u64,
    armed: Vec<Timer>,
    rng: Rng,
}

impl Scene {
    fn new(seed: u64) -> Self {
        Self {
            wheel: Wheel::new(),
            now: 0,
            armed: Vec::new(),
            rng: Rng::with_seed(seed),
        }
    }

    /// Returns a random duration of any order of magnitude, from nothing to centuries.
    fn length(&mut self) -> u64 {
        let bits = self.rng.u32(0..63);
        self.rng.u64(0..=1 << bits)
    }

    fn arm(&mut self) {
        let deadline = self.now.saturating_add(self.length()).min(NEVER - 1);
        self.arm_at(deadline);
    }

    fn arm_at(&mut self, deadline: u64) {
        let timer = Timer {
            entry: Box::pin(Entry::new()),
            woken: Arc::default(),
        };
        timer.entry.set_deadline(deadline);
        // SAFETY: a new entry, in a box that lives until it is removed or fired.
        unsafe {
            timer
                .entry
                .put_waker(Waker::from(timer.woken.clone()).into());
            self.wheel.insert(timer.entry.as_ref().address());
        }
        self.armed.push(timer);
    }

    fn cancel(&mut self) {
        let index = self.rng.usize(..self.armed.len());
        let timer = self.armed.swap_remove(index);
        // SAFETY: the timers in `armed` are linked.
        drop(unsafe { self.wheel.remove(timer.entry.as_ref().address()) });
        assert!(!timer.entry.is_linked());
    }

    fn move_later(&mut self) {
        let index = self.rng.usize(..self.armed.len());
        let later = self.length();
        let entry = &self.armed[index].entry;
        entry.set_deadline(entry.deadline().saturating_add(later).min(NEVER - 1));
    }

    fn earliest(&self) -> u64 {
        let deadlines = self.armed.iter().map(|timer| timer.entry.deadline());
        deadlines.min().unwrap_or(NEVER)
    }

    /// Lets time pass: up to the next deadline, or by a random duration.
    fn pass(&mut self) {
        let to = match self.wheel.next() {
            NEVER => self.now + self.rng.u64(..1_000_000),
            next if self.rng.bool() => self.now.max(next),
            _ => self.now.saturating_add(self.length()).min(NEVER - 1),
        };
        self.now = to;
        let mut due = Vec::new();
        self.wheel.expire(to, &mut due);
        wake_all(due);
        self.armed.retain(|timer| {
            let is_due = timer.entry.deadline() <= to;
            assert_eq!(timer.entry.has_fired(), is_due);
            assert_eq!(timer.woken.0.load(Relaxed), usize::from(is_due));
            assert_eq!(Arc::strong_count(&timer.woken), 1 + usize::from(!is_due));
            !is_due
        });
    }

    fn check(&self) {
        let earliest = self.earliest();
        assert!(self.wheel.next() <= earliest, "a timer would be late");
        assert_eq!(self.wheel.is_empty(), self.armed.is_empty());
        #[cfg(feature = "test-util")]
        assert_eq!(self.wheel.earliest_of_all().unwrap_or(NEVER), earliest);
    }
}

#[test]
fn only_due_timers_fire() {
    for seed in 0..50 {
        let mut scene = Scene::new(seed);
        for _ in 0..300 {
            match scene.rng.u32(..10) {
                0..5 => scene.arm(),
                5 | 6 if !scene.armed.is_empty() => scene.cancel(),
                7 if !scene.armed.is_empty() => scene.move_later(),
                _ => scene.pass(),
            }
            scene.check();
        }
        let mut rest = Vec::new();
        scene.wheel.clear(&mut rest);
        assert_eq!(rest.len(), scene.armed.len());
        assert!(scene.armed.iter().all(|timer| !timer.entry.is_linked()));
        assert!(scene.wheel.is_empty());
    }
}

/// A single timer, however far ahead, needs only one wait.
#[test]
fn the_next_of_a_few_timers_is_exact() {
    for bits in 0..62 {
        let mut scene = Scene::new(bits);
        scene.now = 12_345;
        scene.wheel.expire(scene.now, &mut Vec::new());
        for _ in 0..4 {
            let deadline = scene.now + (1 << bits) + scene.rng.u64(..=1 << bits);
            scene.arm_at(deadline);
        }
        assert_eq!(scene.wheel.next(), scene.earliest());
        scene.wheel.clear(&mut Vec::new());
    }
}

/// Equal deadlines fire in the order in which they were armed, even when they have come down from
/// higher levels.
#[test]
fn equal_deadlines_fire_in_order() {
    for far in [1, 1_000_000, 1_000_000_000_000] {
        let mut scene = Scene::new(0);
        (0..100).for_each(|_| scene.arm_at(far));
        let mut due = Vec::new();
        scene.wheel.expire(far - 1, &mut due);
        assert!(due.is_empty());
        scene.wheel.expire(far, &mut due);
        assert_eq!(due.len(), scene.armed.len());
        for (waker, timer) in due.iter().zip(&scene.armed) {
            assert!(waker.will_wake(&Waker::from(timer.woken.clone())));
        }
    }
}
