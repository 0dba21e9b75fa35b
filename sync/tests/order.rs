//! Order of arrival, and the effects of cancelled waits; polled by hand, without a runtime.

use heist::sync::broadcast::error::{RecvError, TryRecvError};
use heist::sync::{
    Mutex, Notify, RwLock, Semaphore, TryAcquireError, broadcast, mpsc, oneshot, watch,
};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wakes {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn poll_for<F: Future>(future: Pin<&mut F>, wakes: &Arc<Wakes>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(wakes.clone())))
}

#[test]
fn a_wait_for_many_permits_is_not_overtaken() {
    let semaphore = Semaphore::new(2);
    let first = semaphore.try_acquire().unwrap();
    let mut many = pin!(semaphore.acquire_many(2));
    assert!(poll(many.as_mut()).is_pending());
    // One permit is free, and reserved for the waiter.
    assert_eq!(
        semaphore.try_acquire().err(),
        Some(TryAcquireError::NoPermits)
    );
    let mut one = pin!(semaphore.acquire());
    assert!(poll(one.as_mut()).is_pending());
    drop(first);
    assert!(poll(one.as_mut()).is_pending());
    let Poll::Ready(Ok(permits)) = poll(many.as_mut()) else {
        panic!("it was his turn")
    };
    drop(permits);
    assert!(poll(one.as_mut()).is_ready());
}

#[test]
fn a_cancelled_wait_leaves_its_reserved_permits_to_the_next() {
    let semaphore = Semaphore::new(1);
    let wakes = Arc::new(Wakes::default());
    let mut many = Box::pin(semaphore.acquire_many(2));
    assert!(poll(many.as_mut()).is_pending());
    let mut one = pin!(semaphore.acquire());
    assert!(poll_for(one.as_mut(), &wakes).is_pending());
    drop(many);
    assert_eq!(wakes.count(), 1);
    assert!(poll(one.as_mut()).is_ready());
}

#[test]
fn an_addition_of_too_many_permits_changes_nothing() {
    let semaphore = Semaphore::new(0);
    let wakes = Arc::new(Wakes::default());
    let mut waiting = pin!(semaphore.acquire());
    assert!(poll_for(waiting.as_mut(), &wakes).is_pending());
    for n in [usize::MAX, Semaphore::MAX_PERMITS + 2] {
        catch_unwind(AssertUnwindSafe(|| semaphore.add_permits(n))).unwrap_err();
        assert!(poll_for(waiting.as_mut(), &wakes).is_pending());
    }
    semaphore.add_permits(1);
    assert_eq!(wakes.count(), 1);
    assert!(poll_for(waiting, &wakes).is_ready());
}

#[test]
fn a_reader_waits_behind_a_writer_that_came_before() {
    let lock = RwLock::new(0);
    let reading = lock.try_read().unwrap();
    let mut writer = pin!(lock.write());
    assert!(poll(writer.as_mut()).is_pending());
    let mut reader = pin!(lock.read());
    assert!(poll(reader.as_mut()).is_pending());
    drop(reading);
    assert!(poll(reader.as_mut()).is_pending());
    let Poll::Ready(mut writing) = poll(writer.as_mut()) else {
        panic!("it was his turn")
    };
    *writing = 1;
    // A downgrade admits the reader, and the value cannot change in between.
    let reading = heist::sync::RwLockWriteGuard::downgrade(writing);
    let Poll::Ready(other) = poll(reader.as_mut()) else {
        panic!("both read")
    };
    assert_eq!((*reading, *other), (1, 1));
}

#[test]
fn senders_get_slots_in_order_and_only_those_are_woken() {
    let (sender, mut receiver) = mpsc::channel(1);
    sender.try_send(0).unwrap();
    let (first_wakes, second_wakes) = (Arc::new(Wakes::default()), Arc::new(Wakes::default()));
    let mut first = Box::pin(sender.send(1));
    let mut second = pin!(sender.send(2));
    assert!(poll_for(first.as_mut(), &first_wakes).is_pending());
    assert!(poll_for(second.as_mut(), &second_wakes).is_pending());
    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!((first_wakes.count(), second_wakes.count()), (1, 0));
    assert_eq!(sender.capacity(), 0);
    // Woken and dropped: the slot is passed on, and the value is not sent.
    drop(first);
    assert_eq!(second_wakes.count(), 1);
    assert!(poll(second.as_mut()).is_ready());
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(sender.capacity(), 1);
}

#[test]
fn capacity_counts_what_was_received_one_by_one() {
    let (sender, mut receiver) = mpsc::channel(4);
    for n in 0..4 {
        sender.try_send(n).unwrap();
    }
    for n in 0..4 {
        assert_eq!(receiver.len(), 4 - n);
        assert_eq!(receiver.try_recv(), Ok(n));
        assert_eq!(sender.capacity(), n + 1);
    }
    // Taking a value moves all queued values to the receiver's side; the limit is as strict.
    for n in 0..4 {
        sender.try_send(n).unwrap();
    }
    receiver.try_recv().unwrap();
    sender.try_send(4).unwrap();
    assert!(sender.try_send(5).is_err());
}

