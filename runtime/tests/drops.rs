//! Whatever a task does and however it ends, its future and its output are each dropped exactly
//! once, and the workers keep running.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use futures_lite::future;
use heist_runtime::{Builder, Runtime, task};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use support::{Drops, bounded, eventually, hush_expected_panics};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Pending,
    Ready,
    /// Pending once, then ready.
    Yields,
    PanicsInPoll,
    PanicsInDropWhenPending,
    PanicsInDropWhenReady,
    OutputPanicsInDrop,
    /// The payload of the panic itself panics when dropped.
    PayloadPanicsInDrop,
}

const KINDS: [Kind; 8] = [
    Kind::Pending,
    Kind::Ready,
    Kind::Yields,
    Kind::PanicsInPoll,
    Kind::PanicsInDropWhenPending,
    Kind::PanicsInDropWhenReady,
    Kind::OutputPanicsInDrop,
    Kind::PayloadPanicsInDrop,
];

#[derive(Clone, Default)]
struct Counts {
    futures: Drops,
    outputs_made: Drops,
    outputs: Drops,
}

struct Subject {
    kind: Kind,
    counts: Counts,
    polled: bool,
}

struct Output {
    counts: Counts,
    panics: bool,
}

struct Payload(Counts);

impl Subject {
    fn new(kind: Kind, counts: &Counts) -> Self {
        let counts = counts.clone();
        let polled = false;
        Self {
            kind,
            counts,
            polled,
        }
    }
}

impl Future for Subject {
    type Output = Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        match self.kind {
            Kind::Pending | Kind::PanicsInDropWhenPending => return Poll::Pending,
            Kind::Yields if !self.polled => {
                self.polled = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Kind::PanicsInPoll => panic!("expected in poll"),
            Kind::PayloadPanicsInDrop => {
                drop(self.counts.outputs_made.guard());
                std::panic::resume_unwind(Box::new(Payload(self.counts.clone())))
            }
            _ => {}
        }
        drop(self.counts.outputs_made.guard());
        Poll::Ready(Output {
            counts: self.counts.clone(),
            panics: self.kind == Kind::OutputPanicsInDrop,
        })
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        drop(self.counts.futures.guard());
        if matches!(
            self.kind,
            Kind::PanicsInDropWhenPending | Kind::PanicsInDropWhenReady
        ) {
            panic!("expected in the future's drop");
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        drop(self.counts.outputs.guard());
        if self.panics && !std::thread::panicking() {
            panic!("expected in the output's drop");
        }
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        drop(self.0.outputs.guard());
        panic!("expected in the payload's drop");
    }
}

fn runtime() -> Runtime {
    Builder::new().worker_threads(2).build().unwrap()
}

/// Many times, since the moment at which a task ends matters.
fn each_kind(mut check: impl FnMut(Kind, &Counts)) {
    hush_expected_panics();
    for kind in KINDS {
        for _ in 0..50 {
            let counts = Counts::default();
            check(kind, &counts);
            let context = format!("{kind:?}");
            eventually(&context, || {
                counts.futures.count() == 1 && counts.outputs.count() == counts.outputs_made.count()
            });
        }
    }
}

/// Asserts that both workers still run tasks: two tasks can wait for each other only on different
/// threads.
fn assert_workers_live(rt: &Runtime) {
    let barrier = std::sync::Arc::new(std::sync::Barrier::new(2));
    let tasks = [0, 1].map(|_| {
        let barrier = barrier.clone();
        rt.spawn(async move {
            barrier.wait();
        })
    });
    for task in tasks {
        rt.block_on(task).unwrap();
    }
}

/// Drops a value whose drop may panic, outside the runtime.
fn discard<T>(value: T) {
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(value)));
    if let Err(payload) = dropped {
        assert!(payload.downcast_ref::<&str>().is_some());
    }
}

#[test]
fn awaited() {
    bounded(|| {
        let rt = runtime();
        each_kind(|kind, counts| {
            let task = rt.spawn(Subject::new(kind, counts));
            if matches!(kind, Kind::Pending | Kind::PanicsInDropWhenPending) {
                task.abort();
            }
            let outcome = rt.block_on(task);
            match (&outcome, kind) {
                (Ok(_), Kind::Ready | Kind::Yields | Kind::OutputPanicsInDrop) => {}
                (Err(error), Kind::Pending) => assert!(error.is_cancelled()),
                (Err(error), _) => assert!(error.is_panic(), "{kind:?}: {error}"),
                (Ok(_), _) => panic!("{kind:?} has no output"),
            }
            assert_eq!(
                counts.futures.count(),
                1,
                "dropped before the output is given"
            );
            discard(outcome);
        });
        assert_workers_live(&rt);
    });
}

