//! Whether more than one worker gets more cheap tasks that come back done.
//!
//! That depends on the data that the tasks share. Independent tasks cost no more on two cores, and
//! two workers do twice as much; tasks that write the same cache lines may cost three times as
//! much. This cannot be known beforehand, so it is tried and measured: how long a poll takes while
//! one worker is awake, and while more of them are.
//!
//! All workers write it, at the end of their windows. All accesses are relaxed: it is a hint, like
//! `pace`, and never affects correctness.

use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long help is tried before it is judged: ten times as long as waking a worker takes, and some
/// forty windows of polls of 200 ns.
const TRIAL: Duration = Duration::from_micros(500);

/// How long tasks are left to one worker after a failed trial. Each further failure doubles it, up
/// to the second value. Failed trials thus take a twentieth of the time at first and a
/// three-hundredth later, and a change that makes sharing pay off is discovered within a second.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(160);

/// All workers together must be this many times as fast as one, in percent: usually more than two
/// measurements of the same thing differ by.
const WORTH: u64 = 115;

/// In a window with fewer polls that is also shorter, reading the clock is too large a part.
const FEW_POLLS: u64 = 32;
const SHORT: Duration = Duration::from_micros(50);

/// On cache lines of its own, because workers write it all the time.
#[repr(align(128))]
pub(super) struct Gain {
    created: Instant,
    /// The time that a poll takes while one worker is awake.
    alone: Average,
    /// The same while several workers are awake, divided by their number.
    together: Average,
    /// In nanoseconds since `created`: when the last trial ends, and when the next may begin.
    trial_ends: AtomicU64,
    next_trial: AtomicU64,
    pause: AtomicU64,
}

impl Gain {
    pub(super) fn new() -> Self {
        Self {
            created: Instant::now(),
            alone: Average::unknown(),
            together: Average::unknown(),
            trial_ends: AtomicU64::new(0),
            next_trial: AtomicU64::new(0),
            pause: AtomicU64::new(nanos(PAUSE)),
        }
    }

    /// Returns whether a window has too few polls and is too short to be meaningful.
    pub(super) fn is_negligible(polls: u64, took: Duration) -> bool {
        polls < FEW_POLLS && took < SHORT
    }

    /// Records that `polls` polls of one worker took `took` together, while `awake` workers were
    /// awake.
    pub(super) fn record(&self, polls: u64, took: Duration, awake: usize) {
        if Self::is_negligible(polls, took) {
            return;
        }
        let Some(each) = nanos(took).checked_div(polls) else {
            return;
        };
        match awake {
            0 | 1 => self.alone.record(each),
            awake => self.together.record(each / awake as u64),
        }
    }

    /// Returns whether other workers should get a share. If they have none, this may begin a trial.
    pub(super) fn is_worth_sharing(&self, now: Instant) -> bool {
        let now = nanos(now.saturating_duration_since(self.created));
        if now < self.trial_ends.load(Relaxed) {
            return true;
        }
        if self.is_faster() {
            self.pause.store(nanos(PAUSE), Relaxed);
            return true;
        }
        if now < self.next_trial.load(Relaxed) {
            return false;
        }
        let (end, pause) = (now + nanos(TRIAL), self.pause.load(Relaxed));
        self.trial_ends.store(end, Relaxed);
        self.next_trial.store(end + pause, Relaxed);
        let longer = (2 * pause).min(nanos(LONGEST_PAUSE));
        self.pause.store(longer, Relaxed);
        self.together.forget();
        true
    }

    /// Returns whether several workers have been found to be faster.
    pub(super) fn is_faster(&self) -> bool {
        match (self.alone.get(), self.together.get()) {
            (Some(alone), Some(together)) => together * WORTH <= alone * 100,
            _ => false,
        }
    }
}

/// A moving average in nanoseconds; 0 if unknown.
struct Average(AtomicU64);

impl Average {
    fn unknown() -> Self {
        Self(AtomicU64::new(0))
    }

    fn get(&self) -> Option<u64> {
        Some(self.0.load(Relaxed)).filter(|&each| each > 0)
    }

    fn forget(&self) {
        self.0.store(0, Relaxed);
    }

    /// Records a measurement. The majority counts: one in which the thread lost its core moves the
    /// average by an eighth at most.
    fn record(&self, each: u64) {
        let new = match self.get() {
            Some(known) => (7 * known + each.clamp(known / 2, 2 * known)) / 8,
            None => each,
        };
        self.0.store(new.max(1), Relaxed);
    }
}

/// Returns the nanoseconds, limited so that they can be multiplied.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).map_or(u64::MAX / 256, |nanos| nanos.min(u64::MAX / 256))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MICROSECOND: Duration = Duration::from_micros(1);

    fn record(gain: &Gain, each: Duration, awake: usize) {
        (0..32).for_each(|_| gain.record(64, 64 * each, awake));
    }

    #[test]
    fn a_trial_continues_if_it_is_faster() {
        // Polls take a microsecond with one worker, and `each` nanoseconds with `awake` workers.
        for (awake, each, is_worth) in [
            (2, 1_000, true),
            (2, 1_700, true),
            (2, 1_800, false),
            (2, 5_000, false),
            (8, 6_900, true),
            (8, 7_100, false),
        ] {
            let gain = Gain::new();
            record(&gain, MICROSECOND, 1);
            let start = gain.created;
            assert!(gain.is_worth_sharing(start), "a trial");
            record(&gain, Duration::from_nanos(each), awake);
            assert!(gain.is_worth_sharing(start + TRIAL - MICROSECOND));
            let worth = gain.is_worth_sharing(start + TRIAL);
            assert_eq!(worth, is_worth, "{awake} {each}");
        }
    }

    #[test]
    fn failed_trials_back_off_until_one_succeeds() {
        let gain = Gain::new();
        record(&gain, MICROSECOND, 1);
        let mut now = gain.created;
        for pause in [10, 20, 40, 80, 160, 160] {
            assert!(gain.is_worth_sharing(now), "a trial before {pause}");
            record(&gain, 3 * MICROSECOND, 2);
            now += TRIAL;
            let end = now + Duration::from_millis(pause);
            assert!(!gain.is_worth_sharing(now));
            assert!(!gain.is_worth_sharing(end - MICROSECOND));
            now = end;
        }
        assert!(gain.is_worth_sharing(now));
        record(&gain, MICROSECOND, 2);
        now += TRIAL;
        assert!(gain.is_worth_sharing(now));
        // The tasks' behaviour changes.
        record(&gain, 3 * MICROSECOND, 2);
        now += Duration::from_secs(1);
        assert!(gain.is_worth_sharing(now), "a trial");
        record(&gain, 3 * MICROSECOND, 2);
        now += TRIAL;
        assert!(!gain.is_worth_sharing(now));
        assert!(gain.is_worth_sharing(now + PAUSE), "soon again");
    }

    #[test]
    fn short_windows_have_little_weight() {
        let gain = Gain::new();
        record(&gain, MICROSECOND, 1);
        gain.record(2, 10 * MICROSECOND, 1);
        gain.record(0, Duration::from_secs(1), 1);
        assert_eq!(gain.alone.get(), Some(1_000));
        // The thread lost its core.
        gain.record(64, Duration::from_millis(20), 1);
        assert_eq!(gain.alone.get(), Some(1_125));
        gain.record(1, Duration::MAX, 1);
        assert!(gain.alone.get().unwrap() < 1_300);
    }
}
