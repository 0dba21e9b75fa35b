//! Where sockets are created, in the best way each platform offers, and what only Linux has.
//!
//! `linux` sets both flags by the call that creates a socket. `portable` is where a port to a new
//! platform starts: give it a file of its own with these functions, and two lines below. It is also
//! used on Linux together with the runtime's portable family, to be tested.
//!
//! The invariant: every socket that leaves this folder is in non-blocking mode and is closed on
//! `exec`.

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(heist_portable_driver)
))]
mod linux;
#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    not(heist_portable_driver)
)))]
mod portable;

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(heist_portable_driver)
))]
use linux as system;
#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    not(heist_portable_driver)
)))]
use portable as system;

#[cfg(unix)]
pub(crate) use system::{abstract_address, abstract_name, accept_unix, pair};
pub(crate) use system::{accept_tcp, open};

/// How many connections may wait to be accepted; the system may lower it (on Linux to
/// `net.core.somaxconn`). std's 128 turns clients of a busy server away; tokio has 1024, too.
pub(crate) const BACKLOG: u32 = 1024;
