//! `interval`: periodic ticks.

use super::instant::Instant;
use super::sleep::{Sleep, sleep_until};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Creates an interval that ticks every `period`, the first time at once.
///
/// # Panics
///
/// Panics if `period` is zero. Ticking panics outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::time::interval;
/// use std::time::Duration;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut interval = interval(Duration::from_millis(2));
/// let first = interval.tick().await;
/// let second = interval.tick().await;
/// assert_eq!(second - first, Duration::from_millis(2));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// Creates an interval that ticks every `period`, the first time at `start`; see [`interval`].
///
/// # Panics
///
/// Panics if `period` is zero. Ticking panics outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant, interval_at};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let start = Instant::now() + Duration::from_millis(3);
/// let mut interval = interval_at(start, Duration::from_millis(2));
/// assert_eq!(interval.tick().await, start);
/// assert_eq!(interval.tick().await, start + Duration::from_millis(2));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(
        !period.is_zero(),
        "`period` of an interval must not be zero; a task that wants to run all the time can use `yield_now`"
    );
    Interval {
        sleep: Box::pin(sleep_until(start)),
        period,
        missed: MissedTickBehavior::default(),
    }
}

/// What an [`Interval`] does about missed ticks: those that are taken more than 5 ms late.
///
/// # Examples
///
/// One tick at 0, and the next is not taken before 2.5 s:
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// use heist::time::{Duration, Instant, MissedTickBehavior, advance, interval};
///
/// # let runtime = heist::runtime::Builder::new().start_paused(true).build()?;
/// # runtime.block_on(async {
/// let seconds = |n: f64| Duration::from_secs_f64(n);
/// for (behavior, ticks) in [
///     (MissedTickBehavior::Burst, [2.5, 2.5, 3.0, 4.0]), // due at 1, 2, 3, 4
///     (MissedTickBehavior::Delay, [2.5, 3.5, 4.5, 5.5]),
///     (MissedTickBehavior::Skip, [2.5, 3.0, 4.0, 5.0]),
/// ] {
///     let start = Instant::now();
///     let mut interval = interval(seconds(1.0));
///     interval.set_missed_tick_behavior(behavior);
///     interval.tick().await;
///     advance(seconds(2.5)).await;
///     for at in ticks {
///         interval.tick().await;
///         assert_eq!(start.elapsed(), seconds(at));
///     }
/// }
/// # });
/// # }
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MissedTickBehavior {
    /// Returns the missed ticks at once, one after the other, until the interval is on time again.
    #[default]
    Burst,
    /// Continues a full period after the late tick.
    Delay,
    /// Skips the missed ticks, and continues at multiples of the period from the start.
    Skip,
}

impl MissedTickBehavior {
    fn next(self, due: Instant, now: Instant, period: Duration) -> Instant {
        match self {
            Self::Burst => due.after(period),
            Self::Delay => now.after(period),
            Self::Skip => {
                let late = now.duration_since(due).as_nanos() % period.as_nanos();
                // Less than one period, so the remainder fits into a `Duration`.
                let late =
                    Duration::new((late / 1_000_000_000) as u64, (late % 1_000_000_000) as u32);
                now.after(period - late)
            }
        }
    }
}

/// Ticks at a fixed period; see [`interval`].
///
/// # Examples
///
/// See [`interval`].
#[derive(Debug)]
pub struct Interval {
    sleep: Pin<Box<Sleep>>,
    period: Duration,
    missed: MissedTickBehavior,
}

/// A tick later than this counts as missed. A smaller delay is due to the granularity of the clock
/// and the scheduler. tokio's figure.
const GRACE: Duration = Duration::from_millis(5);

impl Interval {
    /// Waits for the next tick, and returns the time at which it was due.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: a tick that was not returned is returned next time.
    ///
    /// # Examples
    ///
    /// See [`interval`].
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// Polls for the next tick; see [`tick`](Self::tick).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, interval};
    /// use std::future::poll_fn;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut interval = interval(Duration::from_millis(2));
    /// let first = poll_fn(|cx| interval.poll_tick(cx)).await;
    /// assert_eq!(interval.tick().await - first, Duration::from_millis(2));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(self.sleep.as_mut().poll(cx));
        let due = self.sleep.deadline();
        let now = Instant::now();
        let next = if now > due.after(GRACE) {
            self.missed.next(due, now, self.period)
        } else {
            due.after(self.period)
        };
        self.sleep.as_mut().reset(next);
        Poll::Ready(due)
    }

    /// Schedules the next tick a full period from now.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, interval};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut interval = interval(Duration::from_millis(2));
    /// let now = Instant::now();
    /// interval.reset(); // otherwise the first tick would come at once
    /// assert!(interval.tick().await >= now + Duration::from_millis(2));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// Schedules the next tick at once, and the following ones relative to it.
    ///
    /// # Examples
    ///
    /// See [`reset_at`](Self::reset_at).
    pub fn reset_immediately(&mut self) {
        self.reset_at(Instant::now());
    }

    /// Schedules the next tick after the given time, and the following ones relative to it.
    ///
    /// # Examples
    ///
    /// See [`reset_at`](Self::reset_at).
    pub fn reset_after(&mut self, after: Duration) {
        self.reset_at(Instant::now().after(after));
    }

    /// Schedules the next tick at `deadline`, and the following ones relative to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, interval};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut interval = interval(Duration::from_secs(3600));
    /// interval.tick().await;
    /// interval.reset_immediately();
    /// interval.tick().await;
    /// interval.reset_after(Duration::from_millis(1));
    /// interval.tick().await;
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// interval.reset_at(deadline);
    /// assert_eq!(interval.tick().await, deadline);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn reset_at(&mut self, deadline: Instant) {
        self.sleep.as_mut().reset(deadline);
    }

    /// Sets what happens to missed ticks. The default is [`MissedTickBehavior::Burst`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, MissedTickBehavior, interval};
    ///
    /// let mut interval = interval(Duration::from_secs(1));
    /// interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    /// assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Skip);
    /// ```
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed = behavior;
    }

    /// Returns what happens to missed ticks.
    ///
    /// # Examples
    ///
    /// See [`set_missed_tick_behavior`](Self::set_missed_tick_behavior).
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed
    }

    /// Returns the time from one tick to the next.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, interval};
    ///
    /// assert_eq!(interval(Duration::from_secs(1)).period(), Duration::from_secs(1));
    /// ```
    pub fn period(&self) -> Duration {
        self.period
    }
}
