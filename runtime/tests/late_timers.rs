//! Timers of a runtime that is shutting down or has shut down: they continue to fire.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use futures_lite::future::block_on as foreign_block_on;
use heist_runtime::task::{JoinHandle, TaskGroup};
use heist_runtime::time::{Instant, Sleep, interval, sleep, timeout};
use heist_runtime::{Builder, Handle, Runtime};
use std::future::{Future, pending};
use std::io;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;
use support::bounded;

const SHORT: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(3_600);

fn runtime() -> Runtime {
    Builder::new().worker_threads(2).build().unwrap()
}

/// Waits for time in every way, each of which must take its time.
async fn wait_in_every_way() {
    let start = Instant::now();
    sleep(SHORT).await;
    assert!(start.elapsed() >= SHORT);
    assert!(timeout(SHORT, pending::<()>()).await.is_err());
    let mut ticks = interval(SHORT / 10);
    for _ in 0..5 {
        ticks.tick().await;
    }
    let mut moved = Box::pin(sleep(LONG));
    assert!(timeout(SHORT, moved.as_mut()).await.is_err());
    moved.as_mut().reset(Instant::now() + SHORT);
    moved.await;
    // Its tasks are refused, and therefore cancelled.
    let group = TaskGroup::<(), io::Error>::new().timeout(SHORT);
    group.spawn(pending());
    drop(group.join().await);
}

/// Calls the function when it is dropped.
struct AtDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn dropping_a_runtime_waits_for_a_waiting_job() {
    bounded(|| {
        for (name, block_on) in executors() {
            let rt = runtime();
            let (started, start) = mpsc::channel();
            let (done, end) = mpsc::channel();
            let handle = rt.handle().clone();
            rt.spawn_blocking(move || {
                started.send(()).unwrap();
                for _ in 0..5 {
                    block_on(&handle);
                }
                done.send(()).unwrap();
            });
            start.recv().unwrap();
            drop(rt);
            end.try_recv()
                .unwrap_or_else(|_| panic!("{name}: the drop waited for it"));
        }
    });
}

#[test]
fn dropping_a_runtime_waits_for_a_task_that_blocks_in_place() {
    bounded(|| {
        for (name, block_on) in executors() {
            for threshold in [Some(Duration::from_millis(1)), None] {
                let mut builder = Builder::new();
                let rt = builder
                    .worker_threads(1)
                    .stall_threshold(threshold)
                    .build()
                    .unwrap();
                let (started, start) = mpsc::channel();
                let (done, end) = mpsc::channel();
                rt.spawn(async move {
                    let handle = Handle::current();
                    started.send(()).unwrap();
                    while !handle.shutdown_token().is_cancelled() {
                        thread::yield_now();
                    }
                    block_on(&handle);
                    done.send(()).unwrap();
                });
                start.recv().unwrap();
                drop(rt);
                end.try_recv()
                    .unwrap_or_else(|_| panic!("{name}: the drop waited for it"));
            }
        }
    });
}

#[test]
fn dropping_a_runtime_waits_for_destructors() {
    bounded(|| {
        for (name, block_on) in executors() {
            let rt = runtime();
            let handle = rt.handle().clone();
            let (done, end) = mpsc::channel();
            let (started, start) = mpsc::channel();
            rt.spawn(async move {
                let _flush = AtDrop(|| {
                    block_on(&handle);
                    done.send(()).unwrap();
                });
                started.send(()).unwrap();
                pending::<()>().await;
            });
            start.recv().unwrap();
            drop(rt);
            end.try_recv()
                .unwrap_or_else(|_| panic!("{name}: the drop waited for it"));
        }
    });
}

/// The task will not run any more: the only worker is the one that waits.
#[test]
fn a_task_waiting_for_another_gets_an_error_at_shutdown() {
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(1)
            .max_spare_workers(0)
            .build()
            .unwrap();
        let (started, start) = mpsc::channel();
        let (done, end) = mpsc::channel();
        rt.spawn(async move {
            let handle = Handle::current();
            let other = handle.spawn(pending::<()>());
            started.send(()).unwrap();
            assert!(handle.block_on(other).unwrap_err().is_cancelled());
            done.send(()).unwrap();
        });
        start.recv().unwrap();
        drop(rt);
        end.try_recv().expect("the drop waited for it");
    });
}

