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

    // Not by rustix, whose type excludes the process ID 0, which the system stores where there is
    // no visible process.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn of_peer(stream: &UnixStream) -> io::Result<Self> {
        use std::mem::{MaybeUninit, size_of};
        use std::os::fd::AsRawFd;
        let mut peer = MaybeUninit::<libc::ucred>::zeroed();
        let mut len = size_of::<libc::ucred>() as libc::socklen_t;
        // SAFETY: the descriptor is open, and both places are valid for writes of that length.
        let result = unsafe {
            libc::getsockopt(
                stream.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PEERCRED,
                peer.as_mut_ptr().cast(),
                &mut len,
            )
        };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: any bytes are valid numbers, and those that the system has not written are zeros.
        let peer = unsafe { peer.assume_init() };
        Ok(Self {
            pid: Some(peer.pid),
            uid: peer.uid,
            gid: peer.gid,
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use socket2::{Domain, Socket, Type};

    #[test]
    fn a_peer_that_is_no_visible_process_has_the_id_0_as_in_tokio() {
        let runtime = heist_runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let socket = Socket::new(Domain::UNIX, Type::STREAM.nonblocking(), None).unwrap();
            let alone = UnixStream::from_std(socket.into()).unwrap();
            assert_eq!(UCred::of_peer(&alone).unwrap().pid(), Some(0));
        });
    }
}
