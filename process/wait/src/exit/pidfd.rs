//! Descriptors of processes, which become readable when the process ends.

use std::os::fd::OwnedFd;
use std::process::Child as StdChild;

/// Opens a descriptor of a child that has not been reaped, so that its ID is still its own. `None`
/// if the system does not support it, or has no descriptors left.
#[cfg(all(target_os = "linux", not(heist_portable_driver)))]
pub(crate) fn open(child: &StdChild) -> Option<OwnedFd> {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    pidfd_open(Pid::from_child(child), PidfdFlags::empty()).ok()
}

/// Not supported here. (Android has them, but some versions kill programs that use them.)
#[cfg(not(all(target_os = "linux", not(heist_portable_driver))))]
pub(crate) fn open(_child: &StdChild) -> Option<OwnedFd> {
    None
}
