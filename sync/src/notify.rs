//! Notifying tasks of an event. Any thread.
//!
//! The state is one word: two bits for whether a permit is stored or tasks wait, and above them the
//! number of calls of `notify_waiters`. [`WAITING`] is set if and only if the list is not empty. It
//! and the count change only under the lock of the list; the permit may change without the lock
//! while no task waits. All changes are AcqRel: a notified task sees everything before the
//! notification.

use crate::primitives::atomic::{AtomicUsize, Ordering};
use crate::primitives::{Mutex, MutexGuard, const_fn};
use crate::waiters::{WaitList, Waiter};
use crate::wake::Wakes;
use heist_runtime::waking::GuardedWaker;
use pin_project_lite::pin_project;
use std::future::Future;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const KIND: usize = 3;
/// Nothing is stored, and no task waits.
const EMPTY: usize = 0;
const WAITING: usize = 1;
/// A permit is stored.
const PERMIT: usize = 2;
/// One call of `notify_waiters`.
const CALL: usize = 4;

// The values of a waiter.
const UNNOTIFIED: usize = 0;
/// Notified by `notify_one`: passed on if the future is dropped before it has seen it.
const BY_ONE: usize = 1;
/// Notified by `notify_last`: passed on likewise.
const BY_LAST: usize = 2;
const BY_ALL: usize = 3;

/// Notifies one task or all that something has happened.
///
/// It holds no data: it only says when to check data elsewhere. A call of [`notify_one`] that finds
/// no waiting task is remembered for the next one, but not more than one call. Works under any
/// executor.
///
/// [`notify_one`]: Self::notify_one
///
/// # Examples
///
/// ```
/// use heist::sync::Notify;
/// use std::sync::Arc;
///
/// # #[heist::main]
/// # async fn main() {
/// let ready = Arc::new(Notify::new());
/// let task = heist::spawn({
///     let ready = ready.clone();
///     async move { ready.notified().await }
/// });
/// ready.notify_one(); // lasts until the task comes to wait
/// task.await.unwrap();
/// # }
/// ```
#[derive(Debug)]
pub struct Notify {
    state: AtomicUsize,
    waiters: Mutex<WaitList>,
}

impl UnwindSafe for Notify {}
impl RefUnwindSafe for Notify {}

impl Default for Notify {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Clone, Copy)]
enum Order {
    First,
    Last,
}

impl Notify {
    /// Creates one without a stored permit.
    pub fn new() -> Self {
        Self {
            state: AtomicUsize::new(EMPTY),
            waiters: Mutex::new(WaitList::new()),
        }
    }

    const_fn! {
        /// Like [`new`](Self::new), but usable in constants.
        pub const fn const_new() -> Self {
            Self { state: AtomicUsize::new(EMPTY), waiters: Mutex::new(WaitList::new()) }
        }
    }

