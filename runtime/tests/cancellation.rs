//! Trees of tokens.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use futures_lite::future::{FutureExt, block_on, poll_once};
use heist_runtime::Runtime;
use heist_runtime::task::CancellationToken;

#[test]
fn cancellation_reaches_descendants_only() {
    let root = CancellationToken::new();
    let (left, right) = (root.child_token(), root.child_token());
    let below = left.child_token();
    left.cancel();
    assert!(left.is_cancelled() && below.is_cancelled());
    assert!(!root.is_cancelled() && !right.is_cancelled());
    root.cancel();
    root.cancel();
    assert!(right.is_cancelled());
    assert!(root.child_token().is_cancelled(), "born cancelled");
}

#[test]
fn clones_are_the_same_token() {
    let token = CancellationToken::new();
    let clone = token.clone();
    let child = clone.child_token();
    drop(clone);
    token.cancel();
    assert!(child.is_cancelled());
}

#[test]
fn cancellation_passes_through_a_dropped_parent() {
    let root = CancellationToken::new();
    let middle = root.child_token();
    let below = middle.child_token();
    drop(middle);
    root.cancel();
    assert!(below.is_cancelled());
}

#[test]
fn waiters_of_all_kinds_are_woken() {
    let runtime = Runtime::new().unwrap();
    for _ in 0..200 {
        let root = CancellationToken::new();
        let tasks: Vec<_> = (0..10)
            .map(|n| {
                let token = if n % 2 == 0 {
                    root.clone()
                } else {
                    root.child_token()
                };
                runtime.spawn(async move {
                    match n % 3 {
                        0 => token.cancelled().await,
                        1 => token.cancelled_owned().await,
                        _ => assert!(token.run_until_cancelled(pending::<()>()).await.is_none()),
                    }
                })
            })
            .collect();
        let canceller = thread::spawn(move || root.cancel());
        for task in tasks {
            runtime.block_on(task).unwrap();
        }
        canceller.join().unwrap();
    }
}

#[test]
fn a_ready_output_is_returned_and_a_cancelled_future_is_not_polled() {
    let token = CancellationToken::new();
    assert_eq!(block_on(token.run_until_cancelled(async { 7 })), Some(7));
    token.cancel();
    let polled = async { panic!("it must not be polled") };
    assert_eq!(block_on(token.run_until_cancelled(polled)), None::<()>);
}

#[test]
fn a_dropped_wait_releases_its_waker() {
    struct Nobody;
    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }
    let token = CancellationToken::new();
    let waker = Arc::new(Nobody);
    let mut wait = Box::pin(token.cancelled());
    let waiting = wait.poll(&mut Context::from_waker(&Waker::from(waker.clone())));
    assert!(waiting.is_pending());
    assert_eq!(Arc::strong_count(&waker), 2);
    drop(wait);
    assert_eq!(Arc::strong_count(&waker), 1);
    assert!(block_on(poll_once(token.cancelled())).is_none());
}

#[test]
fn guards_cancel_unless_they_are_disarmed() {
    let token = CancellationToken::new();
    let kept = token.clone().drop_guard().disarm();
    assert!(!kept.is_cancelled());
    drop(kept.drop_guard());
    assert!(token.is_cancelled());
}

/// Neither cancelling nor dropping is recursive.
#[test]
fn trees_may_be_deep() {
    const DEPTH: usize = 200_000;
    let root = CancellationToken::new();
    let line = |root: &CancellationToken| {
        let mut last = root.child_token();
        for _ in 0..DEPTH {
            last = last.child_token();
        }
        last
    };
    drop(line(&root));
    let last = line(&root);
    root.cancel();
    assert!(last.is_cancelled());
    let held: Vec<_> = std::iter::successors(Some(CancellationToken::new()), |token| {
        Some(token.child_token())
    })
    .take(DEPTH)
    .collect();
    held[0].cancel();
    assert!(held.iter().all(CancellationToken::is_cancelled));
}

/// A waker may hold the last reference to a task, whose destructors may run arbitrary code.
#[test]
fn the_drop_of_a_replaced_waker_may_use_the_token() {
    struct Cancels(CancellationToken);
    impl Wake for Cancels {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Cancels {
        fn drop(&mut self) {
            self.0.cancel();
        }
    }

    let (done, end) = mpsc::channel();
    thread::spawn(move || {
        let token = CancellationToken::new();
        let mut wait = pin!(token.cancelled());
        let waker = Waker::from(Arc::new(Cancels(token.clone())));
        assert!(
            wait.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        drop(waker);
        // Drops the first one.
        let _ = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        done.send(token.is_cancelled()).unwrap();
    });
    let cancelled = end.recv_timeout(Duration::from_secs(60));
    assert!(cancelled.expect("it does not hang"));
}

#[test]
fn a_loop_over_a_cancelled_token_lets_others_run() {
    // One worker, without spare workers.
    let runtime = heist_runtime::Builder::new()
        .worker_threads(1)
        .max_spare_workers(0)
        .build()
        .unwrap();
    let token = CancellationToken::new();
    token.cancel();
    let has_run = Arc::new(AtomicBool::new(false));
    let runs = has_run.clone();
    let looping = runtime.spawn(async move {
        let give_up = Instant::now() + Duration::from_secs(30);
        while !has_run.load(SeqCst) && Instant::now() < give_up {
            token.cancelled().await;
        }
        has_run.load(SeqCst)
    });
    runtime.spawn(async move { runs.store(true, SeqCst) });
    assert!(runtime.block_on(looping).unwrap(), "the loop never yields");
}
