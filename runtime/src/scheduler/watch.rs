//! What the driver thread sees and does at its ticks: which workers do not get on, and what they
//! keep from happening.
//!
//! Runs on the driver thread. What it knows of the workers is never exact, and need not be: a worker
//! that is taken for stuck by mistake loses nothing but some tasks to others.

use super::Shared;
use super::thread_state::ThreadWatch;
use crate::sync::atomic::Ordering::Relaxed;
use crate::waking::wake_all;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A spare worker is told to rest only after it has been one too many for this long, so that a
/// worker that comes back for a moment does not send it away.
const SURPLUS_FOR: Duration = Duration::from_millis(10);

/// How long after a stall the ticks come faster: one stall is rarely the last, and those that come
/// more seldom than this delay too little to pay for so many looks.
const ALERT_FOR: Duration = Duration::from_millis(250);

/// A worker that is still at so many looks in a row is so by no accident.
const LOOKS_TO_ALERT: u32 = 3;

/// What the driver thread has seen so far.
pub(crate) struct Watch {
    workers: Vec<Seen>,
    last_look: Instant,
    /// Since when there have been too many spare workers.
    surplus_since: Option<Instant>,
    last_stall: Option<Instant>,
}

/// Since when a worker's tick has stood still, and what its thread does.
struct Seen {
    since: Instant,
    /// When the CPU time of its thread was last looked at.
    measured: Instant,
    /// At how many looks in a row it was still.
    looks: u32,
    thread: ThreadWatch,
}

/// How the workers are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulse {
    AllAsleep,
    Awake,
    /// Awake, and one of them only waits for its core: the system is as late as it is anyway.
    Crowded,
    /// Awake, and the thread of one of them waits, maybe not for long.
    Doubtful,
    /// Awake, and one of them is stuck or has been lately.
    Alert,
}

/// What one look found.
#[derive(Default)]
struct Look {
    awake: bool,
    /// Whether a worker's thread waits that was not stuck so far.
    doubtful: bool,
    /// Whether a worker does not get on for want of a core.
    crowded: bool,
    /// Workers whose tick stands still.
    still: usize,
    /// Whether a worker is stuck beyond doubt, and leaves its core to others: to the driver thread
    /// as well, which would take it from one that computes.
    any_long_wait: bool,
    /// Regular workers that are stuck and leave their cores to others.
    waiting: usize,
    /// Regular workers that are not stuck.
    free: usize,
    /// Whether tasks are queued with workers that are still.
    stuck_work: bool,
    /// Spare workers that are called for and get on.
    spares: usize,
    /// Of these, how many are awake.
    spares_awake: usize,
}

impl Look {
    /// How many spare workers there should be: one for each core that a stuck worker leaves free. One
    /// that computes needs its core, and a further thread would only fight for it; but somebody must
    /// get on.
    fn wanted(&self) -> usize {
        self.waiting.max(usize::from(self.free == 0))
    }
}

impl Watch {
    pub(crate) fn new() -> Self {
        Self {
            workers: Vec::new(),
            last_look: Instant::now(),
            surplus_since: None,
            last_stall: None,
        }
    }

    /// The workers sleep: keeps no descriptor open meanwhile.
    pub(crate) fn rest(&mut self) {
        for worker in &mut self.workers {
            worker.thread.close();
        }
    }
}

impl Shared {
    /// Marks workers that have not moved since the last look, and mends what they keep from
    /// happening.
    pub(crate) fn check_workers(self: &Arc<Self>, watch: &mut Watch) -> Pulse {
        let now = Instant::now();
        let look = self.look(watch, now);
        if look.any_long_wait {
            watch.last_stall = Some(now);
        }
        if look.still > 0 {
            self.stand_in(&look);
        }
        self.retire_surplus(&look, watch, now);
        let lately = |at| now.duration_since(at) < ALERT_FOR;
        let alert = watch.last_stall.is_some_and(lately);
        self.roll.lock().alert = alert;
        match look.awake {
            false => Pulse::AllAsleep,
            // Not while a worker waits for its core: then the looks would only take another one's.
            true if alert && !look.crowded => Pulse::Alert,
            true if look.doubtful => Pulse::Doubtful,
            true if look.crowded && !alert => Pulse::Crowded,
            true => Pulse::Awake,
        }
    }