#[test]
fn a_waker_may_use_what_wakes_it() {
    struct Again(Arc<Notify>, Arc<Semaphore>, mpsc::Sender<u32>);
    impl Wake for Again {
        fn wake(self: Arc<Self>) {
            self.0.notify_one();
            self.0.notify_waiters();
            self.1.add_permits(1);
            let _ = self.2.try_send(1);
        }
    }
    let notify = Arc::new(Notify::new());
    let semaphore = Arc::new(Semaphore::new(0));
    let (sender, mut receiver) = mpsc::channel(2);
    let again = Arc::new(Again(notify.clone(), semaphore.clone(), sender.clone()));
    let waker = Waker::from(again);
    let mut cx = Context::from_waker(&waker);

    let mut notified = pin!(notify.notified());
    assert!(notified.as_mut().poll(&mut cx).is_pending());
    notify.notify_one();

    let mut acquiring = pin!(semaphore.acquire_many(5));
    assert!(acquiring.as_mut().poll(&mut cx).is_pending());
    semaphore.add_permits(5);

    while receiver.try_recv().is_ok() {}
    assert!(receiver.poll_recv(&mut cx).is_pending());
    sender.try_send(2).unwrap();
    assert_eq!(receiver.len(), 2);
}

#[test]
fn a_waker_that_panics_does_not_prevent_other_wake_ups() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in a waker of the test");
        }
    }
    let bad = Waker::from(Arc::new(Panics));
    let wakes = Arc::new(Wakes::default());

    let notify = Notify::new();
    let (mut one, mut two) = (pin!(notify.notified()), pin!(notify.notified()));
    assert!(
        one.as_mut()
            .poll(&mut Context::from_waker(&bad))
            .is_pending()
    );
    assert!(poll_for(two.as_mut(), &wakes).is_pending());
    notify.notify_waiters();
    assert_eq!(wakes.count(), 1);

    let semaphore = Semaphore::new(0);
    let (mut one, mut two) = (pin!(semaphore.acquire()), pin!(semaphore.acquire()));
    assert!(
        one.as_mut()
            .poll(&mut Context::from_waker(&bad))
            .is_pending()
    );
    assert!(poll_for(two.as_mut(), &wakes).is_pending());
    semaphore.add_permits(2);
    assert_eq!(wakes.count(), 2);

    let (sender, receiver) = watch::channel(0);
    let (mut one, mut two) = (receiver.clone(), receiver);
    let (mut one, mut two) = (pin!(one.changed()), pin!(two.changed()));
    assert!(
        one.as_mut()
            .poll(&mut Context::from_waker(&bad))
            .is_pending()
    );
    assert!(poll_for(two.as_mut(), &wakes).is_pending());
    sender.send(1).unwrap();
    assert_eq!(wakes.count(), 3);

    let (sender, mut receiver) = oneshot::channel();
    let mut polled = Pin::new(&mut receiver);
    assert!(
        polled
            .as_mut()
            .poll(&mut Context::from_waker(&bad))
            .is_pending()
    );
    sender.send(1).unwrap();
    assert_eq!(poll(polled), Poll::Ready(Ok(1)));
}

/// A value whose drop panics, if it is told to; and counts.
struct Dropped(Arc<AtomicUsize>, bool);

impl Clone for Dropped {
    fn clone(&self) -> Self {
        unreachable!("no value is received twice");
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        assert!(!self.1, "a drop that panics");
    }
}

#[test]
fn a_value_whose_drop_panics_keeps_no_other_in_the_channel() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let value = |panics| Dropped(dropped.clone(), panics);
    let dropped_by = |end: &mut dyn FnMut()| {
        dropped.store(0, Ordering::SeqCst);
        catch_unwind(AssertUnwindSafe(end)).unwrap_err();
        dropped.load(Ordering::SeqCst)
    };

    let (sender, mut receiver) = mpsc::unbounded_channel();
    assert!(sender.send(value(false)).is_ok() && sender.send(value(true)).is_ok());
    drop(receiver.try_recv());
    // Sent after the receiver has taken the others out of the queue.
    assert!(sender.send(value(false)).is_ok());
    let mut receiver = Some(receiver);
    assert_eq!(dropped_by(&mut || drop(receiver.take())), 2);

    let (sender, receiver) = broadcast::channel(4);
    for panics in [true, false, false] {
        assert!(sender.send(value(panics)).is_ok());
    }
    let mut receiver = Some(receiver);
    assert_eq!(dropped_by(&mut || drop(receiver.take())), 3);
}

#[test]
fn a_lock_is_handed_over_by_a_guard_of_a_part() {
    let pair = Arc::new(Mutex::new((1, String::from("one"))));
    let guard = pair.clone().try_lock_owned().unwrap();
    let mut text = heist::sync::OwnedMutexGuard::map(guard, |pair| &mut pair.1);
    let mut waiting = pin!(pair.lock());
    assert!(poll(waiting.as_mut()).is_pending());
    text.push('!');
    drop(text);
    let Poll::Ready(pair) = poll(waiting.as_mut()) else {
        panic!("it was his turn")
    };
    assert_eq!(pair.1, "one!");
}

/// A value whose clone waits for the barrier.
struct SlowToClone(Arc<Barrier>);

impl Clone for SlowToClone {
    fn clone(&self) -> Self {
        self.0.wait();
        self.0.wait();
        Self(self.0.clone())
    }
}

#[test]
fn the_end_of_a_broadcast_is_received_while_another_receiver_clones() {
    let barrier = Arc::new(Barrier::new(2));
    let (sender, mut slow) = broadcast::channel(1);
    assert!(sender.send(SlowToClone(barrier.clone())).is_ok());
    let mut waiting = sender.subscribe();
    let receiving = {
        let mut end = pin!(waiting.recv());
        assert!(poll(end.as_mut()).is_pending());
        let receiving = thread::spawn(move || slow.try_recv().is_ok());
        // From here on the value, in the only slot, is being cloned.
        barrier.wait();
        drop(sender);
        let ended = poll(end).map(Result::err);
        assert_eq!(ended, Poll::Ready(Some(RecvError::Closed)));
        receiving
    };
    let mut again = waiting.resubscribe();
    drop(waiting);
    barrier.wait();
    assert!(receiving.join().unwrap());
    assert_eq!(again.try_recv().err(), Some(TryRecvError::Closed));
}
