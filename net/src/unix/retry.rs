//! Retries after pauses, for conditions that no readiness event reports.
//!
//! A Unix socket's connect that finds the listener's backlog full, or a datagram that finds the
//! receiver's queue full, returns `EAGAIN`; but it is not the socket itself that must become ready,
//! so the poller has no event for it.

use std::io;
use std::time::Duration;

use heist_runtime::time::sleep;

/// The first pause. A responsive server accepts within it.
const FIRST: Duration = Duration::from_millis(1);
/// The longest pause, and so the longest delay that pausing adds to a connection.
const LONGEST: Duration = Duration::from_millis(50);

/// Retries `operation` while it returns `WouldBlock`.
pub(super) async fn while_full<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut pause = FIRST;
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => return result,
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}
