//! One sleep: how long it takes, and what happens when it is moved or dropped.

use super::support::{bounded, eventually};
use super::{Woken, poll, runtime};
use heist_runtime::time::{Duration, Instant, Sleep, interval, sleep, sleep_until};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(1);

#[test]
fn no_sleep_is_rounded_to_milliseconds() {
    bounded(|| {
        let rt = runtime(2);
        for micros in [200, 1_000, 5_000] {
            let length = Duration::from_micros(micros);
            // Up to the next whole millisecond, and the one under way beside it, each of
            // them would take 0.8 ms more at least. On a busy machine some take longer for
            // other reasons, but not all.
            eventually("a sleep ends within half a millisecond of its time", || {
                rt.block_on(rt.spawn(async move {
                    let start = Instant::now();
                    sleep(length).await;
                    start.elapsed() < length + Duration::from_micros(500)
                }))
                .unwrap()
            });
        }
    });
}

#[test]
fn no_sleep_ends_early() {
    bounded(|| {
        let rt = runtime(2);
        let tasks: Vec<_> = (0..500)
            .map(|n| {
                rt.spawn(async move {
                    let length = Duration::from_nanos(n * 7_919);
                    let start = std::time::Instant::now();
                    sleep(length).await;
                    assert!(start.elapsed() >= length);
                    let deadline = Instant::now() + length;
                    sleep_until(deadline).await;
                    assert!(Instant::now() >= deadline);
                })
            })
            .collect();
        for task in tasks {
            rt.block_on(task).unwrap();
        }
    });
}

#[test]
fn nothing_and_the_past_are_ready_at_once() {
    let rt = runtime(1);
    let _entered = rt.enter();
    assert!(poll(pin!(sleep(Duration::ZERO)), Waker::noop()));
    assert!(poll(pin!(sleep_until(Instant::now())), Waker::noop()));
    let past = Instant::now() - Duration::from_millis(1);
    assert!(poll(pin!(sleep_until(past)), Waker::noop()));
}

#[test]
fn a_sleep_may_last_centuries() {
    bounded(|| {
        let rt = runtime(1);
        rt.block_on(async {
            for length in [Duration::from_secs(86_400 * 365 * 200), Duration::MAX] {
                let mut sleep = pin!(sleep(length));
                assert!(!poll(sleep.as_mut(), Waker::noop()));
                assert!(sleep.deadline() > Instant::now() + LONG);
                assert!(!sleep.is_elapsed());
                // Other sleeps fire beside it.
                heist_runtime::time::sleep(SHORT).await;
                sleep.as_mut().reset(Instant::now() + SHORT);
                sleep.await;
            }
        });
    });
}

#[test]
fn a_sleep_outside_a_runtime_says_what_is_missing() {
    let message = super::support::panic_message(|| {
        poll(pin!(sleep(LONG)), Waker::noop());
    });
    assert!(message.contains("no heist runtime"), "{message}");
}

#[test]
fn a_sleep_is_small() {
    // tokio's has 112 bytes.
    assert!(size_of::<Sleep>() <= 80);
}

#[test]
fn a_sleep_that_has_ended_stays_ready_until_it_is_reset() {
    bounded(|| {
        let rt = runtime(1);
        rt.block_on(async {
            let mut sleep = pin!(sleep(SHORT));
            for _ in 0..3 {
                sleep.as_mut().await;
                assert!(sleep.is_elapsed());
                assert!(poll(sleep.as_mut(), Waker::noop()));
                sleep.as_mut().reset(Instant::now() + LONG);
                assert!(!sleep.is_elapsed());
                assert!(!poll(sleep.as_mut(), Waker::noop()));
                sleep.as_mut().reset(Instant::now() + SHORT);
            }
        });
    });
}

/// A reset moves the time at which a waiting task is woken, without another poll.
#[test]
fn a_reset_to_a_later_deadline_wakes_later() {
    bounded(|| {
        let rt = runtime(1);
        let _entered = rt.enter();
        let (woken, waker) = Woken::new();
        let start = Instant::now();
        let mut sleep = Box::pin(sleep(SHORT * 20));
        assert!(!poll(sleep.as_mut(), &waker));
        for n in 1..=20 {
            sleep.as_mut().reset(start + SHORT * (20 + n));
        }
        eventually("it is woken", || woken.times() > 0);
        // It may be woken by the old deadline as well, if this thread was late.
        while !poll(sleep.as_mut(), &waker) {
            thread::yield_now();
        }
        assert!(start.elapsed() >= SHORT * 40);
    });
}

#[test]
fn a_reset_to_an_earlier_deadline_wakes_sooner() {
    bounded(|| {
        let rt = runtime(1);
        let _entered = rt.enter();
        let (woken, waker) = Woken::new();
        let mut sleep = Box::pin(sleep(LONG));
        assert!(!poll(sleep.as_mut(), &waker));
        sleep.as_mut().reset(Instant::now() + SHORT);
        eventually("it is woken", || woken.times() > 0);
        assert!(poll(sleep.as_mut(), &waker));
        drop((sleep, waker));
        eventually("nobody keeps the waker", || Arc::strong_count(&woken) == 1);
    });
}

