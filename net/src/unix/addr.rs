//! Addresses of Unix sockets: a path, on Linux an abstract name, or nothing. std's type is the
//! public one; this converts it for the system calls, and says what is wrong with a path.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr;
use std::path::Path;

use heist_runtime::io::NamedError;
use socket2::{Domain, SockAddr, Type};

use crate::open::open;

/// A path as an address, if it can be one.
pub(super) fn of_path(path: &Path) -> io::Result<SocketAddr> {
    SocketAddr::from_pathname(path)
        .map_err(|error| NamedError::about(format!("unix socket {}", path.display()), error))
}

/// An address in words, for errors.
pub(super) fn describe(addr: &SocketAddr) -> String {
    if let Some(path) = addr.as_pathname() {
        return format!("unix socket {}", path.display());
    }
    match abstract_name(addr) {
        Some(name) => format!("unix socket @{}", name.escape_ascii()),
        None => "unnamed unix socket".to_owned(),
    }
}

pub(super) fn to_system(addr: &SocketAddr) -> io::Result<SockAddr> {
    if let Some(path) = addr.as_pathname() {
        return SockAddr::unix(path);
    }
    match abstract_name(addr) {
        Some(name) => SockAddr::unix(OsStr::from_bytes(&[&[0], name].concat())),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "an unnamed address leads nowhere",
        )),
    }
}

pub(super) fn from_system(addr: &SockAddr) -> io::Result<SocketAddr> {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;

    if let Some(path) = addr.as_pathname() {
        return SocketAddr::from_pathname(path);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(name) = addr.as_abstract_namespace() {
        return SocketAddr::from_abstract_name(name);
    }
    // To std, an empty path is no name.
    SocketAddr::from_pathname("")
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn abstract_name(addr: &SocketAddr) -> Option<&[u8]> {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;

    addr.as_abstract_name()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn abstract_name(_addr: &SocketAddr) -> Option<&[u8]> {
    None
}

/// Why a path cannot be bound, when the system says no more than that it is in use.
pub(super) fn explain_in_use(addr: &SocketAddr, error: io::Error) -> io::Error {
    let what = format!("bind {}", describe(addr));
    let (io::ErrorKind::AddrInUse, Some(path)) = (error.kind(), addr.as_pathname()) else {
        return NamedError::about(what, error);
    };
    let why = match occupant(path, addr) {
        Ok(Occupant::Alive) => "a process has this socket open",
        Ok(Occupant::Stale) => {
            "no process has this socket open; it is left over, and can be removed"
        }
        Ok(Occupant::NoSocket) => "the path exists and is no socket",
        Err(_) => return NamedError::about(what, error),
    };
    NamedError::about(format!("{what} ({why})"), error)
}

enum Occupant {
    Alive,
    Stale,
    NoSocket,
}

fn occupant(path: &Path, addr: &SocketAddr) -> io::Result<Occupant> {
    use std::os::unix::fs::FileTypeExt;

    if !std::fs::symlink_metadata(path)?.file_type().is_socket() {
        return Ok(Occupant::NoSocket);
    }
    // Of a type that hardly any server has: a living one answers that it is of the wrong type,
    // and never sees the attempt.
    let probe = open(Domain::UNIX, Type::SEQPACKET, None)?;
    match probe.connect(&to_system(addr)?) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(Occupant::Stale),
        _ => Ok(Occupant::Alive),
    }
}