    fn look(&self, watch: &mut Watch, now: Instant) -> Look {
        let mut look = Look::default();
        let mut roll = self.roll.lock();
        let since_last = now.duration_since(watch.last_look.max(roll.complete));
        watch.last_look = now;
        watch.workers.resize_with(self.workers.len(), || Seen {
            since: now,
            measured: now,
            looks: 0,
            thread: ThreadWatch::default(),
        });
        for (index, (worker, seen)) in self.workers.iter().zip(&mut watch.workers).enumerate() {
            let tick = worker.tick.load(Relaxed);
            let asleep = self.sleepers.is_asleep(index);
            let blocking = self.sleepers.is_blocking(index);
            let moves = asleep || tick != *roll.tick_of(index);
            // The last figure may be from before another worker last saw it get on.
            if !asleep && (moves || seen.measured < roll.complete) {
                seen.thread.gets_on(&worker.thread);
                seen.measured = now;
            }
            // One that only waits for its core will get on, and the cores have enough to do.
            let thread = &mut seen.thread;
            let waits = !asleep && !blocking && thread.waits();
            let computes = || thread.has_computed(self.stall_threshold / 4 * 3);
            let still = !moves && !blocking && (waits || computes());
            seen.looks = if still { seen.looks + 1 } else { 0 };
            if !still {
                (*roll.tick_of(index), seen.since) = (tick, now);
            }
            let still_for = now.duration_since(seen.since.max(roll.complete));
            // The kernel charges a poll with what it does for others, so that some take a while.
            let stuck = still
                && match waits {
                    // Half, as it may have begun to well before the last look.
                    true => still_for >= self.stall_threshold / 2,
                    false => thread.has_computed(self.stall_threshold.saturating_mul(2)),
                };
            look.doubtful |= waits && !stuck;
            look.crowded |= !moves && !blocking && !still;
            let is_spare = index >= self.workers.regular();
            if still != worker.stalled.load(Relaxed) {
                worker.stalled.store(still, Relaxed);
            }
            if stuck != self.sleepers.is_stalled(index) {
                self.sleepers.set_stalled(index, stuck);
            }
            self.note_look(index, tick, stuck.then_some(still_for), now);
            if !is_spare {
                look.waiting += usize::from(blocking || stuck && waits);
                look.free += usize::from(!blocking && !stuck);
            }
            look.awake |= !asleep;
            if !asleep {
                worker.look_up.store(true, Relaxed);
            }
            if still || blocking {
                look.still += 1;
                look.stuck_work |= worker.queue.len() > 0 || !worker.next.is_empty();
                look.any_long_wait |= stuck && waits && seen.looks >= LOOKS_TO_ALERT;
                if !blocking {
                    self.pace.record_slow_poll(since_last);
                }
            } else if is_spare && !worker.surplus.load(Relaxed) {
                look.spares += 1;
                look.spares_awake += usize::from(!asleep);
            }
        }
        look
    }

    /// Workers are stuck in polls: does for them what cannot wait.
    fn stand_in(self: &Arc<Self>, look: &Look) {
        let now = Instant::now();
        let mut due = Vec::new();
        self.driver.clock().enter();
        for (index, worker) in self.workers.iter().enumerate() {
            if self.stands_still(index) {
                worker.timers.take_due(now, &mut due);
            }
        }
        self.driver.timers().take_due(now, &mut due);
        let led = match self.driver.try_lead() {
            Some(mut leader) => {
                leader.poll();
                leader.dispatch(&mut due);
                false
            }
            None => true,
        };
        wake_all(due);
        // Somebody takes the stuck tasks, and then leads, so that from now on
        // events are served at once.
        let is_needed = look.stuck_work || !led || self.injector.len() > 0;
        if is_needed && !self.wake_one() && look.spares_awake < look.wanted() {
            self.call_spare();
        }
        self.driver.clock().leave();
    }

    /// Sends spare workers to rest of whom there are more than wanted.
    fn retire_surplus(&self, look: &Look, watch: &mut Watch, now: Instant) {
        let wanted = look.wanted();
        if look.spares <= wanted {
            watch.surplus_since = None;
            return;
        }
        let since = *watch.surplus_since.get_or_insert(now);
        // Once all sleep the driver thread soon does, too, and will not look again.
        if look.awake && now.duration_since(since) < SURPLUS_FOR {
            return;
        }
        // The highest first: the lowest are called first.
        let numbers = (self.workers.regular()..self.workers.len()).rev();
        let called = numbers.filter(|&number| !self.workers[number].surplus.load(Relaxed));
        for number in called.take(look.spares - wanted) {
            self.workers[number].surplus.store(true, Relaxed);
            self.unpark(number);
        }
    }

    /// Whether every worker sleeps, seen in order with what the caller did before.
    pub(crate) fn all_asleep(&self) -> bool {
        self.sleepers.all_asleep_now()
    }
}
