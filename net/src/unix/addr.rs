//! Addresses of Unix sockets: a path, on Linux an abstract name, or unnamed. std's type is the
//! public one; every address becomes a `Name` on its way to the system, which also words the
//! errors.

use std::fmt;
use std::io;
use std::os::unix::net::SocketAddr;
use std::path::Path;

use heist_runtime::io::NamedError;
use rustix::io::Errno;
use rustix::net::SocketAddrUnix;
use socket2::{Domain, Socket, Type};

use crate::platform::{abstract_address, abstract_name, open};

/// An address as the system represents it. It covers std's addresses and the system's own.
///
/// On Linux a path may fill all 108 bytes of an address, without a terminating zero. std reports
/// such names of peers, but cannot create them; this type can, so that a program can answer such a
/// peer.
#[derive(Clone, Copy)]
pub(super) enum Name<'a> {
    Path(&'a Path),
    Abstract(&'a [u8]),
    None,
}

impl<'a> From<&'a SocketAddr> for Name<'a> {
    fn from(addr: &'a SocketAddr) -> Self {
        match (addr.as_pathname(), abstract_name(addr)) {
            (Some(path), _) => Self::Path(path),
            (None, Some(name)) => Self::Abstract(name),
            (None, None) => Self::None,
        }
    }
}

/// An empty path means unnamed, as in std.
impl<'a> From<&'a Path> for Name<'a> {
    fn from(path: &'a Path) -> Self {
        match path.as_os_str().is_empty() {
            true => Self::None,
            false => Self::Path(path),
        }
    }
}

impl Name<'_> {
    pub(super) fn to_system(self) -> io::Result<SocketAddrUnix> {
        let invalid = |why| io::Error::new(io::ErrorKind::InvalidInput, why);
        let made = match self {
            Self::Path(path) => SocketAddrUnix::new(path),
            Self::Abstract(name) => abstract_address(name),
            Self::None => return Err(invalid("an unnamed address cannot be used")),
        };
        made.map_err(|error| match error {
            Errno::NAMETOOLONG => invalid("it is longer than an address can hold"),
            Errno::INVAL => invalid("there is a zero byte in it"),
            error => error.into(),
        })
    }

    /// Binds a socket to it.
    pub(super) fn bind(self, socket: &Socket) -> io::Result<()> {
        let bound = self
            .to_system()
            .and_then(|addr| Ok(rustix::net::bind(socket, &addr)?));
        bound.map_err(|error| explain_in_use(self, error))
    }
}

/// Describes the address in error messages.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "unix socket {}", path.display()),
            Self::Abstract(name) => write!(f, "unix socket @{}", name.escape_ascii()),
            Self::None => f.write_str("unnamed unix socket"),
        }
    }
}

/// Adds to the error of a `bind` why the path is in use, which the system does not say.
fn explain_in_use(name: Name<'_>, error: io::Error) -> io::Error {
    let what = format!("bind {name}");
    let (io::ErrorKind::AddrInUse, Name::Path(path)) = (error.kind(), name) else {
        return NamedError::about(what, error);
    };
    let why = match occupant(path) {
        Ok(Occupant::Alive) => "a process has this socket open",
        Ok(Occupant::Stale) => {
            "no process has this socket open; it is left over, and can be removed"
        }
        Ok(Occupant::NoSocket) => "the path exists and is not a socket",
        Err(_) => return NamedError::about(what, error),
    };
    NamedError::about(format!("{what} ({why})"), error)
}

enum Occupant {
    Alive,
    Stale,
    NoSocket,
}

fn occupant(path: &Path) -> io::Result<Occupant> {
    use std::os::unix::fs::FileTypeExt;

    if !std::fs::symlink_metadata(path)?.file_type().is_socket() {
        return Ok(Occupant::NoSocket);
    }
    // The probe has a type that hardly any server uses: a live server's socket refuses it as the
    // wrong type, and the server never sees the attempt.
    let probe = open(Domain::UNIX, Type::SEQPACKET, None)?;
    match rustix::net::connect(&probe, &Name::from(path).to_system()?) {
        Err(Errno::CONNREFUSED) => Ok(Occupant::Stale),
        _ => Ok(Occupant::Alive),
    }
}
