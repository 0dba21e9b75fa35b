//! A model of a runtime's shutdown against a worker that puts the watchdog's check off.

use super::Alarm;
use crate::sync::atomic::{AtomicBool, Ordering::SeqCst};
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
        alarm.ring();
        watchdog.join().unwrap();
        worker.join().unwrap();
    });
}

#[test]
fn a_roll_call_does_not_put_off_the_end() {
    shutdown_wakes_the_watchdog(|alarm, is_over| alarm.postpone(NEVER, || is_over.load(SeqCst)));
}
