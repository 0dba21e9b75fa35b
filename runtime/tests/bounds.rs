//! How long a ready task waits at most while others flood the runtime, counted in polls of the
//! flood's tasks, which a busy machine does not change.
//!
//! Each flood is measured by the same witnesses, which wait for something, over and over. Their
//! waiting is counted from the wake, by any thread, to the poll; a separate test checks how long it
//! takes until they are woken. As a control, the same witnesses run without a flood.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::io::{AsyncFd, Interest};
use heist_runtime::{Builder, Handle, Runtime, spawn_blocking, task, time};
use std::collections::BTreeMap;
use std::future::Future;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};
use support::bounded;

/// How often each witness waits.
const ROUNDS: usize = 50;

/// Number of polls after which a worker checks for work beyond its queue.
const LOOK: usize = 61;

/// For each task of its kind that is ready before it, a task waits for this many polls: in the
/// worker's own queue because tasks that wake each other run three times before it, and a merely
/// runnable one between three that are due; in the injector because a worker whose queue is long
/// takes 17 tasks from it each time it checks.
const EACH: usize = 6;

/// This many polls for a merely runnable task while there is always something due: three due tasks
/// run before it, each with three that wake each other.
const EACH_BESIDE_DUE: usize = 16;

/// How many tasks of a flood are ready at once.
#[derive(Clone, Copy)]
enum Ready {
    /// Ready to run, whatever woke them.
    Runnable(usize),
    /// Woken by events and timers.
    Due(usize),
}

impl Ready {
    /// Returns how many polls one of the witnesses waits at most.
    fn bound(self, witness: &str, witnesses: usize) -> usize {
        let is_due = matches!(witness, "timer" | "socket");
        LOOK + match self {
            // Due tasks run first, however many are ready.
            Self::Runnable(_) if is_due => EACH * witnesses,
            Self::Runnable(ready) => EACH * (ready + witnesses),
            Self::Due(ready) if is_due => EACH * (ready + witnesses),
            Self::Due(_) => EACH_BESIDE_DUE * witnesses,
        }
    }
}

/// A flood in progress.
#[derive(Clone, Default)]
struct Flood(Arc<State>);

#[derive(Default)]
struct State {
    polls: AtomicUsize,
    over: AtomicBool,
}

impl Flood {
    fn polls(&self) -> usize {
        self.0.polls.load(SeqCst)
    }

    /// Adds a task to the flood, until the flood is over.
    fn spawn(&self, rt: &Handle, task: impl Future<Output = ()> + Send + 'static) {
        rt.spawn(Wave {
            inner: Box::pin(task),
            flood: self.clone(),
        });
    }

    fn end(&self) {
        self.0.over.store(true, SeqCst);
    }

    fn is_over(&self) -> bool {
        self.0.over.load(SeqCst)
    }
}

/// A task of a flood. Its polls are counted, and take a little time.
struct Wave<F> {
    inner: Pin<Box<F>>,
    flood: Flood,
}

impl<F: Future<Output = ()>> Future for Wave<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.flood.0.polls.fetch_add(1, SeqCst);
        let start = Instant::now();
        while start.elapsed() < Duration::from_micros(2) {}
        if self.flood.is_over() {
            return Poll::Ready(());
        }
        self.inner.as_mut().poll(cx)
    }
}

/// A future that notes the worst wait between a wake and the poll that follows.
struct Witness<F> {
    inner: Pin<Box<F>>,
    flood: Flood,
    woken: Arc<Woken>,
    worst: usize,
}

/// Records the time after waking, so that it is late, if anything, rather than early.
struct Woken {
    waker: Waker,
    flood: Flood,
    at: AtomicUsize,
}

const NOT_YET: usize = usize::MAX;

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.waker.wake_by_ref();
        let now = self.flood.polls();
        let _ = self.at.compare_exchange(NOT_YET, now, SeqCst, SeqCst);
    }
}

impl<F: Future<Output = ()>> Future for Witness<F> {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let at = self.woken.at.load(SeqCst);
        if at != NOT_YET {
            self.worst = self.worst.max(self.flood.polls() - at);
        }
        self.woken = Arc::new(Woken {
            waker: cx.waker().clone(),
            flood: self.flood.clone(),
            at: AtomicUsize::new(NOT_YET),
        });
        let waker = Waker::from(self.woken.clone());
        let inner = self.inner.as_mut();
        inner
            .poll(&mut Context::from_waker(&waker))
            .map(|()| self.worst)
    }
}

/// The worst waits, by the name of the witness.
type Waits = BTreeMap<&'static str, usize>;

