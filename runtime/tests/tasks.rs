//! What users do with a task: await it, abort it, detach it.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use futures_lite::future;
use heist_runtime::{Builder, Runtime, spawn, task};
use std::collections::HashSet;
use std::future::{Future, pending, poll_fn};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use support::{Drops, bounded, eventually, hush_expected_panics, panic_message};

fn runtime(workers: usize) -> Runtime {
    Builder::new().worker_threads(workers).build().unwrap()
}

#[test]
fn outputs_reach_the_awaiting_tasks() {
    bounded(|| {
        let sum = runtime(2).block_on(async {
            let outer: Vec<_> = (0..100_u64)
                .map(|n| {
                    spawn(async move {
                        let inner = spawn(async move { n * n });
                        task::yield_now().await;
                        inner.await.unwrap()
                    })
                })
                .collect();
            let mut sum = 0;
            for task in outer {
                sum += task.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, (0..100).map(|n| n * n).sum());
    });
}

#[test]
fn a_panic_becomes_an_error_with_payload_and_message() {
    hush_expected_panics();
    bounded(|| {
        let rt = runtime(1);
        let fixed = rt.spawn(async { panic!("expected and fixed") });
        let id = fixed.id();
        let error: task::JoinError = rt.block_on(fixed).unwrap_err();
        assert!(error.is_panic() && !error.is_cancelled());
        assert_eq!(error.id(), id);
        assert!(error.to_string().contains("expected and fixed"), "{error}");
        assert!(error.to_string().contains(&id.to_string()), "{error}");
        assert!(format!("{error:?}").contains("expected and fixed"));
        let payload = error.into_panic();
        assert_eq!(payload.downcast_ref(), Some(&"expected and fixed"));

        let number = 7;
        let formatted = rt.spawn(async move { panic!("expected {number}") });
        let error = rt.block_on(formatted).unwrap_err();
        // The form that anyhow and most libraries require of errors.
        fn to_be_passed_on(error: &(impl std::error::Error + Send + Sync + 'static)) -> &str {
            std::any::type_name_of_val(error)
        }
        assert!(to_be_passed_on(&error).ends_with("JoinError"));
        assert!(error.to_string().contains("expected 7"), "{error}");
        assert!(
            io::Error::from(error).to_string().contains("expected 7"),
            "the message survives the conversion"
        );

        let other = rt.spawn(async { std::panic::resume_unwind(Box::new(99_u8)) });
        let error = rt.block_on(other).unwrap_err();
        assert_eq!(error.into_panic().downcast_ref(), Some(&99_u8));

        assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
    });
}

#[test]
fn aborting_a_pending_task_drops_it() {
    bounded(|| {
        let rt = runtime(2);
        let drops = Drops::default();
        let (started, start) = mpsc::channel();
        let guard = drops.guard();
        let task = rt.spawn(async move {
            let _guard = guard;
            started.send(()).unwrap();
            pending::<()>().await;
        });
        start.recv().unwrap();
        assert!(!task.is_finished());
        task.abort();
        eventually("the task is finished", || task.is_finished());
        assert_eq!(drops.count(), 1);
        let id = task.id();
        let error = rt.block_on(task).unwrap_err();
        assert!(error.is_cancelled() && !error.is_panic());
        assert_eq!(error.to_string(), format!("task {id} was cancelled"));
        assert!(error.try_into_panic().unwrap_err().is_cancelled());
    });
}

#[test]
fn aborting_a_queued_task_keeps_it_from_ever_running() {
    bounded(|| {
        let rt = runtime(1);
        let (release, blocked) = mpsc::channel::<()>();
        let (started, start) = mpsc::channel();
        let blocker = rt.spawn(async move {
            started.send(()).unwrap();
            let _ = blocked.recv();
        });
        start.recv().unwrap();
        let drops = Drops::default();
        let ran = Arc::new(AtomicBool::new(false));
        let queued = {
            let (guard, ran) = (drops.guard(), ran.clone());
            rt.spawn(async move {
                let _guard = guard;
                ran.store(true, SeqCst);
            })
        };
        queued.abort();
        drop(release);
        assert!(rt.block_on(queued).unwrap_err().is_cancelled());
        assert!(!ran.load(SeqCst));
        assert_eq!(drops.count(), 1);
        rt.block_on(blocker).unwrap();
    });
}

#[test]
fn aborting_a_running_task_takes_effect_where_it_next_waits() {
    bounded(|| {
        let rt = runtime(1);
        for completes in [false, true] {
            let (release, blocked) = mpsc::channel::<()>();
            let (started, start) = mpsc::channel();
            let drops = Drops::default();
            let guard = drops.guard();
            let task = rt.spawn(async move {
                let _guard = guard;
                started.send(()).unwrap();
                let _ = blocked.recv();
                if !completes {
                    task::yield_now().await;
                }
                5
            });
            start.recv().unwrap();
            task.abort();
            task.abort();
            assert_eq!(drops.count(), 0, "not while it runs");
            drop(release);
            let outcome = rt.block_on(task);
            assert_eq!(outcome.ok(), completes.then_some(5));
            assert_eq!(drops.count(), 1);
        }
    });
}

#[test]
fn aborting_a_complete_task_changes_nothing() {
    bounded(|| {
        let rt = runtime(1);
        let task = rt.spawn(async { String::from("done") });
        eventually("the task is finished", || task.is_finished());
        task.abort();
        assert_eq!(rt.block_on(task).unwrap(), "done");
    });
}

#[test]
fn an_abort_handle_works_without_the_join_handle() {
    bounded(|| {
        let rt = runtime(1);
        let drops = Drops::default();
        let guard = drops.guard();
        let task = rt.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        let abort = task.abort_handle();
        assert_eq!(abort.id(), task.id());
        drop(task);
        let copy = abort.clone();
        thread::spawn(move || copy.abort()).join().unwrap();
        eventually("the task is finished", || abort.is_finished());
        assert_eq!(drops.count(), 1);
        drop(rt);
        abort.abort();
        assert!(abort.is_finished());
    });
}

#[test]
fn a_task_can_abort_itself() {
    bounded(|| {
        let rt = runtime(1);
        let (handle, own) = async_channel::bounded::<task::AbortHandle>(1);
        let task = rt.spawn(async move {
            own.recv().await.unwrap().abort();
            pending::<()>().await;
        });
        handle.send_blocking(task.abort_handle()).unwrap();
        assert!(rt.block_on(task).unwrap_err().is_cancelled());
    });
}

#[test]
fn dropping_the_handle_detaches_the_task() {
    bounded(|| {
        let rt = runtime(2);
        let (go, wait) = async_channel::bounded::<()>(1);
        let (done, end) = mpsc::channel();
        drop(rt.spawn(async move {
            wait.recv().await.unwrap();
            done.send(17).unwrap();
        }));
        go.send_blocking(()).unwrap();
        assert_eq!(end.recv(), Ok(17));
    });
}

#[test]
fn is_finished_reports_the_presence_of_the_output() {
    bounded(|| {
        let rt = runtime(1);
        let (go, wait) = async_channel::bounded::<()>(1);
        let task = rt.spawn(async move { wait.recv().await });
        assert!(!task.is_finished());
        go.send_blocking(()).unwrap();
        eventually("the task is finished", || task.is_finished());
        // One poll, without waiting, returns the output of a finished task.
        let polled = rt.block_on(future::poll_once(task));
        assert!(matches!(polled, Some(Ok(Ok(())))));
    });
}

#[test]
fn ids_are_unique_across_threads_and_runtimes() {
    bounded(|| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                thread::spawn(|| {
                    let rt = runtime(1);
                    let inner = rt.spawn(async {
                        (0..1_000).map(|_| spawn(async {}).id()).collect::<Vec<_>>()
                    });
                    let mut ids: Vec<_> = (0..1_000).map(|_| rt.spawn(async {}).id()).collect();
                    ids.push(inner.id());
                    ids.extend((0..10).map(|_| rt.spawn_blocking(|| ()).id()));
                    ids.extend(rt.block_on(inner).unwrap());
                    ids
                })
            })
            .collect();
        let ids: Vec<_> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(ids.len(), 4 * 2_011);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    });
}

