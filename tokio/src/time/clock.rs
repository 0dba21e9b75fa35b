//! A clock that tests can pause.

use super::Duration;
use heist_runtime::Handle;

/// # Panics
///
/// Panics if called outside a runtime.
#[track_caller]
fn expect_runtime() {
    assert!(
        Handle::try_current().is_ok(),
        "time cannot be frozen from outside the Tokio runtime"
    );
}

/// Pauses the current runtime's clock: it then jumps to the next timer when all tasks are waiting.
/// Unlike tokio's, this works with any number of workers.
///
/// # Panics
///
/// Panics if called outside a runtime, or if the clock is already paused.
#[track_caller]
pub fn pause() {
    expect_runtime();
    heist_runtime::time::pause();
}

/// Resumes the clock.
///
/// # Panics
///
/// Panics if called outside a runtime, or if the clock is not paused.
#[track_caller]
pub fn resume() {
    expect_runtime();
    heist_runtime::time::resume();
}

/// Advances the clock, and lets the tasks run that this wakes.
///
/// # Panics
///
/// Panics if called outside a runtime, or if the clock is not paused.
pub async fn advance(duration: Duration) {
    expect_runtime();
    heist_runtime::time::advance(duration).await;
}
