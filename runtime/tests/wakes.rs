//! A task that is woken is polled, no matter which thread wakes it and when.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, Runtime, task};
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;
use support::{DropGuard, Drops, bounded, eventually, hush_expected_panics};

fn runtime(workers: usize) -> Runtime {
    Builder::new().worker_threads(workers).build().unwrap()
}

/// A task that counts the flags it finds set, checking once per poll, and its waker.
struct FlagTask {
    raised: Arc<AtomicBool>,
    seen: Arc<AtomicUsize>,
    waker: Waker,
    _task: task::JoinHandle<()>,
}

impl FlagTask {
    fn spawn(rt: &Runtime, rounds: usize) -> Self {
        let raised = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(AtomicUsize::new(0));
        let (give, take) = mpsc::channel();
        let (flag, count) = (raised.clone(), seen.clone());
        let mut give = Some(give);
        let task = rt.spawn(poll_fn(move |cx| {
            if let Some(give) = give.take() {
                give.send(cx.waker().clone()).unwrap();
            }
            if flag.swap(false, SeqCst) && count.fetch_add(1, SeqCst) + 1 == rounds {
                return Poll::Ready(());
            }
            Poll::Pending
        }));
        Self {
            raised,
            seen,
            waker: take.recv().unwrap(),
            _task: task,
        }
    }

    /// One round: sets the flag, wakes, and waits until the task has seen it. The next round then
    /// often meets the task while it is still running.
    fn round(&self, n: usize) {
        self.raised.store(true, SeqCst);
        if n % 2 == 0 {
            self.waker.wake_by_ref();
        } else {
            wake_by_value(&self.waker);
        }
        while self.seen.load(SeqCst) == n {
            thread::yield_now();
        }
    }
}

#[test]
fn no_wake_from_a_plain_thread_is_lost() {
    const ROUNDS: usize = 10_000;
    bounded(|| {
        for workers in [1, 2] {
            let rt = Arc::new(runtime(workers));
            let threads = [0, 1].map(|_| {
                let rt = rt.clone();
                thread::spawn(move || {
                    let task = FlagTask::spawn(&rt, ROUNDS);
                    (0..ROUNDS).for_each(|n| task.round(n));
                })
            });
            for thread in threads {
                thread.join().unwrap();
            }
        }
    });
}

/// Between rounds all workers have gone to sleep, or are about to.
#[test]
fn no_wake_of_a_sleeping_runtime_is_lost() {
    const ROUNDS: usize = 3_000;
    bounded(|| {
        let rt = runtime(2);
        let task = FlagTask::spawn(&rt, ROUNDS);
        for n in 0..ROUNDS {
            task.round(n);
            // A different pause each time, around the time that falling asleep takes.
            for _ in 0..n % 300 {
                std::hint::spin_loop();
            }
        }
    });
}

#[test]
fn no_spawn_from_a_plain_thread_is_lost() {
    bounded(|| {
        let rt = runtime(2);
        let (send, receive) = mpsc::channel();
        for n in 0..5_000 {
            let send = send.clone();
            drop(rt.spawn(async move { send.send(n).unwrap() }));
            assert_eq!(receive.recv(), Ok(n));
        }
    });
}

#[test]
fn messages_between_runtimes_all_arrive() {
    const ROUNDS: usize = 5_000;
    bounded(|| {
        let (here, there) = (runtime(1), runtime(2));
        let (ping, pings) = async_channel::bounded(1);
        let (pong, pongs) = async_channel::bounded(1);
        let echo = there.spawn(async move {
            while let Ok(n) = pings.recv().await {
                pong.send(n).await.unwrap();
            }
        });
        let asker = here.spawn(async move {
            for n in 0..ROUNDS {
                ping.send(n).await.unwrap();
                assert_eq!(pongs.recv().await, Ok(n));
            }
        });
        here.block_on(asker).unwrap();
        here.block_on(echo).unwrap();
    });
}