struct Witnesses {
    rt: Arc<Runtime>,
    flood: Flood,
    found: Vec<(&'static str, task::JoinHandle<usize>)>,
}

impl Witnesses {
    fn add(&mut self, name: &'static str, waits: impl Future<Output = ()> + Send + 'static) {
        let witness = self.witness(waits);
        self.found.push((name, self.rt.spawn(witness)));
    }

    fn witness<F: Future<Output = ()>>(&self, waits: F) -> Witness<F> {
        Witness {
            inner: Box::pin(waits),
            flood: self.flood.clone(),
            woken: Arc::new(Woken {
                waker: Waker::noop().clone(),
                flood: self.flood.clone(),
                at: AtomicUsize::new(NOT_YET),
            }),
            worst: 0,
        }
    }

    /// Lets all witnesses wait, and returns their worst waits.
    fn wait(rt: Arc<Runtime>, flood: &Flood) -> Waits {
        let mut all = Self {
            rt: rt.clone(),
            flood: flood.clone(),
            found: Vec::new(),
        };
        all.add("yields", async {
            for _ in 0..ROUNDS {
                task::yield_now().await;
            }
        });
        all.add("timer", async {
            for _ in 0..ROUNDS {
                time::sleep(Duration::from_micros(100)).await;
            }
        });
        all.add("blocking job", async {
            for _ in 0..ROUNDS {
                spawn_blocking(|| ()).await.unwrap();
            }
        });
        // Woken by a thread that waits for a reply before it wakes again.
        let (question, questions) = async_channel::bounded::<()>(1);
        let (answer, answers) = async_channel::bounded::<()>(1);
        all.add("other thread", async move {
            while questions.recv().await.is_ok() {
                answer.try_send(()).unwrap();
            }
        });
        let (pinned_question, pinned_questions) = async_channel::bounded::<()>(1);
        let (pinned_answer, pinned_answers) = async_channel::bounded::<()>(1);
        let witness = all.witness(async move {
            while pinned_questions.recv().await.is_ok() {
                pinned_answer.try_send(()).unwrap();
            }
        });
        all.found
            .push(("pinned", rt.handle().spawn_pinned(0, move || witness)));
        let (mut near, far) = UnixStream::pair().unwrap();
        far.set_nonblocking(true).unwrap();
        let entered = rt.enter();
        let far = AsyncFd::new(far).unwrap();
        drop(entered);
        all.add("socket", async move {
            for _ in 0..ROUNDS {
                let echo = |mut far: &UnixStream| {
                    let read = far.read(&mut [0])?;
                    far.write_all(b"x")?;
                    Ok(read)
                };
                far.async_io(Interest::READABLE, echo).await.unwrap();
            }
        });
        for _ in 0..ROUNDS {
            near.write_all(b"x").unwrap();
            question.send_blocking(()).unwrap();
            pinned_question.send_blocking(()).unwrap();
            near.read_exact(&mut [0]).unwrap();
            answers.recv_blocking().unwrap();
            pinned_answers.recv_blocking().unwrap();
        }
        drop((question, pinned_question));
        all.found
            .into_iter()
            .map(|(name, waits)| (name, rt.block_on(waits).unwrap()))
            .collect()
    }
}

/// A runtime whose only worker gets no spare workers, as it might be taken for stalled on a busy
/// machine.
fn one_worker() -> Runtime {
    let mut builder = Builder::new();
    builder.worker_threads(1).max_spare_workers(0);
    builder.build().unwrap()
}

/// Starts a flood with this many ready tasks, on a runtime of one worker, and compares the
/// witnesses' waits with the bound.
fn check(ready: Ready, start: impl Fn(&Handle, &Flood) + Send + 'static) {
    bounded(move || {
        let rt = Arc::new(one_worker());
        let flood = Flood::default();
        let idle = Witnesses::wait(rt.clone(), &flood);
        assert!(idle.values().all(|&wait| wait == 0), "{idle:?}");
        start(rt.handle(), &flood);
        // Until all of the flood has started: the task spawned last may have waited for a thousand
        // others, with three due ones before each.
        while flood.polls() < 10_000 {
            thread::yield_now();
        }
        // Again if the flood paused at that moment, because one of its threads had no core.
        let mut worst = 0;
        while worst == 0 {
            let waits = Witnesses::wait(rt.clone(), &flood);
            worst = *waits.values().max().unwrap();
            for (witness, &wait) in &waits {
                let bound = ready.bound(witness, waits.len());
                assert!(wait <= bound, "{witness}'s bound {bound}: {waits:?}");
            }
        }
        flood.end();
    });
}

#[test]
fn a_task_that_is_always_ready() {
    check(Ready::Runnable(1), |rt, flood| {
        flood.spawn(rt, always_ready())
    });
}

/// A task that yields lets tasks from outside run first, not only those in the worker's queue.
#[test]
fn a_yielding_task_lets_tasks_from_outside_run() {
    bounded(|| {
        let rt = one_worker();
        let flood = Flood::default();
        flood.spawn(rt.handle(), always_ready());
        let wait = |_| {
            let (before, now) = (flood.polls(), flood.clone());
            let spawned = rt.spawn(async move { now.polls() - before });
            rt.block_on(spawned).unwrap()
        };
        let mut waits: Vec<usize> = (0..ROUNDS).map(wait).collect();
        waits.sort_unstable();
        // Now and then this thread, or the worker, loses its core in between.
        assert!(waits[ROUNDS / 2] <= LOOK / 10, "{waits:?}");
        flood.end();
    });
}

/// Counted from the moment at which a byte has been written or a deadline has passed, which the
/// flood records.
#[test]
fn due_work_is_noticed_soon() {
    bounded(|| {
        let rt = one_worker();
        let flood = Flood::default();
        let (mut near, far) = UnixStream::pair().unwrap();
        far.set_nonblocking(true).unwrap();
        let entered = rt.enter();
        let far = AsyncFd::new(far).unwrap();
        drop(entered);
        let (due, written) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (deadline, deadlines) = async_channel::bounded(1);
        let (seen, all_seen) = async_channel::bounded(2);
        let sees = seen.clone();
        let (since, now) = (due.clone(), flood.clone());
        rt.spawn(async move {
            while let Ok(deadline) = deadlines.recv().await {
                time::sleep_until(deadline).await;
                let waited = now.polls() - since.load(SeqCst).min(now.polls());
                sees.try_send(("timer", waited)).unwrap();
            }
        });
        let (since, now) = (written.clone(), flood.clone());
        rt.spawn(async move {
            loop {
                let read = |mut far: &UnixStream| far.read(&mut [0]);
                far.async_io(Interest::READABLE, read).await.unwrap();
                let waited = now.polls() - since.load(SeqCst);
                seen.try_send(("socket", waited)).unwrap();
            }
        });
        let noting = flood.clone();
        let waits = rt.block_on(async move {
            let (found, waits) = async_channel::bounded(1);
            noting.clone().spawn(&Handle::current(), async move {
                let mut worst = Waits::new();
                for _ in 0..ROUNDS {
                    let at = time::Instant::now() + Duration::from_micros(300);
                    deadline.try_send(at).unwrap();
                    near.write_all(b"x").unwrap();
                    written.store(noting.polls(), SeqCst);
                    due.store(NOT_YET, SeqCst);
                    let mut left = 2;
                    while left > 0 {
                        task::yield_now().await;
                        if time::Instant::now() >= at {
                            due.fetch_min(noting.polls(), SeqCst);
                        }
                        while let Ok((name, waited)) = all_seen.try_recv() {
                            let worst = worst.entry(name).or_default();
                            *worst = waited.max(*worst);
                            left -= 1;
                        }
                    }
                }
                found.try_send(worst).unwrap();
            });
            waits.recv().await.unwrap()
        });
        flood.end();
        // An event may wait for a second check, of which there is at most one in 100 µs.
        assert!(waits["socket"] <= 2 * LOOK + EACH * 3, "{waits:?}");
        assert!(waits["timer"] <= LOOK + EACH * 3, "{waits:?}");
        assert!(waits.values().all(|&worst| worst > 0), "{waits:?}");
    });
}

/// A crowd of tasks whose polls are long: due tasks are noticed after each of them.
#[test]
fn due_work_waits_for_at_most_one_long_poll() {
    bounded(|| {
        const CROWD: usize = 20;
        // Without the watchdog, which makes the worker check as well.
        let mut builder = Builder::new();
        builder.worker_threads(1).stall_threshold(None);
        let rt = builder.build().unwrap();
        let (polls, over) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        // The deadline, in microseconds since the start, and the first poll that ended after it.
        let start = Instant::now();
        let deadline = Arc::new(AtomicUsize::new(NOT_YET));
        let due = Arc::new(AtomicUsize::new(NOT_YET));
        let micros = move || start.elapsed().as_micros() as usize;
        for _ in 0..CROWD {
            let (polls, over) = (polls.clone(), over.clone());
            let (deadline, due) = (deadline.clone(), due.clone());
            rt.spawn(async move {
                while !over.load(SeqCst) {
                    let begun = Instant::now();
                    while begun.elapsed() < Duration::from_micros(400) {}
                    let poll = polls.fetch_add(1, SeqCst);
                    if micros() >= deadline.load(SeqCst) {
                        due.fetch_min(poll, SeqCst);
                    }
                    task::yield_now().await;
                }
            });
        }
        let waits = rt.block_on(rt.spawn(async move {
            let mut waits = Vec::new();
            for _ in 0..ROUNDS {
                due.store(NOT_YET, SeqCst);
                deadline.store(micros() + 1_000, SeqCst);
                time::sleep(Duration::from_millis(1)).await;
                waits.push(polls.load(SeqCst).saturating_sub(due.load(SeqCst)));
                deadline.store(NOT_YET, SeqCst);
            }
            over.store(true, SeqCst);
            waits
        }));
        // The first polls come before the worker has measured that polls are long. On a busy
        // machine checks take longer too, and then come after four polls, but never after 61.
        let mut waits = waits.unwrap().split_off(ROUNDS / 2);
        waits.sort_unstable();
        assert!(waits[waits.len() * 9 / 10] <= 4, "{waits:?}");
    });
}

#[test]
fn a_thousand_tasks_that_are_always_ready() {
    let thousand = |rt: &Handle, flood: &Flood| {
        for _ in 0..1_000 {
            flood.spawn(rt, always_ready());
        }
    };
    check(Ready::Runnable(1_000), thousand);
}

async fn always_ready() {
    loop {
        task::yield_now().await;
    }
}

#[test]
fn a_ping_pong_pair() {
    let pair = |rt: &Handle, flood: &Flood| {
        let (ping_in, ping_out) = async_channel::bounded::<()>(1);
        let (pong_in, pong_out) = async_channel::bounded::<()>(1);
        ping_in.try_send(()).unwrap();
        for (out, back) in [(ping_out, pong_in), (pong_out, ping_in)] {
            flood.spawn(rt, async move {
                while out.recv().await.is_ok() && back.send(()).await.is_ok() {}
            });
        }
    };
    check(Ready::Runnable(2), pair);
}

#[test]
fn a_full_injector() {
    const FULL: usize = 1_000;
    let filled = |rt: &Handle, flood: &Flood| {
        let (rt, flood) = (rt.clone(), flood.clone());
        thread::spawn(move || {
            let mut spawned = 0_usize;
            while !flood.is_over() {
                if spawned < flood.polls() + FULL {
                    flood.spawn(&rt, async {});
                    spawned += 1;
                } else {
                    thread::yield_now();
                }
            }
        });
    };
    check(Ready::Runnable(FULL), filled);
}

#[test]
fn a_flood_of_spawns() {
    const SPAWNED: usize = 1_000;
    let spawner = |rt: &Handle, flood: &Flood| {
        let (handle, spawned) = (rt.clone(), flood.clone());
        flood.spawn(rt, async move {
            loop {
                for _ in 0..SPAWNED {
                    spawned.spawn(&handle, async {});
                }
                task::yield_now().await;
            }
        });
    };
    // The flood continues when they have run.
    check(Ready::Runnable(SPAWNED), spawner);
}

/// Bytes circulate in rings of sockets, one byte per ring, so there are always events.
#[test]
fn a_flood_of_events() {
    const RINGS: usize = 100;
    const LENGTH: usize = 3;
    let rings = |rt: &Handle, flood: &Flood| {
        let _entered = rt.enter();
        for _ in 0..RINGS {
            let pairs = (0..LENGTH).map(|_| UnixStream::pair().unwrap());
            let (near, mut far): (Vec<_>, Vec<_>) = pairs.unzip();
            far[0].write_all(b"x").unwrap();
            far.rotate_left(1);
            for (near, mut far) in near.into_iter().zip(far) {
                near.set_nonblocking(true).unwrap();
                let near = AsyncFd::new(near).unwrap();
                flood.spawn(rt, async move {
                    loop {
                        let read = |mut near: &UnixStream| near.read(&mut [0]);
                        near.async_io(Interest::READABLE, read).await.unwrap();
                        far.write_all(b"x").unwrap();
                    }
                });
            }
        }
    };
    check(Ready::Due(RINGS), rings);
}

#[test]
fn a_flood_of_timers() {
    let timers = |rt: &Handle, flood: &Flood| {
        for n in 0..1_000 {
            flood.spawn(rt, async move {
                loop {
                    time::sleep(Duration::from_micros(n)).await;
                }
            });
        }
    };
    check(Ready::Due(1_000), timers);
}

#[test]
fn a_flood_of_blocking_jobs() {
    let jobs = |rt: &Handle, flood: &Flood| {
        for _ in 0..1_000 {
            flood.spawn(rt, async {
                loop {
                    spawn_blocking(|| ()).await.unwrap();
                }
            });
        }
    };
    check(Ready::Runnable(1_000), jobs);
}
