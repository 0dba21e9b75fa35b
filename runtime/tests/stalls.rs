//! Tasks that block their workers: they hold up themselves, and nothing else.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use std::future::Future;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use heist_runtime::io::{AsyncFd, Interest};
use heist_runtime::task::{JoinHandle, block_in_place, yield_now};
use heist_runtime::{Builder, Handle, Runtime, spawn, spawn_blocking, time};
use support::{bounded, eventually};

/// Short, so that threads that are not needed any more end soon.
const KEEP_ALIVE: Duration = Duration::from_millis(50);

fn builder(workers: usize) -> Builder {
    let mut builder = Builder::new();
    builder
        .worker_threads(workers)
        .thread_keep_alive(KEEP_ALIVE);
    builder
}

fn runtime(workers: usize) -> Runtime {
    builder(workers).build().unwrap()
}

/// Tasks that block their threads until this is dropped.
struct Blockers {
    release: Option<Sender<()>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Blockers {
    /// Returns when all of them block.
    fn start(rt: &Handle, count: usize) -> Self {
        let (release, released) = mpsc::channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let (blocked, blocking) = mpsc::channel();
        let block = |_| {
            let (released, blocked) = (released.clone(), blocked.clone());
            rt.spawn(async move {
                blocked.send(()).unwrap();
                let _ = released.lock().unwrap().recv();
            })
        };
        let tasks = (0..count).map(block).collect();
        blocking.iter().take(count).for_each(drop);
        Self {
            release: Some(release),
            tasks,
        }
    }

    fn end(mut self, rt: &Runtime) {
        self.release = None;
        for task in self.tasks.drain(..) {
            rt.block_on(task).unwrap();
        }
    }
}

/// Everything that a runtime is for: new tasks, messages, timers, blocking jobs.
async fn work() -> u32 {
    let (sender, receiver) = async_channel::bounded::<u32>(1);
    let adder = spawn(async move {
        let mut sum = 0;
        while let Ok(n) = receiver.recv().await {
            sum += n;
        }
        sum
    });
    for n in 1..=10 {
        time::sleep(Duration::from_micros(200)).await;
        sender.send(n).await.unwrap();
        yield_now().await;
    }
    drop(sender);
    spawn_blocking(|| ()).await.unwrap();
    adder.await.unwrap()
}

#[test]
fn everything_continues_while_all_workers_are_stalled() {
    bounded(|| {
        for workers in [1, 2, 4] {
            let rt = runtime(workers);
            // More than there are workers, so that spare ones are blocked too.
            for blockers in [workers, 2 * workers + 1] {
                let blockers = Blockers::start(rt.handle(), blockers);
                for _ in 0..3 {
                    assert_eq!(rt.block_on(rt.spawn(work())).unwrap(), 55);
                }
                assert!(blockers.tasks.iter().all(|task| !task.is_finished()));
                blockers.end(&rt);
            }
        }
    });
}

/// The result of the test above on a runtime without a watchdog.
#[test]
fn without_a_threshold_tasks_wait_behind_blocking_ones() {
    bounded(|| {
        let rt = builder(2).stall_threshold(None).build().unwrap();
        let blockers = Blockers::start(rt.handle(), 2);
        let waiting = rt.spawn(work());
        thread::sleep(Duration::from_millis(50));
        assert!(!waiting.is_finished());
        blockers.end(&rt);
        assert_eq!(rt.block_on(waiting).unwrap(), 55);
    });
}

#[test]
fn events_are_served_while_all_workers_are_stalled() {
    bounded(|| {
        let rt = runtime(2);
        let (near, mut far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let echo = rt.spawn(async move {
            let near = AsyncFd::new(near).unwrap();
            for _ in 0..50 {
                let mut byte = [0];
                let read = |mut near: &UnixStream| near.read(&mut byte);
                near.async_io(Interest::READABLE, read).await.unwrap();
                let mut near = near.get_ref();
                near.write_all(&byte).unwrap();
            }
        });
        let blockers = Blockers::start(rt.handle(), 2);
        for n in 0..50 {
            far.write_all(&[n]).unwrap();
            let mut byte = [0];
            far.read_exact(&mut byte).unwrap();
            assert_eq!(byte, [n]);
        }
        rt.block_on(echo).unwrap();
        blockers.end(&rt);
    });
}

#[test]
fn children_run_while_their_parents_block_for_them() {
    bounded(|| {
        for workers in [1, 2] {
            let rt = runtime(workers);
            let parents: Vec<_> = (0..2 * workers)
                .map(|_| {
                    rt.spawn(async {
                        let (sender, receiver) = mpsc::channel();
                        for n in 0..20 {
                            let sender = sender.clone();
                            spawn(async move {
                                yield_now().await;
                                sender.send(n).unwrap();
                            });
                        }
                        drop(sender);
                        // Not how it should be done.
                        receiver.iter().sum::<u32>()
                    })
                })
                .collect();
            for parent in parents {
                assert_eq!(rt.block_on(parent).unwrap(), 190);
            }
        }
    });
}

/// Blocks until a child has run. Not how it should be done.
fn wait_for_a_child() {
    let (sender, receiver) = mpsc::channel();
    spawn(async move { sender.send(()).unwrap() });
    receiver.recv().unwrap();
}

#[test]
fn a_task_that_its_timer_woke_may_block() {
    bounded(|| {
        let rt = runtime(1);
        let task = rt.spawn(async {
            for _ in 0..10 {
                time::sleep(Duration::from_millis(10)).await;
            }
            wait_for_a_child();
        });
        rt.block_on(task).unwrap();
    });
}

#[test]
fn a_task_may_block_while_the_next_timer_is_far_off() {
    bounded(|| {
        let rt = runtime(1);
        let woke = Arc::new(AtomicUsize::new(0));
        let counted = woke.clone();
        rt.spawn(async move {
            time::sleep(Duration::from_millis(50)).await;
            counted.fetch_add(1, SeqCst);
            time::sleep(Duration::from_secs(3_600)).await;
        });
        let parks = || rt.metrics().worker_park_unpark_count(0);
        eventually("the worker sleeps again", || {
            woke.load(SeqCst) == 1 && parks() % 2 == 1
        });
        rt.block_on(rt.spawn(async { wait_for_a_child() })).unwrap();
    });
}

#[test]
fn others_progress_through_repeated_and_long_stalls() {
    bounded(|| {
        let rt = runtime(2);
        for round in 0..60 {
            let blockers = Blockers::start(rt.handle(), 2 + round % 3);
            assert_eq!(rt.block_on(rt.spawn(work())).unwrap(), 55);
            if round % 5 == 0 {
                thread::sleep(Duration::from_millis(20));
            }
            blockers.end(&rt);
            assert_eq!(rt.block_on(rt.spawn(work())).unwrap(), 55);
        }
    });
}

/// No worker runs out of tasks, so none steals.
#[test]
fn tasks_behind_a_blocked_one_run_while_all_other_workers_are_busy() {
    bounded(|| {
        let rt = runtime(2);
        let is_over = Arc::new(AtomicBool::new(false));
        let busy: Vec<_> = (0..64)
            .map(|_| {
                let is_over = is_over.clone();
                rt.spawn(async move {
                    while !is_over.load(SeqCst) {
                        let start = Instant::now();
                        while start.elapsed() < Duration::from_micros(20) {}
                        yield_now().await;
                    }
                })
            })
            .collect();
        for _ in 0..20 {
            // The second one is often behind the first.
            Blockers::start(rt.handle(), 2).end(&rt);
        }
        is_over.store(true, SeqCst);
        busy.into_iter().for_each(|task| rt.block_on(task).unwrap());
    });
}

/// On a busy machine workers lack a core at times, and more of them would lack one, too.
#[test]
fn spare_workers_do_not_pile_up_while_the_cores_are_busy() {
    bounded(|| {
        let rt = runtime(2);
        let is_over = Arc::new(AtomicBool::new(false));
        let goes_on = || {
            let is_over = is_over.clone();
            move || !is_over.load(SeqCst)
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let others: Vec<_> = (0..3 * cores)
            .map(|_| {
                let goes_on = goes_on();
                thread::spawn(move || while goes_on() {})
            })
            .collect();
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let goes_on = goes_on();
                rt.spawn(async move {
                    while goes_on() {
                        let start = Instant::now();
                        while start.elapsed() < Duration::from_micros(20) {}
                        yield_now().await;
                    }
                })
            })
            .collect();
        let metrics = rt.metrics();
        let (start, mut most) = (Instant::now(), 0);
        while start.elapsed() < Duration::from_secs(2) {
            most = most.max(metrics.num_awake_spare_workers());
            thread::sleep(Duration::from_millis(5));
        }
        is_over.store(true, SeqCst);
        tasks
            .into_iter()
            .for_each(|task| rt.block_on(task).unwrap());
        others.into_iter().for_each(|other| other.join().unwrap());
        // Without patience there were 30 to 45, and there are 4 or 5.
        assert!(most <= 20, "{most} spare workers");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn spare_workers_leave_when_they_are_not_needed() {
    use support::threads_named;
    bounded(|| {
        let rt = builder(2).thread_name("stall-test").build().unwrap();
        let threads = || threads_named("stall-test").len();
        eventually("the threads start", || threads() == 3);
        let blockers = Blockers::start(rt.handle(), 8);
        assert!(threads() >= 3 + 6, "{} threads", threads());
        // Timers that a spare worker has armed are kept too.
        let sleeping = rt.spawn(time::sleep(KEEP_ALIVE * 4));
        rt.block_on(rt.spawn(work())).unwrap();
        blockers.end(&rt);
        rt.block_on(sleeping).unwrap();
        eventually("the spare workers end", || threads() == 3);
        // And they come back.
        let blockers = Blockers::start(rt.handle(), 8);
        assert_eq!(rt.block_on(rt.spawn(work())).unwrap(), 55);
        blockers.end(&rt);
        eventually("the spare workers end again", || threads() == 3);
    });
}

/// The next task that blocks after a stall finds a spare worker ready.
#[test]
fn after_a_stall_one_spare_worker_more_stands_by() {
    bounded(|| {
        let rt = runtime(1);
        let metrics = rt.handle().metrics();
        // One stands in and one is in reserve. Repeated if the machine is too busy for that soon
        // after a stall.
        let one_stands_by = || {
            let blockers = Blockers::start(rt.handle(), 1);
            let start = Instant::now();
            let seen = loop {
                let seen = metrics.num_spare_workers() >= 2;
                if seen || start.elapsed() > Duration::from_millis(250) {
                    break seen;
                }
                thread::yield_now();
            };
            blockers.end(&rt);
            seen
        };
        while !one_stands_by() {}
        eventually("they rest", || metrics.num_awake_spare_workers() == 0);
    });
}

#[test]
fn beyond_the_limit_tasks_wait_until_one_returns() {
    bounded(|| {
        let rt = builder(1).max_spare_workers(2).build().unwrap();
        let blockers = Blockers::start(rt.handle(), 3);
        let waiting = rt.spawn(work());
        thread::sleep(Duration::from_millis(50));
        assert!(!waiting.is_finished());
        blockers.end(&rt);
        assert_eq!(rt.block_on(waiting).unwrap(), 55);
    });
}

#[test]
fn impossible_settings_are_named() {
    let error = Builder::new()
        .max_spare_workers(100_000)
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("max_spare_workers"), "{error}");
    let error = Builder::new()
        .stall_threshold(Duration::ZERO)
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("stall_threshold"), "{error}");
}

#[test]
fn block_in_place_leaves_the_worker_to_others_at_once() {
    bounded(|| {
        for watched in [true, false] {
            // Even where no watchdog checks for tasks that block.
            let mut builder = builder(1);
            if !watched {
                builder.stall_threshold(None);
            }
            let rt = builder.build().unwrap();
            let task = rt.spawn(async {
                for _ in 0..50 {
                    let (sender, receiver) = mpsc::channel();
                    spawn(async move { sender.send(work().await).unwrap() });
                    assert_eq!(block_in_place(|| receiver.recv().unwrap()), 55);
                    yield_now().await;
                }
            });
            rt.block_on(task).unwrap();
        }
    });
}

/// So often that some of them begin while the watchdog checks the worker.
#[test]
fn block_in_place_is_noticed_at_any_time() {
    bounded(|| {
        let rt = runtime(1);
        let task = rt.spawn(async {
            for _ in 0..20_000 {
                let (sender, receiver) = mpsc::channel();
                spawn(async move { sender.send(()).unwrap() });
                block_in_place(|| receiver.recv().unwrap());
            }
        });
        rt.block_on(task).unwrap();
    });
}

#[test]
fn block_in_place_nests_and_passes_panics_on() {
    bounded(|| {
        let rt = runtime(1);
        assert_eq!(block_in_place(|| 1), 1);
        let task = rt.spawn(async {
            let sum = block_in_place(|| block_in_place(|| 1) + 1);
            spawn(async {}).await.unwrap();
            sum
        });
        assert_eq!(rt.block_on(task).unwrap(), 2);
        let task = rt.spawn(async { block_in_place(|| panic!("passed on")) });
        assert!(rt.block_on(task).unwrap_err().is_panic());
        assert_eq!(rt.block_on(rt.spawn(work())).unwrap(), 55);
    });
}

#[test]
fn block_on_in_a_task_works_with_one_worker() {
    bounded(|| {
        let (rt, other) = (runtime(1), runtime(1));
        let (own, foreign) = (rt.handle().clone(), other.handle().clone());
        let task = rt.spawn(async move {
            let mut sum = 0;
            for handle in [&own, &foreign, &own] {
                sum += handle.block_on(work());
                sum += spawn(work()).await.unwrap();
            }
            sum
        });
        assert_eq!(rt.block_on(task).unwrap(), 330);

        // As deep as there are spare workers.
        fn nest(depth: u32) -> u32 {
            match depth {
                0 => 0,
                _ => {
                    let handle = Handle::current();
                    let inner = spawn(async move { nest(depth - 1) });
                    handle.block_on(inner).unwrap() + 1
                }
            }
        }
        assert_eq!(rt.block_on(rt.spawn(async { nest(20) })).unwrap(), 20);
    });
}

#[test]
fn a_runtime_may_live_and_end_within_a_task() {
    bounded(|| {
        let rt = runtime(1);
        let task = rt.spawn(async {
            let inner = runtime(1);
            let sum = inner.block_on(inner.spawn(work())).unwrap();
            let (sender, receiver) = mpsc::channel();
            // It must be waited for, and ends only if the outer runtime makes progress.
            inner.spawn_blocking(move || receiver.recv().unwrap());
            spawn(async move { sender.send(()).unwrap() });
            drop(inner);
            sum
        });
        assert_eq!(rt.block_on(task).unwrap(), 55);
    });
}

/// Blocking of all lengths, again and again, with messages between all tasks.
#[test]
fn no_task_is_lost_among_random_stalls() {
    bounded(|| {
        let rt = runtime(2);
        let polls = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = async_channel::unbounded::<usize>();
        let tasks: Vec<_> = (0..60_u64)
            .map(|n| {
                let (sender, polls) = (sender.clone(), polls.clone());
                rt.spawn(async move {
                    for round in 0..20_u64 {
                        polls.fetch_add(1, SeqCst);
                        match (n * 31 + round * 7) % 10 {
                            0 => thread::sleep(Duration::from_millis(n % 5)),
                            1 => block_in_place(|| thread::sleep(Duration::from_micros(300))),
                            2 => time::sleep(Duration::from_micros(500)).await,
                            _ => yield_now().await,
                        }
                        sender.send(1).await.unwrap();
                    }
                })
            })
            .collect();
        drop(sender);
        let sum = rt.spawn(async move {
            let mut sum = 0;
            while let Ok(n) = receiver.recv().await {
                sum += n;
            }
            sum
        });
        for task in tasks {
            rt.block_on(task).unwrap();
        }
        assert_eq!(rt.block_on(sum).unwrap(), 1_200);
        assert_eq!(polls.load(SeqCst), 1_200);
    });
}

/// A runtime that shuts down while its workers are stalled waits for them, and for the spare ones.
#[test]
fn the_end_of_the_runtime_waits_for_stalled_workers() {
    bounded(|| {
        let rt = runtime(1);
        let mut blockers = Blockers::start(rt.handle(), 3);
        let release = blockers.release.take();
        let releaser = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            drop(release);
        });
        let start = Instant::now();
        drop(rt);
        assert!(start.elapsed() >= Duration::from_millis(10));
        assert!(blockers.tasks.iter().all(JoinHandle::is_finished));
        releaser.join().unwrap();
    });
}

