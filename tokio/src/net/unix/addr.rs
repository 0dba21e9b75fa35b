//! `SocketAddr`: the address of a Unix socket.

#[cfg(target_os = "android")]
use std::os::android::net::SocketAddrExt;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr as Std;
use std::path::Path;
use std::{fmt, io};

/// The address of a Unix socket.
#[derive(Clone)]
pub struct SocketAddr(pub(super) Std);

impl SocketAddr {
    /// Returns whether the address has no name.
    pub fn is_unnamed(&self) -> bool {
        self.0.is_unnamed()
    }

    /// Returns the path, if the address has one.
    pub fn as_pathname(&self) -> Option<&Path> {
        self.0.as_pathname()
    }

    /// Returns the name in the abstract namespace, without the leading zero byte, if the address
    /// has one.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        self.0.as_abstract_name()
    }

    pub(super) fn from_socket2(addr: socket2::SockAddr) -> io::Result<Self> {
        match addr.as_unix() {
            Some(addr) => Ok(Self(addr)),
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// Returns the address of a path; a leading zero byte denotes a name in the abstract namespace.
pub(super) fn address(path: &Path) -> io::Result<Std> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use std::os::unix::ffi::OsStrExt;
        if let Some(name) = path.as_os_str().as_bytes().strip_prefix(b"\0") {
            return Std::from_abstract_name(name);
        }
    }
    Std::from_pathname(path)
}

impl fmt::Debug for SocketAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Std> for SocketAddr {
    fn from(addr: Std) -> Self {
        Self(addr)
    }
}

impl From<SocketAddr> for Std {
    fn from(addr: SocketAddr) -> Self {
        addr.0
    }
}
