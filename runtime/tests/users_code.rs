//! Users' code that blocks where the runtime calls it holds up itself and nothing else.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::task::{CancellationToken, JoinSet, LocalSet, TaskGroup};
use heist_runtime::{Builder, Runtime, task, time};
use std::future::Future;
use std::panic::panic_any;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};
use support::{EXPECTED, bounded, hush_expected_panics};

/// Blocks the thread that wakes it, after it has reported which thread that is.
struct Blocking {
    woken: mpsc::Sender<String>,
    until: Mutex<mpsc::Receiver<()>>,
}

impl Blocking {
    /// Returns the waker, a receiver of its reports, and a sender that ends its blocking when
    /// dropped.
    fn waker() -> (Waker, mpsc::Receiver<String>, mpsc::Sender<()>) {
        let (woken, news) = mpsc::channel();
        let (release, until) = mpsc::channel();
        let until = Mutex::new(until);
        (Waker::from(Arc::new(Self { woken, until })), news, release)
    }
}

impl Wake for Blocking {
    fn wake(self: Arc<Self>) {
        let name = thread::current().name().unwrap_or_default().to_owned();
        let _ = self.woken.send(name);
        let _ = self.until.lock().unwrap().recv();
    }
}

fn leave_waker<F: Future>(future: Pin<&mut F>, waker: &Waker) {
    assert!(future.poll(&mut Context::from_waker(waker)).is_pending());
}

/// Blocks the runtime's only worker until the sender is dropped.
fn block_worker(rt: &Runtime) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (blocked, has_blocked) = mpsc::channel();
    rt.spawn(async move {
        blocked.send(()).unwrap();
        let _ = released.recv();
    });
    has_blocked.recv().unwrap();
    release
}

/// While the only worker is stalled, and no spare one may be called, only the watchdog fires the
/// timers of other threads.
fn assert_watchdog_works(rt: &Runtime) {
    rt.block_on(time::sleep(Duration::from_millis(1)));
}

#[test]
fn a_waker_that_blocks_does_not_block_the_watchdog() {
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(1)
            .max_spare_workers(0)
            .build()
            .unwrap();
        let _entered = rt.enter();
        let release_worker = block_worker(&rt);
        let (first, first_news, release_first) = Blocking::waker();
        let (second, second_news, release_second) = Blocking::waker();
        let mut timers = pin!((
            time::sleep(Duration::from_millis(1)),
            time::sleep(Duration::from_millis(1)),
        ));
        // SAFETY: the pair is pinned, and with it its parts.
        let (one, other) = unsafe {
            let pair = timers.as_mut().get_unchecked_mut();
            (
                Pin::new_unchecked(&mut pair.0),
                Pin::new_unchecked(&mut pair.1),
            )
        };
        leave_waker(one, &first);
        leave_waker(other, &second);
        // Neither waits for the other.
        let names = [first_news.recv().unwrap(), second_news.recv().unwrap()];
        assert!(
            names.iter().all(|name| name.starts_with("heist-blocking")),
            "{names:?}"
        );
        assert_watchdog_works(&rt);
        drop((release_first, release_second, release_worker));
    });
}

#[test]
fn tasks_do_not_wait_behind_a_waker_that_blocks() {
    bounded(|| {
        let rt = Builder::new().worker_threads(2).build().unwrap();
        let (first, first_news, release_first) = Blocking::waker();
        let (second, second_news, release_second) = Blocking::waker();
        let task = rt.spawn(async move {
            // All in this worker's shard, and due at once, those with foreign wakers first.
            let due = Instant::now() + Duration::from_millis(20);
            let mut one = Box::pin(time::sleep_until(due.into()));
            let mut other = Box::pin(time::sleep_until(due.into()));
            leave_waker(one.as_mut(), &first);
            leave_waker(other.as_mut(), &second);
            time::sleep_until(due.into()).await;
            (one, other)
        });
        let timers = rt.block_on(task).unwrap();
        first_news.recv().unwrap();
        second_news.recv().unwrap();
        drop((release_first, release_second, timers));
    });
}

