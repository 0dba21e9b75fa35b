//! Models of the lock-free parts: loom runs every interleaving of each scene. Other shared data is
//! in loom's cells, so that an access without a happens-before edge fails too.

use crate::permits::Permits;
use crate::primitives::{Arc, UnsafeCell};
use crate::{Barrier, Notify, OnceCell, SetOnce, broadcast, mpsc, oneshot, watch};
use loom::future::block_on;
use loom::thread;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Data that only one thread at a time may access, and whose writes all later accesses must see.
struct Shared(UnsafeCell<usize>);

// SAFETY: loom checks the accesses.
unsafe impl Sync for Shared {}

impl Shared {
    fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    fn add_one(&self) {
        // SAFETY: loom checks the accesses.
        self.0.with_mut(|count| unsafe { *count += 1 });
    }

    fn get(&self) -> usize {
        // SAFETY: loom checks the accesses.
        self.0.with(|count| unsafe { *count })
    }
}

/// A scene of two threads, with up to three preemptions: as loom's authors found, those reveal
/// nearly every error, and all interleavings would take hours.
fn model(scene: impl Fn() + Send + Sync + 'static) {
    check(3, scene);
}

/// A scene of three threads, with up to two preemptions.
fn model_of_three(scene: impl Fn() + Send + Sync + 'static) {
    check(2, scene);
}

