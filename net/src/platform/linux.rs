//! Linux and Android: the system call that creates a socket also sets both flags.

use std::io;
use std::net::{self, SocketAddr};
use std::os::unix::net as unix;

use rustix::io::Errno;
use rustix::net::{SocketAddrUnix, SocketFlags, accept_with, acceptfrom_with};
use socket2::{Domain, Protocol, Socket, Type};

const FLAGS: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);

pub(crate) fn open(domain: Domain, kind: Type, protocol: Option<Protocol>) -> io::Result<Socket> {
    Socket::new(domain, kind.nonblocking(), protocol)
}

/// Creates two connected Unix sockets.
pub(crate) fn pair(kind: Type) -> io::Result<(Socket, Socket)> {
    Socket::pair(Domain::UNIX, kind.nonblocking(), None)
}

pub(crate) fn accept_tcp(listener: &net::TcpListener) -> io::Result<(net::TcpStream, SocketAddr)> {
    let (socket, peer) = acceptfrom_with(listener, FLAGS)?;
    let peer = peer.ok_or(io::ErrorKind::InvalidData)?.try_into()?;
    Ok((socket.into(), peer))
}

/// Uses std to read the address: rustix cannot if it is unnamed or fills the whole buffer.
pub(crate) fn accept_unix(
    listener: &unix::UnixListener,
) -> io::Result<(unix::UnixStream, unix::SocketAddr)> {
    let socket = unix::UnixStream::from(accept_with(listener, FLAGS)?);
    let peer = socket.peer_addr()?;
    Ok((socket, peer))
}

pub(crate) fn abstract_name(addr: &unix::SocketAddr) -> Option<&[u8]> {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;

    addr.as_abstract_name()
}

pub(crate) fn abstract_address(name: &[u8]) -> Result<SocketAddrUnix, Errno> {
    SocketAddrUnix::new_abstract_name(name)
}
