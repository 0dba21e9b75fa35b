//! Models of workers' sleep and wake-up: no work is left without an awake worker.
//!
//! They run the steps of the real `Sleepers` and `Lead`; only the injector and the poller are
//! modelled. A lost wake-up leaves a modelled thread parked forever, which loom reports as a
//! deadlock.

use super::{Due, Found, Sleepers, WakePoller};
use crate::alarm::Alarm;
use crate::poller::Lead;
use crate::scheduler::groups::Layout;
use crate::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Acquire, Relaxed, SeqCst},
    fence,
};
use loom::sync::Arc;
use loom::thread;
use std::time::{Duration, Instant};

/// The parts of a runtime that sleeping and waking involve.
struct Model {
    sleepers: Sleepers,
    /// Each worker is a group here.
    groups: Layout,
    /// The lengths of the groups' injectors, accessed with relaxed ordering like the real ones.
    injected: Box<[AtomicUsize]>,
    leader: Lead<()>,
    shutdown: AtomicBool,
}

/// No worker blocks in the poller here.
impl WakePoller for Model {
    fn wake_poller(&self) {
        unreachable!("no worker leads");
    }
}

impl Model {
    fn new(workers: usize) -> Arc<Self> {
        Self::with_spares(workers, 0)
    }

    fn with_spares(workers: usize, spares: usize) -> Arc<Self> {
        let groups = Layout::new(workers);
        Arc::new(Self {
            sleepers: Sleepers::new(workers, spares),
            groups,
            injected: (0..groups.groups()).map(|_| AtomicUsize::new(0)).collect(),
            leader: Lead::new(()),
            shutdown: AtomicBool::new(false),
        })
    }

    fn inject(&self) {
        // Into the last worker's group, if that worker is awake.
        let group = match self.injected.len() {
            1 => 0,
            groups => self
                .groups
                .for_outside(groups - 1, |workers| self.sleepers.any_present(workers)),
        };
        let push = || {
            self.injected[group].fetch_add(1, Relaxed);
        };
        match self.sleepers.publish(self, push) {
            Found::Nobody => self.call_spare(),
            Found::Awake => self.wake_help(),
            Found::Woken => {}
        }
    }

    /// Models `LocalWorker::wake_help_for`, for work that is worth a worker.
    fn wake_help(&self) {
        if self.sleepers.any_asleep() && !self.sleepers.anyone_searching() {
            self.sleepers.wake_one(self);
        }
    }

    /// Models `Shared::call_spare`, for a spare worker that has a thread.
    fn call_spare(&self) {
        if let Some(worker) = self.sleepers.claim_spare() {
            self.sleepers.wake_claimed(worker, self);
        }
    }

    fn has_injected_work(&self) -> bool {
        self.injected
            .iter()
            .any(|injected| injected.load(Relaxed) > 0)
    }

    fn count_injected(&self) -> usize {
        let lengths = self.injected.iter().map(|injected| injected.load(Relaxed));
        lengths.sum()
    }

    fn take(&self, worker: usize) -> bool {
        let mut groups = self.groups.order(self.groups.of(worker), 0);
        groups.any(|group| {
            self.injected[group]
                .fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1))
                .is_ok()
        })
    }

    /// Models `LocalWorker::sleep` for a worker that does not lead.
    fn sleep(&self, worker: usize) {
        let sees_work = || self.has_injected_work() || self.shutdown.load(Relaxed);
        if self.sleepers.fall_asleep(worker, sees_work) {
            self.sleepers.park(worker, None);
        }
        self.wake_up(worker);
    }

    fn wake_up(&self, worker: usize) -> bool {
        let claimed = self.sleepers.wake_up(worker);
        if claimed {
            // The waker counted it as searching.
            self.sleepers.end_search();
        }
        claimed
    }

    fn shut_down(&self, workers: usize) {
        self.shutdown.store(true, SeqCst);
        for worker in 0..workers {
            self.sleepers.unpark(worker, self);
        }
    }
}

/// A worker runs work that is injected while it goes to sleep.
#[test]
fn injected_work_finds_a_worker() {
    loom::model(|| {
        let model = Model::new(1);
        let worker = {
            let model = model.clone();
            thread::spawn(move || {
                model.sleepers.adopt_current_thread(0);
                while !model.take(0) {
                    model.sleep(0);
                }
            })
        };
        model.inject();
        worker.join().unwrap();
    });
}

