//! Trying again after a pause: for what no readiness event will announce.
//!
//! A Unix socket's connect finds the listener's backlog full, or its datagram the receiver's queue,
//! and answers that it would block; but the socket itself is not what is waited for, so the poller
//! has nothing to tell.

use std::io;
use std::time::Duration;

use heist_runtime::time::sleep;

/// The first pause. A server that lives accepts within this.
const FIRST: Duration = Duration::from_millis(1);
/// The longest: what a connection may wait longer than it had to.
const LONGEST: Duration = Duration::from_millis(50);

/// Tries `operation` until it does not answer that it would block.
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
