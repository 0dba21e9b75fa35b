//! What tests do with the clock, behind the feature `test-util`.

use crate::runtime::context;
use crate::timers::Clock;
use std::time::{Duration, Instant};

/// Stops the current runtime's clock. Feature `test-util` only.
///
/// From now on [`Instant::now`](super::Instant::now) stands still, and time passes in
/// jumps: when all tasks wait, to the next timer at once. So a test with an hour's
/// timeout takes no time. [`advance`] moves the clock by hand, [`resume`] lets it run
/// again. `std::time::Instant` is not affected.
///
/// This works with any number of workers. Time does not jump by itself while a task
/// runs (or blocks its thread, by a `block_on` within it for example), while an event
/// of a socket is there to be handled, while a thread is awake in `block_on`, or while
/// a job of `spawn_blocking` has not ended. What it cannot know of is work that other
/// threads or processes are about to hand in: a task that waits for such, under a
/// timeout, meets the timeout first.
///
/// # Panics
///
/// Outside a runtime, and if the clock is paused already.
///
/// # Examples
///
/// ```
/// use heist::time::{self, Duration, Instant};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// time::pause();
/// let (start, real) = (Instant::now(), std::time::Instant::now());
/// time::sleep(Duration::from_secs(3600)).await;
/// assert_eq!(start.elapsed(), Duration::from_secs(3600));
/// assert!(real.elapsed() < Duration::from_secs(60));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
#[cfg_attr(heist_docs, doc(cfg(feature = "test-util")))]
pub fn pause() {
    let paused = context::with_current(|handle| handle.shared().driver.clock().pause());
    assert!(paused, "the clock is paused already");
}

/// Lets the current runtime's clock run again, from what it shows. Feature
/// `test-util` only.
///
/// # Panics
///
/// Outside a runtime, and if the clock is not paused.
///
/// # Examples
///
/// ```
/// use heist::time::{self, Duration, Instant};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// time::pause();
/// time::advance(Duration::from_secs(3600)).await;
/// time::resume();
/// time::sleep(Duration::from_millis(1)).await; // a real millisecond
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
#[cfg_attr(heist_docs, doc(cfg(feature = "test-util")))]
pub fn resume() {
    let resumed = context::with_current(|handle| {
        let shared = handle.shared();
        let resumed = shared.driver.clock().resume();
        // They wait for no timer while it is paused.
        shared.unpark_all();
        resumed
    });
    assert!(resumed, "the clock is not paused");
}

/// Moves the paused clock on, in one jump, and fires the timers that are due by then.
/// Feature `test-util` only.
///
/// Returns when the tasks that were woken have run and wait again; or after 100 ms, if
/// some task never waits. Jobs of `spawn_blocking` are not waited for.
///
/// # Panics
///
/// Outside a runtime, and if the clock is not paused.
///
/// # Cancellation safety
///
/// The clock has moved once this was polled, and not before.
///
/// # Examples
///
/// ```
/// use heist::time::{self, Duration};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// time::pause();
/// let task = heist::spawn(time::sleep(Duration::from_secs(10)));
/// time::advance(Duration::from_secs(9)).await;
/// assert!(!task.is_finished());
/// time::advance(Duration::from_secs(1)).await;
/// assert!(task.is_finished());
/// # });
/// # std::io::Result::Ok(())
/// ```
#[cfg_attr(heist_docs, doc(cfg(feature = "test-util")))]
pub async fn advance(duration: Duration) {
    let shared = context::with_current(|handle| handle.shared().clone());
    let clock = shared.driver.clock();
    assert!(clock.advance(duration), "the clock is not paused");
    shared.fire_due();
    clock.settle(shared.polls()).await;
}

/// What the current runtime's clock shows; outside of one, the system's.
pub(super) fn now() -> Instant {
    let now = Instant::now();
    if !Clock::any_was_paused() {
        return now;
    }
    context::try_with_current(|handle| handle.shared().driver.clock().at(now)).unwrap_or(now)
}