/// A spare worker runs work that is injected while the only worker is found to be stalled.
#[test]
fn injected_work_finds_a_spare_worker() {
    loom::model(|| {
        let model = Model::with_spares(1, 1);
        let spare = {
            let model = model.clone();
            thread::spawn(move || {
                model.sleepers.adopt_current_thread(1);
                // As in `LocalWorker::rest`, only a call ends this.
                loop {
                    model.sleepers.park(1, None);
                    if model.wake_up(1) {
                        break;
                    }
                    model.sleepers.announce(1);
                }
                assert!(model.take(1));
            })
        };
        let watch = {
            let model = model.clone();
            // The watchdog.
            thread::spawn(move || {
                model.sleepers.set_stalled(0, true);
                if model.has_injected_work() {
                    model.call_spare();
                }
            })
        };
        model.inject();
        watch.join().unwrap();
        spare.join().unwrap();
    });
}

/// A regular worker runs what a spare one hands over that rests, while it goes to sleep itself.
#[test]
fn work_of_a_worker_that_rests_finds_another() {
    loom::model(|| {
        let model = Model::with_spares(1, 1);
        let spare = model.sleepers.claim_spare().unwrap();
        let worker = {
            let model = model.clone();
            thread::spawn(move || {
                model.sleepers.adopt_current_thread(0);
                while !model.take(0) {
                    model.sleep(0);
                }
            })
        };
        // As in `LocalWorker::rest`.
        model.injected[0].fetch_add(1, Relaxed);
        model.sleepers.announce(spare);
        // As in `Shared::replace_one_awake`.
        let is_any_present = || model.sleepers.any_present(0..2);
        if !model.sleepers.wake_one(&*model) && model.has_injected_work() && !is_any_present() {
            model.call_spare();
        }
        worker.join().unwrap();
    });
}