fn check(preemptions: usize, scene: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    // `LOOM_MAX_PREEMPTIONS` takes precedence.
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(scene);
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn one_permit_admits_one_thread_at_a_time() {
    model_of_three(|| {
        let shared = Arc::new((Permits::new(1), Shared::new()));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let shared = shared.clone();
                thread::spawn(move || {
                    block_on(shared.0.acquire(1)).unwrap();
                    shared.1.add_one();
                    shared.0.release(1);
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        shared.0.try_acquire(1).unwrap();
        assert_eq!(shared.1.get(), 2);
    });
}

#[test]
fn many_permits_are_collected_from_several_releases() {
    model(|| {
        let shared = Arc::new((Permits::new(0), Shared::new()));
        let other = thread::spawn({
            let shared = shared.clone();
            move || {
                shared.1.add_one();
                shared.0.release(1);
                shared.0.release(1);
            }
        });
        block_on(shared.0.acquire(2)).unwrap();
        assert_eq!(shared.1.get(), 1);
        other.join().unwrap();
        assert_eq!(shared.0.available(), 0);
    });
}

#[test]
fn a_cancelled_wait_leaves_the_permit_to_others() {
    model_of_three(|| {
        let permits = Arc::new(Permits::new(0));
        let giving_up = thread::spawn({
            let permits = permits.clone();
            move || {
                let mut acquiring = pin!(permits.acquire(1));
                if poll_once(acquiring.as_mut()).is_ready() {
                    permits.release(1);
                }
            }
        });
        let releasing = thread::spawn({
            let permits = permits.clone();
            move || permits.release(1)
        });
        block_on(permits.acquire(1)).unwrap();
        giving_up.join().unwrap();
        releasing.join().unwrap();
        permits.release(1);
        assert_eq!(permits.available(), 1);
    });
}

#[test]
fn closing_ends_all_waits() {
    model(|| {
        let permits = Arc::new(Permits::new(1));
        let waiting = thread::spawn({
            let permits = permits.clone();
            move || block_on(permits.acquire(2)).is_err()
        });
        permits.close();
        assert!(waiting.join().unwrap());
        assert_eq!(permits.available(), 1);
    });
}

#[test]
fn a_notification_is_not_lost() {
    model(|| {
        let shared = Arc::new((Notify::new(), Shared::new()));
        let waiting = thread::spawn({
            let shared = shared.clone();
            move || {
                block_on(shared.0.notified());
                assert_eq!(shared.1.get(), 1);
            }
        });
        shared.1.add_one();
        shared.0.notify_one();
        waiting.join().unwrap();
    });
}

#[test]
fn each_of_two_waiters_gets_a_notification() {
    model_of_three(|| {
        let notify = Arc::new(Notify::new());
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let notify = notify.clone();
                thread::spawn(move || {
                    block_on(notify.notified());
                    notify.notify_one();
                })
            })
            .collect();
        notify.notify_one();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_notification_of_a_cancelled_wait_goes_to_the_next() {
    model_of_three(|| {
        let notify = Arc::new(Notify::new());
        let giving_up = thread::spawn({
            let notify = notify.clone();
            move || {
                let mut notified = pin!(notify.notified());
                if poll_once(notified.as_mut()).is_ready() {
                    notify.notify_one();
                }
            }
        });
        let notifying = thread::spawn({
            let notify = notify.clone();
            move || notify.notify_one()
        });
        block_on(notify.notified());
        giving_up.join().unwrap();
        notifying.join().unwrap();
    });
}

#[test]
fn all_that_waited_before_the_set_get_the_value() {
    model_of_three(|| {
        let once = Arc::new(SetOnce::new());
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let once = once.clone();
                thread::spawn(move || *block_on(once.wait()))
            })
            .collect();
        once.set(7).unwrap();
        for waiting in waiting {
            assert_eq!(waiting.join().unwrap(), 7);
        }
    });
}

#[test]
fn a_value_is_made_once() {
    model(|| {
        let cell = Arc::new(OnceCell::new());
        let other = thread::spawn({
            let cell = cell.clone();
            move || *block_on(cell.get_or_init(async || 1))
        });
        let ours = *block_on(cell.get_or_init(async || 2));
        assert_eq!(other.join().unwrap(), ours);
    });
}

#[test]
fn tasks_meet_at_a_barrier() {
    model(|| {
        let barrier = Arc::new(Barrier::new(2));
        let other = thread::spawn({
            let barrier = barrier.clone();
            move || block_on(barrier.wait()).is_leader()
        });
        let ours = block_on(barrier.wait()).is_leader();
        assert!(other.join().unwrap() != ours);
    });
}

#[test]
fn a_oneshot_delivers_its_value() {
    model(|| {
        let (sender, receiver) = oneshot::channel();
        let sending = thread::spawn(move || sender.send(Box::new(1)).unwrap());
        assert_eq!(*block_on(receiver).unwrap(), 1);
        sending.join().unwrap();
    });
}

#[test]
fn a_oneshot_wakes_the_task_that_polled_last() {
    model(|| {
        let (sender, mut receiver) = oneshot::channel();
        let sending = thread::spawn(move || sender.send(Box::new(1)).unwrap());
        match poll_once(pin!(&mut receiver)) {
            Poll::Ready(value) => assert_eq!(*value.unwrap(), 1),
            Poll::Pending => assert_eq!(*block_on(receiver).unwrap(), 1),
        }
        sending.join().unwrap();
    });
}

#[test]
fn each_end_of_a_oneshot_sees_that_the_other_is_gone() {
    model(|| {
        let (mut sender, receiver) = oneshot::channel::<()>();
        let closing = thread::spawn(move || drop(receiver));
        // With one waker first, and then with another.
        if poll_once(pin!(sender.closed())).is_pending() {
            block_on(sender.closed());
        }
        assert!(sender.send(()).is_err());
        closing.join().unwrap();
    });
    model(|| {
        let (sender, receiver) = oneshot::channel::<()>();
        let dropping = thread::spawn(move || drop(sender));
        assert!(block_on(receiver).is_err());
        dropping.join().unwrap();
    });
}

#[test]
fn a_oneshot_closed_meanwhile_gives_the_value_to_one_end() {
    model(|| {
        let (sender, mut receiver) = oneshot::channel();
        let sending = thread::spawn(move || sender.send(Box::new(1)));
        receiver.close();
        let received = receiver.try_recv();
        assert!(sending.join().unwrap().is_ok() == received.is_ok());
    });
}

#[test]
fn a_waiting_sender_gets_the_slot_of_a_received_value() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(Box::new(1)).unwrap();
        let sending = thread::spawn(move || block_on(sender.send(Box::new(2))).unwrap());
        assert_eq!(*block_on(receiver.recv()).unwrap(), 1);
        assert_eq!(*block_on(receiver.recv()).unwrap(), 2);
        assert!(block_on(receiver.recv()).is_none());
        sending.join().unwrap();
    });
}