    /// Waits for a notification.
    ///
    /// The future receives notifications of [`notify_waiters`](Self::notify_waiters) from now on,
    /// and those of [`notify_one`](Self::notify_one) from its first poll or from
    /// [`enable`](Notified::enable) on.
    ///
    /// # Cancel safety
    ///
    /// If dropped, the future gives up its place in the queue; a notification of
    /// [`notify_one`](Self::notify_one) that it has received and not seen goes to the next.
    pub fn notified(&self) -> Notified<'_> {
        Notified {
            listener: Listener::new(self),
        }
    }

    /// Like [`notified`](Self::notified), with a future that borrows nothing.
    ///
    /// # Cancel safety
    ///
    /// The same as for [`notified`](Self::notified).
    pub fn notified_owned(self: Arc<Self>) -> OwnedNotified {
        OwnedNotified {
            listener: Listener::new(self),
        }
    }

    /// Notifies the task that has waited longest. If none waits, a permit is stored for the next to
    /// wait; at most one is stored.
    pub fn notify_one(&self) {
        self.notify(Order::First);
    }

    /// Like [`notify_one`](Self::notify_one), but notifies the task that started to wait last.
    pub fn notify_last(&self) {
        self.notify(Order::Last);
    }

    /// Notifies all futures created so far, polled or not, and none created later.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Notify;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// let notify = Notify::new();
    /// let (one, two) = (notify.notified(), notify.notified());
    /// notify.notify_waiters();
    /// one.await;
    /// two.await;
    /// # }
    /// ```
    pub fn notify_waiters(&self) {
        let mut wakes = Wakes::default();
        let mut waiters = self.waiters.lock();
        if waiters.is_empty() {
            self.state.fetch_add(CALL, Ordering::AcqRel);
            return;
        }
        // While tasks wait, the state changes only under the lock.
        let state = self.state.load(Ordering::Acquire);
        self.state
            .swap((state & !KIND | EMPTY).wrapping_add(CALL), Ordering::AcqRel);
        while let Some(waker) = waiters.pop_front(BY_ALL) {
            wakes.push(waker);
        }
        drop(waiters);
        wakes.wake();
    }

    fn notify(&self, order: Order) {
        // Even if a permit is stored already: the task that takes it must see what happened before
        // this call.
        let store = |state| (state & KIND != WAITING).then_some(state & !KIND | PERMIT);
        if self.update(store).is_err() {
            self.notify_locked(self.waiters.lock(), order);
        }
    }

    /// Changes the state by `next`, and returns the one before; unless `next` returns `None`.
    #[inline]
    fn update(&self, next: impl FnMut(usize) -> Option<usize>) -> Result<usize, usize> {
        let (set, fetch) = (Ordering::AcqRel, Ordering::Acquire);
        self.state.fetch_update(set, fetch, next)
    }

    fn notify_locked(&self, mut waiters: MutexGuard<'_, WaitList>, order: Order) {
        let ended = match order {
            Order::First => waiters.pop_front(BY_ONE),
            Order::Last => waiters.pop_back(BY_LAST),
        };
        match ended {
            Some(waker) => {
                self.clear_waiting(&waiters);
                drop(waiters);
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
            // No task waits any more.
            None => _ = self.update(|state| Some(state & !KIND | PERMIT)),
        }
    }

    /// Clears `WAITING` if the list is empty, after a waiter has left it.
    fn clear_waiting(&self, waiters: &WaitList) {
        let state = self.state.load(Ordering::Acquire);
        if waiters.is_empty() && state & KIND == WAITING {
            // While `WAITING` is set, the state changes only under the lock.
            self.state.swap(state & !KIND | EMPTY, Ordering::AcqRel);
        }
    }

    /// Returns the number of calls of `notify_waiters`, shifted.
    fn calls(&self) -> usize {
        self.state.load(Ordering::Acquire) & !KIND
    }

    /// Takes the stored permit if there is one.
    fn take_permit(&self) -> bool {
        let take = |state| (state & KIND == PERMIT).then_some(state & !KIND | EMPTY);
        self.update(take).is_ok()
    }

    /// Queues the waiter, unless it has been notified or a permit is stored.
    fn poll_first(&self, waiter: Pin<&Waiter>, calls: usize, waker: Option<&Waker>) -> Poll<()> {
        if self.calls() != calls || self.take_permit() {
            return Poll::Ready(());
        }
        let waker = waker.map(GuardedWaker::from);
        let mut waiters = self.waiters.lock();
        let changed = self.update(|state| match state & KIND {
            _ if state & !KIND != calls => None,
            PERMIT => Some(state & !KIND | EMPTY),
            _ => Some(state & !KIND | WAITING),
        });
        match changed {
            Ok(before) if before & KIND != PERMIT => {}
            // It has taken the permit, or `notify_waiters` was called.
            Ok(_) | Err(_) => return Poll::Ready(()),
        }
        // SAFETY: the waiter was never linked, and `Listener` unlinks it when dropped.
        unsafe { waiters.push_back(waiter, waker) };
        Poll::Pending
    }

    fn poll_again(&self, waiter: Pin<&Waiter>, waker: Option<&Waker>) -> Poll<()> {
        let mut cloned: Option<GuardedWaker> = None;
        loop {
            if waiter.value() != UNNOTIFIED {
                return Poll::Ready(());
            }
            let Some(waker) = waker else {
                return Poll::Pending;
            };
            let mut waiters = self.waiters.lock();
            // SAFETY: the waiter is in no other list, and `Listener` unlinks it when dropped.
            unsafe {
                if !waiters.contains(waiter) {
                    return Poll::Ready(());
                }
                if waiters.will_wake(waiter, waker) {
                    return Poll::Pending;
                }
                // Wakers are cloned and dropped outside the lock.
                if let Some(cloned) = cloned.take() {
                    let old = waiters.replace_waker(waiter, cloned);
                    drop(waiters);
                    drop(old);
                    return Poll::Pending;
                }
            }
            drop(waiters);
            cloned = Some(waker.into());
        }
    }

    /// Gives up a wait, and passes on a notification for one task that it has received.
    fn cancel(&self, waiter: Pin<&Waiter>) {
        let mut waiters = self.waiters.lock();
        // SAFETY: the waiter is in no other list.
        let waker = unsafe { waiters.remove(waiter) };
        match waiter.value() {
            BY_ONE => self.notify_locked(waiters, Order::First),
            BY_LAST => self.notify_locked(waiters, Order::Last),
            _ => {
                self.clear_waiting(&waiters);
                drop(waiters);
            }
        }
        drop(waker);
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Not polled yet.
    New,
    Queued,
    Done,
}

pin_project! {
    /// The common part of [`Notified`] and [`OwnedNotified`].
    #[derive(Debug)]
    struct Listener<N: Deref<Target = Notify>> {
        notify: N,
        stage: Stage,
        calls: usize,
        #[pin]
        waiter: Waiter,
    }

    impl<N: Deref<Target = Notify>> PinnedDrop for Listener<N> {
        fn drop(this: Pin<&mut Self>) {
            if this.stage == Stage::Queued {
                let this = this.project();
                this.notify.cancel(this.waiter.as_ref());
            }
        }
    }
}

impl<N: Deref<Target = Notify>> Listener<N> {
    fn new(notify: N) -> Self {
        let calls = notify.calls();
        Self {
            notify,
            stage: Stage::New,
            calls,
            waiter: Waiter::new(UNNOTIFIED),
        }
    }

    fn poll_notified(self: Pin<&mut Self>, waker: Option<&Waker>) -> Poll<()> {
        let this = self.project();
        let waiter = this.waiter.as_ref();
        let polled = match this.stage {
            Stage::New => this.notify.poll_first(waiter, *this.calls, waker),
            Stage::Queued => this.notify.poll_again(waiter, waker),
            Stage::Done => return Poll::Ready(()),
        };
        *this.stage = if polled.is_ready() {
            Stage::Done
        } else {
            Stage::Queued
        };
        polled
    }
}

pin_project! {
    /// The future of [`Notify::notified`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Notified<'a> {
        #[pin]
        listener: Listener<&'a Notify>,
    }
}

