//! The pool behind `spawn_blocking`: order, limits, growth, and that no job waits forever.

#[allow(dead_code, reason = "each test binary uses some of it")]
#[path = "../support/mod.rs"]
mod support;

mod ends;
mod users_code;

use heist_runtime::{Builder, Handle, Runtime, spawn_blocking, task, time};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;
use support::{bounded, eventually};

/// More jobs than any pool here has threads.
const MANY: usize = 10_000;

fn with_threads(limit: usize) -> Runtime {
    let mut builder = Builder::new();
    builder.worker_threads(2).max_blocking_threads(limit);
    builder.build().unwrap()
}

/// Counts the pool's threads that have started and stopped.
#[derive(Clone, Default)]
struct Threads {
    started: Arc<AtomicUsize>,
    stopped: Arc<AtomicUsize>,
}

impl Threads {
    fn watch(&self, builder: &mut Builder) -> Runtime {
        let of_pool = || {
            thread::current()
                .name()
                .is_some_and(|name| name.contains("blocking"))
        };
        let (started, stopped) = (self.started.clone(), self.stopped.clone());
        builder
            .on_thread_start(move || _ = started.fetch_add(usize::from(of_pool()), SeqCst))
            .on_thread_stop(move || _ = stopped.fetch_add(usize::from(of_pool()), SeqCst))
            .build()
            .unwrap()
    }

    fn started(&self) -> usize {
        self.started.load(SeqCst)
    }

    fn stopped(&self) -> usize {
        self.stopped.load(SeqCst)
    }
}

/// A runtime of one worker whose pool's threads are named by their number.
fn named_once_built(name: impl Fn(usize) -> String + Send + Sync + 'static) -> Runtime {
    /// The worker and the watchdog.
    const OTHERS: usize = 2;
    let named = AtomicUsize::new(0);
    let mut builder = Builder::new();
    builder
        .worker_threads(1)
        .max_spare_workers(0)
        .thread_name_fn(
            move || match named.fetch_add(1, SeqCst).checked_sub(OTHERS) {
                Some(number) => name(number),
                None => "other".into(),
            },
        );
    builder.build().unwrap()
}

/// Runs this many jobs at once, on as many threads.
fn meet(rt: &Runtime, jobs: usize) {
    let barrier = Arc::new(Barrier::new(jobs));
    let meeting: Vec<_> = (0..jobs)
        .map(|_| {
            let barrier = barrier.clone();
            rt.spawn_blocking(move || _ = barrier.wait())
        })
        .collect();
    for job in meeting {
        rt.block_on(job).unwrap();
    }
}

/// Runs jobs that end at once, so that the pool expects the next ones to be quick too.
fn teach_that_jobs_are_quick(rt: &Runtime) {
    let jobs: Vec<_> = (0..1_000).map(|_| rt.spawn_blocking(|| ())).collect();
    for job in jobs {
        rt.block_on(job).unwrap();
    }
}

/// Occupies a thread of the pool until the sender is dropped.
fn occupy(rt: &Runtime) -> mpsc::Sender<()> {
    let (release, blocked) = mpsc::channel();
    let (started, start) = mpsc::channel();
    rt.spawn_blocking(move || {
        started.send(()).unwrap();
        let _ = blocked.recv();
    });
    start.recv().unwrap();
    release
}

#[test]
fn one_thread_runs_jobs_in_order() {
    bounded(|| {
        let rt = with_threads(1);
        let ran = Arc::new(Mutex::new(Vec::new()));
        let jobs: Vec<_> = (0..MANY)
            .map(|n| {
                let ran = ran.clone();
                rt.spawn_blocking(move || ran.lock().unwrap().push(n))
            })
            .collect();
        for job in jobs {
            rt.block_on(job).unwrap();
        }
        assert!(ran.lock().unwrap().iter().copied().eq(0..MANY));
    });
}

