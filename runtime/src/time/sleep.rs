//! `Sleep`: a future that is ready at its deadline.

use super::clock;
use super::shard::TimerKey;
use crate::runtime::context;
use crate::scheduler::Shared;
use crate::task::poll_proceed;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

/// Waits until `duration` has passed.
///
/// Resolution is that of the system's clock, not a millisecond: an idle runtime
/// wakes tens of microseconds after the deadline. Never early. The clock is
/// monotonic.
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
/// use std::time::{Duration, Instant};
///
/// # heist_runtime::Runtime::new()?.block_on(async {
/// let start = Instant::now();
/// heist_runtime::time::sleep(Duration::from_millis(5)).await;
/// assert!(start.elapsed() >= Duration::from_millis(5));
/// # });
/// # std::io::Result::Ok(())
/// ```
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(clock::after(Instant::now(), duration))
}

/// Waits until `deadline`. One in the past is ready at once.
///
/// As [`sleep`] in everything else.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep {
        deadline,
        armed: None,
        pinned: PhantomPinned,
    }
}

pin_project! {
    /// A future that is ready at its deadline; see [`sleep`].
    ///
    /// Nothing is shared with other threads before it is first polled, so a timeout
    /// that is never waited for costs next to nothing.
    #[must_use = "futures do nothing unless polled"]
    pub struct Sleep {
        deadline: Instant,
        armed: Option<ArmedTimer>,
        // So that a timer may one day be linked in place without breaking users.
        #[pin]
        pinned: PhantomPinned,
    }

    impl PinnedDrop for Sleep {
        fn drop(this: Pin<&mut Self>) {
            disarm(this.project().armed);
        }
    }
}

struct ArmedTimer {
    runtime: Arc<Shared>,
    /// The worker whose shard holds the timer; `None`: no worker's.
    worker: Option<usize>,
    key: TimerKey,
}

impl Sleep {
    /// When the sleep ends.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the deadline has passed.
    pub fn is_elapsed(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Moves the deadline, without the cost of a new `Sleep`. A sleep that has
    /// ended starts again. The next poll takes note.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{pin::pin, time::{Duration, Instant}};
    ///
    /// # heist_runtime::Runtime::new()?.block_on(async {
    /// let start = Instant::now();
    /// let mut sleep = pin!(heist_runtime::time::sleep(Duration::from_secs(3600)));
    /// sleep.as_mut().reset(start + Duration::from_millis(1));
    /// sleep.await;
    /// assert!(start.elapsed() < Duration::from_secs(60));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        let this = self.project();
        disarm(this.armed);
        *this.deadline = deadline;
    }
}

fn disarm(armed: &mut Option<ArmedTimer>) {
    if let Some(timer) = armed.take() {
        timer.runtime.timers(timer.worker).disarm(timer.key);
    }
}

/// Arms the timer in the shard of the thread that polls it.
fn arm(deadline: Instant, waker: &Waker) -> ArmedTimer {
    let (runtime, worker) = context::timer_home();
    let (key, earliest) = runtime.timers(worker).arm(deadline, waker.clone());
    if earliest && worker.is_none() {
        // Not this thread but the leader watches that shard.
        runtime.driver.timer_moved_up();
    }
    ArmedTimer {
        runtime,
        worker,
        key,
    }
}

impl ArmedTimer {
    /// `false`: it has fired already.
    fn set_waker(&self, waker: &Waker) -> bool {
        self.runtime.timers(self.worker).set_waker(self.key, waker)
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let progress = ready!(poll_proceed(cx));
        let this = self.project();
        if Instant::now() >= *this.deadline {
            disarm(this.armed);
            progress.made();
            return Poll::Ready(());
        }
        let waits = this
            .armed
            .as_ref()
            .is_some_and(|timer| timer.set_waker(cx.waker()));
        if !waits {
            *this.armed = Some(arm(*this.deadline, cx.waker()));
        }
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