/// Two threads inject work against one worker.
#[test]
fn two_injectors_find_a_worker() {
    let mut builder = loom::model::Builder::new();
    // Bounded, since with three threads the whole space takes hours.
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
                model.sleepers.adopt_current_thread(0);
                let mut done = 0;
                while done < 2 {
                    if model.take(0) {
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

/// Work is run even if the only awake worker is going to sleep.
#[test]
fn injected_work_finds_one_of_two_workers() {
    let mut builder = loom::model::Builder::new();
    // Bounded for the same reason as above.
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let model = Model::new(2);
        let workers: Vec<_> = (0..2)
            .map(|index| {
                let model = model.clone();
                thread::spawn(move || {
                    model.sleepers.adopt_current_thread(index);
                    while !model.shutdown.load(Acquire) {
                        if model.take(index) {
                            model.shut_down(2);
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

/// Of two workers the first, woken for work, runs the user's code, which blocks. The second one
/// does not wait for it.
#[test]
fn injected_work_finds_another_worker_than_one_in_the_users_code() {
    let mut builder = loom::model::Builder::new();
    // Bounded for the same reason as above.
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let model = Model::new(2);
        (0..2).for_each(|worker| model.sleepers.announce(worker));
        let workers = [0, 1].map(|worker| {
            let model = model.clone();
            thread::spawn(move || {
                model.sleepers.adopt_current_thread(worker);
                model.sleepers.park(worker, None);
                assert!(model.sleepers.wake_up(worker), "only a call ends the sleep");
                if worker == 1 {
                    assert!(model.take(worker));
                } else if model.sleepers.interrupt_search() && model.count_injected() > 1 {
                    // As in `LocalWorker::interrupt_search`; this worker comes back too late.
                    model.wake_help();
                }
            })
        });
        (0..2).for_each(|_| model.inject());
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

/// A worker that could not lead, because the watchdog led for a moment, is woken afterwards to do
/// so.
#[test]
fn lead_given_up_by_the_driver_thread_finds_a_worker() {
    loom::model(|| {
        let model = Model::new(1);
        let worker = {
            let model = model.clone();
            thread::spawn(move || {
                model.sleepers.adopt_current_thread(0);
                loop {
                    model.sleepers.announce(0);
                    let leads = model.leader.try_take().is_some();
                    if !leads {
                        model.sleepers.park(0, None);
                    }
                    model.wake_up(0);
                    if leads {
                        break;
                    }
                }
            })
        };
        if let Some(lead) = model.leader.try_take() {
            drop(lead);
            // `Leader::dispatch` ends with this fence, and the watchdog then wakes a worker.
            fence(SeqCst);
            model.sleepers.wake_one(&*model);
        }
        worker.join().unwrap();
    });
}

/// The watchdog does not sleep while a worker wakes.
#[test]
fn watchdog_wakes_with_the_workers() {
    loom::model(|| {
        let model = Model::new(1);
        let alarm = Arc::new(Alarm::new().unwrap());
        alarm.begin();
        model.sleepers.announce(0);
        let watchdog = {
            let (model, alarm) = (model.clone(), alarm.clone());
            thread::spawn(move || {
                alarm.sleep_while(|| model.sleepers.all_asleep());
            })
        };
        assert!(!model.sleepers.wake_up(0));
        alarm.resume(Duration::from_millis(1), Instant::now, || false);
        // The watchdog must return: no other thread wakes it.
        watchdog.join().unwrap();
    });
}

/// One worker falls asleep while another wakes, and sets the alarm: for soon at first, and then for
/// a timer far ahead. `others` wakes the other worker. The watchdog must then return from `watch`,
/// since no other thread wakes it.
fn the_alarm_is_put_off(
    watch: impl Fn(&Alarm, &Sleepers) + Send + Sync + Copy + 'static,
    others: impl Fn(&Alarm, &Sleepers) + Send + Sync + 'static,
) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(4));
    builder.check(move || {
        let model = Model::new(2);
        let alarm = Arc::new(Alarm::new().unwrap());
        alarm.begin();
        model.sleepers.announce(1);
        let watchdog = {
            let (model, alarm) = (model.clone(), alarm.clone());
            thread::spawn(move || watch(&alarm, &model.sleepers))
        };
        let sleeper = {
            let (model, alarm) = (model.clone(), alarm.clone());
            thread::spawn(move || {
                let all_asleep = || model.sleepers.all_asleep();
                model.sleepers.announce(0);
                for after in [SOON, NEVER] {
                    let now = alarm.start();
                    if all_asleep() {
                        alarm.expect_waking(now + after, now, all_asleep, || false);
                    }
                }
            })
        };
        others(&alarm, &model.sleepers);
        watchdog.join().unwrap();
        sleeper.join().unwrap();
    });
}

/// The clock of the models rings at once, or never.
const SOON: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::from_secs(48 * 60 * 60);

fn wake(alarm: &Alarm, sleepers: &Sleepers) {
    assert!(!sleepers.wake_up(1));
    alarm.resume(SOON, || alarm.start(), || false);
}

#[test]
fn watchdog_wakes_though_the_alarm_is_put_off() {
    let rest = |alarm: &Alarm, sleepers: &Sleepers| _ = alarm.sleep_while(|| sleepers.all_asleep());
    the_alarm_is_put_off(rest, wake);
}

/// The other worker falls asleep before the watchdog sees that it woke, and wakes again.
#[test]
fn watchdog_keeps_its_own_alarm() {
    let rest_and_check = |alarm: &Alarm, sleepers: &Sleepers| {
        alarm.sleep_while(|| sleepers.all_asleep());
        alarm.set(SOON);
        alarm.wait();
    };
    the_alarm_is_put_off(rest_and_check, |alarm, sleepers| {
        wake(alarm, sleepers);
        sleepers.announce(1);
        wake(alarm, sleepers);
    });
}

/// A worker that is left work for itself alone while it goes to sleep is woken, and sees that work.
#[test]
fn work_of_its_own_finds_a_worker() {
    loom::model(|| {
        let model = Model::new(1);
        let due = Arc::new(Due::new());
        let left = Arc::new(AtomicBool::new(false));
        let worker = {
            let (model, due, left) = (model.clone(), due.clone(), left.clone());
            thread::spawn(move || {
                model.sleepers.adopt_current_thread(0);
                while !due.take() {
                    if model.sleepers.fall_asleep(0, || due.is_set()) {
                        model.sleepers.park(0, None);
                    }
                    model.wake_up(0);
                }
                assert!(left.load(Relaxed), "the worker does not see what was left");
            })
        };
        left.store(true, Relaxed);
        due.notify(0, &model.sleepers, &*model);
        worker.join().unwrap();
    });
}
