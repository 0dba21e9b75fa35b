//! Runtimes with several groups of workers, on any number of cores: no task in one group's queue is
//! lost, or waits longer, because the workers of other groups check their own queue first.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::runtime::RuntimeMetrics;
use heist_runtime::{Builder, Handle, Runtime, task};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};
use support::bounded;

/// Eight groups.
const WORKERS: usize = 64;

/// The number of threads that are not workers. Some of them share a home group.
const OUTSIDE: usize = 12;

/// Returns a runtime without a watchdog, which would find what a worker misses.
fn unwatched() -> Runtime {
    let mut builder = Builder::new();
    builder.worker_threads(WORKERS).stall_threshold(None);
    builder.build().unwrap()
}

/// Calls `act` on each of the threads that are not workers, and waits for them.
fn from_outside(rt: &Runtime, act: impl Fn(&Handle, usize) + Sync) {
    thread::scope(|scope| {
        for thread in 0..OUTSIDE {
            let act = &act;
            scope.spawn(move || act(rt.handle(), thread));
        }
    });
}

/// All other workers of all groups block.
#[test]
fn the_only_unblocked_worker_finds_the_tasks_of_every_group() {
    bounded(|| {
        let rt = unwatched();
        let (started, has_started) = mpsc::channel();
        let mut blocked = Vec::new();
        for _ in 1..WORKERS {
            let (release, released) = mpsc::channel::<()>();
            let started = started.clone();
            rt.spawn(async move {
                started.send(()).unwrap();
                let _ = released.recv();
            });
            blocked.push(release);
            has_started.recv().unwrap();
        }
        // Repeated, since the worker sleeps in between, or is about to.
        for _ in 0..50 {
            let (ran, has_run) = mpsc::channel();
            from_outside(&rt, |rt, _| {
                let ran = ran.clone();
                rt.spawn(async move { ran.send(()) });
            });
            assert_eq!(has_run.iter().take(OUTSIDE).count(), OUTSIDE);
        }
        // The same while its own queue is never empty.
        let over = Arc::new(AtomicBool::new(false));
        for _ in 0..300 {
            let over = over.clone();
            rt.spawn(async move {
                while !over.load(SeqCst) {
                    task::yield_now().await;
                }
            });
        }
        let (ran, has_run) = mpsc::channel();
        from_outside(&rt, |rt, _| {
            let ran = ran.clone();
            rt.spawn(async move { ran.send(()) });
        });
        assert_eq!(has_run.iter().take(OUTSIDE).count(), OUTSIDE);
        over.store(true, SeqCst);
        drop(blocked);
    });
}

/// Tasks and plain threads wake each other, while workers fall asleep all the time.
#[test]
fn no_wake_from_a_plain_thread_is_lost_among_64_workers() {
    bounded(|| {
        let rt = unwatched();
        from_outside(&rt, |rt, _| {
            let (ask, questions) = async_channel::bounded::<usize>(1);
            let (answer, answers) = async_channel::bounded::<usize>(1);
            let task = rt.spawn(async move {
                while let Ok(question) = questions.recv().await {
                    answer.send(question).await.unwrap();
                }
            });
            for round in 0..300 {
                ask.send_blocking(round).unwrap();
                assert_eq!(answers.recv_blocking(), Ok(round));
            }
            drop(ask);
            rt.block_on(task).unwrap();
        });
    });
}

/// After `LOOK` polls a worker looks beyond its queue, and a task waits for `EACH` polls for each
/// task that is ready before it, as in `bounds.rs`.
const LOOK: usize = 61;
const EACH: usize = 6;

/// The number of tasks of each thread that are ready at once.
const READY: usize = 40;

const ROUNDS: usize = 20;

/// Returns the number of polls of each worker.
fn polls(metrics: &RuntimeMetrics) -> Vec<u64> {
    (0..WORKERS)
        .map(|worker| metrics.worker_poll_count(worker))
        .collect()
}

/// A future that is woken from outside. It counts the polls of the worker that polls it next, from
/// the wake on.
struct Witness {
    metrics: RuntimeMetrics,
    woken: Arc<Mutex<Option<Vec<u64>>>>,
    wakes: mpsc::Sender<Arc<Woken>>,
    rounds: usize,
    worst: u64,
}

struct Woken {
    waker: Waker,
    metrics: RuntimeMetrics,
    at: Arc<Mutex<Option<Vec<u64>>>>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        *self.at.lock().unwrap() = Some(polls(&self.metrics));
        self.waker.wake_by_ref();
    }
}

fn number_of_this_worker() -> usize {
    let thread = thread::current();
    let number = thread.name().and_then(|name| name.rsplit('-').next());
    number.unwrap().parse().unwrap()
}

impl Future for Witness {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let at = self.woken.lock().unwrap().take();
        if let Some(at) = at {
            let worker = number_of_this_worker();
            let since = self.metrics.worker_poll_count(worker) - at[worker];
            self.worst = self.worst.max(since);
            self.rounds += 1;
        }
        if self.rounds == ROUNDS {
            return Poll::Ready(self.worst);
        }
        let woken = Woken {
            waker: cx.waker().clone(),
            metrics: self.metrics.clone(),
            at: self.woken.clone(),
        };
        self.wakes.send(Arc::new(woken)).unwrap();
        Poll::Pending
    }
}

/// Counted in polls of the worker that takes the task, since the other workers may have no core.
#[test]
fn tasks_from_outside_wait_no_longer_among_64_workers() {
    bounded(|| {
        let mut builder = Builder::new();
        builder.worker_threads(WORKERS).max_spare_workers(0);
        let rt = builder.build().unwrap();
        let over = AtomicBool::new(false);
        let worst = thread::scope(|scope| {
            for _ in 0..OUTSIDE {
                scope.spawn(|| {
                    let ran = Arc::new(AtomicUsize::new(0));
                    let mut spawned = 0;
                    while !over.load(SeqCst) {
                        if spawned < ran.load(SeqCst) + READY {
                            let ran = ran.clone();
                            rt.spawn(async move {
                                let start = Instant::now();
                                while start.elapsed() < Duration::from_micros(2) {}
                                ran.fetch_add(1, SeqCst);
                            });
                            spawned += 1;
                        } else {
                            thread::yield_now();
                        }
                    }
                });
            }
            let witnesses = (0..OUTSIDE).map(|_| {
                let (wakes, to_wake) = mpsc::channel::<Arc<Woken>>();
                scope.spawn(move || to_wake.iter().for_each(Wake::wake));
                rt.spawn(Witness {
                    metrics: rt.metrics(),
                    woken: Arc::default(),
                    wakes,
                    rounds: 0,
                    worst: 0,
                })
            });
            let witnesses: Vec<_> = witnesses.collect();
            let worst = witnesses
                .into_iter()
                .map(|witness| rt.block_on(witness).unwrap());
            let worst = worst.max();
            over.store(true, SeqCst);
            worst
        });
        let bound = (LOOK + EACH * (READY + 1) * OUTSIDE) as u64;
        assert!(worst <= Some(bound), "{worst:?} of {bound}");
    });
}
