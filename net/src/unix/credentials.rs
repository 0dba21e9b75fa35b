//! `UCred`: the credentials of a connection's peer.

use std::io;

use rustix::net::sockopt::socket_peercred;

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
    /// Returns its process ID, if the system provides it.
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
        let peer = socket_peercred(self.io.get_ref())?;
        Ok(UCred {
            pid: Some(peer.pid.as_raw_nonzero().get()),
            uid: peer.uid.as_raw(),
            gid: peer.gid.as_raw(),
        })
    }
}