/// Any threshold, or none: computations with it do not overflow.
#[test]
fn tasks_run_whatever_the_threshold() {
    bounded(|| {
        let most = Some(Duration::MAX);
        for threshold in [None, Some(Duration::from_micros(100)), most] {
            let mut builder = builder(2);
            builder.stall_threshold(threshold);
            let rt = builder.build().unwrap();
            let busy = rt.spawn(async {
                let start = Instant::now();
                while start.elapsed() < Duration::from_millis(20) {
                    yield_now().await;
                }
            });
            rt.block_on(busy).unwrap();
            rt.block_on(rt.spawn(work())).unwrap();
        }
    });
}

/// A resting spare worker still fires the timers of tasks that it has run.
#[test]
fn timers_of_a_spare_worker_that_rests_fire() {
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(1)
            .thread_keep_alive(Duration::from_secs(3600))
            .build()
            .unwrap();
        let blockers = Blockers::start(rt.handle(), 1);
        let (armed, is_armed) = mpsc::channel();
        // Armed on the spare worker, and due when that worker has long been resting.
        let sleeper = rt.spawn(async move {
            let sleep = time::sleep(Duration::from_millis(500));
            let mut sleep = std::pin::pin!(sleep);
            std::future::poll_fn(|cx| {
                let polled = sleep.as_mut().poll(cx);
                armed.send(()).unwrap();
                polled
            })
            .await;
        });
        is_armed.recv().unwrap();
        blockers.end(&rt);
        rt.block_on(sleeper).unwrap();
    });
}

