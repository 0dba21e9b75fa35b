//! Armed timers: one shard per worker, and one for all other threads.
//!
//! A worker arms timers in its own shard and looks after it: it sleeps no longer
//! than the shard's next deadline. The driver thread looks after the shards of
//! workers that are stuck.
//!
//! Invariant: `next` is no later than the earliest deadline in the map, except
//! while the lock is held.

use super::clock;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Instant;

/// Names an armed timer within its shard.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct TimerKey {
    deadline: Instant,
    /// Tells timers of the same deadline apart.
    id: u64,
}

pub(crate) struct TimerShard {
    /// The earliest deadline, on the scale of `clock`; readable without the lock.
    next: AtomicU64,
    armed: Mutex<Armed>,
}

struct Armed {
    timers: BTreeMap<TimerKey, Waker>,
    next_id: u64,
}

impl TimerShard {
    pub(crate) fn new() -> Self {
        Self {
            next: AtomicU64::new(clock::NEVER),
            armed: Mutex::new(Armed {
                timers: BTreeMap::new(),
                next_id: 0,
            }),
        }
    }

    /// Arms a timer. Also says whether it is now the earliest of the shard.
    pub(crate) fn arm(&self, deadline: Instant, waker: Waker) -> (TimerKey, bool) {
        let mut armed = self.armed.lock();
        let key = TimerKey {
            deadline,
            id: armed.next_id,
        };
        armed.next_id += 1;
        armed.timers.insert(key, waker);
        let earliest = armed.timers.first_key_value().map(|(key, _)| *key) == Some(key);
        self.publish(&armed);
        (key, earliest)
    }

    /// Has the timer wake this waker instead. `false`: it has fired.
    pub(crate) fn set_waker(&self, key: TimerKey, waker: &Waker) -> bool {
        match self.armed.lock().timers.get_mut(&key) {
            Some(known) => {
                known.clone_from(waker);
                true
            }
            None => false,
        }
    }

    /// Disarms a timer, if it has not fired.
    pub(crate) fn disarm(&self, key: TimerKey) {
        let mut armed = self.armed.lock();
        let waker = armed.timers.remove(&key);
        self.publish(&armed);
        drop(armed);
        // Outside the lock: it may be a task's last reference.
        drop(waker);
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        clock::instant(self.next.load(SeqCst))
    }

    /// Takes out the timers that are due, to be woken by the caller.
    pub(crate) fn take_due(&self, now: Instant, due: &mut Vec<Waker>) {
        if self.next.load(SeqCst) > clock::nanos(now) {
            return;
        }
        let mut armed = self.armed.lock();
        while let Some(first) = armed.timers.first_entry() {
            if first.key().deadline > now {
                break;
            }
            due.push(first.remove());
        }
        self.publish(&armed);
    }

    /// The runtime ends: wakes everybody, whether due or not.
    pub(crate) fn close(&self, due: &mut Vec<Waker>) {
        let mut armed = self.armed.lock();
        due.extend(std::mem::take(&mut armed.timers).into_values());
        self.publish(&armed);
    }

    fn publish(&self, armed: &Armed) {
        let first = armed.timers.first_key_value();
        let next = first.map_or(clock::NEVER, |(key, _)| clock::nanos(key.deadline));
        self.next.store(next, SeqCst);
    }
}
