//! Signals.

#[cfg(unix)]
pub mod unix;
#[cfg(windows)]
pub mod windows;

use heist_signals::{SignalKind, Unheard, when_unheard};
use std::io;

/// Waits for Ctrl-C. From the first call on it does not end the program any more.
///
/// # Errors
///
/// What the operating system answered.
pub async fn ctrl_c() -> io::Result<()> {
    let mut signal = listen(SignalKind::interrupt())?;
    signal.recv().await;
    Ok(())
}

/// Listens for a signal. It never does again what it did before, as in tokio, and one that comes
/// when a listener has just gone is the next one's.
///
/// # Panics
///
/// Outside a runtime, or in one without I/O.
#[track_caller]
fn listen(kind: SignalKind) -> io::Result<heist_signals::Signal> {
    crate::context::expect_io();
    when_unheard(kind, Unheard::Swallow)?;
    Ok(heist_signals::signal(kind)?.with_those_in_flight())
}