/// A runtime whose spare worker's name is made by `name`.
fn with_spare_name(name: impl Fn() -> String + Send + Sync + 'static) -> Runtime {
    let named = AtomicUsize::new(0);
    Builder::new()
        .worker_threads(1)
        .max_spare_workers(1)
        .thread_name_fn(move || match named.fetch_add(1, SeqCst) {
            // The worker and the watchdog.
            0 | 1 => "other".into(),
            _ => name(),
        })
        .build()
        .unwrap()
}

/// Returns a runtime whose spare worker's name blocks until the sender is dropped. The receiver
/// gets a message when the name is asked for.
fn with_blocking_spare_name() -> (Runtime, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (asked, is_asked) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let rt = with_spare_name(move || {
        let _ = asked.send(());
        let _ = released.lock().unwrap().recv();
        "late".into()
    });
    (rt, is_asked, release)
}

#[test]
fn a_thread_name_that_blocks_does_not_block_the_watchdog() {
    bounded(|| {
        let (rt, is_asked, release) = with_blocking_spare_name();
        let release_worker = block_worker(&rt);
        // There is work for the spare one.
        let task = rt.spawn(async { thread::current().name().map(str::to_owned) });
        is_asked.recv().unwrap();
        assert_watchdog_works(&rt);
        drop(release);
        assert_eq!(rt.block_on(task).unwrap().as_deref(), Some("late"));
        drop(release_worker);
    });
}

#[test]
fn a_thread_name_that_blocks_delays_no_work_that_the_workers_can_do() {
    bounded(|| {
        let (rt, is_asked, release) = with_blocking_spare_name();
        let release_worker = block_worker(&rt);
        let task = rt.spawn(async {});
        is_asked.recv().unwrap();
        drop(release_worker);
        rt.block_on(task).unwrap();
        // The worker falls asleep, and is woken in spite of the spare one that never comes.
        for _ in 0..100 {
            thread::sleep(Duration::from_millis(3));
            rt.block_on(rt.spawn(async {})).unwrap();
        }
        drop(release);
    });
}

#[test]
fn a_thread_name_that_blocks_does_not_block_the_task_that_leaves_its_worker() {
    bounded(|| {
        let (rt, is_asked, release) = with_blocking_spare_name();
        let task = rt.spawn(async { task::block_in_place(|| 7) });
        assert_eq!(rt.block_on(task).unwrap(), 7);
        is_asked.recv().unwrap();
        drop(release);
    });
}

#[test]
fn a_thread_name_that_panics_costs_no_spare_worker() {
    hush_expected_panics();
    bounded(|| {
        let rt = with_spare_name(|| panic!("{EXPECTED} in `thread_name_fn`"));
        let release_worker = block_worker(&rt);
        let task = rt.spawn(async { thread::current().name().map(str::to_owned) });
        assert_eq!(rt.block_on(task).unwrap().as_deref(), Some("heist-spare-1"));
        assert_watchdog_works(&rt);
        drop(release_worker);
        // What it panics with may panic as well.
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("{EXPECTED} in a payload");
            }
        }
        let rt = with_spare_name(|| panic_any(Bomb));
        let release_worker = block_worker(&rt);
        rt.block_on(rt.spawn(async {})).unwrap();
        drop(release_worker);
    });
}

#[test]
fn a_blocking_waker_on_the_shutdown_token_does_not_block_shutdown() {
    bounded(|| {
        let (tell, told) = mpsc::channel();
        let tell_of_park = tell.clone();
        let rt = Builder::new()
            .worker_threads(1)
            // It would wake the worker, too.
            .stall_threshold(None)
            .on_thread_park(move || _ = tell_of_park.send("parks"))
            .build()
            .unwrap();
        let token = rt.handle().shutdown_token().clone();
        let (waker, news, release) = Blocking::waker();
        let mut waiting = pin!(token.cancelled());
        leave_waker(waiting.as_mut(), &waker);
        let task = rt.spawn(async move {
            tell.send("polled").unwrap();
            std::future::pending::<()>().await;
        });
        told.iter().find(|&what| what == "polled").unwrap();
        told.iter().find(|&what| what == "parks").unwrap();
        let ender = thread::spawn(move || drop(rt));
        news.recv().unwrap();
        // The thread that shuts the runtime down is held up; its worker is not.
        support::eventually("the task has ended", || task.is_finished());
        drop(release);
        ender.join().unwrap();
    });
}

