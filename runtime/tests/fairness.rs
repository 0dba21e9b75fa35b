//! What a misbehaving task may do to the others: nothing. Waiting is counted in polls of that task,
//! which a busy machine does not change.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::io::{AsyncFd, Interest};
use heist_runtime::{Builder, Runtime, spawn, task, time};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::{Duration, Instant};
use support::bounded;

fn runtime(workers: usize) -> Runtime {
    Builder::new().worker_threads(workers).build().unwrap()
}

/// A task that is always ready, and whose polls take a while.
struct Hog {
    polls: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Hog {
    /// Starts the task, and waits until it runs.
    fn start(rt: &Runtime, each_poll: Duration) -> Self {
        let polls = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let hog = Self {
            polls: polls.clone(),
            stop: stop.clone(),
        };
        rt.spawn(async move {
            while !stop.load(SeqCst) {
                polls.fetch_add(1, SeqCst);
                let start = Instant::now();
                while start.elapsed() < each_poll {}
                task::yield_now().await;
            }
        });
        while hog.polls() == 0 {
            std::thread::yield_now();
        }
        hog
    }

    fn polls(&self) -> usize {
        self.polls.load(SeqCst)
    }
}

impl Drop for Hog {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
    }
}

/// Polls between a check of the watchdog and its effect, when each poll takes three milliseconds.
/// If only polls were counted, there would be 61.
const A_FEW: usize = 20;

#[test]
fn long_polls_do_not_hold_up_tasks_from_outside() {
    bounded(|| {
        let rt = runtime(1);
        let hog = Hog::start(&rt, Duration::from_millis(3));
        for _ in 0..5 {
            let before = hog.polls();
            rt.block_on(rt.spawn(async {})).unwrap();
            let waited = hog.polls() - before;
            assert!(waited < A_FEW, "waited for {waited} polls of another task");
        }
    });
}

#[test]
fn long_polls_do_not_hold_up_sockets_and_timers() {
    bounded(|| {
        let rt = runtime(1);
        let (mut near, far) = UnixStream::pair().unwrap();
        far.set_nonblocking(true).unwrap();
        let _entered = rt.enter();
        let far = AsyncFd::new(far).unwrap();
        let (wrote, written) = mpsc::channel();
        let hog = Hog::start(&rt, Duration::from_millis(3));
        let reader = rt.spawn(async move {
            let mut byte = [0];
            for _ in 0..5 {
                far.async_io(Interest::READABLE, |mut far| far.read(&mut byte))
                    .await
                    .unwrap();
                wrote.send(()).unwrap();
            }
        });
        for _ in 0..5 {
            let before = hog.polls();
            near.write_all(b"x").unwrap();
            written.recv().unwrap();
            let waited = hog.polls() - before;
            assert!(waited < A_FEW, "an event waited for {waited} polls");
        }
        rt.block_on(reader).unwrap();
        let before = hog.polls();
        rt.block_on(rt.spawn(time::sleep(Duration::from_millis(1))))
            .unwrap();
        let waited = hog.polls() - before;
        assert!(waited < 2 * A_FEW, "a timer waited for {waited} polls");
    });
}

#[test]
fn two_tasks_that_keep_waking_each_other_starve_nobody() {
    bounded(|| {
        let rt = runtime(1);
        let stop = Arc::new(AtomicBool::new(false));
        let rounds = Arc::new(AtomicUsize::new(0));
        let (ping_in, ping_out) = async_channel::bounded::<()>(1);
        let (pong_in, pong_out) = async_channel::bounded::<()>(1);
        for (out, back) in [(ping_out, pong_in), (pong_out, ping_in.clone())] {
            let (stop, rounds) = (stop.clone(), rounds.clone());
            rt.spawn(async move {
                while out.recv().await.is_ok() && !stop.load(SeqCst) {
                    rounds.fetch_add(1, SeqCst);
                    if back.send(()).await.is_err() {
                        return;
                    }
                }
            });
        }
        ping_in.try_send(()).unwrap();
        while rounds.load(SeqCst) < 1_000 {
            std::thread::yield_now();
        }
        // Another task yields among them, and is therefore always last in the queue.
        let third = rt.spawn(async {
            for _ in 0..1_000 {
                task::yield_now().await;
            }
        });
        rt.block_on(third).unwrap();
        stop.store(true, SeqCst);
    });
}

