//! On heist: the poll budget, and blocking in a task. On another executor: the same semantics.

use heist::sync::{Mutex, Semaphore, SetOnce, broadcast, mpsc, oneshot, watch};
use std::sync::Arc;
use std::time::Duration;

/// On one worker, beside a future that is always ready, another task must get its turn.
fn lets_others_run<F>(forever: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = heist::runtime::Builder::new()
        .worker_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let never_ends = heist::spawn(forever);
        heist::spawn(async {}).await.unwrap();
        never_ends.abort();
        assert!(never_ends.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_receiver_that_always_finds_a_value_lets_others_run() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    lets_others_run(async move {
        loop {
            sender.send(()).unwrap();
            receiver.recv().await.unwrap();
        }
    });
}

#[test]
fn a_sender_that_always_finds_a_slot_lets_others_run() {
    let (sender, mut receiver) = mpsc::channel(1);
    lets_others_run(async move {
        loop {
            sender.send(()).await.unwrap();
            receiver.try_recv().unwrap();
        }
    });
}

#[test]
fn locks_that_are_always_free_let_others_run() {
    lets_others_run(async {
        let mutex = Mutex::new(());
        loop {
            drop(mutex.lock().await);
        }
    });
}

/// Uses up the budget of its task's poll.
async fn without_budget() {
    let mut spend = std::pin::pin!(heist::task::consume_budget());
    while futures_lite::future::poll_once(&mut spend).await.is_some() {
        spend.set(heist::task::consume_budget());
    }
}

#[heist::test]
async fn a_task_without_budget_has_a_place_in_the_queue() {
    let mutex = Arc::new(Mutex::new(()));
    let locked = mutex.clone().lock_owned().await;
    let mut first = Box::pin(async {
        without_budget().await;
        mutex.clone().lock_owned().await
    });
    let mut second = Box::pin(mutex.clone().lock_owned());
    assert!(futures_lite::future::poll_once(&mut first).await.is_none());
    assert!(futures_lite::future::poll_once(&mut second).await.is_none());
    drop(locked);
    // The lock was handed to the first, and the drop passes it on to the second.
    assert!(mutex.try_lock().is_err());
    assert!(futures_lite::future::poll_once(&mut second).await.is_none());
    drop(first);
    drop(second.await);
}

#[heist::test]
async fn a_free_slot_is_not_lost_with_the_budget() {
    let (sender, mut receiver) = mpsc::channel(1);
    let mut sending = Box::pin(async {
        without_budget().await;
        sender.send(1).await
    });
    assert!(
        futures_lite::future::poll_once(&mut sending)
            .await
            .is_none()
    );
    assert_eq!(receiver.capacity(), 0);
    drop(sending);
    assert_eq!(receiver.capacity(), 1);
    sender.send(2).await.unwrap();
    assert_eq!(receiver.recv().await, Some(2));
}

#[test]
fn a_oneshot_that_always_has_its_value_lets_others_run() {
    lets_others_run(async {
        loop {
            let (sender, receiver) = oneshot::channel();
            sender.send(()).unwrap();
            receiver.await.unwrap();
        }
    });
}

#[test]
fn a_watch_that_always_changes_lets_others_run() {
    let (sender, mut receiver) = watch::channel(());
    lets_others_run(async move {
        loop {
            sender.send(()).unwrap();
            receiver.changed().await.unwrap();
        }
    });
}

#[test]
fn a_broadcast_that_always_has_a_value_lets_others_run() {
    let (sender, mut receiver) = broadcast::channel(1);
    lets_others_run(async move {
        loop {
            sender.send(()).unwrap();
            receiver.recv().await.unwrap();
        }
    });
}

/// With one worker: a task that blocks it waits for a task of the same worker.
#[test]
fn a_task_may_block_on_another() {
    let runtime = heist::runtime::Builder::new()
        .worker_threads(1)
        .build()
        .unwrap();
    let got = runtime.block_on(async {
        let (sender, mut receiver) = mpsc::channel(1);
        let (reply, answer) = oneshot::channel();
        let mutex = Arc::new(Mutex::new(0));
        let locked = mutex.clone().lock_owned().await;
        let blocking = heist::spawn(async move {
            sender.blocking_send(1).unwrap();
            sender.blocking_send(2).unwrap();
            let got: u32 = answer.blocking_recv().unwrap();
            *mutex.blocking_lock() += got;
            *mutex.blocking_lock()
        });
        heist::spawn(async move {
            let sum = receiver.recv().await.unwrap() + receiver.recv().await.unwrap();
            reply.send(sum).unwrap();
            heist::task::yield_now().await;
            drop(locked);
        });
        blocking.await.unwrap()
    });
    assert_eq!(got, 3);
}

#[heist::test]
async fn a_send_gives_up_after_its_time() {
    let (sender, mut receiver) = mpsc::channel(1);
    sender
        .send_timeout(1, Duration::from_secs(60))
        .await
        .unwrap();
    let refused = sender
        .send_timeout(2, Duration::from_millis(1))
        .await
        .unwrap_err();
    assert_eq!(refused, mpsc::error::SendTimeoutError::Timeout(2));
    assert_eq!(receiver.recv().await, Some(1));
    drop(receiver);
    let refused = sender
        .send_timeout(3, Duration::from_secs(60))
        .await
        .unwrap_err();
    assert_eq!(refused, mpsc::error::SendTimeoutError::Closed(3));
}

#[test]
fn other_executors_and_plain_threads_meet() {
    let (sender, mut receiver) = mpsc::channel(2);
    let done = Arc::new(SetOnce::new());
    let limit = Arc::new(Semaphore::new(1));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let (sender, done, limit) = (sender.clone(), done.clone(), limit.clone());
            std::thread::spawn(move || {
                futures_lite::future::block_on(async {
                    for n in 0..100 {
                        let _permit = limit.acquire().await.unwrap();
                        sender.send(n).await.unwrap();
                    }
                    *done.wait().await
                })
            })
        })
        .collect();
    drop(sender);
    let sum: u32 = std::iter::from_fn(|| receiver.blocking_recv())
        .take(300)
        .sum();
    done.set(sum).unwrap();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 3 * 4950);
    }
}
