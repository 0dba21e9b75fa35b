//! The paused clock. On a running clock each test would take hours or days; failures show as hangs.

use super::support::{bounded, panic_message};
use super::{Woken, poll};
use heist_runtime::task::{GroupFailure, TaskGroup};
use heist_runtime::time::{
    self, Duration, Instant, MissedTickBehavior, interval, interval_at, sleep, sleep_until, timeout,
};
use heist_runtime::{Builder, Runtime, spawn, spawn_blocking, task};
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);
/// The shortest duration: a timer this near fires as soon as any time passes.
const TICK: Duration = Duration::from_nanos(1);

fn paused(workers: usize) -> Runtime {
    Builder::new()
        .worker_threads(workers)
        .start_paused(true)
        .build()
        .unwrap()
}

/// Runs the test on the test's own thread and as a task, on few and on many workers.
fn everywhere<F: Future<Output = ()> + Send + 'static>(test: fn() -> F) {
    bounded(move || {
        for workers in [1, 2, 4] {
            paused(workers).block_on(test());
            let rt = paused(workers);
            rt.block_on(rt.spawn(test())).unwrap();
        }
    });
}

#[test]
fn a_paused_clock_stands_still() {
    everywhere(|| async {
        let start = Instant::now();
        thread::sleep(Duration::from_millis(2));
        task::yield_now().await;
        assert_eq!(Instant::now(), start);
        let there = spawn_blocking(Instant::now).await.unwrap();
        assert_eq!(there, start);
    });
}

#[test]
fn sleeps_take_exactly_their_time_and_no_real_time() {
    everywhere(|| async {
        for length in [TICK, Duration::from_micros(700), SECOND, 24 * HOUR] {
            let start = Instant::now();
            sleep(length).await;
            assert_eq!(start.elapsed(), length);
            sleep_until(start + length).await;
            assert_eq!(start.elapsed(), length);
        }
    });
}

#[test]
fn a_paused_clock_reaches_the_far_future() {
    everywhere(|| async {
        let start = Instant::now();
        sleep(Duration::MAX).await;
        assert!(start.elapsed() > 24 * 365 * HOUR);
    });
}

