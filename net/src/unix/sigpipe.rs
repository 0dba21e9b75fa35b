//! Writing to a closed peer without being killed by `SIGPIPE`.
//!
//! Rust programs ignore the signal, but not those that have restored its default action, nor
//! programs in other languages that use a Rust library. Sockets have a flag for each call; pipes,
//! `splice` and `sendfile` have none. Where the signal would end the process, a thread therefore
//! blocks it for the call, and consumes the signal that the call has raised. A program's own
//! handler is called as usual.
//!
//! Each thread acts on its own mask. The invariant: after a call the mask is as before, and no
//! signal raised by the call is pending.

use std::mem::MaybeUninit;
use std::ptr;

use rustix::io::{self, Errno};
use rustix::net::SendFlags;

/// The flag of each call that sends to a socket.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
/// This is an option of the socket here, which std and socket2 set on all of theirs.
#[cfg(target_vendor = "apple")]
pub(crate) const NO_SIGNAL: SendFlags = SendFlags::empty();

/// Calls `write`, a system call that may fail with `EPIPE`, so that the process survives it.
///
/// It costs a system call, and three more where the signal has its default action (libpq always
/// makes these). The action is queried each time, as the program may change it at any moment. That
/// took a quarter of the time that a byte takes through a pipe, write and read, and an unmeasurably
/// small part of a spliced chunk's.
pub(crate) fn without_sigpipe<T>(write: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    if !is_default_action() {
        return write();
    }
    let sigpipe = only_sigpipe();
    let mut before = MaybeUninit::uninit();
    // SAFETY: both are valid places for a set, and the first one is initialised. The call fails
    // only for an invalid `how`.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &sigpipe, before.as_mut_ptr()) };
    // A signal that was already pending, because other code blocks it, must stay pending.
    let waited = is_pending();
    let result = write();
    if matches!(result, Err(Errno::PIPE)) && !waited && is_pending() {
        let mut taken = 0;
        // SAFETY: the set is initialised, and the signal is blocked and pending, so this returns at
        // once.
        unsafe { libc::sigwait(&sigpipe, &mut taken) };
    }
    // SAFETY: the set is the mask that was in force, written by the call above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    result
}

/// Whether the signal has its default action.
fn is_default_action() -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: this changes nothing, and writes the action to a valid place.
    let told = unsafe { libc::sigaction(libc::SIGPIPE, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: the successful call has initialised it.
    told == 0 && unsafe { action.assume_init() }.sa_sigaction == libc::SIG_DFL
}

fn only_sigpipe() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` initialises the set, and the signal exists.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        set.assume_init()
    }
}

fn is_pending() -> bool {
    let mut pending = MaybeUninit::uninit();
    // SAFETY: `sigpending` initialises the set, unless it fails, which only an invalid pointer
    // causes.
    unsafe {
        libc::sigpending(pending.as_mut_ptr()) == 0
            && libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1
    }
}