#[test]
fn awaited_from_another_task() {
    bounded(|| {
        let rt = runtime();
        each_kind(|kind, counts| {
            let task = rt.spawn(Subject::new(kind, counts));
            if matches!(kind, Kind::Pending | Kind::PanicsInDropWhenPending) {
                task.abort();
            }
            discard(rt.block_on(rt.spawn(task)).unwrap());
        });
        assert_workers_live(&rt);
    });
}

#[test]
fn detached_and_then_the_runtime_dropped() {
    bounded(|| {
        each_kind(|kind, counts| {
            let rt = runtime();
            drop(rt.spawn(Subject::new(kind, counts)));
            drop(rt);
            assert_eq!(counts.futures.count(), 1, "{kind:?}");
            assert_eq!(counts.outputs.count(), counts.outputs_made.count());
        });
    });
}

#[test]
fn detached() {
    bounded(|| {
        let rt = runtime();
        each_kind(|kind, counts| {
            let task = rt.spawn(Subject::new(kind, counts));
            let abort = task.abort_handle();
            drop(task);
            if matches!(kind, Kind::Pending | Kind::PanicsInDropWhenPending) {
                abort.abort();
            }
        });
        assert_workers_live(&rt);
    });
}

#[test]
fn handle_dropped_after_completion() {
    bounded(|| {
        let rt = runtime();
        each_kind(|kind, counts| {
            let task = rt.spawn(Subject::new(kind, counts));
            if matches!(kind, Kind::Pending | Kind::PanicsInDropWhenPending) {
                task.abort();
            }
            eventually("the task is finished", || task.is_finished());
            discard(task);
            assert_eq!(counts.outputs.count(), counts.outputs_made.count());
        });
        assert_workers_live(&rt);
    });
}

#[test]
fn aborted_at_any_moment() {
    bounded(|| {
        let rt = runtime();
        each_kind(|kind, counts| {
            let task = rt.spawn(Subject::new(kind, counts));
            task.abort();
            discard(rt.block_on(task));
        });
        assert_workers_live(&rt);
    });
}

#[test]
fn runtime_dropped_and_then_the_handle_awaited() {
    bounded(|| {
        each_kind(|kind, counts| {
            let rt = runtime();
            let task = rt.spawn(Subject::new(kind, counts));
            drop(rt);
            assert!(task.is_finished());
            assert_eq!(counts.futures.count(), 1);
            discard(future::block_on(task));
        });
    });
}

#[test]
fn runtime_dropped_while_the_handle_is_awaited_elsewhere() {
    bounded(|| {
        let other = runtime();
        each_kind(|kind, counts| {
            let rt = runtime();
            let task = rt.spawn(Subject::new(kind, counts));
            let waiting = other.spawn(task);
            drop(rt);
            discard(other.block_on(waiting).unwrap());
        });
        assert_workers_live(&other);
    });
}

#[test]
fn spawned_on_a_runtime_that_has_ended() {
    bounded(|| {
        let rt = runtime();
        let handle = rt.handle().clone();
        drop(rt);
        each_kind(|kind, counts| {
            let task = handle.spawn(Subject::new(kind, counts));
            assert!(task.is_finished());
            assert_eq!(counts.futures.count(), 1);
            let error = future::block_on(task).err().expect("it never ran");
            let drop_panics = matches!(
                kind,
                Kind::PanicsInDropWhenPending | Kind::PanicsInDropWhenReady
            );
            assert_eq!(error.is_panic(), drop_panics);
            assert_eq!(counts.outputs_made.count(), 0);
        });
    });
}

/// A task's destructor may use the runtime that is shutting down.
#[test]
fn destructors_may_spawn_and_wake_while_the_runtime_ends() {
    struct SpawnsWhenDropped(Drops, async_channel::Sender<()>);
    impl Drop for SpawnsWhenDropped {
        fn drop(&mut self) {
            let guard = self.0.guard();
            let task = heist_runtime::spawn(async move { drop(guard) });
            task.abort();
            drop(heist_runtime::spawn_blocking(|| ()));
            let _ = self.1.try_send(());
        }
    }
    bounded(|| {
        for _ in 0..100 {
            let drops = Drops::default();
            let rt = runtime();
            let (sender, receiver) = async_channel::unbounded();
            for _ in 0..10 {
                let spawner = SpawnsWhenDropped(drops.clone(), sender.clone());
                let receiver = receiver.clone();
                rt.spawn(async move {
                    let _spawner = spawner;
                    while receiver.recv().await.is_ok() {
                        task::yield_now().await;
                    }
                });
                // So that some are dropped before their first poll.
            }
            let started = rt.spawn(task::yield_now());
            rt.block_on(started).unwrap();
            drop(rt);
            assert_eq!(drops.count(), 10);
        }
    });
}