/// Polls a future on a thread of its own, with a waker whose clone blocks. Meanwhile `event` makes
/// it ready, and the runtime's only worker, which handles that, must make progress.
fn assert_clone_blocks_nobody<F: Future>(
    rt: &Runtime,
    future: impl FnOnce() -> F + Send,
    event: impl FnOnce(),
) {
    let (waker, blocked, release) = support::cloning::waker();
    thread::scope(|scope| {
        let polling = scope.spawn(move || {
            let mut future = pin!(future());
            let cx = &mut Context::from_waker(&waker);
            // It may see the event at once, or, where the poller must be rearmed, after that.
            support::eventually("it is ready", || future.as_mut().poll(cx).is_ready());
        });
        blocked.recv().unwrap();
        event();
        // More than one check of the worker.
        for _ in 0..3 {
            let task = rt.spawn(time::sleep(Duration::from_millis(1)));
            rt.block_on(task).unwrap();
        }
        drop(release);
        polling.join().unwrap();
    });
}

fn one_worker() -> Runtime {
    let mut builder = Builder::new();
    builder.worker_threads(1).max_spare_workers(0);
    builder.build().unwrap()
}

#[cfg(unix)]
#[test]
fn a_waker_whose_clone_blocks_does_not_block_the_driver() {
    use heist_runtime::io::{AsyncFd, Interest};
    use std::future::poll_fn;
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    bounded(|| {
        let rt = one_worker();
        let _entered = rt.enter();
        let pair = || {
            let (ours, theirs) = UnixStream::pair().unwrap();
            ours.set_nonblocking(true).unwrap();
            (
                AsyncFd::not_ready(ours, Interest::READABLE).unwrap(),
                theirs,
            )
        };
        let (ours, mut theirs) = pair();
        let polled = || poll_fn(|cx| ours.poll_read_ready(cx).map(|_| ()));
        assert_clone_blocks_nobody(&rt, polled, || theirs.write_all(b"x").unwrap());
        let (ours, mut theirs) = pair();
        let awaited = || async { _ = ours.readable().await.unwrap() };
        assert_clone_blocks_nobody(&rt, awaited, || theirs.write_all(b"x").unwrap());
    });
}

#[test]
fn a_waker_whose_clone_blocks_does_not_block_the_tasks_that_it_waits_for() {
    bounded(|| {
        let rt = one_worker();
        // A task that ends when the sender is dropped.
        let task = || {
            let (end, ended) = async_channel::bounded::<()>(1);
            (end, async move { _ = ended.recv().await })
        };
        let (end, body) = task();
        let mut handle = rt.spawn(body);
        assert_clone_blocks_nobody(&rt, || &mut handle, || drop(end));

        let (end, body) = task();
        let mut set = JoinSet::new();
        set.spawn_on(body, rt.handle());
        assert_clone_blocks_nobody(&rt, || set.join_next(), || drop(end));

        let (end, body) = task();
        let group = TaskGroup::<(), std::io::Error>::new();
        rt.block_on(async {
            group.spawn(async move {
                body.await;
                Ok(())
            });
        });
        assert_clone_blocks_nobody(&rt, || group.join(), || drop(end));

        let (end, body) = task();
        let local = || {
            let set = LocalSet::new();
            set.spawn_local(body);
            set
        };
        // The task that wakes it is on the worker.
        let waking = || rt.block_on(rt.spawn(async move { drop(end) })).unwrap();
        assert_clone_blocks_nobody(&rt, local, waking);

        let token = CancellationToken::new();
        let cancel = {
            let token = token.clone();
            async move { token.cancel() }
        };
        let cancelling = || rt.block_on(rt.spawn(cancel)).unwrap();
        assert_clone_blocks_nobody(&rt, || token.cancelled(), cancelling);
    });
}
