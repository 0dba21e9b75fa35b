//! A clock that tests can stop.

use super::Duration;
use heist_runtime::Handle;

/// # Panics
///
/// Outside a runtime.
#[track_caller]
fn expect_runtime() {
    assert!(
        Handle::try_current().is_ok(),
        "time cannot be frozen from outside the Tokio runtime"
    );
}

/// Stops the current runtime's clock: it then jumps to the next timer when all tasks wait. Other
/// than tokio's, this works with any number of workers.
///
/// # Panics
///
/// Outside a runtime, and if the clock stands still already.
#[track_caller]
pub fn pause() {
    expect_runtime();
    heist_runtime::time::pause();
}

/// Lets the clock run again.
///
/// # Panics
///
/// Outside a runtime, and if the clock runs.
#[track_caller]
pub fn resume() {
    expect_runtime();
    heist_runtime::time::resume();
}

/// Moves the clock on, and lets the tasks run that this wakes.
///
/// # Panics
///
/// Outside a runtime, and if the clock runs.
pub async fn advance(duration: Duration) {
    expect_runtime();
    heist_runtime::time::advance(duration).await;
}
