//! `DelayQueue`: many values, each of which becomes available at its time.
//!
//! The values are in a slab, their deadlines in an ordered set, and one timer is armed for the
//! first. Invariant: the set has one entry for each value. The queue is accessed only by its owner,
//! through `&mut`.

use super::instant::Instant;
use super::sleep::{Sleep, sleep_until};
use crate::budget::poll_proceed;
use crate::waking::GuardedWaker;
use futures_core::Stream;
use slab::Slab;
use std::collections::BTreeSet;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A queue of values that are returned one after the other, each when its time has come.
///
/// For expiring sessions, retries and the like: one timer serves all of them. The names are those
/// of `tokio_util::time`. The queue is a stream of [`Expired`] values, which ends while the queue
/// is empty and continues when a value is inserted.
///
/// # Examples
///
/// Sessions that end after a period of inactivity:
///
/// ```
/// use heist::time::{DelayQueue, Duration};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut sessions = DelayQueue::new();
/// let busy = sessions.insert("busy", Duration::from_millis(2));
/// sessions.insert("idle", Duration::from_millis(4));
///
/// // There was activity.
/// sessions.reset(&busy, Duration::from_millis(6));
///
/// let mut ended = Vec::new();
/// while let Some(expired) = sessions.next_expired().await {
///     ended.push(expired.into_inner());
/// }
/// assert_eq!(ended, ["idle", "busy"]);
/// # });
/// # std::io::Result::Ok(())
/// ```
pub struct DelayQueue<T> {
    values: Slab<Entry<T>>,
    /// When each value is due. Values due at the same time are in the order in which they were
    /// inserted or reset.
    order: BTreeSet<Due>,
    /// Armed for the first value, if a task has waited for it.
    timer: Option<Pin<Box<Sleep>>>,
    /// The waiting task, to be woken when the first deadline changes.
    waiting: Option<GuardedWaker>,
    /// Number of insertions and resets.
    next: u64,
}

struct Entry<T> {
    value: T,
    due: Due,
    /// Distinguishes this value's key from those of other values that had the same place.
    identity: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Instant,
    turn: u64,
    place: usize,
}

/// Identifies a value in a [`DelayQueue`]. After the value has left the queue, its key is never
/// reused.
///
/// # Examples
///
/// See [`DelayQueue::try_remove`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    place: usize,
    identity: u64,
}

/// A value whose time has come, or that was removed from its [`DelayQueue`].
///
/// # Examples
///
/// See [`DelayQueue`].
#[derive(Debug)]
pub struct Expired<T> {
    value: T,
    deadline: Instant,
    key: Key,
}

