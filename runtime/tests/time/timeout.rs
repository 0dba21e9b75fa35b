//! Time limits.

use super::runtime;
use super::support::{Drops, bounded};
use heist_runtime::task;
use heist_runtime::time::{Duration, Instant, sleep, timeout, timeout_at};
use std::error::Error;
use std::future::{pending, ready};
use std::{io, thread};

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(1);

#[test]
fn a_ready_future_wins_over_an_expired_timeout() {
    runtime(1).block_on(async {
        assert_eq!(timeout(Duration::ZERO, ready(1)).await, Ok(1));
        let past = Instant::now() - SHORT;
        assert_eq!(timeout_at(past, ready(1)).await, Ok(1));
        assert_eq!(timeout(Duration::MAX, ready(1)).await, Ok(1));
    });
}

#[test]
fn a_future_that_times_out_is_dropped() {
    bounded(|| {
        runtime(1).block_on(async {
            let drops = Drops::default();
            let guard = drops.guard();
            let start = Instant::now();
            let future = async move {
                pending::<()>().await;
                drop(guard);
            };
            let elapsed = timeout(SHORT * 3, future).await.unwrap_err();
            assert!(start.elapsed() >= SHORT * 3);
            assert_eq!(drops.count(), 1);

            assert_eq!(elapsed.to_string(), "deadline has elapsed");
            let error = io::Error::from(elapsed);
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            let inner: &dyn Error = error.get_ref().unwrap();
            assert_eq!(inner.to_string(), "deadline has elapsed");

            let past = Instant::now() - SHORT;
            assert!(timeout_at(past, pending::<()>()).await.is_err());
        });
    });
}

#[test]
fn a_borrowed_future_continues_after_the_timeout() {
    bounded(|| {
        runtime(1).block_on(async {
            let mut slow = Box::pin(async {
                sleep(SHORT * 5).await;
                7
            });
            let mut tries = 0;
            let value = loop {
                tries += 1;
                match timeout(SHORT / 2, &mut slow).await {
                    Ok(value) => break value,
                    Err(_) if tries < 1_000 => {}
                    Err(_) => panic!("never ends"),
                }
            };
            assert_eq!(value, 7);
        });
    });
}

#[test]
fn the_shorter_of_nested_limits_counts() {
    bounded(|| {
        runtime(1).block_on(async {
            let inner = timeout(LONG, pending::<()>());
            assert!(timeout(SHORT, inner).await.is_err());
            let inner = timeout(SHORT, pending::<()>());
            assert!(timeout(LONG, inner).await.unwrap().is_err());
        });
    });
}

#[test]
fn a_future_that_is_always_busy_meets_its_limit() {
    bounded(|| {
        let rt = runtime(1);
        let busy = async {
            loop {
                task::consume_budget().await;
            }
        };
        let limited = rt.spawn(timeout(SHORT * 2, busy));
        assert!(rt.block_on(limited).unwrap().is_err());
        let yields = async {
            loop {
                task::yield_now().await;
            }
        };
        let limited = rt.spawn(timeout(SHORT * 2, yields));
        assert!(rt.block_on(limited).unwrap().is_err());
    });
}

#[test]
fn a_timeout_that_expires_during_the_first_poll_is_noticed() {
    bounded(|| {
        let rt = runtime(1);
        let blocks = async {
            thread::sleep(SHORT * 5);
            pending::<()>().await;
        };
        assert!(
            rt.block_on(rt.spawn(timeout(SHORT, blocks)))
                .unwrap()
                .is_err()
        );
    });
}

#[test]
fn the_inner_future_can_be_recovered() {
    let mut limited = timeout(LONG, ready(1));
    assert_eq!(limited.get_ref().clone().into_inner(), 1);
    *limited.get_mut() = ready(2);
    assert_eq!(limited.into_inner().into_inner(), 2);
}