#[test]
fn a_destructor_waiting_for_a_task_gets_an_error_at_shutdown() {
    bounded(|| {
        let rt = Builder::new().worker_threads(1).build().unwrap();
        let handle = rt.handle().clone();
        let (give, take) = async_channel::bounded(1);
        let (started, start) = mpsc::channel();
        let (done, end) = mpsc::channel();
        rt.spawn(async move {
            let mut other: Option<JoinHandle<()>> = Some(take.recv().await.unwrap());
            let _wait = AtDrop(move || {
                let other = other.take().unwrap();
                assert!(handle.block_on(other).unwrap_err().is_cancelled());
                done.send(()).unwrap();
            });
            started.send(()).unwrap();
            pending::<()>().await;
        });
        give.send_blocking(rt.spawn(pending())).unwrap();
        start.recv().unwrap();
        drop(rt);
        end.try_recv().expect("the drop waited for it");
    });
}

#[test]
fn time_runs_again_after_the_end() {
    bounded(|| {
        for (_, block_on) in executors() {
            let rt = runtime();
            let handle = rt.handle().clone();
            rt.shutdown_background();
            block_on(&handle);
            // In a task of another runtime.
            let other = runtime();
            other
                .block_on(other.spawn(async move { block_on(&handle) }))
                .unwrap();
        }
    });
}

#[test]
fn several_threads_wait_at_once_after_the_end() {
    bounded(|| {
        let handle = runtime().handle().clone();
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let handle = handle.clone();
                thread::spawn(move || {
                    for _ in 0..50 {
                        handle.block_on(sleep(Duration::from_micros(200 * n)));
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

/// Armed by a worker, for a waiter that is not a task of its runtime.
#[test]
fn a_sleep_that_left_its_task_fires_after_the_end() {
    struct Tell(mpsc::Sender<()>);
    impl Wake for Tell {
        fn wake(self: std::sync::Arc<Self>) {
            let _ = self.0.send(());
        }
    }
    bounded(|| {
        let rt = runtime();
        let (tell, woken) = mpsc::channel();
        let waker = Waker::from(std::sync::Arc::new(Tell(tell)));
        #[expect(clippy::async_yields_async, reason = "it is to be polled elsewhere")]
        let armed = rt.spawn(async move {
            let mut sleep: Pin<Box<Sleep>> = Box::pin(sleep(SHORT * 2));
            assert!(
                sleep
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            sleep
        });
        let sleep = rt.block_on(armed).unwrap();
        drop(rt);
        woken.recv().unwrap();
        assert!(sleep.is_elapsed());
    });
}

/// A waker that never returns harms no other timer.
#[test]
fn a_waker_that_blocks_holds_up_no_other_late_timer() {
    struct Block(gate::Gate, mpsc::Sender<()>);
    impl Wake for Block {
        fn wake(self: std::sync::Arc<Self>) {
            self.1.send(()).unwrap();
            self.0.wait();
        }
    }
    bounded(|| {
        let handle = runtime().handle().clone();
        let _entered = handle.enter();
        let moment = Duration::from_millis(1);
        // The others are armed while the first one's waker blocks, or before, or are due with it.
        for (is_alone, length) in [(true, SHORT), (false, SHORT), (false, moment)] {
            let gate = gate::Gate::default();
            let (blocks, blocked) = mpsc::channel();
            let waker = Waker::from(std::sync::Arc::new(Block(gate.clone(), blocks)));
            let mut first = Box::pin(sleep(moment));
            let polled = first.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            if is_alone {
                blocked.recv().unwrap();
            }
            handle.block_on(sleep(length));
            foreign_block_on(sleep(length));
            gate.open();
        }
    });
}

mod gate {
    use std::sync::{Arc, Condvar, Mutex};

    /// Closed until it is opened.
    #[derive(Clone, Default)]
    pub(super) struct Gate(Arc<(Mutex<bool>, Condvar)>);

    impl Gate {
        pub(super) fn wait(&self) {
            let open = self.0.0.lock().unwrap();
            drop(self.0.1.wait_while(open, |open| !*open).unwrap());
        }

        pub(super) fn open(&self) {
            *self.0.0.lock().unwrap() = true;
            self.0.1.notify_all();
        }
    }
}

type BlockOn = fn(&Handle);

/// heist's own executor, and another library's in the runtime's context.
fn executors() -> [(&'static str, BlockOn); 2] {
    [
        ("heist", |handle| handle.block_on(wait_in_every_way())),
        ("another", |handle| {
            let _entered = handle.enter();
            foreign_block_on(wait_in_every_way());
        }),
    ]
}
