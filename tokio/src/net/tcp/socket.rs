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

/// Options: their names, socket2's, and what they are.
macro_rules! options {
    ($($(#[$attribute:meta])* $name:ident: $T:ty as $What:ty, $set:ident; $get2:ident, $set2:ident: $doc:literal;)*) => {
        $(
            #[doc = concat!("`", $doc, "`.")]
            ///
            /// # Errors
            ///
            /// What the operating system answered.
            $(#[$attribute])*
            pub fn $name(&self) -> io::Result<$T> {
                self.inner.$get2().map(|value| value as $T)
            }

            #[doc = concat!("Sets `", $doc, "`.")]
            ///
            /// # Errors
            ///
            /// What the operating system answered.
            $(#[$attribute])*
            pub fn $set(&self, value: $T) -> io::Result<()> {
                self.inner.$set2(value as $What)
            }
        )*
    };
}

impl TcpSocket {
    /// An IPv4 socket.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn new_v4() -> io::Result<Self> {
        let inner = new_socket((Ipv4Addr::UNSPECIFIED, 0).into())?;
        Ok(Self { inner })
    }

    /// An IPv6 socket.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
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

    /// `SO_LINGER`.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.inner.linger()
    }

    /// Sets `SO_LINGER`.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    #[deprecated = "`SO_LINGER` causes the socket to block the thread on drop"]
    pub fn set_linger(&self, dur: Option<Duration>) -> io::Result<()> {
        self.inner.set_linger(dur)
    }

    /// Sets `SO_LINGER` to zero: the drop resets the connection.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.inner.set_linger(Some(Duration::ZERO))
    }

    ip_options!();

    /// The address it is bound to.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let addr = self.inner.local_addr()?.as_socket();
        addr.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// The socket's pending error, which is taken away.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.inner.take_error()
    }

    /// Binds it to an address.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn bind(&self, addr: SocketAddr) -> io::Result<()> {
        self.inner.bind(&addr.into())
    }

    /// Connects it.
    ///
    /// # Errors
    ///
    /// What the operating system answered, or the other end.
    pub async fn connect(self, addr: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect_socket(self.inner, addr).await
    }

    /// Has it listen; at most `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        self.inner.listen(backlog.try_into().unwrap_or(i32::MAX))?;
        TcpListener::from_nonblocking(self.inner.into())
    }

    /// Takes over std's socket, which must not block.
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
