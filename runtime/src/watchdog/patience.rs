//! After what time without progress a worker is taken for waiting where the platform does not
//! report what its thread does. It may also lack a core, and then a spare worker would lack one,
//! too.
//!
//! This is an adaptive failure detector, Chandra and Toueg's eventually perfect one: each mistaken
//! suspicion makes the next one later. A suspicion seems mistaken if the process computed before
//! the worker came back: where all wait, it hardly computes. A pure value, used by the watchdog
//! alone.

use super::thresholds::Thresholds;
use std::time::{Duration, Instant};

pub(super) struct Patience {
    time: Duration,
    /// When a mistake last confirmed it, or it was last halved.
    since: Instant,
}

impl Patience {
    pub(super) fn new(thresholds: &Thresholds, now: Instant) -> Self {
        Self {
            time: thresholds.waiting_is_stall,
            since: now,
        }
    }

    /// Returns the patience now. To be called at each check, since it wears off.
    pub(super) fn at(&mut self, thresholds: &Thresholds, now: Instant) -> Duration {
        let lasts = self.time.saturating_mul(thresholds.patience_lasts);
        if now.saturating_duration_since(self.since) >= lasts {
            self.time = (self.time / 2).max(thresholds.waiting_is_stall);
            self.since = now;
        }
        self.time
    }

    /// Records that a worker that was taken for waiting makes progress again, after it was `away`
    /// for this time. The process has `computed` for the second time meanwhile, if that is known.
    pub(super) fn note_return(
        &mut self,
        thresholds: &Thresholds,
        away: Duration,
        computed: Option<Duration>,
        now: Instant,
    ) {
        // Half a core: 60 workers that do nothing but block for 20 ms at a time use a third of one.
        let seems_to_have_lacked_a_core = computed.is_none_or(|time| time >= away / 2);
        if seems_to_have_lacked_a_core && away <= thresholds.longest_patience {
            let twice = away.saturating_mul(2).min(thresholds.longest_patience);
            self.time = self.time.max(twice);
            self.since = now;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const STALL: Duration = Duration::from_millis(1);
    const LEAST: Duration = Duration::from_micros(375);
    const LONGEST: Duration = Duration::from_millis(256);

    #[test]
    fn a_worker_that_seems_to_have_lacked_a_core_doubles_its_time() {
        let thresholds = Thresholds::new(STALL);
        let millis = Duration::from_millis;
        let table = [
            (
                "the process computed",
                millis(8),
                Some(millis(4)),
                millis(16),
            ),
            (
                "it did little",
                millis(8),
                Some(Duration::from_micros(3_999)),
                LEAST,
            ),
            ("it did nothing", millis(8), Some(Duration::ZERO), LEAST),
            ("on all cores", millis(8), Some(millis(16)), millis(16)),
            ("who knows", millis(8), None, millis(16)),
            ("for very long", millis(200), None, LONGEST),
            (
                "for longer than a core is lacking",
                LONGEST + STALL,
                None,
                LEAST,
            ),
            ("for a moment", Duration::ZERO, None, LEAST),
        ];
        for (name, away, computed, expected) in table {
            let now = Instant::now();
            let mut patience = Patience::new(&thresholds, now);
            assert_eq!(patience.at(&thresholds, now), LEAST);
            patience.note_return(&thresholds, away, computed, now);
            assert_eq!(patience.at(&thresholds, now), expected, "{name}");
        }
    }

    #[test]
    fn a_shorter_absence_leaves_the_patience_as_it_is() {
        let (thresholds, now) = (Thresholds::new(STALL), Instant::now());
        let mut patience = Patience::new(&thresholds, now);
        patience.note_return(&thresholds, STALL * 20, None, now);
        patience.note_return(&thresholds, STALL * 5, None, now);
        assert_eq!(patience.at(&thresholds, now), STALL * 40);
    }

    #[test]
    fn patience_wears_off_unless_there_are_further_mistakes() {
        let (thresholds, start) = (Thresholds::new(STALL), Instant::now());
        let mut patience = Patience::new(&thresholds, start);
        patience.note_return(&thresholds, STALL * 2, None, start);
        assert_eq!(patience.at(&thresholds, start + STALL * 63), STALL * 4);
        patience.note_return(&thresholds, STALL * 2, None, start + STALL * 63);
        assert_eq!(patience.at(&thresholds, start + STALL * 126), STALL * 4);
        let mut now = start + STALL * 127;
        for expected in [STALL * 2, STALL, STALL / 2, LEAST, LEAST] {
            assert_eq!(patience.at(&thresholds, now), expected);
            now += expected * 16;
        }
    }

    #[test]
    fn without_an_end_to_the_threshold_there_is_none_to_the_patience() {
        let thresholds = Thresholds::new(Duration::MAX);
        let now = Instant::now();
        let mut patience = Patience::new(&thresholds, now);
        patience.note_return(&thresholds, Duration::from_secs(86_400), None, now);
        assert_eq!(patience.at(&thresholds, now), thresholds.waiting_is_stall);
    }
}