/// A sleep that is over needs no timer, even if one was armed for a later time.
#[test]
fn a_reset_to_now_or_the_past_is_ready_at_the_next_poll() {
    bounded(|| {
        // On a thread whose timers the leader serves, and on a worker.
        let scene = || {
            for past in [Duration::ZERO, SHORT, LONG] {
                let (_woken, waker) = Woken::new();
                let mut sleep = Box::pin(sleep(LONG));
                assert!(!poll(sleep.as_mut(), &waker));
                sleep.as_mut().reset(Instant::now() - past);
                assert!(poll(sleep.as_mut(), &waker), "{past:?} before");
                sleep.as_mut().reset(Instant::now() + LONG);
                assert!(!poll(sleep.as_mut(), &waker));
                sleep.as_mut().reset(Instant::now() + LONG * 2);
                assert!(!poll(sleep.as_mut(), &waker));
                // The last of several moves counts.
                sleep.as_mut().reset(Instant::now() - SHORT);
                sleep.as_mut().reset(Instant::now());
                assert!(poll(sleep.as_mut(), &waker));
            }
        };
        let rt = runtime(1);
        rt.block_on(async { scene() });
        rt.block_on(rt.spawn(async move { scene() })).unwrap();
    });
}

/// The runtime has not noticed the old deadline, and the poll does not ask the clock either.
#[test]
fn an_overdue_sleep_that_is_reset_to_now_ends() {
    bounded(|| {
        let scene = || async {
            for _ in 0..100 {
                let mut sleep = pin!(sleep(SHORT / 1000));
                poll_fn(|cx| Poll::Ready(_ = sleep.as_mut().poll(cx))).await;
                while !sleep.is_elapsed() {}
                sleep.as_mut().reset(Instant::now());
                sleep.await;
            }
        };
        let rt = runtime(1);
        rt.block_on(scene());
        rt.block_on(rt.spawn(scene())).unwrap();
    });
}

#[test]
fn an_interval_reset_to_now_ticks_at_once() {
    bounded(|| {
        let rt = runtime(1);
        // On a worker: no other thread fires its timers in the meantime.
        let ticking = rt.spawn(async {
            let mut interval = interval(LONG);
            interval.tick().await;
            let (_woken, waker) = Woken::new();
            let mut cx = Context::from_waker(&waker);
            for _ in 0..10 {
                assert!(interval.poll_tick(&mut cx).is_pending());
                interval.reset_immediately();
                assert!(interval.poll_tick(&mut cx).is_ready());
            }
        });
        rt.block_on(ticking).unwrap();
    });
}

/// To a later time and back again, to before the slot that it had reached.
#[test]
fn the_last_of_several_resets_counts() {
    bounded(|| {
        let rt = runtime(2);
        rt.block_on(rt.spawn(async {
            let start = Instant::now();
            let mut sleep = pin!(sleep(SHORT));
            assert!(!poll(sleep.as_mut(), Waker::noop()));
            sleep.as_mut().reset(start + LONG);
            // Its old time comes, and it is moved to its proper slot.
            heist_runtime::time::sleep(SHORT * 3).await;
            assert!(!poll(sleep.as_mut(), Waker::noop()));
            sleep.as_mut().reset(start + SHORT * 10);
            sleep.await;
            assert!(start.elapsed() >= SHORT * 10);
        }))
        .unwrap();
    });
}

#[test]
fn a_reset_outside_a_runtime_repolls_the_task() {
    bounded(|| {
        let rt = runtime(1);
        let (woken, waker) = Woken::new();
        let mut sleep = Box::pin(sleep(LONG));
        let entered = rt.enter();
        assert!(!poll(sleep.as_mut(), &waker));
        drop(entered);
        sleep.as_mut().reset(Instant::now() + SHORT);
        assert_eq!(woken.times(), 1);
        rt.block_on(sleep);
    });
}

#[test]
fn the_last_waker_is_the_one_that_is_woken() {
    bounded(|| {
        let rt = runtime(1);
        let _entered = rt.enter();
        let mut sleep = Box::pin(sleep(SHORT * 20));
        let (first, waker) = Woken::new();
        let armed = !poll(sleep.as_mut(), &waker);
        drop(waker);
        let (second, waker) = Woken::new();
        if armed && !poll(sleep.as_mut(), &waker) {
            assert_eq!(Arc::strong_count(&first), 1, "the old waker is dropped");
            eventually("the new one is woken", || second.times() == 1);
            assert_eq!(first.times(), 0);
        }
    });
}

#[test]
fn a_dropped_sleep_wakes_nobody() {
    bounded(|| {
        let rt = runtime(1);
        let _entered = rt.enter();
        let (woken, waker) = Woken::new();
        let mut sleep = Box::pin(sleep(LONG));
        assert!(!poll(sleep.as_mut(), &waker));
        assert_eq!(Arc::strong_count(&woken), 3);
        drop(sleep);
        assert_eq!(Arc::strong_count(&woken), 2);
        assert_eq!(woken.times(), 0);
    });
}

#[test]
fn a_sleep_can_move_to_another_runtime() {
    bounded(|| {
        let mut sleep = Box::pin(sleep(SHORT * 5));
        let (woken, waker) = Woken::new();
        let first = runtime(1);
        let polled = {
            let _entered = first.enter();
            poll(sleep.as_mut(), &waker)
        };
        drop(first);
        // In time: it may be continued without knowing that its first runtime has ended.
        eventually("it is due", || polled || woken.times() > 0);
        runtime(1).block_on(sleep);
    });
}

#[test]
fn a_sleep_may_outlive_its_runtime() {
    bounded(|| {
        let rt = runtime(2);
        let (woken, waker) = Woken::new();
        let mut armed = Box::pin(sleep(LONG));
        rt.block_on(async {
            assert!(!poll(armed.as_mut(), &waker));
        });
        drop(rt);
        armed.as_mut().reset(Instant::now() + LONG * 2);
        armed.as_mut().reset(Instant::now() + LONG);
        drop((armed, waker));
        assert_eq!(Arc::strong_count(&woken), 1);
    });
}
