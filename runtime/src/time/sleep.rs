//! `Sleep`: a future that becomes ready at its deadline.

use super::instant::Instant;
use crate::budget::poll_proceed;
use crate::poller::Driver;
use crate::runtime::context;
use crate::timers::{Armed, Entry, TimerShard, late};
use crate::waking::GuardedWaker;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Waits until `duration` has passed.
///
/// The resolution is that of the system's clock, not a millisecond: an idle runtime wakes tens of
/// microseconds after the deadline, or half a millisecond if more than ten thousand sleeps end in a
/// second. It never wakes early. The clock is monotonic. The wait also takes its full time if the
/// runtime has shut down, or does so in the meantime.
///
/// # Panics
///
/// The future panics when it is polled outside a runtime.
///
/// # Cancellation safety
///
/// Dropping the future disarms the timer.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant, sleep};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let start = Instant::now();
/// sleep(Duration::from_millis(5)).await;
/// assert!(start.elapsed() >= Duration::from_millis(5));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[inline]
pub fn sleep(duration: Duration) -> Sleep {
    // No clock reading at the first poll: the deadline is in the future, unless the duration is
    // zero or the first poll is late, in which case the timer fires at once. A test that moves the
    // clock expects a poll to show it.
    let ask_clock = duration.is_zero() || is_under_test();
    Sleep::new(Instant::now().after(duration), ask_clock)
}

/// Whether a test may have moved the clock.
fn is_under_test() -> bool {
    #[cfg(feature = "test-util")]
    return crate::timers::Clock::was_any_paused();
    #[cfg(not(feature = "test-util"))]
    false
}

/// Waits until `deadline`. If it is in the past, the future is ready at once.
///
/// Otherwise the same as [`sleep`].
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant, sleep_until};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let deadline = Instant::now() + Duration::from_millis(1);
/// sleep_until(deadline).await;
/// assert!(Instant::now() >= deadline);
/// # });
/// # std::io::Result::Ok(())
/// ```
#[inline]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::new(deadline, true)
}

pin_project! {
    /// A future that becomes ready at its deadline; see [`sleep`].
    ///
    /// Nothing is shared with other threads before the first poll, so a timeout that is never
    /// waited for costs next to nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Sleep, sleep};
    /// use std::pin::Pin;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// // Boxed, so that it can be kept in a struct and moved later.
    /// let mut idle: Pin<Box<Sleep>> = Box::pin(sleep(Duration::from_millis(1)));
    /// idle.as_mut().await;
    /// assert!(idle.is_elapsed());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Sleep {
        deadline: Instant,
        // The deadline was given as an instant and may be in the past, or it was moved and the
        // entry may still have the old one.
        ask_clock: bool,
        // The deadline was moved to an earlier time since the last poll, perhaps to one in the
        // past, while the entry is still linked.
        moved_up: bool,
        // The shard that the entry is linked in, if it is.
        shard: Option<Arc<TimerShard>>,
        #[pin]
        entry: Entry,
    }

    impl PinnedDrop for Sleep {
        fn drop(this: Pin<&mut Self>) {
            drop(this.disarm());
        }
    }
}

impl Sleep {
    #[inline]
    fn new(deadline: Instant, ask_clock: bool) -> Self {
        Self {
            deadline,
            ask_clock,
            moved_up: false,
            shard: None,
            entry: Entry::new(),
        }
    }

