//! Ctrl-C and Ctrl-Break, the only signals of Windows.
//!
//! Windows calls the handler on a thread of its own. Unlike a signal handler it may therefore lock
//! and wake tasks itself; no driver is involved.

use std::io;
use std::sync::Arc;

use heist_runtime::Handle;
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};

use crate::SignalKind;
use crate::slot::Slot;

pub(crate) const SHUTDOWN: [SignalKind; 2] = [SignalKind::interrupt(), SignalKind::ctrl_break()];
/// Corresponds to `SIGHUP` elsewhere.
pub(crate) const RELOAD: SignalKind = SignalKind::from_raw(1);

pub(crate) mod consts {
    //! The signals' numbers and names, as the C library has them.

    use std::ffi::c_int;

    pub(crate) const SIGINT: c_int = 2;
    pub(crate) const SIGBREAK: c_int = 21;
    pub(crate) const UNCATCHABLE: [c_int; 0] = [];
    /// `SIGILL`, `SIGFPE` and `SIGSEGV`.
    pub(crate) const FAULTS: [c_int; 3] = [4, 8, 11];

    pub(crate) fn name(signal: c_int) -> Option<&'static str> {
        match signal {
            SIGINT => Some("SIGINT"),
            SIGBREAK => Some("SIGBREAK"),
            _ => None,
        }
    }
}

/// Whether the signal ends the program. Handlers installed before are called after this one.
pub(crate) fn is_default(_: SignalKind) -> io::Result<bool> {
    Ok(true)
}

/// Installs the handler. Installing it once for each kind does no harm: the first call that handles
/// the event ends the chain.
pub(crate) fn install(slot: &Arc<Slot>) -> io::Result<()> {
    if !SHUTDOWN.contains(&slot.kind) {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "Windows sends no such signal",
        ));
    }
    // SAFETY: the function exists for the life of the program.
    if unsafe { SetConsoleCtrlHandler(Some(handle), 1) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Returns whether the event has been handled. If not, the next handler is called, the last of
/// which ends the program.
extern "system" fn handle(event: u32) -> i32 {
    let kind = match event {
        CTRL_C_EVENT => SignalKind::interrupt(),
        CTRL_BREAK_EVENT => SignalKind::ctrl_break(),
        _ => return 0,
    };
    let Some(slot) = Slot::existing(kind) else {
        return 0;
    };
    let is_heard = slot.raise();
    slot.announce();
    i32::from(is_heard)
}

/// Nothing has to be registered, as the handler wakes the tasks itself.
pub(crate) struct Source(());

impl Source {
    /// Fails outside a runtime, as on other platforms.
    pub(crate) fn current() -> io::Result<Arc<Self>> {
        Handle::try_current().map_err(io::Error::other)?;
        Ok(Arc::new(Self(())))
    }

    /// Unknown here; a waiting task is dropped together with its runtime.
    pub(crate) fn is_closed(&self) -> bool {
        false
    }
}
