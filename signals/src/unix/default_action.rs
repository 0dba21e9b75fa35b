//! The default actions of signals, taken explicitly: in a handler, or at a program's request.
//!
//! Everything here is async-signal-safe.

use std::io;
use std::mem;
use std::ptr;

use heist_runtime::io::NamedError;
use signal_hook::low_level::{emulate_default_handler, signal_name};

use super::handler::name_unknown;
use crate::SignalKind;

/// Takes the signal's default action, whatever the program has set: most signals end the program.
///
/// The parent sees that this signal ended it, which an exit status cannot express: a shell, for
/// example, stops a script when a program in it has died by `SIGINT`, but not when it has merely
/// failed. A server that has cleaned up after `SIGTERM` may therefore end this way.
///
/// For a signal that stops the program, the call returns when the program is continued; for one
/// that does nothing by default, it returns at once. If the program ends, no destructors run and
/// nothing is flushed. (Signals of the terminal, such as `SIGTSTP`, stop the program by `SIGSTOP`.)
///
/// # Errors
///
/// Fails if the system has no such signal. The error names it.
///
/// # Examples
///
/// ```no_run
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let request = heist::signal::shutdown().await?;
/// // ... clean up, and then:
/// heist::signal::raise_default(request.signal())
/// # }
/// ```
pub fn raise_default(kind: SignalKind) -> io::Result<()> {
    act(kind)
        .map_err(|error| NamedError::about(format!("cannot raise {kind}"), name_unknown(error)))
}

/// Takes the default action of a signal. Async-signal-safe.
pub(super) fn act(kind: SignalKind) -> io::Result<()> {
    let signal = kind.as_raw_value();
    if is_known(signal) {
        emulate_default_handler(signal)
    } else {
        end_by(signal)
    }
}

/// Whether `signal-hook` knows the default action. It does not for real-time signals and a few rare
/// ones, all of which end the program; on Linux, unlike elsewhere, `SIGIO` does so, too.
fn is_known(signal: libc::c_int) -> bool {
    let is_io = signal == libc::SIGIO && cfg!(any(target_os = "linux", target_os = "android"));
    signal_name(signal).is_some() && !is_io
}

/// Ends the process by a signal whose default action does that.
fn end_by(signal: libc::c_int) -> io::Result<()> {
    // SAFETY: zeros are a valid `sigaction` and, before `sigemptyset`, a valid place for a set. The
    // functions are on POSIX's list of async-signal-safe ones.
    unsafe {
        let mut default: libc::sigaction = mem::zeroed();
        default.sa_sigaction = libc::SIG_DFL;
        if libc::sigaction(signal, &default, ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
        let mut signals: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&mut signals);
        libc::sigaddset(&mut signals, signal);
        // A signal is blocked in its own handler.
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &signals, ptr::null_mut());
        libc::raise(signal);
        // Reached only if another thread has set a handler in between.
        libc::abort()
    }
}
