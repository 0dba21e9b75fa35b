//! `UCred`: the credentials of a connection's peer.

use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsFd, AsRawFd};

use crate::UnixStream;

/// The credentials of the process that a [`UnixStream`] is connected to, at the time when it
/// connected (or listened).
///
/// # Examples
///
/// ```
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let (one, _other) = heist::net::UnixStream::pair()?;
/// let peer = one.peer_cred()?;
/// assert_eq!(peer.pid(), Some(std::process::id() as i32));
/// println!("user {}, group {}", peer.uid(), peer.gid());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct UCred {
    pid: Option<i32>,
    uid: u32,
    gid: u32,
}

impl UCred {
    /// Returns its process ID. `None` if the process is not visible from here, because it is in
    /// another container, and for a socket without a peer.
    pub fn pid(&self) -> Option<i32> {
        self.pid
    }

    /// Returns its effective user ID.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// Returns its effective group ID.
    pub fn gid(&self) -> u32 {
        self.gid
    }
}

impl UnixStream {
    /// Returns the credentials of the peer.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// See [`UCred`].
    pub fn peer_cred(&self) -> io::Result<UCred> {
        let peer = peer_of(self.io.get_ref())?;
        Ok(UCred {
            pid: (peer.pid != 0).then_some(peer.pid),
            uid: peer.uid,
            gid: peer.gid,
        })
    }
}

/// Not by rustix, whose type excludes the process ID 0, which the system stores where there is no
/// visible process.
fn peer_of(socket: impl AsFd) -> io::Result<libc::ucred> {
    let mut peer = MaybeUninit::<libc::ucred>::zeroed();
    let mut len = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: the descriptor is open, and both places are valid for writes of that length.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            peer.as_mut_ptr().cast(),
            &mut len,
        )
    };
    match result {
        // SAFETY: any bytes are valid numbers, and those that the system has not written are zeros.
        0 => Ok(unsafe { peer.assume_init() }),
        _ => Err(io::Error::last_os_error()),
    }
}
