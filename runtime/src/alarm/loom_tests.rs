//! Models of a runtime's shutdown against the watchdog's beginning, and against a worker that puts
//! the watchdog's check off.

use super::Alarm;
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
};
use loom::sync::Arc;
use loom::thread;
use std::time::Duration;

/// The models' clock never reaches this.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// The watchdog wakes at shutdown although a worker sets its alarm at the same time.
fn shutdown_wakes_the_watchdog(
    worker: impl Fn(&Alarm, &AtomicBool) + Send + Sync + Copy + 'static,
) {
    loom::model(move || {
        let alarm = Arc::new(Alarm::new().unwrap());
        alarm.begin();
        let is_over = Arc::new(AtomicBool::new(false));
        let watchdog = {
            let (alarm, is_over) = (alarm.clone(), is_over.clone());
            // Like `Watchdog::sleep`. If the ring is lost, this thread sleeps forever, which loom
            // reports as a deadlock.
            thread::spawn(move || {
                alarm.set(NEVER);
                if !is_over.load(SeqCst) {
                    alarm.wait();
                }
            })
        };
        let worker = {
            let (alarm, is_over) = (alarm.clone(), is_over.clone());
            thread::spawn(move || worker(&alarm, &is_over))
        };
        // Like `Shared::begin_shutdown`.
        is_over.store(true, SeqCst);
        alarm.ring_at_end();
        watchdog.join().unwrap();
        worker.join().unwrap();
    });
}

#[test]
fn a_roll_call_does_not_put_off_the_end() {
    shutdown_wakes_the_watchdog(|alarm, is_over| alarm.postpone(NEVER, || is_over.load(SeqCst)));
}

/// A watchdog that begins while the runtime ends sees that, or is woken.
#[test]
fn a_watchdog_that_begins_at_the_end_ends() {
    loom::model(|| {
        let alarm = Arc::new(Alarm::new().unwrap());
        let is_over = Arc::new(AtomicBool::new(false));
        let watchdog = {
            let (alarm, is_over) = (alarm.clone(), is_over.clone());
            // Like `Watchdog::run_until_shutdown`.
            thread::spawn(move || {
                alarm.begin();
                if !is_over.load(Relaxed) {
                    alarm.wait();
                }
            })
        };
        // Like `Shared::begin_shutdown`.
        is_over.store(true, Relaxed);
        alarm.ring_at_end();
        watchdog.join().unwrap();
    });
}
