//! Descriptors of processes, which become readable when the process ends.

use std::os::fd::OwnedFd;
use std::process::Child as StdChild;

/// A descriptor of a child that has not been reaped, so that its number is still its own. `None`:
/// the system has no such thing, or none left.
#[cfg(all(target_os = "linux", not(heist_portable_driver)))]
pub(crate) fn open(child: &StdChild) -> Option<OwnedFd> {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    pidfd_open(Pid::from_child(child), PidfdFlags::empty()).ok()
}

/// There is none here. (Android has them, but kills programs that ask in some versions.)
#[cfg(not(all(target_os = "linux", not(heist_portable_driver))))]
pub(crate) fn open(_child: &StdChild) -> Option<OwnedFd> {
    None
}
