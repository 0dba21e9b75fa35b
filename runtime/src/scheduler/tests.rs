//! Tests of the steps of the scheduler that threads only meet by chance, taken one by one: calling
//! the roll, and calling spare workers. The runtimes here have no threads but the test's own.

use super::*;
use crate::blocking::{Limits, Starter, ThreadParts};
use crate::platform::Topology;
use crate::tasks::Origin;
use crate::timers::Clock;
use crate::watchdog::Thresholds;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{io, thread};

const STALL: Duration = Duration::from_secs(3600);

/// Replaces the start of spare workers' threads, or of the watchdog's: counts the calls and starts
/// no thread.
#[derive(Default)]
pub(super) struct Starts {
    count: AtomicUsize,
    are_refused: AtomicBool,
}

impl Starts {
    pub(super) fn count(&self) -> usize {
        self.count.load(SeqCst)
    }

    fn start(&self) -> io::Result<()> {
        self.count.fetch_add(1, SeqCst);
        match self.are_refused.load(SeqCst) {
            true => Err(io::Error::other("expected: there are no threads")),
            false => Ok(()),
        }
    }

    pub(super) fn refuse(&self, refuses: bool) {
        self.are_refused.store(refuses, SeqCst);
    }
}

pub(super) fn bare(workers: usize, spares: usize) -> (Arc<Shared>, Arc<Starts>) {
    let (shared, starts, _) = bare_on(Topology::default, workers, spares);
    (shared, starts)
}

/// Creates a runtime on these cores, with the workers' seats.
pub(super) fn bare_on(
    topology: fn() -> Topology,
    workers: usize,
    spares: usize,
) -> (Arc<Shared>, Arc<Starts>, Vec<Seat>) {
    assemble(topology, workers, spares, None)
}

/// Creates a runtime whose last worker starts the watchdog; with the calls for that.
pub(super) fn bare_on_first_watch(workers: usize) -> (Arc<Shared>, Arc<Starts>, Vec<Seat>) {
    let starts = Arc::new(Starts::default());
    let of_watchdog = starts.clone();
    let start = Box::new(move |_| of_watchdog.start());
    let (shared, _, seats) = assemble(Topology::default, workers, 0, Some(start));
    (shared, starts, seats)
}

fn assemble(
    topology: fn() -> Topology,
    workers: usize,
    spares: usize,
    start_watchdog: Option<StartWatchdog>,
) -> (Arc<Shared>, Arc<Starts>, Vec<Seat>) {
    #[cfg(feature = "test-util")]
    let clock = Clock::new(false);
    #[cfg(not(feature = "test-util"))]
    let clock = Clock;
    let failures = Arc::new(Failures::default());
    let setup = Setup {
        workers,
        name: None,
        driver: Driver::new(clock.clone()).unwrap(),
        alarm: Alarm::new().unwrap(),
        failures: failures.clone(),
        is_watched: true,
        start_watchdog,
        cadence: Thresholds::new(STALL).cadence(),
        topology,
        on_sleep: SleepHooks::default(),
        flavor: Flavor::MultiThread,
        extension: None,
        stall_log: Arc::new(()),
        companion: None,
    };
    let starts = Arc::new(Starts::default());
    let (shared, seats) = Shared::new(setup, |_, draining| {
        let limits = Limits {
            max_threads: 1,
            cores: 1,
            keep_alive: Duration::ZERO,
        };
        let run = |parts: ThreadParts| thread::Builder::new().spawn(move || parts.run());
        let starter = Starter::without_user(run);
        let starts = starts.clone();
        let start: StartSpare = Box::new(move |_| starts.start());
        (
            BlockingPool::new(limits, failures, clock, draining, starter),
            Spares::new(spares, Duration::ZERO, start, false),
        )
    });
    (shared, starts, seats)
}

/// Makes the worker poll a task.
fn poll(shared: &Shared, worker: usize) {
    let pulse = &shared.workers[worker].pulse;
    pulse.set_polls(pulse.polls() + 1);
}

/// Makes worker 0 call the roll, long after the last time. Returns whether it was complete.
fn roll_is_complete(shared: &Arc<Shared>) -> bool {
    let last = shared.roll_call.roll().complete();
    shared.call_roll(0, last + STALL * 10);
    shared.roll_call.roll().complete() != last
}

