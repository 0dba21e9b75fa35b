//! Users' code that blocks where the runtime calls it holds up itself and nobody else.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, Runtime, time};
use std::future::Future;
use std::panic::panic_any;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};
use support::{EXPECTED, bounded, hush_expected_panics};

/// Blocks the thread that wakes it, once it has said which that is.
struct Blocking {
    woken: mpsc::Sender<String>,
    until: Mutex<mpsc::Receiver<()>>,
}

impl Blocking {
    /// The waker, its news, and what ends its block when it is dropped.
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

/// While the only worker is stalled, and no spare one may be called, timers of other threads are
/// fired by the watchdog alone.
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
        // One does not wait for the other either.
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
            // All in this worker's shard, and due at once, the strangers first.
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

#[test]
fn a_thread_name_that_blocks_does_not_block_the_watchdog() {
    bounded(|| {
        let (asked, is_asked) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let rt = with_spare_name(move || {
            let _ = asked.send(());
            let _ = released.lock().unwrap().recv();
            "late".into()
        });
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
fn a_waker_on_the_shutdown_token_does_not_block_the_end() {
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
        // Whoever ends the runtime is held up; its worker is not.
        support::eventually("the task has ended", || task.is_finished());
        drop(release);
        ender.join().unwrap();
    });
}