/// When a job starts, at most one job before it per other thread has not started.
#[test]
fn several_threads_start_jobs_in_order() {
    const THREADS: usize = 4;
    #[derive(Default)]
    struct Order {
        /// The first job after all that have started.
        next: usize,
        overtaken: BTreeSet<usize>,
        most_overtaken: usize,
    }
    impl Order {
        fn start(&mut self, job: usize) {
            if job >= self.next {
                self.overtaken.extend(self.next..job);
                self.next = job + 1;
            } else {
                self.overtaken.remove(&job);
            }
            self.most_overtaken = self.most_overtaken.max(self.overtaken.len());
        }
    }
    bounded(|| {
        let rt = with_threads(THREADS);
        let order = Arc::new(Mutex::new(Order::default()));
        meet(&rt, THREADS);
        let jobs: Vec<_> = (0..MANY)
            .map(|n| {
                let order = order.clone();
                rt.spawn_blocking(move || {
                    order.lock().unwrap().start(n);
                    // Now and then a long one, so that other threads come.
                    if n % 1_000 == 0 {
                        thread::sleep(Duration::from_millis(1));
                    }
                })
            })
            .collect();
        for job in jobs {
            rt.block_on(job).unwrap();
        }
        let order = order.lock().unwrap();
        assert!(order.most_overtaken < THREADS, "{}", order.most_overtaken);
        assert!(order.overtaken.is_empty());
    });
}

/// Up to the limit every job starts, even if all before it wait for it.
#[test]
fn jobs_may_wait_for_later_ones() {
    const THREADS: usize = 200;
    bounded(|| {
        for quick_before in [false, true] {
            let rt = with_threads(THREADS);
            if quick_before {
                teach_that_jobs_are_quick(&rt);
            }
            let mut earlier = None;
            let mut jobs = Vec::new();
            for n in 1..=THREADS {
                let (done, later) = mpsc::channel::<()>();
                let earlier = earlier.replace(done);
                jobs.push(rt.spawn_blocking(move || {
                    if n < THREADS {
                        let _ = later.recv();
                    }
                    drop(earlier);
                }));
            }
            for job in jobs {
                rt.block_on(job).unwrap();
            }
        }
    });
}

/// As above, with quick jobs in between that keep the queue moving.
#[test]
fn jobs_that_meet_do_so_among_quick_ones() {
    const THREADS: usize = 16;
    bounded(|| {
        let rt = with_threads(THREADS);
        for _ in 0..20 {
            let barrier = Arc::new(Barrier::new(THREADS));
            let jobs: Vec<_> = (0..THREADS * 50)
                .map(|n| {
                    let barrier = (n % 50 == 0).then(|| barrier.clone());
                    rt.spawn_blocking(move || barrier.map(|barrier| barrier.wait().is_leader()))
                })
                .collect();
            for job in jobs {
                rt.block_on(job).unwrap();
            }
        }
    });
}

#[test]
fn a_quick_job_does_not_wait_for_a_blocked_one() {
    bounded(|| {
        let rt = with_threads(8);
        for _ in 0..50 {
            teach_that_jobs_are_quick(&rt);
            let release = occupy(&rt);
            rt.block_on(rt.spawn_blocking(|| ())).unwrap();
            drop(release);
        }
    });
}

#[test]
fn the_limit_holds() {
    const THREADS: usize = 3;
    bounded(|| {
        let threads = Threads::default();
        let rt = threads.watch(Builder::new().max_blocking_threads(THREADS));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs: Vec<_> = (0..100)
            .map(|_| {
                let (now, most) = (now.clone(), most.clone());
                rt.spawn_blocking(move || {
                    most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                    thread::sleep(Duration::from_millis(1));
                    now.fetch_sub(1, SeqCst);
                })
            })
            .collect();
        for job in jobs {
            rt.block_on(job).unwrap();
        }
        // All of them are started if they are needed.
        meet(&rt, THREADS);
        assert!(most.load(SeqCst) <= THREADS);
        assert_eq!(threads.started(), THREADS);
    });
}

#[test]
fn idle_threads_end_and_are_replaced() {
    bounded(|| {
        let threads = Threads::default();
        let rt = threads.watch(Builder::new().thread_keep_alive(Duration::from_millis(5)));
        for round in 1..=3 {
            let before = threads.started();
            meet(&rt, 8);
            assert!(threads.started() > before, "round {round}");
            eventually("idle threads end", || {
                threads.stopped() == threads.started()
            });
        }
    });
}

