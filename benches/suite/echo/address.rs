//! Where a server listens, and untyped connections to it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener, UnixStream};
use std::process;

use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
use serde::{Deserialize, Serialize};

/// How many connections may wait to be accepted: more than a client opens at a time, so that none
/// is refused and retried a second later. std's listeners have 128.
const BACKLOG: i32 = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Transport {
    Tcp,
    Unix,
    Udp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    Udp(SocketAddr),
    /// A name in the abstract namespace, which leaves no file behind.
    Unix(String),
}

/// The socket that a server is given to serve, in non-blocking mode.
pub(crate) enum Listener {
    Tcp(TcpListener),
    Udp(UdpSocket),
    Unix(UnixListener),
}

impl Address {
    /// Connects, and returns the connection in non-blocking mode.
    pub(super) fn connect(&self) -> io::Result<OwnedFd> {
        Ok(match self {
            Address::Tcp(server) => {
                let stream = TcpStream::connect(server)?;
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                stream.into()
            }
            Address::Udp(server) => {
                let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
                client.connect(server)?;
                client.set_nonblocking(true)?;
                client.into()
            }
            Address::Unix(name) => {
                let server = UnixAddr::from_abstract_name(name)?;
                let stream = UnixStream::connect_addr(&server)?;
                stream.set_nonblocking(true)?;
                stream.into()
            }
        })
    }

    pub(crate) fn tcp(&self) -> io::Result<SocketAddr> {
        match self {
            Address::Tcp(address) => Ok(*address),
            other => Err(io::Error::other(format!("{other:?} is not TCP"))),
        }
    }
}

impl Listener {
    pub(crate) fn bind(transport: Transport) -> io::Result<(Listener, Address)> {
        match transport {
            Transport::Tcp => {
                let listener = socket(AddressFamily::INET, SocketType::STREAM, None)?;
                bind(&listener, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
                listen(&listener, BACKLOG)?;
                let listener = TcpListener::from(listener);
                listener.set_nonblocking(true)?;
                let address = Address::Tcp(listener.local_addr()?);
                Ok((Listener::Tcp(listener), address))
            }
            Transport::Udp => {
                let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
                socket.set_nonblocking(true)?;
                let address = Address::Udp(socket.local_addr()?);
                Ok((Listener::Udp(socket), address))
            }
            Transport::Unix => {
                let name = format!("heist-benches-{}", process::id());
                let listener = UnixListener::bind_addr(&UnixAddr::from_abstract_name(&name)?)?;
                listener.set_nonblocking(true)?;
                Ok((Listener::Unix(listener), Address::Unix(name)))
            }
        }
    }
}
