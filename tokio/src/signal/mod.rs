//! Signals.

#[cfg(unix)]
pub mod unix;
#[cfg(windows)]
pub mod windows;

use heist_signals::{Disposition, SignalKind, set_unhandled};
use std::io;

/// Waits for Ctrl-C. After the first call, Ctrl-C no longer ends the program.
///
/// # Errors
///
/// Returns the error of the operating system.
pub async fn ctrl_c() -> io::Result<()> {
    let mut signal = listen(SignalKind::interrupt())?;
    signal.recv().await;
    Ok(())
}

/// Listens for a signal. As in tokio, its former effect never returns, and a signal that arrives
/// just after a listener was dropped is delivered to the next listener.
///
/// # Panics
///
/// Panics if called outside a runtime, or in a runtime without I/O.
#[track_caller]
fn listen(kind: SignalKind) -> io::Result<heist_signals::Signal> {
    crate::context::expect_io();
    set_unhandled(kind, Disposition::Ignore)?;
    Ok(heist_signals::signal(kind)?.with_those_in_flight())
}
