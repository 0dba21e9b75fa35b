//! Models of workers' sleep and wake: no work is left without an awake worker.
//!
//! They use the real `Idle`, `Parker` and `Ticker`. A lost wake-up leaves a
//! modelled thread parked for good, which loom reports as a deadlock.

use super::idle::Idle;
use super::parker::{Parker, Unblock};
use crate::driver::Ticker;
use crate::sync::Mutex;
use crate::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
    fence,
};
use loom::sync::Arc;
use loom::thread;
use std::time::Duration;

/// As much of a runtime as sleeping and waking involves.
struct Model {
    idle: Idle,
    parkers: Vec<Parker>,
    /// The injector's length: relaxed, as there.
    injected: AtomicUsize,
    leader: Mutex<()>,
    shutdown: AtomicBool,
}

impl Model {
    fn new(workers: usize) -> Arc<Self> {
        Self::with_spares(workers, 0)
    }

    fn with_spares(workers: usize, spares: usize) -> Arc<Self> {
        Arc::new(Self {
            idle: Idle::new(workers, spares),
            parkers: (0..workers + spares).map(|_| Parker::new()).collect(),
            injected: AtomicUsize::new(0),
            leader: Mutex::new(()),
            shutdown: AtomicBool::new(false),
        })
    }

    /// `Shared::inject`.
    fn inject(&self) {
        self.injected.fetch_add(1, Relaxed);
        if self.idle.must_wake() && !self.wake_one() && self.idle.must_wake() {
            self.call_spare();
        }
    }

    fn wake_one(&self) -> bool {
        let sleeper = self.idle.claim_sleeper();
        if let Some(worker) = sleeper {
            assert_eq!(self.parkers[worker].notify(), Unblock::Done);
        }
        sleeper.is_some()
    }

    /// `Shared::wake_some`, of a spare worker that has a thread.
    fn call_spare(&self) {
        if let Some(worker) = self.idle.claim_spare() {
            assert_eq!(self.parkers[worker].notify(), Unblock::Done);
        }
    }

    fn take(&self) -> bool {
        self.injected
            .fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1))
            .is_ok()
    }

    /// `LocalWorker::sleep` of a follower.
    fn sleep(&self, worker: usize) {
        self.idle.announce_sleep(worker);
        if self.injected.load(Relaxed) == 0 && !self.shutdown.load(Relaxed) {
            self.parkers[worker].park(None);
        }
        if self.idle.end_sleep(worker) {
            // Claimed, and counted as searching.
            self.idle.end_search();
        }
    }

    fn shut_down(&self) {
        self.shutdown.store(true, SeqCst);
        for parker in &self.parkers {
            assert_eq!(parker.notify(), Unblock::Done);
        }
    }
}

/// Work injected while a worker goes to sleep is run.
#[test]
fn injected_work_finds_a_worker() {
    loom::model(|| {
        let model = Model::new(1);
        let worker = {
            let model = model.clone();
            thread::spawn(move || {
                model.parkers[0].adopt_current_thread();
                while !model.take() {
                    model.sleep(0);
                }
            })
        };
        model.inject();
        worker.join().unwrap();
    });
}

/// Work injected while the only worker is found to be stuck is run by a spare one.
#[test]
fn injected_work_finds_a_spare_worker() {
    loom::model(|| {
        let model = Model::with_spares(1, 1);
        let spare = {
            let model = model.clone();
            thread::spawn(move || {
                model.parkers[1].adopt_current_thread();
                // As in `LocalWorker::rest`: only a call ends it.
                loop {
                    model.parkers[1].park(None);
                    if model.idle.end_sleep(1) {
                        break;
                    }
                    model.idle.announce_sleep(1);
                }
                assert!(model.take());
            })
        };
        let watch = {
            let model = model.clone();
            // The driver thread.
            thread::spawn(move || {
                model.idle.set_stuck(0, true);
                if model.injected.load(Relaxed) > 0 {
                    model.call_spare();
                }
            })
        };
        model.inject();
        watch.join().unwrap();
        spare.join().unwrap();
    });
}