#[test]
fn messages_of_many_tasks_all_arrive() {
    const TASKS: usize = 20;
    const EACH: usize = 1_000;
    bounded(|| {
        let rt = runtime(2);
        let (sender, receiver) = async_channel::bounded(3);
        for _ in 0..TASKS {
            let sender = sender.clone();
            drop(rt.spawn(async move {
                for n in 0..EACH {
                    sender.send(n).await.unwrap();
                }
            }));
        }
        drop(sender);
        let receivers: Vec<_> = (0..4)
            .map(|_| {
                let receiver = receiver.clone();
                rt.spawn(async move {
                    let mut sum = 0;
                    while let Ok(n) = receiver.recv().await {
                        sum += n;
                    }
                    sum
                })
            })
            .collect();
        let sum: usize = receivers
            .into_iter()
            .map(|task| rt.block_on(task).unwrap())
            .sum();
        assert_eq!(sum, TASKS * EACH * (EACH - 1) / 2);
    });
}

#[test]
fn wakers_kept_beyond_the_runtimes_end_do_no_harm() {
    bounded(|| {
        let drops = Drops::default();
        let rt = runtime(2);
        let (give, take) = mpsc::channel();
        for _ in 0..100 {
            let (guard, give) = (drops.guard(), give.clone());
            drop(rt.spawn(async move {
                let _guard = guard;
                poll_fn(move |cx| {
                    let _ = give.send(cx.waker().clone());
                    Poll::<()>::Pending
                })
                .await;
            }));
        }
        let wakers: Vec<Waker> = take.iter().take(100).collect();
        drop(rt);
        assert_eq!(drops.count(), 100);
        for waker in &wakers {
            waker.wake_by_ref();
            wake_by_value(waker);
        }
        let another = runtime(1);
        let last = another.spawn(async move { wakers.into_iter().for_each(Waker::wake) });
        another.block_on(last).unwrap();
        assert_eq!(drops.count(), 100);
    });
}

/// The runtime shuts down while other threads wake its tasks as fast as they can.
#[test]
fn waking_while_the_runtime_ends_does_no_harm() {
    bounded(|| {
        for _ in 0..100 {
            let drops = Drops::default();
            let rt = runtime(2);
            let (give, take) = mpsc::channel();
            for _ in 0..10 {
                let (guard, give) = (drops.guard(), give.clone());
                drop(rt.spawn(async move {
                    let _guard = guard;
                    poll_fn(move |cx| {
                        let _ = give.send(cx.waker().clone());
                        Poll::<()>::Pending
                    })
                    .await;
                }));
            }
            let wakers: Vec<Waker> = take.iter().take(10).collect();
            let stop = Arc::new(AtomicBool::new(false));
            let waking = {
                let stop = stop.clone();
                thread::spawn(move || {
                    while !stop.load(SeqCst) {
                        wakers.iter().for_each(Waker::wake_by_ref);
                    }
                })
            };
            drop(rt);
            assert_eq!(drops.count(), 10);
            stop.store(true, SeqCst);
            waking.join().unwrap();
        }
    });
}

#[test]
fn waking_a_complete_task_does_nothing() {
    bounded(|| {
        let rt = runtime(1);
        let polls = Arc::new(AtomicUsize::new(0));
        let (give, take) = mpsc::channel();
        let count = polls.clone();
        let task = rt.spawn(poll_fn(move |cx| {
            count.fetch_add(1, SeqCst);
            give.send(cx.waker().clone()).unwrap();
            Poll::Ready(())
        }));
        let waker = take.recv().unwrap();
        rt.block_on(task).unwrap();
        waker.wake_by_ref();
        waker.wake();
        // The worker runs what was queued before this.
        rt.block_on(rt.spawn(async {})).unwrap();
        assert_eq!(polls.load(SeqCst), 1);
    });
}

/// A future that nothing can wake any more stays until its runtime ends, and is then dropped.
#[test]
fn a_task_without_wakers_is_dropped_with_the_runtime() {
    bounded(|| {
        let rt = runtime(1);
        let drops = Drops::default();
        let guard = drops.guard();
        drop(rt.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        }));
        rt.block_on(rt.spawn(async {})).unwrap();
        assert_eq!(drops.count(), 0);
        drop(rt);
        assert_eq!(drops.count(), 1);
    });
}

