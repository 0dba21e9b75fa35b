//! Addresses of Unix sockets: a path, on Linux an abstract name, or nothing. std's type is the
//! public one; `Name` is what all of them are on their way to the system, and says what is wrong
//! with one.

use std::fmt;
use std::io;
use std::os::unix::net::SocketAddr;
use std::path::Path;

use heist_runtime::io::NamedError;
use rustix::io::Errno;
use rustix::net::SocketAddrUnix;
use socket2::{Domain, Socket, Type};

use crate::platform::{abstract_address, abstract_name, open};

/// An address as the system knows it. All that std's addresses, and the system's own, can say
/// passes through here.
///
/// On Linux a path may take all 108 bytes of an address, without a zero behind it. std tells such
/// names of peers, but makes none; to answer a peer it must be possible here.
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

/// An empty path is no name, as std has it.
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
            Self::None => return Err(invalid("an unnamed address leads nowhere")),
        };
        made.map_err(|error| match error {
            Errno::NAMETOOLONG => invalid("it is longer than an address can hold"),
            Errno::INVAL => invalid("there is a zero byte in it"),
            error => error.into(),
        })
    }

    /// Gives it to a socket.
    pub(super) fn bind(self, socket: &Socket) -> io::Result<()> {
        let bound = self
            .to_system()
            .and_then(|addr| Ok(rustix::net::bind(socket, &addr)?));
        bound.map_err(|error| explain_in_use(self, error))
    }
}

/// In words, for errors.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "unix socket {}", path.display()),
            Self::Abstract(name) => write!(f, "unix socket @{}", name.escape_ascii()),
            Self::None => f.write_str("unnamed unix socket"),
        }
    }
}

/// Why a path cannot be bound, when the system says no more than that it is in use.
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

fn occupant(path: &Path) -> io::Result<Occupant> {
    use std::os::unix::fs::FileTypeExt;

    if !std::fs::symlink_metadata(path)?.file_type().is_socket() {
        return Ok(Occupant::NoSocket);
    }
    // Of a type that hardly any server has: a living one answers that it is of the wrong type,
    // and never sees the attempt.
    let probe = open(Domain::UNIX, Type::SEQPACKET, None)?;
    match rustix::net::connect(&probe, &Name::from(path).to_system()?) {
        Err(Errno::CONNREFUSED) => Ok(Occupant::Stale),
        _ => Ok(Occupant::Alive),
    }
}
