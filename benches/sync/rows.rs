//! The operations that are measured: the same source for both, since the names are the same.

use super::WORKERS;
use std::future::Future;

pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Runs this number of operations on heist.
    pub(crate) heist: fn(u64),
    pub(crate) tokio: fn(u64),
}

fn on_heist<F>(main: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = heist::runtime::Builder::new()
        .worker_threads(WORKERS)
        .build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async { heist::spawn(main).await.expect("it ends") });
}

fn on_tokio<F>(main: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async { tokio::spawn(main).await.expect("it ends") });
}

macro_rules! rows {
    ($($row:ident),* $(,)?) => {
        pub(crate) fn all() -> Vec<Row> {
            vec![$(Row {
                name: stringify!($row),
                heist: |operations| on_heist(on::heist::$row(operations)),
                tokio: |operations| on_tokio(on::tokio::$row(operations)),
            }),*]
        }
    };
}

rows!(
    mpsc_4_to_1,
    mpsc_4_to_1_unbounded,
    mpsc_1_to_1,
    mutex_alone,
    mutex_contended,
    rwlock_read,
    semaphore_alone,
    semaphore,
    oneshot_alone,
    oneshot,
    notify,
    watch,
    broadcast,
);

mod on {
    macro_rules! contender {
        ($runtime:ident) => {
            pub(crate) mod $runtime {
                use std::sync::Arc;
                use sync::mpsc::{Receiver, channel, unbounded_channel};
                use $runtime::spawn;
                use $runtime::sync;
                use $runtime::task::yield_now;

                async fn receive(mut receiver: Receiver<u64>, operations: u64) {
                    let mut sum = 0_u64;
                    let mut count = 0;
                    while let Some(n) = receiver.recv().await {
                        sum = sum.wrapping_add(n);
                        count += 1;
                    }
                    std::hint::black_box(sum);
                    assert_eq!(count, operations);
                }

                async fn send_from(senders: u64, operations: u64) {
                    let (sender, receiver) = channel(1024);
                    for _ in 0..senders {
                        let sender = sender.clone();
                        spawn(async move {
                            for n in 0..operations / senders {
                                sender.send(n).await.expect("there is a receiver");
                            }
                        });
                    }
                    drop(sender);
                    spawn(receive(receiver, operations)).await.expect("it ends");
                }

                pub(crate) async fn mpsc_4_to_1(operations: u64) {
                    send_from(4, operations).await;
                }

                pub(crate) async fn mpsc_1_to_1(operations: u64) {
                    send_from(1, operations).await;
                }

                pub(crate) async fn mpsc_4_to_1_unbounded(operations: u64) {
                    let (sender, mut receiver) = unbounded_channel();
                    for _ in 0..4 {
                        let sender = sender.clone();
                        spawn(async move {
                            for n in 0..operations / 4 {
                                sender.send(n).expect("there is a receiver");
                                if n % 64 == 0 {
                                    yield_now().await;
                                }
                            }
                        });
                    }
                    drop(sender);
                    let receiving = spawn(async move {
                        let mut count = 0;
                        while receiver.recv().await.is_some() {
                            count += 1;
                        }
                        count
                    });
                    assert_eq!(receiving.await.expect("it ends"), operations);
                }

                pub(crate) async fn mutex_alone(operations: u64) {
                    let count = sync::Mutex::new(0);
                    for _ in 0..operations {
                        *count.lock().await += 1;
                    }
                    assert_eq!(count.into_inner(), operations);
                }

                pub(crate) async fn mutex_contended(operations: u64) {
                    let count = Arc::new(sync::Mutex::new(0));
                    let tasks: Vec<_> = (0..4)
                        .map(|_| {
                            let count = count.clone();
                            spawn(async move {
                                for _ in 0..operations / 4 {
                                    *count.lock().await += 1;
                                }
                            })
                        })
                        .collect();
                    for task in tasks {
                        task.await.expect("it ends");
                    }
                    assert_eq!(*count.lock().await, operations);
                }

                pub(crate) async fn rwlock_read(operations: u64) {
                    let value = Arc::new(sync::RwLock::new(1));
                    let tasks: Vec<_> = (0..2)
                        .map(|_| {
                            let value = value.clone();
                            spawn(async move {
                                let mut sum = 0;
                                for _ in 0..operations / 2 {
                                    sum += *value.read().await;
                                }
                                sum
                            })
                        })
                        .collect();
                    let mut sum = 0;
                    for task in tasks {
                        sum += task.await.expect("it ends");
                    }
                    assert_eq!(sum, operations);
                }

                pub(crate) async fn semaphore_alone(operations: u64) {
                    let semaphore = sync::Semaphore::new(1);
                    for _ in 0..operations {
                        drop(semaphore.acquire().await.expect("open"));
                    }
                }

                pub(crate) async fn semaphore(operations: u64) {
                    let semaphore = Arc::new(sync::Semaphore::new(2));
                    let tasks: Vec<_> = (0..8)
                        .map(|_| {
                            let semaphore = semaphore.clone();
                            spawn(async move {
                                for _ in 0..operations / 8 {
                                    let permit = semaphore.acquire().await.expect("open");
                                    yield_now().await;
                                    drop(permit);
                                }
                            })
                        })
                        .collect();
                    for task in tasks {
                        task.await.expect("it ends");
                    }
                }

                pub(crate) async fn oneshot_alone(operations: u64) {
                    for n in 0..operations {
                        let (sender, receiver) = sync::oneshot::channel();
                        sender.send(n).expect("there is a receiver");
                        assert_eq!(receiver.await, Ok(n));
                    }
                }

                pub(crate) async fn oneshot(operations: u64) {
                    let (requests, mut receiver) = channel::<sync::oneshot::Sender<u64>>(64);
                    spawn(async move {
                        let mut count = 0;
                        while let Some(reply) = receiver.recv().await {
                            reply.send(count).expect("there is a receiver");
                            count += 1;
                        }
                    });
                    let tasks: Vec<_> = (0..8)
                        .map(|_| {
                            let requests = requests.clone();
                            spawn(async move {
                                for _ in 0..operations / 8 {
                                    let (reply, answer) = sync::oneshot::channel();
                                    assert!(requests.send(reply).await.is_ok());
                                    answer.await.expect("a reply");
                                }
                            })
                        })
                        .collect();
                    for task in tasks {
                        task.await.expect("it ends");
                    }
                }

                pub(crate) async fn notify(operations: u64) {
                    let (ping, pong) =
                        (Arc::new(sync::Notify::new()), Arc::new(sync::Notify::new()));
                    let other = spawn({
                        let (ping, pong) = (ping.clone(), pong.clone());
                        async move {
                            for _ in 0..operations / 2 {
                                ping.notified().await;
                                pong.notify_one();
                            }
                        }
                    });
                    for _ in 0..operations / 2 {
                        ping.notify_one();
                        pong.notified().await;
                    }
                    other.await.expect("it ends");
                }

                pub(crate) async fn watch(operations: u64) {
                    let (sender, receiver) = sync::watch::channel(0);
                    let tasks: Vec<_> = (0..4)
                        .map(|_| {
                            let mut receiver = receiver.clone();
                            spawn(async move {
                                let mut sum = 0;
                                while receiver.changed().await.is_ok() {
                                    sum += *receiver.borrow_and_update();
                                }
                                sum
                            })
                        })
                        .collect();
                    drop(receiver);
                    for n in 0..operations {
                        sender.send(n).expect("there is a receiver");
                        yield_now().await;
                    }
                    drop(sender);
                    for task in tasks {
                        task.await.expect("it ends");
                    }
                }

                pub(crate) async fn broadcast(operations: u64) {
                    let (sender, receiver) = sync::broadcast::channel(1024);
                    let tasks: Vec<_> = (0..4)
                        .map(|_| {
                            let mut receiver = receiver.resubscribe();
                            spawn(async move {
                                loop {
                                    match receiver.recv().await {
                                        Ok(n) => drop(std::hint::black_box::<u64>(n)),
                                        Err(sync::broadcast::error::RecvError::Lagged(_)) => {}
                                        Err(sync::broadcast::error::RecvError::Closed) => break,
                                    }
                                }
                            })
                        })
                        .collect();
                    drop(receiver);
                    for n in 0..operations {
                        sender.send(n).expect("there is a receiver");
                        if n % 64 == 0 {
                            yield_now().await;
                        }
                    }
                    drop(sender);
                    for task in tasks {
                        task.await.expect("it ends");
                    }
                }
            }
        };
    }

    contender!(heist);
    contender!(tokio);
}