#[test]
fn sleeps_end_in_order_and_each_at_its_time() {
    everywhere(|| async {
        let start = Instant::now();
        let ended = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..200_u32)
            .map(|n| {
                let ended = ended.clone();
                spawn(async move {
                    let length = Duration::from_micros(100) * (n * 37 % 200);
                    sleep_until(start + length).await;
                    assert_eq!(start.elapsed(), length);
                    ended.lock().unwrap().push(length);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(ended.lock().unwrap().is_sorted());
    });
}

#[test]
fn resets_are_followed_exactly() {
    everywhere(|| async {
        let start = Instant::now();
        let mut moved = pin!(sleep(SECOND));
        assert!(!poll(moved.as_mut(), Waker::noop()));
        moved.as_mut().reset(start + HOUR);
        moved.as_mut().await;
        assert_eq!(start.elapsed(), HOUR);
        moved.as_mut().reset(start + 3 * HOUR);
        assert!(!poll(moved.as_mut(), Waker::noop()));
        moved.as_mut().reset(start + 2 * HOUR);
        moved.await;
        assert_eq!(start.elapsed(), 2 * HOUR);
    });
}

#[test]
fn advancing_moves_the_clock_by_that_much() {
    everywhere(|| async {
        let start = Instant::now();
        for step in [Duration::ZERO, TICK, SECOND, HOUR] {
            let before = Instant::now();
            time::advance(step).await;
            assert_eq!(before.elapsed(), step);
        }
        assert_eq!(start.elapsed(), TICK + SECOND + HOUR);
    });
}

/// When `advance` returns, the tasks that it woke have run.
#[test]
fn advancing_runs_what_is_due_and_nothing_else() {
    everywhere(|| async {
        let start = Instant::now();
        let tasks: Vec<_> = (1..=100)
            .map(|n| {
                spawn(async move {
                    sleep(SECOND * n).await;
                    // More than one poll after the wake-up, and on other workers too.
                    spawn(task::yield_now()).await.unwrap();
                    start.elapsed()
                })
            })
            .collect();
        // So that all have started.
        time::advance(Duration::ZERO).await;
        time::advance(SECOND * 50).await;
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.is_finished(), n < 50);
            if task.is_finished() {
                assert_eq!(task.await.unwrap(), SECOND * 50);
            }
        }
        assert_eq!(start.elapsed(), SECOND * 50);
    });
}

#[test]
fn advancing_ends_although_a_task_never_waits() {
    bounded(|| {
        let rt = paused(2);
        rt.block_on(async {
            let busy = spawn(async {
                loop {
                    task::yield_now().await;
                }
            });
            let start = Instant::now();
            time::advance(SECOND).await;
            assert_eq!(start.elapsed(), SECOND);
            busy.abort();
        });
    });
}

#[test]
fn a_waiting_sleep_is_ready_after_the_advance() {
    everywhere(|| async {
        let (woken, waker) = Woken::new();
        let mut sleep = pin!(sleep(SECOND));
        assert!(!poll(sleep.as_mut(), &waker));
        time::advance(SECOND - TICK).await;
        assert_eq!(woken.times(), 0);
        assert!(!poll(sleep.as_mut(), &waker));
        time::advance(TICK).await;
        assert_eq!(woken.times(), 1);
        assert!(poll(sleep.as_mut(), &waker));
    });
}

#[test]
fn a_sleep_that_was_never_polled_is_ready_after_the_advance() {
    everywhere(|| async {
        let (_, waker) = Woken::new();
        let mut sleep = pin!(sleep(SECOND));
        let late = timeout(SECOND, pending::<()>());
        time::advance(SECOND).await;
        assert!(poll(sleep.as_mut(), &waker));
        let late = pin!(late).poll(&mut Context::from_waker(&waker));
        assert_eq!(late.map(|result| result.is_err()), Poll::Ready(true));
    });
}

#[test]
fn a_group_whose_tasks_meet_the_deadline_may_be_joined_after_it() {
    everywhere(|| async {
        let in_time = || {
            let group = TaskGroup::<_, String>::new().timeout(SECOND);
            group.spawn(async { Ok(1) });
            group
        };
        let group = in_time();
        sleep(HOUR).await;
        assert!(group.token().is_cancelled());
        assert_eq!(group.join().await.unwrap(), [1]);

        // One that comes later does not meet it.
        let group = in_time();
        sleep(HOUR).await;
        group.spawn(pending());
        let error = group.join().await.unwrap_err();
        assert!(matches!(error.failures(), [GroupFailure::Deadline]));
        assert_eq!(error.cancelled(), 1);
    });
}

/// Time passes only when nothing else can happen: no limit is reached while any thread has work.
#[test]
fn no_time_passes_while_tasks_have_work() {
    everywhere(|| async {
        let start = Instant::now();
        let mut tasks = Vec::new();
        for _ in 0..16 {
            let (to_there, from_here) = async_channel::bounded(1);
            let (to_here, from_there) = async_channel::bounded(1);
            tasks.push(spawn(async move {
                for n in 0..100 {
                    timeout(TICK, to_there.send(n)).await.unwrap().unwrap();
                    timeout(TICK, from_there.recv()).await.unwrap().unwrap();
                }
            }));
            tasks.push(spawn(async move {
                for _ in 0..100 {
                    let n: i32 = timeout(TICK, from_here.recv()).await.unwrap().unwrap();
                    timeout(TICK, to_here.send(n)).await.unwrap().unwrap();
                }
            }));
        }
        for task in tasks {
            timeout(TICK, task).await.unwrap().unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

/// A thread in `block_on` counts from the moment it is woken.
#[test]
fn no_time_passes_while_a_blocked_on_future_has_work() {
    bounded(|| {
        for workers in [1, 3] {
            let rt = Arc::new(paused(workers));
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    let rt = rt.clone();
                    thread::spawn(move || {
                        rt.block_on(async {
                            for _ in 0..300 {
                                let task = spawn(task::yield_now());
                                timeout(SECOND, task).await.unwrap().unwrap();
                            }
                        });
                    })
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
        }
    });
}

#[test]
fn no_time_passes_while_a_task_or_a_job_blocks() {
    everywhere(|| async {
        let start = Instant::now();
        let blocked = spawn(async { thread::sleep(Duration::from_millis(5)) });
        timeout(TICK, blocked).await.unwrap().unwrap();
        for _ in 0..50 {
            let job = spawn_blocking(|| thread::sleep(Duration::from_micros(200)));
            timeout(TICK, job).await.unwrap().unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        // And then it does.
        sleep(HOUR).await;
    });
}

#[cfg(unix)]
#[test]
fn no_time_passes_while_sockets_have_data() {
    use heist_runtime::io::{AsyncFd, Interest};
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    async fn echo(stream: UnixStream, starts: bool) {
        stream.set_nonblocking(true).unwrap();
        let stream = AsyncFd::new(stream).unwrap();
        for n in 0..200 {
            if starts || n > 0 {
                stream
                    .async_io(Interest::WRITABLE, |mut stream| stream.write(b"x"))
                    .await
                    .unwrap();
            }
            let read = stream.async_io(Interest::READABLE, |mut stream| stream.read(&mut [0; 8]));
            assert!(timeout(TICK, read).await.expect("it comes first").is_ok());
        }
    }

    everywhere(|| async {
        let start = Instant::now();
        let tasks: Vec<_> = (0..8)
            .flat_map(|_| {
                let (here, there) = UnixStream::pair().unwrap();
                [spawn(echo(here, true)), spawn(echo(there, false))]
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

#[test]
fn time_runs_again_after_the_pause() {
    bounded(|| {
        let rt = Builder::new().worker_threads(2).build().unwrap();
        rt.block_on(async {
            let start = Instant::now();
            // Waits by the real clock, and then by the paused one.
            let waits = spawn(async move {
                sleep(HOUR).await;
                start.elapsed()
            });
            sleep(Duration::from_millis(1)).await;
            time::pause();
            let paused = Instant::now();
            assert!(paused - start >= Duration::from_millis(1));
            assert!(waits.await.unwrap() >= HOUR);
            assert!(start.elapsed() < HOUR + SECOND);

            let real = std::time::Instant::now();
            let resumed = Instant::now();
            // Timers armed while it was paused fire by the running clock.
            let waits = spawn(sleep(Duration::from_millis(20)));
            task::yield_now().await;
            time::resume();
            waits.await.unwrap();
            assert!(resumed.elapsed() >= Duration::from_millis(20));
            assert!(real.elapsed() >= Duration::from_millis(10));
            time::pause();
            sleep(HOUR).await;
            time::resume();
        });
    });
}

#[test]
fn each_runtime_has_a_clock_of_its_own() {
    bounded(|| {
        let (stands, runs) = (paused(1), Builder::new().worker_threads(1).build().unwrap());
        let start = stands.block_on(async {
            let start = Instant::now();
            sleep(24 * HOUR).await;
            start
        });
        runs.block_on(async {
            assert!(start.elapsed() < HOUR);
            sleep(Duration::from_millis(1)).await;
        });
        assert!(start.elapsed() < HOUR, "no runtime: the system's clock");
    });
}

#[test]
fn misuse_says_what_is_wrong() {
    let rt = Builder::new().worker_threads(1).build().unwrap();
    let message = panic_message(time::pause);
    assert!(message.contains("no heist runtime"), "{message}");
    let entered = rt.enter();
    assert!(panic_message(time::resume).contains("not paused"));
    time::pause();
    assert!(panic_message(time::pause).contains("paused already"));
    time::resume();
    drop(entered);
    let message = panic_message(|| rt.block_on(time::advance(SECOND)));
    assert!(message.contains("not paused"), "{message}");
}

/// A runtime in which no thread waits ends, and its clock does not prevent that.
#[test]
fn a_paused_runtime_ends_like_another() {
    bounded(|| {
        for workers in [1, 2] {
            let rt = paused(workers);
            let (give, take) = mpsc::channel::<()>();
            rt.spawn(async move {
                let _give = give;
                pending::<()>().await;
            });
            rt.spawn(async {
                loop {
                    sleep(HOUR).await;
                }
            });
            drop(rt);
            assert!(take.recv().is_err());
        }
    });
}

#[test]
fn ticks_keep_their_distance() {
    everywhere(|| async {
        let start = Instant::now();
        let mut interval = interval(SECOND);
        for n in 0..5 {
            assert_eq!(interval.tick().await, start + SECOND * n);
            assert_eq!(start.elapsed(), SECOND * n);
        }
        let later = Instant::now() + HOUR;
        let mut interval = interval_at(later, SECOND);
        assert_eq!(interval.tick().await, later);
        assert_eq!(interval.tick().await, later + SECOND);
    });
}

/// When each tick is due, and when it is taken, in quarters of the period.
async fn ticks_after_a_pause(behavior: MissedTickBehavior, expected: [(u32, u32); 5]) {
    let quarter = SECOND / 4;
    let start = Instant::now();
    let mut interval = interval(SECOND);
    interval.set_missed_tick_behavior(behavior);
    assert_eq!(interval.tick().await, start);
    // Too late for the ticks at 4 and 8.
    time::advance(quarter * 10).await;
    for (due, taken) in expected {
        assert_eq!(interval.tick().await, start + quarter * due);
        assert_eq!(start.elapsed(), quarter * taken);
    }
}

#[test]
fn missed_ticks_come_at_once_in_a_burst() {
    everywhere(|| {
        let expected = [(4, 10), (8, 10), (12, 12), (16, 16), (20, 20)];
        ticks_after_a_pause(MissedTickBehavior::Burst, expected)
    });
}

#[test]
fn missed_ticks_delay_the_others() {
    everywhere(|| {
        let expected = [(4, 10), (14, 14), (18, 18), (22, 22), (26, 26)];
        ticks_after_a_pause(MissedTickBehavior::Delay, expected)
    });
}

#[test]
fn missed_ticks_are_skipped() {
    everywhere(|| {
        let expected = [(4, 10), (12, 12), (16, 16), (20, 20), (24, 24)];
        ticks_after_a_pause(MissedTickBehavior::Skip, expected)
    });
}

/// A tick taken up to 5 ms late is in time: the others stay where they are.
#[test]
fn a_slightly_late_tick_is_not_missed() {
    everywhere(|| async {
        for behavior in [MissedTickBehavior::Delay, MissedTickBehavior::Skip] {
            let start = Instant::now();
            let mut interval = interval_at(start, SECOND);
            interval.set_missed_tick_behavior(behavior);
            interval.tick().await;
            time::advance(SECOND + Duration::from_millis(5)).await;
            assert_eq!(interval.tick().await, start + SECOND);
            assert_eq!(interval.tick().await, start + SECOND * 2);
        }
    });
}

#[test]
fn an_interval_restarts_at_the_given_instant() {
    everywhere(|| async {
        let mut interval = interval(SECOND * 10);
        interval.tick().await;
        for (reset, first) in [
            ((|interval| interval.reset()) as fn(&mut time::Interval), 10),
            (|interval| interval.reset_immediately(), 0),
            (|interval| interval.reset_after(SECOND * 3), 3),
            (|interval| interval.reset_at(Instant::now() + SECOND * 4), 4),
        ] {
            time::advance(SECOND).await;
            let now = Instant::now();
            reset(&mut interval);
            assert_eq!(interval.tick().await, now + SECOND * first);
            assert_eq!(interval.tick().await, now + SECOND * (first + 10));
        }
    });
}

#[test]
fn an_hour_long_timeout_expires_after_an_hour() {
    everywhere(|| async {
        let start = Instant::now();
        assert!(timeout(HOUR, pending::<()>()).await.is_err());
        assert_eq!(start.elapsed(), HOUR);
        // The sleep that ends first decides; at the same time, the future does.
        assert!(timeout(HOUR, sleep(HOUR)).await.is_ok());
        assert!(timeout(HOUR, sleep(HOUR + TICK)).await.is_err());
        assert_eq!(start.elapsed(), 3 * HOUR);
    });
}