/// A socket that always has data is read in turn with everything else.
#[test]
fn an_always_ready_socket_starves_nobody() {
    bounded(|| {
        let rt = runtime(1);
        let (near, far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        far.set_nonblocking(true).unwrap();
        let _entered = rt.enter();
        let (near, far) = (AsyncFd::new(near).unwrap(), AsyncFd::new(far).unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let reads = Arc::new(AtomicUsize::new(0));
        let pumping = {
            let (stop, reads) = (stop.clone(), reads.clone());
            // Writes and reads in one task, where neither ever has to wait.
            rt.spawn(async move {
                let mut byte = [0];
                while !stop.load(SeqCst) {
                    near.async_io(Interest::WRITABLE, |mut near| near.write(b"x"))
                        .await
                        .unwrap();
                    far.async_io(Interest::READABLE, |mut far| far.read(&mut byte))
                        .await
                        .unwrap();
                    reads.fetch_add(1, SeqCst);
                }
            })
        };
        while reads.load(SeqCst) == 0 {
            std::thread::yield_now();
        }
        rt.block_on(rt.spawn(async {})).unwrap();
        stop.store(true, SeqCst);
        rt.block_on(pumping).unwrap();
    });
}

/// With one of two workers stalled in a poll, the other does everything that the stalled one had:
/// the task it woke last, those in its queue, its timers, its sockets, and tasks from outside.
#[test]
fn a_stalled_worker_holds_up_its_own_task_only() {
    bounded(|| {
        let rt = runtime(2);
        let (mut near, far) = UnixStream::pair().unwrap();
        far.set_nonblocking(true).unwrap();
        let _entered = rt.enter();
        let far = AsyncFd::new(far).unwrap();
        for round in 0..20 {
            let (done, all_done) = mpsc::channel();
            let (release, blocked) = mpsc::channel::<()>();
            let (stalled, is_stalled) = mpsc::channel();
            let stalled_task = rt.spawn(async move {
                for n in 0..10 {
                    let done = done.clone();
                    spawn(async move { done.send(n).unwrap() });
                }
                spawn(async move {
                    time::sleep(Duration::from_millis(1)).await;
                    done.send(10).unwrap();
                });
                stalled.send(()).unwrap();
                // In a poll, for as long as the others take.
                let _ = blocked.recv();
            });
            is_stalled.recv().unwrap();
            let mut seen: Vec<i32> = all_done.iter().take(11).collect();
            seen.sort_unstable();
            assert!(seen.iter().copied().eq(0..11), "round {round}: {seen:?}");
            near.write_all(b"x").unwrap();
            let mut byte = [0];
            let read = far.async_io(Interest::READABLE, |mut far| far.read(&mut byte));
            assert_eq!(rt.block_on(read).unwrap(), 1);
            rt.block_on(rt.spawn(async {})).unwrap();
            assert!(!stalled_task.is_finished());
            drop(release);
            rt.block_on(stalled_task).unwrap();
        }
    });
}

/// Another library's `block_on` does not know of budgets: it polls repeatedly within one poll.
#[test]
fn another_executors_block_on_progresses_in_a_task_without_budget() {
    bounded(|| {
        let rt = runtime(2);
        let task = rt.spawn(async {
            let spent = std::future::poll_fn(|cx| {
                while let Poll::Ready(progress) = task::poll_proceed(cx) {
                    progress.made();
                }
                Poll::Ready(())
            });
            spent.await;
            futures_lite::future::block_on(async {
                time::sleep(Duration::from_millis(1)).await;
                for _ in 0..1_000 {
                    task::consume_budget().await;
                }
                spawn(async { 7 }).await.unwrap()
            })
        });
        assert_eq!(rt.block_on(task).unwrap(), 7);
    });
}

/// A task that came from outside while another ran runs before it when that yields, not at the
/// worker's next check, dozens of polls later.
#[test]
fn a_task_that_yields_lets_those_from_outside_go_first() {
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(1)
            // No other worker may run it in the meantime.
            .max_spare_workers(0)
            .build()
            .unwrap();
        let (give, take) = mpsc::channel();
        let (has_spawned, spawned) = mpsc::channel();
        let yielding = rt.spawn(async move {
            for round in 0..200 {
                let ran = Arc::new(AtomicBool::new(false));
                give.send(ran.clone()).unwrap();
                spawned.recv().unwrap();
                task::yield_now().await;
                assert!(ran.load(SeqCst), "round {round}");
            }
        });
        for ran in take {
            rt.spawn(async move { ran.store(true, SeqCst) });
            has_spawned.send(()).unwrap();
        }
        rt.block_on(yielding).unwrap();
    });
}

