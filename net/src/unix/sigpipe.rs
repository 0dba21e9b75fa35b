//! Writing to whoever has gone without being ended by `SIGPIPE`.
//!
//! Rust programs ignore the signal, but those that have put its default action back, and libraries
//! in programs of other languages, do not. Sockets have a flag for each call; pipes, `splice` and
//! `sendfile` have none. So where the signal would end the process, a thread blocks it for the
//! call, and takes back what the call has raised. A program's own handler is called as ever.
//!
//! Each thread acts on its own mask. The invariant: behind a call the mask is what it was before,
//! and no signal is pending that the call has raised.

use std::mem::MaybeUninit;
use std::ptr;

use rustix::io::{self, Errno};
use rustix::net::SendFlags;

/// For each call that sends to a socket.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
/// Here it is an option of the socket, which std and socket2 set on all of theirs.
#[cfg(target_vendor = "apple")]
pub(crate) const NO_SIGNAL: SendFlags = SendFlags::empty();

/// Does `write`, a system call that may answer `EPIPE`, and has the process survive that.
///
/// It costs a system call, and three more where the signal has its default action (libpq makes
/// these always). The action is asked for each time, as the program may change it at any moment.
/// That took a quarter of the time of a byte's way through a pipe, write and read, and of a chunk
/// that is spliced less than can be measured.
pub(crate) fn without_sigpipe<T>(write: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    if !ends_the_process() {
        return write();
    }
    let sigpipe = only_sigpipe();
    let mut before = MaybeUninit::uninit();
    // SAFETY: both are valid places for a set, and the first one is initialised. It fails only if
    // told to do something that does not exist.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &sigpipe, before.as_mut_ptr()) };
    // One that somebody else has blocked, and that waits, is not ours to take.
    let waited = is_pending();
    let result = write();
    if matches!(result, Err(Errno::PIPE)) && !waited && is_pending() {
        let mut taken = 0;
        // SAFETY: the set is initialised, and the signal is blocked and pending, so this returns at
        // once.
        unsafe { libc::sigwait(&sigpipe, &mut taken) };
    }
    // SAFETY: the mask that was in force, written by the call above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    result
}

/// Whether the signal has its default action.
fn ends_the_process() -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: it changes nothing, and writes the action to a valid place.
    let told = unsafe { libc::sigaction(libc::SIGPIPE, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it has been written.
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
    // SAFETY: `sigpending` initialises the set, unless it fails, for which there is no cause but a
    // bad place.
    unsafe {
        libc::sigpending(pending.as_mut_ptr()) == 0
            && libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1
    }
}