impl<T> DelayQueue<T> {
    /// Creates an empty queue.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// Creates an empty queue with room for `capacity` values.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            values: Slab::with_capacity(capacity),
            order: BTreeSet::new(),
            timer: None,
            waiting: None,
            next: 0,
        }
    }

    /// Inserts a value that is due after `timeout`.
    pub fn insert(&mut self, value: T, timeout: Duration) -> Key {
        self.insert_at(value, Instant::now().after(timeout))
    }

    /// Inserts a value that is due at `when`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{DelayQueue, Instant};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut queue = DelayQueue::new();
    /// queue.insert_at("at once", Instant::now());
    /// assert_eq!(queue.next_expired().await.unwrap().into_inner(), "at once");
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn insert_at(&mut self, value: T, when: Instant) -> Key {
        let vacant = self.values.vacant_entry();
        let (place, identity) = (vacant.key(), self.next);
        let due = Due {
            at: when,
            turn: identity,
            place,
        };
        vacant.insert(Entry {
            value,
            due,
            identity,
        });
        self.enter(due);
        Key { place, identity }
    }

    /// Makes a value due after `timeout` from now.
    ///
    /// # Panics
    ///
    /// Panics if the value has left the queue.
    #[track_caller]
    pub fn reset(&mut self, key: &Key, timeout: Duration) {
        self.reset_at(key, Instant::now().after(timeout));
    }

    /// Makes a value due at `when`.
    ///
    /// # Panics
    ///
    /// Panics if the value has left the queue.
    ///
    /// # Examples
    ///
    /// See [`reset`](Self::reset).
    #[track_caller]
    pub fn reset_at(&mut self, key: &Key, when: Instant) {
        assert!(self.contains(key), "{GONE}");
        let turn = self.next;
        let entry = &mut self.values[key.place];
        self.order.remove(&entry.due);
        entry.due = Due {
            at: when,
            turn,
            place: key.place,
        };
        let due = entry.due;
        self.enter(due);
    }

    /// Removes a value before its time.
    ///
    /// # Panics
    ///
    /// Panics if the value has left the queue.
    ///
    /// # Examples
    ///
    /// See [`try_remove`](Self::try_remove).
    #[track_caller]
    pub fn remove(&mut self, key: &Key) -> Expired<T> {
        self.try_remove(key).expect(GONE)
    }

    /// Removes a value before its time, if it is in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert(7, Duration::from_secs(60));
    /// assert_eq!(queue.try_remove(&key).unwrap().into_inner(), 7);
    /// assert!(queue.try_remove(&key).is_none());
    /// ```
    pub fn try_remove(&mut self, key: &Key) -> Option<Expired<T>> {
        self.contains(key).then(|| self.take(key.place))
    }

    /// Returns whether the value is still in the queue.
    pub fn contains(&self, key: &Key) -> bool {
        let entry = self.values.get(key.place);
        entry.is_some_and(|entry| entry.identity == key.identity)
    }

    /// Returns when a value is due.
    ///
    /// # Panics
    ///
    /// Panics if the value has left the queue.
    #[track_caller]
    pub fn deadline(&self, key: &Key) -> Instant {
        assert!(self.contains(key), "{GONE}");
        self.values[key.place].due.at
    }

    /// Returns the key of the value that is due next.
    pub fn peek(&self) -> Option<Key> {
        let place = self.order.first()?.place;
        let identity = self.values[place].identity;
        Some(Key { place, identity })
    }

    /// Waits for the next value whose time has come. Returns `None` if the queue is empty.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime, if it has to wait.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no value is lost.
    pub async fn next_expired(&mut self) -> Option<Expired<T>> {
        poll_fn(|cx| self.poll_expired(cx)).await
    }

    /// Polls for the next value whose time has come; see [`next_expired`](Self::next_expired).
    ///
    /// # Panics
    ///
    /// The same as [`next_expired`](Self::next_expired).
    pub fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Option<Expired<T>>> {
        let Some(&due) = self.order.first() else {
            return Poll::Ready(None);
        };
        let progress = ready!(poll_proceed(cx));
        if due.at > Instant::now() {
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(due.at)));
            if timer.deadline() != due.at {
                timer.as_mut().reset(due.at);
            }
            if timer.as_mut().poll(cx).is_pending() {
                self.waiting = Some(cx.waker().into());
                return Poll::Pending;
            }
        }
        progress.made();
        self.waiting = None;
        Poll::Ready(Some(self.take(due.place)))
    }

    /// Drops all values.
    pub fn clear(&mut self) {
        self.order.clear();
        self.timer = None;
        self.wake();
        self.values.clear();
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether the queue is empty.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn enter(&mut self, due: Due) {
        self.next += 1;
        self.order.insert(due);
        if self.order.first() == Some(&due) {
            self.wake();
        }
    }

    fn take(&mut self, place: usize) -> Expired<T> {
        let entry = self.values.remove(place);
        self.order.remove(&entry.due);
        if self.order.is_empty() {
            self.wake();
        }
        Expired {
            value: entry.value,
            deadline: entry.due.at,
            key: Key {
                place,
                identity: entry.identity,
            },
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

const GONE: &str = "the value has left the queue";

impl<T> Expired<T> {
    /// Returns the value.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// Returns the value.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns when the value was due.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns the key that the value had.
    pub fn key(&self) -> Key {
        self.key
    }
}

/// Values are never pinned.
impl<T> Unpin for DelayQueue<T> {}

impl<T> Default for DelayQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Stream for DelayQueue<T> {
    type Item = Expired<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Expired<T>>> {
        self.get_mut().poll_expired(cx)
    }
}

impl<T> fmt::Debug for DelayQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelayQueue")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