/// The waker of some other executor, in which user code may panic.
struct Panicking(
    AtomicBool,
    #[allow(dead_code, reason = "counts when dropped")] DropGuard,
);

impl Wake for Panicking {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
        panic!("expected in a waker");
    }
}

fn panicking(drops: &Drops) -> (Arc<Panicking>, Waker) {
    let inner = Arc::new(Panicking(AtomicBool::new(false), drops.guard()));
    (inner.clone(), Waker::from(inner))
}

#[test]
fn a_panicking_joiners_waker_kills_no_worker() {
    hush_expected_panics();
    bounded(|| {
        let rt = runtime(1);
        let drops = Drops::default();
        let (inner, waker) = panicking(&drops);
        let (go, wait) = async_channel::bounded::<()>(1);
        let mut task = rt.spawn(async move { wait.recv().await.is_ok() });
        let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        go.send_blocking(()).unwrap();
        eventually("the waker is called", || inner.0.load(SeqCst));
        assert!(rt.block_on(rt.spawn(async { true })).unwrap());
        assert!(rt.block_on(task).unwrap());
        drop((inner, waker));
        assert_eq!(drops.count(), 1, "the task has let go of the waker");
    });
}

#[test]
fn a_panicking_sleepers_waker_kills_no_worker() {
    hush_expected_panics();
    bounded(|| {
        let rt = runtime(1);
        let drops = Drops::default();
        let (inner, waker) = panicking(&drops);
        let entered = rt.enter();
        let mut sleep = Box::pin(heist_runtime::time::sleep(
            std::time::Duration::from_millis(1),
        ));
        let polled = sleep.as_mut().poll(&mut Context::from_waker(&waker));
        drop(entered);
        assert!(polled.is_pending());
        eventually("the waker is called", || inner.0.load(SeqCst));
        assert!(rt.block_on(rt.spawn(async { true })).unwrap());
        rt.block_on(sleep);
    });
}

/// A waker may run arbitrary code, such as use the runtime that calls it.
#[test]
fn a_waker_may_spawn_and_arm_timers() {
    struct Spawns(Mutex<mpsc::Sender<()>>, heist_runtime::Handle);
    impl Wake for Spawns {
        fn wake(self: Arc<Self>) {
            let done = self.0.lock().unwrap().clone();
            drop(self.1.spawn(async move {
                heist_runtime::time::sleep(std::time::Duration::from_millis(1)).await;
                done.send(()).unwrap();
            }));
        }
    }
    bounded(|| {
        let rt = runtime(1);
        let (done, end) = mpsc::channel();
        let waker = Waker::from(Arc::new(Spawns(Mutex::new(done), rt.handle().clone())));
        let mut sleep = Box::pin(heist_runtime::time::sleep(
            std::time::Duration::from_millis(1),
        ));
        let entered = rt.enter();
        let polled = sleep.as_mut().poll(&mut Context::from_waker(&waker));
        drop(entered);
        assert!(polled.is_pending());
        end.recv().unwrap();
    });
}

/// Wakes by value, which takes another path than by reference.
#[expect(clippy::waker_clone_wake)]
fn wake_by_value(waker: &Waker) {
    waker.clone().wake();
}

/// Others rely on a worker until it has announced its sleep: it must find work made until then in
/// its last check.
#[test]
fn work_made_just_before_a_worker_sleeps_is_run() {
    let (say, about_to_sleep) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    let rt = Builder::new()
        .worker_threads(1)
        // No watchdog checks on it.
        .stall_threshold(None)
        .on_thread_park(move || {
            let _ = say.send(());
            // Only the first time, since the other end is dropped.
            let _ = may_go_on.lock().unwrap().recv();
        })
        .build()
        .unwrap();
    about_to_sleep.recv().unwrap();
    let (ran, has_run) = mpsc::channel();
    rt.spawn(async move { ran.send(()) });
    drop(go_on);
    has_run.recv_timeout(Duration::from_secs(30)).unwrap();
}