/// Two pieces of work from two threads, against one worker.
#[test]
fn two_injectors_find_a_worker() {
    let mut builder = loom::model::Builder::new();
    // Three threads: bounded, as the whole space takes hours.
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let model = Model::new(1);
        let other = {
            let model = model.clone();
            thread::spawn(move || model.inject())
        };
        let worker = {
            let model = model.clone();
            thread::spawn(move || {
                model.parkers[0].adopt_current_thread();
                let mut done = 0;
                while done < 2 {
                    if model.take() {
                        done += 1;
                    } else {
                        model.sleep(0);
                    }
                }
            })
        };
        model.inject();
        other.join().unwrap();
        worker.join().unwrap();
    });
}

/// Work is run although the only awake worker may be one that goes to sleep.
#[test]
fn injected_work_finds_one_of_two_workers() {
    let mut builder = loom::model::Builder::new();
    // As above.
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let model = Model::new(2);
        let workers: Vec<_> = (0..2)
            .map(|index| {
                let model = model.clone();
                thread::spawn(move || {
                    model.parkers[index].adopt_current_thread();
                    while !model.shutdown.load(Acquire) {
                        if model.take() {
                            model.shut_down();
                        } else {
                            model.sleep(index);
                        }
                    }
                })
            })
            .collect();
        model.inject();
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

/// A worker that could not lead, because the driver thread did for a moment, is
/// woken to do so afterwards.
#[test]
fn lead_given_up_by_the_driver_thread_finds_a_worker() {
    loom::model(|| {
        let model = Model::new(1);
        let worker = {
            let model = model.clone();
            thread::spawn(move || {
                model.parkers[0].adopt_current_thread();
                loop {
                    model.idle.announce_sleep(0);
                    let leads = model.leader.try_lock().is_some();
                    if !leads {
                        model.parkers[0].park(None);
                    }
                    if model.idle.end_sleep(0) {
                        model.idle.end_search();
                    }
                    if leads {
                        break;
                    }
                }
            })
        };
        if let Some(lead) = model.leader.try_lock() {
            drop(lead);
            // `Leader::dispatch` ends so, and `Shared::stand_in` wakes a worker.
            fence(SeqCst);
            model.wake_one();
        }
        worker.join().unwrap();
    });
}

/// The driver thread does not sleep through a worker's waking.
#[test]
fn driver_thread_wakes_with_the_workers() {
    loom::model(|| {
        let model = Model::new(1);
        let ticker = Arc::new(Ticker::new().unwrap());
        model.idle.announce_sleep(0);
        let driver = {
            let (model, ticker) = (model.clone(), ticker.clone());
            thread::spawn(move || {
                ticker.sleep_while(|| model.idle.all_asleep());
            })
        };
        assert!(!model.idle.end_sleep(0));
        ticker.resume(Duration::from_millis(1));
        // The driver thread must return: nobody wakes it any more.
        driver.join().unwrap();
    });
}

/// A notification that meets a worker in any state ends its block, or prevents it.
#[test]
fn parker_keeps_a_notification() {
    loom::model(|| {
        let parker = Arc::new(Parker::new());
        let said = Arc::new(AtomicBool::new(false));
        let worker = {
            let (parker, said) = (parker.clone(), said.clone());
            thread::spawn(move || {
                parker.adopt_current_thread();
                while !said.load(Relaxed) {
                    parker.park(None);
                }
            })
        };
        said.store(true, Release);
        assert_eq!(parker.notify(), Unblock::Done);
        worker.join().unwrap();
    });
}

/// Of two notifications, one may meet the worker as it consumes the other: it must
/// still see what both notifiers did.
#[test]
fn parker_keeps_two_notifications() {
    loom::model(|| {
        let parker = Arc::new(Parker::new());
        let said = [
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicBool::new(false)),
        ];
        let worker = {
            let (parker, said) = (parker.clone(), said.clone());
            thread::spawn(move || {
                parker.adopt_current_thread();
                while !said.iter().all(|said| said.load(Relaxed)) {
                    parker.park(None);
                }
            })
        };
        let other = {
            let (parker, said) = (parker.clone(), said[0].clone());
            thread::spawn(move || {
                said.store(true, Relaxed);
                assert_eq!(parker.notify(), Unblock::Done);
            })
        };
        said[1].store(true, Relaxed);
        assert_eq!(parker.notify(), Unblock::Done);
        worker.join().unwrap();
        other.join().unwrap();
    });
}
