//! A model of the end of a runtime against a worker that puts the watchdog's check off.

use super::Alarm;
use crate::sync::atomic::{AtomicBool, Ordering::SeqCst};
use loom::sync::Arc;
use loom::thread;
use std::time::Duration;

/// To the clock of the models this is never.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// The watchdog wakes at the end, whoever sets its alarm at that moment.
fn the_end_is_heard(worker: impl Fn(&Alarm, &AtomicBool) + Send + Sync + Copy + 'static) {
    loom::model(move || {
        let alarm = Arc::new(Alarm::new().unwrap());
        let is_over = Arc::new(AtomicBool::new(false));
        let watchdog = {
            let (alarm, is_over) = (alarm.clone(), is_over.clone());
            // As `Watchdog::run_until_shutdown`. A lost alarm leaves it asleep, which is a
            // deadlock.
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
        // As `Shared::begin_shutdown`.
        is_over.store(true, SeqCst);
        alarm.ring();
        watchdog.join().unwrap();
        worker.join().unwrap();
    });
}

#[test]
fn a_roll_call_does_not_put_off_the_end() {
    the_end_is_heard(|alarm, is_over| alarm.postpone(NEVER, || is_over.load(SeqCst)));
}
