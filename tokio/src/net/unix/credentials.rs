//! `UCred`: the credentials of the peer.

use super::{UnixStream, gid_t, pid_t, uid_t};
use std::io;

/// The user, the group and the process at the other end of a Unix socket, at the time of
/// connecting.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct UCred {
    pid: Option<pid_t>,
    uid: uid_t,
    gid: gid_t,
}

impl UCred {
    /// Returns the id of the user.
    pub fn uid(&self) -> uid_t {
        self.uid
    }

    /// Returns the id of the group.
    pub fn gid(&self) -> gid_t {
        self.gid
    }

    /// Returns the id of the process, if the system reports it.
    pub fn pid(&self) -> Option<pid_t> {
        self.pid
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn of_peer(stream: &UnixStream) -> io::Result<Self> {
        let credentials = rustix::net::sockopt::socket_peercred(stream)?;
        Ok(Self {
            pid: Some(credentials.pid.as_raw_nonzero().get()),
            uid: credentials.uid.as_raw(),
            gid: credentials.gid.as_raw(),
        })
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn of_peer(stream: &UnixStream) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        let (mut uid, mut gid) = (0, 0);
        // SAFETY: the descriptor is open, and both numbers are valid for writes.
        let result = unsafe { libc::getpeereid(stream.as_raw_fd(), &mut uid, &mut gid) };
        match result {
            0 => Ok(Self {
                pid: None,
                uid,
                gid,
            }),
            _ => Err(io::Error::last_os_error()),
        }
    }
}