    /// Returns the deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, sleep_until};
    ///
    /// let deadline = Instant::now() + Duration::from_secs(1);
    /// assert_eq!(sleep_until(deadline).deadline(), deadline);
    /// ```
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns whether the deadline has passed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, sleep};
    ///
    /// assert!(sleep(Duration::ZERO).is_elapsed());
    /// assert!(!sleep(Duration::from_secs(3600)).is_elapsed());
    /// ```
    pub fn is_elapsed(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Moves the deadline, without the cost of a new `Sleep`: moving it later is a single store. A
    /// sleep that has ended starts again when it is next polled; a task that waits for this one is
    /// woken at the new time, without another poll. If it is moved to now or to the past, it is
    /// ready at its next poll; but if its old deadline has passed as well, and the runtime has not
    /// noticed that yet, only as soon as it does.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, sleep};
    /// use std::pin::pin;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let start = Instant::now();
    /// let mut sleep = pin!(sleep(Duration::from_secs(3600)));
    /// sleep.as_mut().reset(start + Duration::from_millis(1));
    /// sleep.await;
    /// assert!(start.elapsed() < Duration::from_secs(60));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        let this = self.as_mut().project();
        let later = deadline >= *this.deadline;
        *this.deadline = deadline;
        *this.ask_clock = true;
        *this.moved_up |= !later;
        if later {
            // If the entry is linked, the shard sees the new deadline when it reaches the old one.
            self.entry.set_deadline(deadline.nanos());
        } else if self.entry.is_linked() {
            self.move_up();
        }
    }

    /// Moves the entry up, after the deadline of an armed sleep was moved to an earlier time.
    fn move_up(mut self: Pin<&mut Self>) {
        let this = self.as_mut().project();
        let (entry, deadline) = (this.entry.as_ref(), this.deadline.nanos());
        let moved = context::try_with_timer_shard(|home, driver| {
            let shard = this
                .shard
                .as_ref()
                .filter(|shard| Arc::ptr_eq(shard, home))?;
            // SAFETY: it is linked in no other shard.
            let moved = unsafe { shard.move_up(entry, deadline) };
            Some(moved.is_none_or(|armed| is_watched(shard, armed, driver)))
        });
        match moved {
            Some(Some(true)) => {}
            // The entry is in another thread's shard, which that thread may not check in time.
            Some(None) => {
                if let Some(waker) = self.as_mut().disarm() {
                    self.arm(waker);
                }
            }
            // Not in a runtime, or no thread serves the timer: the task must poll the sleep, which
            // arms it again.
            None | Some(Some(false)) => {
                if let Some(waker) = self.disarm() {
                    waker.wake();
                }
            }
        }
    }

    /// Like `is_elapsed`, for a sleep that is not armed; usually without reading the clock.
    fn has_ended(&self) -> bool {
        if self.ask_clock {
            self.is_elapsed()
        } else {
            self.entry.has_fired()
        }
    }

    /// Takes the entry out of its shard, if it is linked.
    fn disarm(self: Pin<&mut Self>) -> Option<GuardedWaker> {
        let this = self.project();
        let (shard, entry) = (this.shard.as_ref()?, this.entry.as_ref());
        if !entry.is_linked() {
            return None;
        }
        // SAFETY: it is linked in no other shard.
        unsafe { shard.disarm(entry) }
    }

    /// Arms the entry in the shard of the current thread. It must not be armed.
    fn arm(mut self: Pin<&mut Self>, waker: GuardedWaker) {
        let this = self.as_mut().project();
        let entry = this.entry.as_ref();
        entry.set_deadline(this.deadline.nanos());
        let is_watched = context::with_timer_shard(|home, driver| {
            let shard = match this.shard {
                Some(shard) if Arc::ptr_eq(shard, home) => shard,
                other => other.insert(home.clone()),
            };
            // SAFETY: not linked, by the contract of this function; `drop` disarms it.
            let armed = unsafe { shard.arm(entry, waker) };
            is_watched(shard, armed, driver)
        });
        if !is_watched {
            if let Some(waker) = self.disarm() {
                waker.wake();
            }
        }
    }
}

/// Ensures that some thread fires a timer that was armed or moved up. Returns `false` if none can;
/// the task must then be woken to try again.
fn is_watched(shard: &Arc<TimerShard>, armed: Armed, driver: Option<&Driver>) -> bool {
    match (armed, driver) {
        // The leader serves that shard, not this thread.
        (Armed::Earliest, Some(driver)) => driver.timer_moved_up(),
        (Armed::Late, _) => return late::ensure_served(shard),
        _ => {}
    }
    true
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let progress = ready!(poll_proceed(cx));
        let moved_up = std::mem::take(self.as_mut().project().moved_up);
        // After a move to a later time no clock is read: if that has passed, the entry is due by
        // the old deadline, and the shard fires it like any other.
        if self.entry.will_wake(cx.waker()) && !(moved_up && self.is_elapsed()) {
            return Poll::Pending;
        }
        let other = self.as_mut().disarm();
        if self.has_ended() {
            progress.made();
            return Poll::Ready(());
        }
        self.arm(cx.waker().into());
        // Outside any lock, since this may drop the last reference to another task.
        drop(other);
        Poll::Pending
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
