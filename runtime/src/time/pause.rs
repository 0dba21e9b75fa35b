//! Control of the clock by tests, behind the feature `test-util`.

use crate::runtime::context;
use crate::timers::Clock;
use std::time::{Duration, Instant};

/// Pauses the current runtime's clock. Feature `test-util` only.
///
/// From then on [`Instant::now`](super::Instant::now) stands still, and time passes in jumps: when
/// all tasks wait, it jumps to the next timer at once. Therefore a test with an hour's timeout
/// takes no time. [`advance`] moves the clock explicitly, and [`resume`] lets it run again.
/// `std::time::Instant` is not affected.
///
/// This works with any number of workers. Time does not jump by itself while a task runs (or blocks
/// its thread, for example by a `block_on` within it), while an event of a socket is ready to be
/// handled, while a thread is awake in `block_on`, or while a job of `spawn_blocking` has not
/// ended. It cannot take account of work that other threads or processes are about to submit: if a
/// task waits for such work under a timeout, the timeout fires first.
///
/// # Panics
///
/// Panics outside a runtime, and if the clock is already paused.
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

/// Lets the current runtime's clock run again, from the time that it shows. Feature `test-util`
/// only.
///
/// # Panics
///
/// Panics outside a runtime, and if the clock is not paused.
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
        // Threads do not wait for timers while the clock is paused.
        shared.unpark_all();
        resumed
    });
    assert!(resumed, "the clock is not paused");
}

/// Moves the paused clock forward in one jump, and fires the timers that are due then. Feature
/// `test-util` only.
///
/// Returns when the woken tasks have run and wait again, or after 100 ms if some task never waits.
/// Jobs of `spawn_blocking` are not waited for.
///
/// # Panics
///
/// Panics outside a runtime, and if the clock is not paused.
///
/// # Cancellation safety
///
/// The first poll moves the clock.
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

/// Returns what the current runtime's clock shows, or the system's clock outside a runtime.
pub(super) fn now() -> Instant {
    let now = Instant::now();
    if !Clock::was_any_paused() {
        return now;
    }
    context::try_with_current(|handle| handle.shared().driver.clock().at(now)).unwrap_or(now)
}
