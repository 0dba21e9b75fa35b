//! The signal handler's action, and the self-pipe that it writes to.
//!
//! One pipe (a socket pair) serves the whole process, however many listeners and runtimes there
//! are. It carries only the wake-up: signals are counted in the slots. It therefore does not matter
//! who reads the bytes, nor that a full pipe takes no more.

use std::io;
use std::mem;
use std::os::unix::net::UnixStream;
use std::ptr;
use std::sync::Arc;
use std::sync::OnceLock;

use heist_runtime::io::NamedError;
use signal_hook::low_level::{self, pipe};

use super::default_action;
use crate::SignalKind;
use crate::slot::Slot;

pub(super) struct SelfPipe {
    pub(super) receiver: UnixStream,
    sender: UnixStream,
}

impl SelfPipe {
    pub(super) fn get() -> io::Result<&'static Self> {
        static SELF_PIPE: OnceLock<SelfPipe> = OnceLock::new();
        if let Some(pipe) = SELF_PIPE.get() {
            return Ok(pipe);
        }
        let (receiver, sender) = UnixStream::pair()?;
        receiver.set_nonblocking(true)?;
        // If another thread was faster, its pair is used and ours is closed.
        Ok(SELF_PIPE.get_or_init(|| Self { receiver, sender }))
    }
}

/// Whether the signal has its default action, rather than being handled or ignored.
pub(crate) fn is_default(kind: SignalKind) -> io::Result<bool> {
    // SAFETY: zeros are a valid `sigaction`, which the call overwrites. Without a new action it
    // changes nothing.
    let (result, action) = unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        let result = libc::sigaction(kind.as_raw_value(), ptr::null(), &mut action);
        (result, action)
    };
    if result != 0 {
        return Err(name_unknown(io::Error::last_os_error()));
    }
    Ok(action.sa_sigaction == libc::SIG_DFL)
}

/// Installs the handler, for the rest of the process's life.
pub(crate) fn install(slot: &Arc<Slot>) -> io::Result<()> {
    let signal = slot.kind.as_raw_value();
    let sender = SelfPipe::get()?.sender.try_clone()?;
    let slot = slot.clone();
    let count = move || {
        if !slot.raise() {
            // The handler cannot report an error, and a signal that has a handler causes none.
            let _ = default_action::act(slot.kind);
        }
    };
    // SAFETY: the action is async-signal-safe: `raise` is two atomic operations, and
    // `default_action::act` is made for handlers. Neither panics.
    let id = unsafe { low_level::register(signal, count) }.map_err(name_unknown)?;
    // Registered second, because actions run in this order: a thread that reads the byte finds the
    // count.
    pipe::register(signal, sender).inspect_err(|_| {
        low_level::unregister(id);
    })?;
    Ok(())
}

/// Rewords the system's "invalid argument".
pub(super) fn name_unknown(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput => NamedError::about(
            "the system has no such signal, or keeps it for itself",
            error,
        ),
        _ => error,
    }
}
