//! Intervals on a running clock; the exact times are tested on a paused one.

use super::runtime;
use super::support::{bounded, panic_message};
use heist_runtime::time::{Duration, Instant, MissedTickBehavior, interval, interval_at, timeout};

const SHORT: Duration = Duration::from_millis(1);

#[test]
fn ticks_are_due_at_multiples_of_the_period() {
    bounded(|| {
        runtime(1).block_on(async {
            let start = Instant::now();
            let mut interval = interval_at(start, SHORT);
            for n in 0..20 {
                assert_eq!(interval.tick().await, start + SHORT * n);
                assert!(Instant::now() >= start + SHORT * n);
            }
        });
    });
}

#[test]
fn a_cancelled_tick_is_not_lost() {
    bounded(|| {
        runtime(1).block_on(async {
            let start = Instant::now();
            let mut interval = interval_at(start + SHORT * 10, SHORT);
            // Whether or not the first is in time, none is lost.
            let early = timeout(SHORT, interval.tick()).await;
            let first = match early {
                Ok(tick) => tick,
                Err(_) => interval.tick().await,
            };
            assert_eq!(first, start + SHORT * 10);
        });
    });
}

#[test]
fn a_period_of_zero_is_refused() {
    let message = panic_message(|| drop(interval(Duration::ZERO)));
    assert!(message.contains("`period`"), "{message}");
    let message = panic_message(|| drop(interval_at(Instant::now(), Duration::ZERO)));
    assert!(message.contains("`period`"), "{message}");
}

#[test]
fn an_interval_knows_its_settings() {
    let mut interval = interval(SHORT);
    assert_eq!(interval.period(), SHORT);
    assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Burst);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Skip);
}

#[test]
fn a_period_of_centuries_ticks_once() {
    bounded(|| {
        runtime(1).block_on(async {
            let mut interval = interval(Duration::MAX);
            interval.tick().await;
            assert!(timeout(SHORT, interval.tick()).await.is_err());
        });
    });
}