/// If the worker that led the poller announces that it blocks, another one leads from then on, with
/// or without a watchdog.
#[test]
fn another_worker_leads_while_the_leader_blocks_in_place() {
    bounded(|| {
        let rt = builder(2).stall_threshold(None).build().unwrap();
        let _entered = rt.enter();
        let socket = || {
            let (near, far) = UnixStream::pair().unwrap();
            far.set_nonblocking(true).unwrap();
            (near, AsyncFd::new(far).unwrap())
        };
        async fn receive(socket: &AsyncFd<UnixStream>) {
            let read = |mut socket: &UnixStream| socket.read(&mut [0]);
            socket.async_io(Interest::READABLE, read).await.unwrap();
        }
        let ((mut start, started), (mut near, far)) = (socket(), socket());
        let (heard, has_heard) = mpsc::channel();
        let listener = rt.spawn(async move {
            receive(&far).await;
            heard.send(()).unwrap();
        });
        // The leader runs it, since its event is what ends the wait.
        let blocker = rt.spawn(async move {
            receive(&started).await;
            block_in_place(|| {
                near.write_all(b"x").unwrap();
                has_heard.recv().unwrap();
            });
        });
        eventually("both wait", || {
            let all_sleep = |rt: &Runtime| {
                let metrics = rt.handle().metrics();
                (0..2).all(|worker| metrics.worker_park_unpark_count(worker) % 2 == 1)
            };
            all_sleep(&rt) && !listener.is_finished()
        });
        start.write_all(b"x").unwrap();
        rt.block_on(blocker).unwrap();
        rt.block_on(listener).unwrap();
    });
}
