//! Models of the task state word on the real task code: wakes, polls, aborts, joins and the drop of
//! the last reference against each other.
//!
//! Every future and output carries a loom `Arc`, so loom itself reports one that is dropped twice
//! or not at all.

use super::{Failures, Origin, PanicsOnly, UnhandledPanic};
use super::{Header, JoinError, JoinHandle, Notified, Registry, Schedule, TaskRef, new_task};
use crate::poll_context::UNLIMITED;
use loom::future::block_on;
use loom::sync::atomic::{AtomicBool, Ordering::Relaxed};
use loom::sync::{Arc, Mutex};
use loom::thread;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A scheduler that only queues; the models run what it holds.
#[derive(Clone)]
struct Mock(Arc<Shared>);

struct Shared {
    queue: Mutex<VecDeque<Notified>>,
    registry: Registry,
    failures: Failures,
}

impl Mock {
    fn new() -> Self {
        Self(Arc::new(Shared {
            queue: Mutex::new(VecDeque::new()),
            registry: Registry::new(1),
            failures: Failures::new(None, UnhandledPanic::Ignore, None),
        }))
    }

    fn spawn<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        let (owner, entry, handle) =
            new_task::<PanicsOnly, _, _>(future, self.clone(), Origin::caller());
        match self.0.registry.insert(0, owner.unwrap()) {
            Ok(()) => self.push(entry),
            Err(owner) => TaskRef::shutdown(owner),
        }
        handle
    }

    fn push(&self, entry: Notified) {
        self.0.queue.lock().unwrap().push_back(entry);
    }

    /// Runs one queued task. Returns `false` if there was none.
    fn run_one(&self) -> bool {
        let entry = self.0.queue.lock().unwrap().pop_front();
        let Some(entry) = entry else { return false };
        if let Some(again) = entry.run(UNLIMITED) {
            self.push(again);
        }
        true
    }

    /// Runs queued tasks until the task of this handle is complete.
    fn run_until_finished<T>(&self, handle: &JoinHandle<T>) {
        while !handle.is_finished() {
            if !self.run_one() {
                thread::yield_now();
            }
        }
    }
}

impl Schedule for Mock {
    const REGISTERED: bool = true;

    unsafe fn schedule(this: *const Self, task: Notified) {
        // SAFETY: valid until `task` is handed over.
        let scheduler = unsafe { (*this).clone() };
        scheduler.push(task);
    }

    fn release(&self, task: &Header) -> bool {
        self.0.registry.release(task)
    }

    fn failures(&self) -> &Failures {
        &self.0.failures
    }
}

/// Is ready when both flags are set, and stores its waker for other threads to take.
struct BothFlags {
    flags: [Arc<AtomicBool>; 2],
    waker: Arc<Mutex<Option<Waker>>>,
}