/// The receiver takes only one value: one of the two sides must see the free slot.
#[test]
fn a_slot_that_becomes_free_is_not_overlooked() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(1).unwrap();
        let receiving = thread::spawn(move || {
            assert_eq!(receiver.try_recv(), Ok(1));
            receiver
        });
        drop(block_on(sender.reserve()).unwrap());
        drop(receiving.join().unwrap());
    });
}

#[test]
fn two_senders_get_their_slots_in_turn() {
    model_of_three(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        let sending = thread::spawn({
            let sender = sender.clone();
            move || block_on(sender.send(1)).unwrap()
        });
        let other = thread::spawn(move || block_on(sender.send(1)).unwrap());
        let mut received = 0;
        while let Some(n) = block_on(receiver.recv()) {
            received += n;
        }
        assert_eq!(received, 2);
        sending.join().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn a_channel_that_is_closed_wakes_its_senders_and_ends() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(1).unwrap();
        let sending = thread::spawn(move || {
            let sent = block_on(sender.send(2)).is_ok();
            block_on(sender.closed());
            sent
        });
        receiver.close();
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), None);
        assert!(!sending.join().unwrap());
    });
}

#[test]
fn a_slot_given_back_to_a_closed_channel_ends_it() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel::<()>(1);
        let slot = sender.try_reserve_owned().unwrap();
        let releasing = thread::spawn(move || {
            let _sender = slot.release();
        });
        receiver.close();
        assert_eq!(block_on(receiver.recv()), None);
        releasing.join().unwrap();
    });
}

#[test]
fn the_last_sender_ends_an_unbounded_channel() {
    model(|| {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let weak = sender.downgrade();
        let sending = thread::spawn(move || sender.send(Box::new(1)).unwrap());
        let upgraded = weak.upgrade();
        assert_eq!(*block_on(receiver.recv()).unwrap(), 1);
        drop(upgraded);
        assert!(block_on(receiver.recv()).is_none());
        assert!(weak.upgrade().is_none());
        sending.join().unwrap();
    });
}

#[test]
fn a_watcher_sees_the_last_value() {
    model(|| {
        let (sender, mut receiver) = watch::channel(0);
        let sending = thread::spawn(move || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        });
        assert_eq!(*block_on(receiver.wait_for(|n| *n == 2)).unwrap(), 2);
        assert!(block_on(receiver.changed()).is_err());
        sending.join().unwrap();
    });
}

#[test]
fn a_watch_sender_sees_that_the_receiver_is_gone() {
    model(|| {
        let (sender, receiver) = watch::channel(0);
        let dropping = thread::spawn(move || drop(receiver));
        block_on(sender.closed());
        dropping.join().unwrap();
    });
}

#[test]
fn a_broadcast_reaches_all() {
    model(|| {
        let (sender, mut receiver) = broadcast::channel::<Box<i32>>(2);
        let mut other = sender.subscribe();
        let receiving = thread::spawn(move || {
            assert_eq!(*block_on(other.recv()).unwrap(), 1);
            assert!(block_on(other.recv()).is_err());
        });
        sender.send(Box::new(1)).unwrap();
        drop(sender);
        assert_eq!(*block_on(receiver.recv()).unwrap(), 1);
        assert!(block_on(receiver.recv()).is_err());
        receiving.join().unwrap();
    });
}

#[test]
fn a_lagging_receiver_gets_the_number_of_missed_values() {
    model(|| {
        let (sender, mut receiver) = broadcast::channel(1);
        let sending = thread::spawn(move || {
            sender.send(0).unwrap();
            sender.send(1).unwrap();
        });
        let mut next = 0;
        loop {
            match block_on(receiver.recv()) {
                Ok(n) => {
                    assert_eq!(n, next);
                    next += 1;
                }
                Err(broadcast::error::RecvError::Lagged(lost)) => next += lost,
                Err(broadcast::error::RecvError::Closed) => break,
            }
        }
        assert_eq!(next, 2);
        sending.join().unwrap();
    });
}
