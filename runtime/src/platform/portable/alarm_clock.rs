//! The alarm where the system has no timer that can be put off: a time in memory, and a thread that
//! sleeps.

use crate::platform::Alarming;
use crate::sync::Mutex;
use crate::sync::thread::{self, Thread};
use std::io;
use std::time::{Duration, Instant};

/// Any longer time is treated as forever.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) struct AlarmClock(Mutex<State>);

struct State {
    /// When the alarm rings.
    at: Option<Instant>,
    /// The waiting thread, and when it will wake without being notified.
    sleeper: Option<(Thread, Option<Instant>)>,
}

impl Alarming for AlarmClock {
    fn new() -> io::Result<Self> {
        Ok(Self(Mutex::new(State {
            at: None,
            sleeper: None,
        })))
    }

    fn set(&self, after: Duration) {
        #[cfg(loom)]
        if after >= LONGEST {
            self.0.lock().at = None;
            return;
        }
        // Ringing too early does no harm.
        let at = Instant::now() + after.min(LONGEST);
        let mut state = self.0.lock();
        state.at = Some(at);
        // A sleeper that wakes before that will see the new time itself.
        let is_late = |until: &Option<Instant>| until.is_none_or(|until| until > at);
        if let Some((sleeper, _)) = state.sleeper.take_if(|(_, until)| is_late(until)) {
            drop(state);
            sleeper.unpark();
        }
    }

    fn wait(&self) {
        self.wait_until(None);
    }

    fn wait_at_most(&self, time: Duration) {
        self.wait_until(Some(Instant::now() + time.min(LONGEST)));
    }
}

impl AlarmClock {
    /// Waits until the alarm rings, or until `end`.
    fn wait_until(&self, end: Option<Instant>) {
        loop {
            let until = {
                let mut state = self.0.lock();
                if state.at.is_some_and(has_come) {
                    (state.at, state.sleeper) = (None, None);
                    return;
                }
                if end.is_some_and(has_come) {
                    state.sleeper = None;
                    return;
                }
                let until = [state.at, end].into_iter().flatten().min();
                state.sleeper = Some((thread::current(), until));
                until
            };
            match until {
                None => thread::park(),
                Some(until) => sleep_until(until),
            }
        }
    }
}

#[cfg(not(loom))]
fn has_come(at: Instant) -> bool {
    at <= Instant::now()
}

#[cfg(not(loom))]
fn sleep_until(at: Instant) {
    thread::park_timeout(at.saturating_duration_since(Instant::now()));
}

// loom has no time: the alarm rings as soon as it is set, or never.

#[cfg(loom)]
fn has_come(_at: Instant) -> bool {
    true
}

#[cfg(loom)]
fn sleep_until(_at: Instant) {
    thread::yield_now();
}