/// A task that came from outside during a poll that the watchdog has seen runs next, however short
/// the polls before it were, not at the worker's next check, dozens of polls later.
#[test]
fn after_a_poll_that_blocked_a_worker_looks_outside_first() {
    bounded(|| {
        let mut prompt = 0;
        for _ in 0..8 {
            let rt = Builder::new()
                .worker_threads(1)
                .max_spare_workers(0)
                .build()
                .unwrap();
            let polls = Arc::new(AtomicUsize::new(0));
            for _ in 0..50 {
                let polls = polls.clone();
                rt.spawn(async move {
                    loop {
                        polls.fetch_add(1, SeqCst);
                        task::yield_now().await;
                    }
                });
            }
            let (ran, has_run) = mpsc::channel();
            let handle = rt.handle().clone();
            rt.spawn(async move {
                while handle.metrics().stalls_count() == 0 {
                    std::thread::sleep(Duration::from_millis(1));
                }
                let before = polls.load(SeqCst);
                let outside = async move { ran.send(polls.load(SeqCst) - before).unwrap() };
                let spawned = std::thread::spawn(move || drop(handle.spawn(outside)));
                spawned.join().unwrap();
            });
            prompt += usize::from(has_run.recv().unwrap() <= 2);
        }
        // The poll may itself have been part of a check. Then the check continues with one of the
        // yielding tasks, and tasks from outside go behind all that are ready, before that one.
        assert!(prompt >= 4, "in {prompt} rounds of 8");
    });
}

/// A worker that searches takes a few of the tasks that another one has, and never searches again
/// if they come back.
#[test]
fn tasks_that_come_back_have_their_turns_whichever_worker_has_them() {
    const TASKS: usize = 500;
    const TURNS: usize = 100;
    bounded(|| {
        let rt = runtime(2);
        let turns: Arc<[AtomicUsize]> = (0..TASKS).map(|_| AtomicUsize::new(0)).collect();
        let (behind, stop) = (AtomicUsize::new(TASKS), AtomicBool::new(false));
        let state = Arc::new((turns, behind, stop));
        let (done, end) = mpsc::channel();
        let same = state.clone();
        rt.spawn(async move {
            for task in 0..TASKS {
                let (state, done) = (same.clone(), done.clone());
                spawn(async move {
                    let (turns, behind, stop) = &*state;
                    while !stop.load(SeqCst) {
                        let start = Instant::now();
                        while start.elapsed() < Duration::from_micros(20) {}
                        let turn = 1 + turns[task].fetch_add(1, SeqCst);
                        if turn == TURNS && behind.fetch_sub(1, SeqCst) == 1 {
                            let most = turns.iter().map(|turns| turns.load(SeqCst)).max();
                            done.send(most.unwrap()).unwrap();
                        }
                        task::yield_now().await;
                    }
                });
            }
        });
        let most = end.recv().unwrap();
        state.2.store(true, SeqCst);
        assert!(
            most < 8 * TURNS,
            "{most} turns of one task, {TURNS} of another"
        );
    });
}
