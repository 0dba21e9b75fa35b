//! The options of a `UdpSocket`, but for multicast.

use std::io;

use socket2::SockRef;

use crate::UdpSocket;

impl UdpSocket {
    fn options(&self) -> SockRef<'_> {
        SockRef::from(self.io.get_ref())
    }

    /// Whether datagrams may go to a broadcast address (`SO_BROADCAST`).
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(!socket.broadcast()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn broadcast(&self) -> io::Result<bool> {
        self.options().broadcast()
    }

    /// Sets whether datagrams may go to a broadcast address (`SO_BROADCAST`).
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_broadcast(true)?;
    /// assert!(socket.broadcast()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        self.options().set_broadcast(on)
    }

    /// The time to live of IPv4 datagrams (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(socket.ttl()? > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn ttl(&self) -> io::Result<u32> {
        self.options().ttl_v4()
    }

    /// Sets the time to live of IPv4 datagrams (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports, as for a value out of its range.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_ttl(7)?;
    /// assert_eq!(socket.ttl()?, 7);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.options().set_ttl_v4(ttl)
    }

    /// The type of service of IPv4 datagrams (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_eq!(socket.tos_v4()?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tos_v4(&self) -> io::Result<u32> {
        self.options().tos_v4()
    }

    /// Sets the type of service of IPv4 datagrams (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_tos_v4(0x10)?; // low delay
    /// assert_eq!(socket.tos_v4()?, 0x10);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_tos_v4(&self, tos: u32) -> io::Result<()> {
        self.options().set_tos_v4(tos)
    }

    /// The traffic class of IPv6 datagrams (`IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let Ok(socket) = heist::net::UdpSocket::bind("[::1]:0").await else { return Ok(()) };
    /// assert_eq!(socket.tclass_v6()?, 0);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    pub fn tclass_v6(&self) -> io::Result<u32> {
        self.options().tclass_v6()
    }

    /// Sets the traffic class of IPv6 datagrams (`IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let Ok(socket) = heist::net::UdpSocket::bind("[::1]:0").await else { return Ok(()) };
    /// socket.set_tclass_v6(0x10)?;
    /// assert_eq!(socket.tclass_v6()?, 0x10);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    pub fn set_tclass_v6(&self, tclass: u32) -> io::Result<()> {
        self.options().set_tclass_v6(tclass)
    }

    /// The size of the send buffer in bytes (`SO_SNDBUF`).
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(socket.send_buffer_size()? > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_buffer_size(&self) -> io::Result<usize> {
        self.options().send_buffer_size()
    }

    /// Sets the size of the send buffer in bytes (`SO_SNDBUF`). The system may round it: Linux
    /// doubles it, for its own bookkeeping, and caps it at `net.core.wmem_max`.
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_send_buffer_size(65536)?;
    /// assert!(socket.send_buffer_size()? >= 65536);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_send_buffer_size(&self, size: usize) -> io::Result<()> {
        self.options().set_send_buffer_size(size)
    }

    /// The size of the receive buffer in bytes (`SO_RCVBUF`).
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(socket.recv_buffer_size()? > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn recv_buffer_size(&self) -> io::Result<usize> {
        self.options().recv_buffer_size()
    }

    /// Sets the size of the receive buffer in bytes (`SO_RCVBUF`): what does not fit in it is lost.
    /// The system may round it: Linux doubles it and caps it at `net.core.rmem_max`.
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_recv_buffer_size(65536)?;
    /// assert!(socket.recv_buffer_size()? >= 65536);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_recv_buffer_size(&self, size: usize) -> io::Result<()> {
        self.options().set_recv_buffer_size(size)
    }

    /// The network interface that the socket is bound to (`SO_BINDTODEVICE`), if it is to one.
    ///
    /// # Errors
    ///
    /// What the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_eq!(socket.device()?, None);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
        self.options().device()
    }

    /// Binds the socket to a network interface (`SO_BINDTODEVICE`), or with `None` to none: it
    /// then exchanges datagrams over that interface only.
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports: that there is no such interface, or that the process
    /// may not do this.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// if let Err(error) = socket.bind_device(Some(b"lo")) {
    ///     eprintln!("not allowed: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
        self.options().bind_device(interface)
    }
}