/// A job goes to the thread that worked last, so that the others can retire.
#[test]
fn a_trickle_of_jobs_does_not_keep_all_threads() {
    const THREADS: usize = 6;
    bounded(|| {
        let threads = Threads::default();
        let rt = threads.watch(Builder::new().thread_keep_alive(Duration::from_millis(300)));
        meet(&rt, THREADS);
        let alive = || threads.started() - threads.stopped();
        eventually("threads that nobody needs end", || {
            for _ in 0..20 {
                rt.block_on(rt.spawn_blocking(|| ())).unwrap();
            }
            alive() <= 2
        });
    });
}

/// How often each of the pool's threads has gone to sleep; `None` unless all are asleep.
#[cfg(target_os = "linux")]
fn sleeps(name: &str) -> Option<Vec<(String, String)>> {
    let mut sleeps = Vec::new();
    for id in support::threads_named(name) {
        let status = std::fs::read_to_string(format!("/proc/self/task/{id}/status")).ok()?;
        let value = |key: &str| {
            let line = status.lines().find(|line| line.starts_with(key));
            line.and_then(|line| line.split_whitespace().nth(1))
                .map(str::to_owned)
        };
        if value("State:")? != "S" {
            return None;
        }
        sleeps.push((id, value("voluntary_ctxt_switches:")?));
    }
    Some(sleeps)
}

#[cfg(target_os = "linux")]
#[test]
fn one_job_wakes_one_thread() {
    const THREADS: usize = 8;
    const NAME: &str = "herd-pool";
    bounded(|| {
        let rt = named_once_built(|_| NAME.into());
        meet(&rt, THREADS);
        let settled = || {
            let mut last = None;
            eventually("all threads sleep", || {
                let before = std::mem::replace(&mut last, sleeps(NAME));
                last.is_some() && last == before
            });
            last.unwrap()
        };
        let mut before = settled();
        assert!(before.len() >= THREADS, "{before:?}");
        for _ in 0..20 {
            rt.block_on(rt.spawn_blocking(|| ())).unwrap();
            let after = settled();
            let woken = after
                .iter()
                .zip(&before)
                .filter(|(after, before)| after != before);
            assert_eq!(woken.count(), 1);
            before = after;
        }
    });
}

#[test]
fn jobs_start_jobs_and_wait_for_them() {
    fn nested(depth: usize) -> usize {
        match depth {
            0 => 0,
            _ => {
                1 + Handle::current()
                    .block_on(spawn_blocking(move || nested(depth - 1)))
                    .unwrap()
            }
        }
    }
    bounded(|| {
        let rt = with_threads(100);
        for _ in 0..3 {
            teach_that_jobs_are_quick(&rt);
            let depth = rt.spawn_blocking(|| nested(99));
            assert_eq!(rt.block_on(depth).unwrap(), 99);
        }
    });
}

#[test]
fn jobs_await_tasks_and_timers() {
    bounded(|| {
        let rt = with_threads(4);
        let jobs: Vec<_> = (0..40)
            .map(|n| {
                rt.spawn_blocking(move || {
                    Handle::current().block_on(async {
                        time::sleep(Duration::from_micros(100)).await;
                        task::spawn(async move { n }).await.unwrap()
                    })
                })
            })
            .collect();
        for (n, job) in jobs.into_iter().enumerate() {
            assert_eq!(rt.block_on(job).unwrap(), n);
        }
    });
}

#[test]
fn jobs_from_many_threads_run_once_each() {
    const THREADS: usize = 8;
    bounded(|| {
        let rt = with_threads(16);
        let ran: Arc<Vec<_>> = Arc::new((0..MANY).map(|_| AtomicUsize::new(0)).collect());
        thread::scope(|scope| {
            for first in 0..THREADS {
                let (rt, ran) = (&rt, &ran);
                scope.spawn(move || {
                    let jobs: Vec<_> = (first..MANY)
                        .step_by(THREADS)
                        .map(|n| {
                            let ran = ran.clone();
                            rt.spawn_blocking(move || ran[n].fetch_add(1, SeqCst))
                        })
                        .collect();
                    for job in jobs {
                        assert_eq!(rt.block_on(job).unwrap(), 0);
                    }
                });
            }
        });
        assert!(ran.iter().all(|ran| ran.load(SeqCst) == 1));
    });
}