#[test]
fn the_roll_is_complete_only_if_all_make_progress() {
    let (shared, _) = bare(3, 1);
    assert!(roll_is_complete(&shared), "nothing is known of them yet");
    // The caller counts as present, whatever it has done.
    poll(&shared, 1);
    assert!(!roll_is_complete(&shared), "number 2 stands still");
    poll(&shared, 2);
    assert!(roll_is_complete(&shared));
    poll(&shared, 1);
    shared.sleepers.announce(2);
    assert!(roll_is_complete(&shared), "number 2 sleeps");
    shared.sleepers.wake_up(2);
    for worker in [1, 2] {
        poll(&shared, worker);
    }
    shared.sleepers.set_blocking(2, true);
    assert!(!roll_is_complete(&shared), "number 2 blocks");
    shared.sleepers.set_blocking(2, false);
    assert!(roll_is_complete(&shared));
    for worker in [1, 2] {
        poll(&shared, worker);
    }
    assert!(shared.call_spare());
    assert!(!roll_is_complete(&shared), "a spare one has been called");
}

/// Waits until the watchdog, which would sleep for an hour, is woken for the end.
fn assert_alarm_rings(shared: &Arc<Shared>) {
    let (rings, has_rung) = mpsc::channel();
    let shared = shared.clone();
    thread::spawn(move || {
        shared.alarm.wait();
        rings.send(()).unwrap();
    });
    has_rung.recv_timeout(Duration::from_secs(60)).unwrap();
}

#[test]
fn a_roll_call_does_not_put_off_the_end() {
    let (shared, _) = bare(1, 0);
    shared.alarm.begin();
    shared.begin_shutdown();
    assert!(roll_is_complete(&shared));
    assert_alarm_rings(&shared);
}

#[test]
fn a_spare_worker_that_is_refused_is_not_lost_and_not_asked_for_at_once() {
    let (shared, starts) = bare(1, 1);
    starts.refuse(true);
    assert!(!shared.call_spare());
    assert_eq!(starts.count(), 1);
    assert_eq!(shared.called_spares(), 0, "no spare worker was started");
    assert!(!shared.sleepers.anyone_searching());
    // The pause is short, and the machine may be slow.
    let before = Instant::now();
    assert!(!shared.call_spare());
    if before.elapsed() < Duration::from_millis(1) {
        assert!(starts.count() <= 2);
    }
    assert!(!shared.sleepers.anyone_searching());
    starts.refuse(false);
    let give_up = Instant::now() + Duration::from_secs(60);
    while !shared.call_spare() {
        assert!(Instant::now() < give_up, "the spare worker is lost");
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(shared.called_spares(), 1);
    assert!(
        !shared.sleepers.anyone_searching(),
        "its thread may run the user's code first"
    );
}

#[test]
fn a_spare_workers_place_is_taken_again_after_its_thread_has_ended() {
    let (shared, starts) = bare(1, 1);
    for round in 1..=3 {
        assert!(shared.call_spare());
        assert_eq!(starts.count(), round);
        assert!(
            !shared.call_spare(),
            "the only spare worker has been called"
        );
        let Seat { index, queue, .. } = shared.spare_seat(1);
        shared.leave_spare(index, queue);
        assert_eq!(starts.count(), round, "nothing is left to do");
    }
}

#[test]
fn a_spare_worker_that_ends_leaves_no_task_behind() {
    let (shared, starts) = bare(1, 1);
    assert!(shared.call_spare());
    let Seat { index, queue, .. } = shared.spare_seat(1);
    shared.sleepers.set_stalled(0, true);
    let (_task, refused) = shared.spawn::<crate::tasks::PanicsOnly, _>(async {}, Origin::caller());
    assert!(refused.is_none());
    assert_eq!(starts.count(), 1);
    shared.leave_spare(index, queue);
    assert_eq!(starts.count(), 2, "another one is called for the task");
    shared.begin_shutdown();
    shared.end_tasks();
}

#[test]
fn at_the_end_no_spare_worker_is_called() {
    let (shared, starts) = bare(1, 1);
    shared.begin_shutdown();
    assert!(!shared.call_spare());
    assert_eq!(starts.count(), 0);
}

#[test]
fn whether_one_of_a_group_is_awake_and_not_absent() {
    let (shared, _) = bare(100, 3);
    let sleepers = &shared.sleepers;
    // A group that spans two words.
    let group = 60..68;
    let is_any_present = || sleepers.any_present(group.clone());
    assert!(is_any_present());
    group
        .clone()
        .skip(1)
        .for_each(|worker| sleepers.announce(worker));
    assert!(is_any_present());
    sleepers.set_blocking(60, true);
    assert!(!is_any_present());
    assert!(sleepers.any_present(0..60) && sleepers.any_present(68..100));
    assert!(sleepers.any_present(67..69) && !sleepers.any_present(67..68));
    sleepers.wake_up(67);
    assert!(is_any_present());
    sleepers.set_stalled(67, true);
    assert!(!is_any_present());
    sleepers.set_blocking(60, false);
    assert!(is_any_present());
}
