//! Many timers, used by several threads.

use super::support::{bounded, eventually};
use super::{Woken, poll, runtime};
use heist_runtime::time::{Duration, Instant, Sleep, sleep, sleep_until, timeout};
use heist_runtime::{Handle, spawn};
use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::Waker;
use std::thread;

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(1);

fn armed(length: Duration, waker: &Waker) -> Pin<Box<Sleep>> {
    let mut sleep = Box::pin(sleep(length));
    poll(sleep.as_mut(), waker);
    sleep
}

/// A worker arms timers and then does not return from its poll.
#[test]
fn timers_of_a_stalled_worker_fire() {
    bounded(|| {
        for workers in [1, 2] {
            let rt = runtime(workers);
            let all: Vec<_> = (0..workers)
                .map(|_| {
                    rt.spawn(async {
                        let (woken, waker) = Woken::new();
                        let sleeps: Vec<_> = (0..10).map(|n| armed(SHORT * n, &waker)).collect();
                        eventually("they fire", || woken.times() >= sleeps.len() - 1);
                    })
                })
                .collect();
            for task in all {
                rt.block_on(task).unwrap();
            }
        }
    });
}

/// Sleeps armed on one thread are dropped on another, around the time when they fire.
#[test]
fn a_sleep_may_be_dropped_while_it_fires() {
    bounded(|| {
        let rt = runtime(2);
        let (woken, waker) = Woken::new();
        let (give, take) = mpsc::channel::<Pin<Box<Sleep>>>();
        let arming = rt.spawn({
            let waker = waker.clone();
            async move {
                for n in 0..20_000 {
                    give.send(armed(Duration::from_micros(n % 50), &waker))
                        .unwrap();
                    if n % 16 == 0 {
                        heist_runtime::task::yield_now().await;
                    }
                }
            }
        });
        let dropping = thread::spawn(move || {
            let mut late = Vec::new();
            for (n, sleep) in take.into_iter().enumerate() {
                match n % 3 {
                    0 => drop(sleep),
                    _ => late.push(sleep),
                }
                if late.len() == 100 {
                    late.clear();
                }
            }
        });
        rt.block_on(arming).unwrap();
        dropping.join().unwrap();
        drop(waker);
        // A firing thread may still hold one.
        eventually("no waker is left", || Arc::strong_count(&woken) == 1);
    });
}

/// Sleeps armed on one worker are reset, to later and earlier times, by another thread.
#[test]
fn a_sleep_may_be_reset_while_it_fires() {
    bounded(|| {
        let rt = runtime(2);
        let handle: Handle = rt.handle().clone();
        for round in 0..200 {
            let (woken, waker) = Woken::new();
            let sleeps: Vec<_> = rt
                .block_on(rt.spawn(async move {
                    (0..32)
                        .map(|n| armed(Duration::from_micros(n * 10), &waker))
                        .collect()
                }))
                .unwrap();
            let start = Instant::now();
            let _entered = handle.enter();
            for (n, mut sleep) in sleeps.into_iter().enumerate() {
                sleep.as_mut().reset(start + SHORT * 2);
                if (n + round) % 2 == 0 {
                    sleep.as_mut().reset(start + SHORT);
                }
                let end = sleep.deadline();
                rt.block_on(sleep);
                assert!(Instant::now() >= end);
            }
            eventually("no waker is left", || Arc::strong_count(&woken) == 1);
        }
    });
}

/// Armed on one worker, moved up on another, since the first would not check it in time: it does
/// not return from its poll.
#[test]
fn another_worker_moves_a_deadline_forward() {
    bounded(|| {
        let rt = runtime(2);
        let (woken, waker) = Woken::new();
        let (give, take) = mpsc::channel();
        let (let_go, held) = mpsc::channel::<()>();
        let holding = rt.spawn(async move {
            give.send((thread::current().id(), armed(LONG, &waker)))
                .unwrap();
            let _ = held.recv();
        });
        #[expect(clippy::async_yields_async, reason = "it is to be polled elsewhere")]
        let moving = rt.spawn(async move {
            let (armed_on, mut sleep) = take.recv().unwrap();
            assert_ne!(armed_on, thread::current().id());
            sleep.as_mut().reset(Instant::now() + SHORT);
            sleep
        });
        let sleep = rt.block_on(moving).unwrap();
        eventually("it is woken", || woken.times() > 0);
        assert!(sleep.is_elapsed());
        drop(let_go);
        rt.block_on(holding).unwrap();
    });
}

#[test]
fn each_of_many_sleeps_ends() {
    bounded(|| {
        let rt = runtime(2);
        let count = 50_000_u32;
        rt.block_on(rt.spawn(async move {
            let start = Instant::now() + Duration::from_millis(20);
            let tasks: Vec<_> = (0..count)
                .map(|n| {
                    let deadline = start + Duration::from_nanos(500) * (n * 7_919 % count);
                    spawn(async move {
                        sleep_until(deadline).await;
                        assert!(Instant::now() >= deadline);
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        }))
        .unwrap();
    });
}

/// A million armed timers of all lengths neither fire nor keep a short one from firing, and can be
/// cancelled in any order.
#[test]
fn a_million_armed_timers_delay_no_other() {
    bounded(|| {
        let rt = runtime(1);
        rt.block_on(rt.spawn(async {
            let (woken, waker) = Woken::new();
            let mut all: Vec<_> = (0..1_000_000_u64)
                .map(|n| {
                    // In place, one after the other.
                    let length = LONG + Duration::from_micros(n.wrapping_mul(2_654_435_761) >> 20);
                    Some(armed(length, &waker))
                })
                .collect();
            let start = Instant::now();
            sleep(SHORT).await;
            assert!(start.elapsed() >= SHORT);
            for n in 0..all.len() {
                let at = n.wrapping_mul(7_919) % all.len();
                all[at] = None;
            }
            drop(all);
            drop(waker);
            assert_eq!((woken.times(), Arc::strong_count(&woken)), (0, 1));
        }))
        .unwrap();
    });
}

/// Time limits that are met, missed, and dropped, on all workers at once.
#[test]
fn timeouts_on_different_workers_do_not_interfere() {
    bounded(|| {
        let rt = runtime(4);
        let tasks: Vec<_> = (0..64)
            .map(|n: u32| {
                rt.spawn(async move {
                    for m in 0..200_u32 {
                        match (n + m) % 3 {
                            0 => {
                                let task = spawn(heist_runtime::task::yield_now());
                                timeout(LONG, task).await.unwrap().unwrap();
                            }
                            1 => {
                                let limit = Duration::from_micros(u64::from(m % 7) * 50);
                                timeout(limit, pending::<()>()).await.unwrap_err();
                            }
                            _ => drop(timeout(SHORT, pending::<()>())),
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            rt.block_on(task).unwrap();
        }
    });
}

#[test]
fn the_end_of_the_runtime_ends_the_waiting() {
    bounded(|| {
        let rt = runtime(2);
        let (woken, waker) = Woken::new();
        for _ in 0..100 {
            let waker = waker.clone();
            rt.spawn(async move {
                let _armed = armed(LONG, &waker);
                sleep(LONG).await;
            });
        }
        drop(waker);
        eventually("they are armed", || Arc::strong_count(&woken) > 100);
        drop(rt);
        assert_eq!(Arc::strong_count(&woken), 1);
    });
}