pin_project! {
    /// The future of [`Notify::notified_owned`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct OwnedNotified {
        #[pin]
        listener: Listener<Arc<Notify>>,
    }
}

impl Notified<'_> {
    /// Queues up as a poll would, without a waker: from now on the future receives notifications of
    /// [`notify_one`](Notify::notify_one) too. Returns whether it has been notified.
    ///
    /// # Examples
    ///
    /// A queue that loses no wake-up:
    ///
    /// ```
    /// use heist::sync::Notify;
    /// use std::sync::Mutex;
    ///
    /// struct Queue {
    ///     items: Mutex<Vec<u32>>,
    ///     pushed: Notify,
    /// }
    ///
    /// impl Queue {
    ///     async fn pop(&self) -> u32 {
    ///         loop {
    ///             let mut pushed = std::pin::pin!(self.pushed.notified());
    ///             pushed.as_mut().enable();
    ///             if let Some(item) = self.items.lock().unwrap().pop() {
    ///                 return item;
    ///             }
    ///             pushed.await;
    ///         }
    ///     }
    /// }
    /// # #[heist::main]
    /// # async fn main() {
    /// # let queue = Queue { items: Mutex::new(vec![1]), pushed: Notify::new() };
    /// # assert_eq!(queue.pop().await, 1);
    /// # }
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().listener.poll_notified(None).is_ready()
    }
}

impl OwnedNotified {
    /// Like [`Notified::enable`].
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().listener.poll_notified(None).is_ready()
    }
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().listener.poll_notified(Some(cx.waker()))
    }
}

impl Future for OwnedNotified {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().listener.poll_notified(Some(cx.waker()))
    }
}