#[test]
fn a_handle_is_awaited_from_another_runtime() {
    bounded(|| {
        let (here, there) = (runtime(1), runtime(1));
        for round in 0..200 {
            let task = here.spawn(async move {
                task::yield_now().await;
                round
            });
            let waiting = there.spawn(async move { task.await.unwrap() });
            // And from a thread without a runtime.
            assert_eq!(future::block_on(waiting).unwrap(), round);
        }
    });
}

#[test]
#[expect(clippy::async_yields_async)]
fn a_moved_handle_wakes_its_new_task() {
    bounded(|| {
        let rt = runtime(2);
        let (go, wait) = async_channel::bounded::<()>(1);
        let mut task = rt.spawn(async move { wait.recv().await.map(|()| 3) });
        let first_polls = Arc::new(AtomicUsize::new(0));
        let polls = first_polls.clone();
        // The first task leaves its waker with the handle, and passes the handle on.
        let mut task = rt
            .block_on(rt.spawn(async move {
                poll_fn(|cx| {
                    polls.fetch_add(1, SeqCst);
                    assert!(std::pin::Pin::new(&mut task).poll(cx).is_pending());
                    Poll::Ready(())
                })
                .await;
                task
            }))
            .unwrap();
        let (polled, ready) = mpsc::channel();
        let second = rt.spawn(async move {
            poll_fn(|cx| {
                let outcome = std::pin::Pin::new(&mut task).poll(cx);
                let _ = polled.send(());
                outcome
            })
            .await
        });
        ready.recv().unwrap();
        go.send_blocking(()).unwrap();
        assert_eq!(rt.block_on(second).unwrap().unwrap(), Ok(3));
        assert_eq!(first_polls.load(SeqCst), 1);
    });
}

#[test]
fn a_task_that_wakes_itself_is_polled_again_each_time() {
    bounded(|| {
        let rt = runtime(1);
        let mut polls = 0;
        let task = rt.spawn(poll_fn(move |cx| {
            polls += 1;
            if polls == 1_000 {
                return Poll::Ready(polls);
            }
            // Twice, by reference and by value: still one poll each.
            let waker = cx.waker().clone();
            waker.wake_by_ref();
            waker.wake();
            Poll::Pending
        }));
        assert_eq!(rt.block_on(task).unwrap(), 1_000);
    });
}

#[test]
fn dropping_a_waited_for_handle_lets_go_of_the_waker() {
    struct Noop(#[allow(dead_code, reason = "counts when dropped")] support::DropGuard);
    impl std::task::Wake for Noop {
        fn wake(self: Arc<Self>) {}
    }
    bounded(|| {
        let rt = runtime(1);
        let mut task = rt.spawn(pending::<()>());
        let drops = Drops::default();
        let waker = Waker::from(Arc::new(Noop(drops.guard())));
        let polled = std::pin::Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        drop(waker);
        assert_eq!(drops.count(), 0, "the task keeps a copy");
        drop(task);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn spawning_outside_a_runtime_says_what_to_do() {
    let message = panic_message(|| drop(spawn(async {})));
    assert!(message.contains("block_on"), "{message}");
    let message = panic_message(|| drop(heist_runtime::spawn_blocking(|| ())));
    assert!(message.contains("block_on"), "{message}");
}