impl Future for BothFlags {
    type Output = Arc<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Arc<()>> {
        // Relaxed: it is the task's wake that must make the preceding writes visible.
        if self.flags.iter().all(|flag| flag.load(Relaxed)) {
            return Poll::Ready(Arc::new(()));
        }
        let mut waker = self.waker.lock().unwrap();
        if waker.is_none() {
            *waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Spawns a task that waits for two flags, and polls it once to get its waker.
fn waiting_task(scheduler: &Mock) -> (JoinHandle<Arc<()>>, [Arc<AtomicBool>; 2], Waker) {
    let flags = [
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    ];
    let waker = Arc::new(Mutex::new(None));
    let handle = scheduler.spawn(BothFlags {
        flags: flags.clone(),
        waker: waker.clone(),
    });
    assert!(scheduler.run_one());
    let waker = waker.lock().unwrap().clone().unwrap();
    (handle, flags, waker)
}

/// A wake is never lost, whatever the task is doing, and the following poll sees what was written
/// before the wake.
#[test]
fn wakes_against_polls() {
    let mut builder = loom::model::Builder::new();
    // Bounded because of the three threads: the whole space takes hours.
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let scheduler = Mock::new();
        let (handle, flags, waker) = waiting_task(&scheduler);
        let by_ref = {
            let (flag, waker) = (flags[0].clone(), waker.clone());
            thread::spawn(move || {
                flag.store(true, Relaxed);
                waker.wake_by_ref();
            })
        };
        let by_value = {
            let flag = flags[1].clone();
            thread::spawn(move || {
                flag.store(true, Relaxed);
                waker.wake();
            })
        };
        scheduler.run_until_finished(&handle);
        by_ref.join().unwrap();
        by_value.join().unwrap();
        while scheduler.run_one() {}
    });
}

/// The joiner is woken and gets the output, however completion and its registration interleave,
/// even when it changes its waker.
#[test]
fn join_against_completion() {
    loom::model(|| {
        let scheduler = Mock::new();
        let mut handle = scheduler.spawn(async { Arc::new(7) });
        let runner = {
            let scheduler = scheduler.clone();
            thread::spawn(move || assert!(scheduler.run_one()))
        };
        // A first poll with another waker, which the second must replace.
        let mut early = Context::from_waker(Waker::noop());
        let output = match Pin::new(&mut handle).poll(&mut early) {
            Poll::Ready(output) => output,
            Poll::Pending => block_on(handle),
        };
        assert_eq!(*output.unwrap(), 7);
        runner.join().unwrap();
    });
}

/// A handle dropped while the task completes leaves nothing behind.
#[test]
fn handle_drop_against_completion() {
    loom::model(|| {
        let scheduler = Mock::new();
        let mut handle = scheduler.spawn(async { Arc::new(()) });
        let runner = {
            let scheduler = scheduler.clone();
            thread::spawn(move || assert!(scheduler.run_one()))
        };
        let waker_life = Arc::new(());
        let waker = counting_waker(waker_life);
        let polled = Pin::new(&mut handle).poll(&mut Context::from_waker(&waker));
        drop(polled);
        drop(handle);
        drop(waker);
        runner.join().unwrap();
    });
}

/// A waker whose data is a loom `Arc`, so that a forgotten waker is reported as a leak.
fn counting_waker(life: Arc<()>) -> Waker {
    struct Life(#[expect(dead_code)] std::sync::Mutex<Option<Arc<()>>>);
    impl std::task::Wake for Life {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    Waker::from(std::sync::Arc::new(Life(std::sync::Mutex::new(Some(life)))))
}

/// An abort ends the task exactly once, against a poll and a wake, and the joiner is woken.
#[test]
fn abort_against_poll_and_wake() {
    loom::model(|| {
        let scheduler = Mock::new();
        let (handle, flags, waker) = waiting_task(&scheduler);
        let waking = {
            let scheduler = scheduler.clone();
            thread::spawn(move || {
                for flag in flags {
                    flag.store(true, Relaxed);
                }
                waker.wake();
                scheduler.run_one();
            })
        };
        handle.abort();
        scheduler.run_until_finished(&handle);
        waking.join().unwrap();
        while scheduler.run_one() {}
        let ended: Result<Arc<()>, JoinError> = block_on(handle);
        if let Err(error) = ended {
            assert!(error.is_cancelled());
        }
    });
}

/// Shutdown against a poll: one of them drops the future, once, and the queue entry that is left
/// does no harm.
fn check_shutdown_against_poll(wakes_itself: bool) {
    loom::model(move || {
        let scheduler = Mock::new();
        let life = Arc::new(());
        let handle = scheduler.spawn(poll_fn(move |cx| {
            let _alive = &life;
            if wakes_itself {
                cx.waker().wake_by_ref();
            }
            Poll::<()>::Pending
        }));
        let runner = {
            let scheduler = scheduler.clone();
            thread::spawn(move || {
                scheduler.run_one();
            })
        };
        scheduler.0.registry.close();
        runner.join().unwrap();
        while scheduler.run_one() {}
        assert!(block_on(handle).unwrap_err().is_cancelled());
    });
}

#[test]
fn shutdown_against_poll() {
    check_shutdown_against_poll(true);
}

/// Only the thread that polls the task knows that it must end.
#[test]
fn shutdown_against_poll_of_a_task_that_waits() {
    check_shutdown_against_poll(false);
}

/// The last reference frees the task, wherever it is dropped.
#[test]
fn last_references_dropped_together() {
    loom::model(|| {
        let scheduler = Mock::new();
        let (handle, _flags, waker) = waiting_task(&scheduler);
        let another = waker.clone();
        let dropper = thread::spawn(move || drop(another));
        let closer = {
            let scheduler = scheduler.clone();
            thread::spawn(move || scheduler.0.registry.close())
        };
        drop(handle);
        drop(waker);
        dropper.join().unwrap();
        closer.join().unwrap();
    });
}

/// The task is freed only after the joiner has taken its output.
#[test]
fn output_taken_against_last_reference() {
    loom::model(|| {
        let scheduler = Mock::new();
        let handle = scheduler.spawn(async { Arc::new(7) });
        let other = handle.abort_handle();
        assert!(scheduler.run_one());
        let joiner = thread::spawn(move || assert_eq!(*block_on(handle).unwrap(), 7));
        drop(other);
        joiner.join().unwrap();
    });
}
