//! The rows about timers: arming, moving and dropping them, and how late they fire.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::body::{Loop, inside, repeat};
use crate::meter::Meter;
use crate::plan::Plan;
use crate::row::{Group, Unit};
use crate::runtimes::Runtime;
use crate::sample::Sample;

/// The length of timers that must not fire.
const FAR: Duration = Duration::from_secs(60);

/// The span over which the deadlines of many sleeps are spread.
const SPREAD: Duration = Duration::from_millis(50);
const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn loops<R: Runtime>() -> Vec<Loop> {
    vec![
        timer(
            "sleep_unpolled",
            "a sleep that is made and dropped without having been polled",
            Unit::Nanoseconds,
            |plan| inside::<R>(plan, repeat(*plan, 1_000, || unpolled::<R>(1_000))),
        ),
        timer(
            "sleep_dropped",
            "a sleep that is polled once and dropped: armed and disarmed",
            Unit::Nanoseconds,
            |plan| inside::<R>(plan, repeat(*plan, 1_000, || dropped::<R>(1_000))),
        ),
        timer(
            "timeout",
            "a timeout around a future that yields once, in 64 tasks",
            Unit::Nanoseconds,
            |plan| inside::<R>(plan, repeat(*plan, 64 * 100, || timeouts::<R>(64, 100))),
        ),
        timer(
            "sleep_reset",
            "a sleep's deadline moved and the sleep polled",
            Unit::Nanoseconds,
            |plan| inside::<R>(plan, repeat(*plan, 1_000, || moved::<R>(1_000))),
        ),
        timer(
            "sleep_100k",
            "spawning 100,000 tasks that each sleep for up to 50 ms, until all have ended: how \
             much later than after 50 ms",
            Unit::Microseconds,
            |plan| inside::<R>(plan, many::<R>(*plan, SPREAD)),
        ),
        timer(
            "sleep_100k_1s",
            "as sleep_100k, with sleeps of up to a second: its CPU time is what counts",
            Unit::Microseconds,
            |plan| inside::<R>(plan, many::<R>(*plan, plan.pick(SECOND, SECOND, SPREAD))),
        ),
        timer(
            "overshoot_200us",
            "from the deadline of a sleep of 200 µs until it has ended",
            Unit::Microseconds,
            |plan| inside::<R>(plan, overshoot::<R>(*plan, Duration::from_micros(200))),
        ),
        timer(
            "overshoot_1ms",
            "from the deadline of a sleep of 1 ms until it has ended",
            Unit::Microseconds,
            |plan| inside::<R>(plan, overshoot::<R>(*plan, Duration::from_millis(1))),
        ),
        timer(
            "overshoot_5ms",
            "from the deadline of a sleep of 5 ms until it has ended",
            Unit::Microseconds,
            |plan| inside::<R>(plan, overshoot::<R>(*plan, Duration::from_millis(5))),
        ),
    ]
}

fn timer(name: &'static str, what: &'static str, unit: Unit, run: fn(&Plan) -> Sample) -> Loop {
    Loop {
        name,
        group: Group::Timers,
        what,
        unit,
        run,
        by_join: None,
    }
}

async fn unpolled<R: Runtime>(count: u64) {
    for _ in 0..count {
        drop(R::sleep(FAR));
    }
}

async fn dropped<R: Runtime>(count: u64) {
    for _ in 0..count {
        poll_once(pin!(R::sleep(FAR))).await;
    }
}

async fn timeouts<R: Runtime>(tasks: u64, each: u64) {
    let task = || async move {
        for _ in 0..each {
            let in_time = R::timeout(FAR, R::yield_now()).await;
            in_time.expect("a yield takes less than a minute");
        }
    };
    let handles: Vec<_> = (0..tasks).map(|_| R::spawn(task())).collect();
    for handle in handles {
        handle.await;
    }
}

async fn moved<R: Runtime>(count: u64) {
    let mut sleep = pin!(R::sleep(FAR));
    let start = Instant::now() + FAR;
    for i in 0..count {
        poll_once(sleep.as_mut()).await;
        R::reset(sleep.as_mut(), start + Duration::from_micros(i));
    }
}

async fn poll_once<F: Future>(mut sleep: Pin<&mut F>) {
    poll_fn(|cx| {
        assert!(sleep.as_mut().poll(cx).is_pending(), "the deadline is far");
        Poll::Ready(())
    })
    .await;
}

async fn many<R: Runtime>(plan: Plan, spread: Duration) -> Sample {
    let sleeps: u32 = plan.pick(100_000, 100_000, 1_000);
    let mut meter = Meter::new(plan);
    while meter.should_continue() {
        let start = Instant::now();
        // In no order: multiplication by a prime that divides neither number shuffles them.
        let length = move |i: u32| spread * (i * 7_919 % sleeps) / sleeps;
        let handles: Vec<_> = (0..sleeps)
            .map(|i| R::spawn(async move { drop(R::sleep(length(i)).await) }))
            .collect();
        for handle in handles {
            handle.await;
        }
        meter.late(start.elapsed().saturating_sub(spread));
        meter.add(sleeps.into());
    }
    meter.sample()
}

async fn overshoot<R: Runtime>(plan: Plan, length: Duration) -> Sample {
    let mut meter = Meter::new(plan);
    while meter.should_continue() {
        let deadline = Instant::now() + length;
        R::sleep(length).await;
        meter.late(deadline.elapsed());
        meter.add(1);
    }
    meter.sample()
}
