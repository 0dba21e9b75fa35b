//! `TryFrom` of std's sockets, with the meaning of `from_std`.

use std::{io, net};

macro_rules! try_from {
    ($($Std:ty => $Ours:ty,)*) => { $(
        /// Converts as `from_std` does.
        impl TryFrom<$Std> for $Ours {
            type Error = io::Error;

            fn try_from(socket: $Std) -> io::Result<Self> {
                Self::from_std(socket)
            }
        }
    )* };
}

try_from! {
    net::TcpListener => crate::TcpListener,
    net::TcpStream => crate::TcpStream,
    net::UdpSocket => crate::UdpSocket,
}

#[cfg(unix)]
try_from! {
    std::os::unix::net::UnixListener => crate::UnixListener,
    std::os::unix::net::UnixStream => crate::UnixStream,
    std::os::unix::net::UnixDatagram => crate::UnixDatagram,
}
