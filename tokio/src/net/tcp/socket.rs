//! `TcpSocket`: a socket before it listens or connects.

use super::stream::new_socket;
use super::{TcpListener, TcpStream};
use socket2::Socket;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// A TCP socket that neither listens nor is connected yet.
pub struct TcpSocket {
    inner: Socket,
}

/// Options: their names here and in socket2, and the constants that they stand for.
macro_rules! options {
    ($($(#[$attribute:meta])* $name:ident: $T:ty as $What:ty, $set:ident; $get2:ident, $set2:ident: $doc:literal;)*) => {
        $(
            #[doc = concat!("Returns `", $doc, "`.")]
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            $(#[$attribute])*
            pub fn $name(&self) -> io::Result<$T> {
                self.inner.$get2().map(|value| value as $T)
            }

            #[doc = concat!("Sets `", $doc, "`.")]
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            $(#[$attribute])*
            pub fn $set(&self, value: $T) -> io::Result<()> {
                self.inner.$set2(value as $What)
            }
        )*
    };
}

impl TcpSocket {
    /// Creates an IPv4 socket.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn new_v4() -> io::Result<Self> {
        let inner = new_socket((Ipv4Addr::UNSPECIFIED, 0).into())?;
        Ok(Self { inner })
    }

    /// Creates an IPv6 socket.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn new_v6() -> io::Result<Self> {
        let inner = new_socket((Ipv6Addr::UNSPECIFIED, 0).into())?;
        Ok(Self { inner })
    }

    options! {
        keepalive: bool as bool, set_keepalive; keepalive, set_keepalive: "SO_KEEPALIVE";
        reuseaddr: bool as bool, set_reuseaddr; reuse_address, set_reuse_address: "SO_REUSEADDR";
        #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))))]
        reuseport: bool as bool, set_reuseport; reuse_port, set_reuse_port: "SO_REUSEPORT";
        send_buffer_size: u32 as usize, set_send_buffer_size; send_buffer_size, set_send_buffer_size: "SO_SNDBUF";
        recv_buffer_size: u32 as usize, set_recv_buffer_size; recv_buffer_size, set_recv_buffer_size: "SO_RCVBUF";
        nodelay: bool as bool, set_nodelay; tcp_nodelay, set_tcp_nodelay: "TCP_NODELAY";
    }

    /// Returns `SO_LINGER`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.inner.linger()
    }

    /// Sets `SO_LINGER`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    #[deprecated = "`SO_LINGER` causes the socket to block the thread on drop"]
    pub fn set_linger(&self, dur: Option<Duration>) -> io::Result<()> {
        self.inner.set_linger(dur)
    }

    /// Sets `SO_LINGER` to zero: dropping the socket resets the connection.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.inner.set_linger(Some(Duration::ZERO))
    }

    ip_options!();

    /// Returns the address that the socket is bound to.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let addr = self.inner.local_addr()?.as_socket();
        addr.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Returns the socket's pending error and clears it.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.inner.take_error()
    }

    /// Binds the socket to an address.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn bind(&self, addr: SocketAddr) -> io::Result<()> {
        self.inner.bind(&addr.into())
    }

    /// Connects the socket.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system or of the peer.
    pub async fn connect(self, addr: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect_socket(self.inner, addr).await
    }

    /// Starts to listen; at most `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        self.inner.listen(backlog.try_into().unwrap_or(i32::MAX))?;
        TcpListener::from_nonblocking(self.inner.into())
    }

    /// Converts std's socket, which must be in non-blocking mode.
    pub fn from_std_stream(std_stream: std::net::TcpStream) -> Self {
        Self {
            inner: std_stream.into(),
        }
    }
}

impl fmt::Debug for TcpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, RawFd};

    impl AsFd for TcpSocket {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.inner.as_fd()
        }
    }

    impl AsRawFd for TcpSocket {
        fn as_raw_fd(&self) -> RawFd {
            self.inner.as_raw_fd()
        }
    }

    impl FromRawFd for TcpSocket {
        unsafe fn from_raw_fd(fd: RawFd) -> Self {
            // SAFETY: as the caller promises.
            let inner = unsafe { Socket::from_raw_fd(fd) };
            Self { inner }
        }
    }

    impl IntoRawFd for TcpSocket {
        fn into_raw_fd(self) -> RawFd {
            self.inner.into_raw_fd()
        }
    }
}

#[cfg(windows)]
mod windows {
    use super::*;
    use std::os::windows::io::{
        AsRawSocket, AsSocket, BorrowedSocket, FromRawSocket, IntoRawSocket, RawSocket,
    };

    impl AsSocket for TcpSocket {
        fn as_socket(&self) -> BorrowedSocket<'_> {
            self.inner.as_socket()
        }
    }

    impl AsRawSocket for TcpSocket {
        fn as_raw_socket(&self) -> RawSocket {
            self.inner.as_raw_socket()
        }
    }

    impl FromRawSocket for TcpSocket {
        unsafe fn from_raw_socket(socket: RawSocket) -> Self {
            // SAFETY: as the caller promises.
            let inner = unsafe { Socket::from_raw_socket(socket) };
            Self { inner }
        }
    }

    impl IntoRawSocket for TcpSocket {
        fn into_raw_socket(self) -> RawSocket {
            self.inner.into_raw_socket()
        }
    }
}
