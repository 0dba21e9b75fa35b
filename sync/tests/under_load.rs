//! Many tasks at once, on heist's workers: nothing is lost, no task waits for ever, and limits
//! hold.

use heist::sync::{Barrier, Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};
use heist::task::{JoinSet, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const TASKS: usize = 16;
const ROUNDS: usize = 500;

#[heist::test]
async fn a_mutex_admits_one_at_a_time() {
    let count = Arc::new(Mutex::new(0));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let count = count.clone();
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                let mut count = count.lock().await;
                let before = *count;
                if (task + round) % 7 == 0 {
                    yield_now().await;
                }
                *count = before + 1;
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(*count.lock().await, TASKS * ROUNDS);
}

#[heist::test]
async fn a_semaphore_limits_and_loses_no_permit_to_cancelled_waits() {
    const PERMITS: usize = 3;
    let semaphore = Arc::new(Semaphore::new(PERMITS));
    let inside = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (semaphore, inside) = (semaphore.clone(), inside.clone());
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                let wanted = (task + round) % PERMITS + 1;
                let acquiring = semaphore.acquire_many(wanted as u32);
                if round % 5 == 0 {
                    // Polled once and dropped, while queued or already served.
                    let mut acquiring = std::pin::pin!(acquiring);
                    let _ = futures_lite::future::poll_once(&mut acquiring).await;
                    yield_now().await;
                    continue;
                }
                let permits = acquiring.await.unwrap();
                assert!(inside.fetch_add(wanted, Ordering::SeqCst) + wanted <= PERMITS);
                yield_now().await;
                inside.fetch_sub(wanted, Ordering::SeqCst);
                drop(permits);
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(semaphore.available_permits(), PERMITS);
}

#[heist::test]
async fn a_read_write_lock_excludes_writers_from_all_others() {
    let pair = Arc::new(RwLock::new((0, 0)));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let pair = pair.clone();
        tasks.spawn(async move {
            for _ in 0..ROUNDS {
                if task % 4 == 0 {
                    let mut pair = pair.write().await;
                    pair.0 += 1;
                    yield_now().await;
                    pair.1 += 1;
                } else {
                    let pair = pair.read().await;
                    assert_eq!(pair.0, pair.1);
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(*pair.read().await, (TASKS / 4 * ROUNDS, TASKS / 4 * ROUNDS));
}

/// All values of each sender arrive, in order.
async fn send_through(capacity: usize) {
    let (sender, mut receiver) = mpsc::channel(capacity);
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let sender = sender.clone();
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                if round % 11 == 0 {
                    // A cancelled send sends nothing.
                    let mut sending = std::pin::pin!(sender.send((task, usize::MAX)));
                    if futures_lite::future::poll_once(&mut sending)
                        .await
                        .is_some()
                    {
                        continue;
                    }
                }
                sender.send((task, round)).await.unwrap();
            }
        });
    }
    drop(sender);
    let mut next = [0; TASKS];
    let mut received = 0;
    while let Some((task, round)) = receiver.recv().await {
        if round == usize::MAX {
            next[task] += 1;
        } else {
            assert!(
                round >= next[task],
                "task {task}: {round} after {}",
                next[task]
            );
            next[task] = round + 1;
        }
        received += 1;
    }
    assert_eq!(received, TASKS * ROUNDS);
    tasks.join_all().await;
}

#[heist::test]
async fn a_channel_with_one_slot_loses_nothing() {
    send_through(1).await;
}

#[heist::test]
async fn a_channel_with_a_few_slots_loses_nothing() {
    send_through(7).await;
}

#[heist::test]
async fn a_channel_with_many_slots_loses_nothing() {
    send_through(1024).await;
}

#[heist::test]
async fn requests_are_answered_through_oneshots() {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(usize, oneshot::Sender<usize>)>();
    let server = heist::spawn(async move {
        while let Some((n, reply)) = receiver.recv().await {
            // Every fifth client has gone.
            let _ = reply.send(n * 2);
        }
    });
    let mut clients = JoinSet::new();
    for task in 0..TASKS {
        let sender = sender.clone();
        clients.spawn(async move {
            for n in 0..ROUNDS {
                let (reply, answer) = oneshot::channel();
                sender.send((n, reply)).unwrap();
                if (n + task) % 5 != 0 {
                    assert_eq!(answer.await, Ok(n * 2));
                }
            }
        });
    }
    drop(sender);
    clients.join_all().await;
    server.await.unwrap();
}

#[heist::test]
async fn watchers_see_the_last_value_and_never_an_older_one() {
    let (sender, receiver) = watch::channel(0);
    let mut watchers = JoinSet::new();
    for _ in 0..TASKS {
        let mut receiver = receiver.clone();
        watchers.spawn(async move {
            let mut seen = 0;
            while receiver.changed().await.is_ok() {
                let now = *receiver.borrow_and_update();
                assert!(now > seen);
                seen = now;
            }
            seen
        });
    }
    drop(receiver);
    for n in 1..=ROUNDS {
        sender.send(n).unwrap();
        if n % 3 == 0 {
            yield_now().await;
        }
    }
    drop(sender);
    assert!(
        watchers
            .join_all()
            .await
            .into_iter()
            .all(|seen| seen == ROUNDS)
    );
}

#[heist::test]
async fn all_receivers_get_a_broadcast_or_the_number_of_missed_values() {
    let (sender, receiver) = broadcast::channel(8);
    let mut receivers = JoinSet::new();
    for _ in 0..TASKS {
        let mut receiver = receiver.resubscribe();
        receivers.spawn(async move {
            let mut next = 0;
            loop {
                match receiver.recv().await {
                    Ok(n) => {
                        assert_eq!(n, next);
                        next += 1;
                    }
                    Err(broadcast::error::RecvError::Lagged(lost)) => next += lost as usize,
                    Err(broadcast::error::RecvError::Closed) => return next,
                }
            }
        });
    }
    drop(receiver);
    for n in 0..ROUNDS {
        sender.send(n).unwrap();
        if n % 5 == 0 {
            yield_now().await;
        }
    }
    drop(sender);
    assert!(
        receivers
            .join_all()
            .await
            .into_iter()
            .all(|next| next == ROUNDS)
    );
}

#[heist::test]
async fn each_notification_wakes_one_and_none_is_lost_to_cancelled_waits() {
    let notify = Arc::new(Notify::new());
    let (sender, mut receiver) = mpsc::channel(1);
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (notify, sender) = (notify.clone(), sender.clone());
        tasks.spawn(async move {
            loop {
                if task % 2 == 0 {
                    let mut giving_up = std::pin::pin!(notify.notified());
                    if futures_lite::future::poll_once(&mut giving_up)
                        .await
                        .is_none()
                    {
                        yield_now().await;
                        // Dropped here, perhaps already notified.
                        continue;
                    }
                } else {
                    notify.notified().await;
                }
                if sender.send(()).await.is_err() {
                    return;
                }
            }
        });
    }
    for _ in 0..ROUNDS {
        notify.notify_one();
        receiver.recv().await.unwrap();
    }
    assert!(receiver.try_recv().is_err());
    tasks.shutdown().await;
}

#[heist::test]
async fn a_barrier_has_one_leader_each_time() {
    let barrier = Arc::new(Barrier::new(TASKS));
    let leaders = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (barrier, leaders) = (barrier.clone(), leaders.clone());
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                if barrier.wait().await.is_leader() {
                    assert_eq!(leaders.fetch_add(1, Ordering::SeqCst), round);
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(leaders.load(Ordering::SeqCst), ROUNDS);
}
