//! Multicast: the groups a `UdpSocket` is in, and how its datagrams to groups go.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use socket2::SockRef;

use crate::UdpSocket;

impl UdpSocket {
    /// Joins the IPv4 group `multiaddr` on the interface with the address `interface`; the
    /// [unspecified](Ipv4Addr::UNSPECIFIED) one lets the system choose.
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports: that the address is not a group's, or that there is
    /// no such interface.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::Ipv4Addr;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("0.0.0.0:0").await?;
    /// let (group, interface) = (Ipv4Addr::new(224, 0, 0, 123), Ipv4Addr::LOCALHOST);
    /// socket.join_multicast_v4(group, interface)?;
    /// // Receive …
    /// socket.leave_multicast_v4(group, interface)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn join_multicast_v4(&self, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.io.get_ref().join_multicast_v4(&multiaddr, &interface)
    }

    /// Leaves a group joined by [`join_multicast_v4`](Self::join_multicast_v4).
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports, as when the socket is not in the group.
    ///
    /// # Examples
    ///
    /// See [`join_multicast_v4`](Self::join_multicast_v4).
    pub fn leave_multicast_v4(&self, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.io.get_ref().leave_multicast_v4(&multiaddr, &interface)
    }

    /// Joins the IPv6 group `multiaddr` on the interface with the index `interface`; 0 lets the
    /// system choose.
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports: that the address is not a group's, or that there is
    /// no such interface.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::Ipv6Addr;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let Ok(socket) = heist::net::UdpSocket::bind("[::]:0").await else { return Ok(()) };
    /// let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x123);
    /// let loopback = 1;
    /// if socket.join_multicast_v6(&group, loopback).is_ok() {
    ///     // Receive …
    ///     socket.leave_multicast_v6(&group, loopback)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn join_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.get_ref().join_multicast_v6(multiaddr, interface)
    }

    /// Leaves a group joined by [`join_multicast_v6`](Self::join_multicast_v6).
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports, as when the socket is not in the group.
    ///
    /// # Examples
    ///
    /// See [`join_multicast_v6`](Self::join_multicast_v6).
    pub fn leave_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.get_ref().leave_multicast_v6(multiaddr, interface)
    }

    /// Whether datagrams sent to IPv4 groups also come to this machine's members
    /// (`IP_MULTICAST_LOOP`).
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
    /// let socket = heist::net::UdpSocket::bind("0.0.0.0:0").await?;
    /// assert!(socket.multicast_loop_v4()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.io.get_ref().multicast_loop_v4()
    }

    /// Sets whether datagrams sent to IPv4 groups also come to this machine's members
    /// (`IP_MULTICAST_LOOP`).
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
    /// let socket = heist::net::UdpSocket::bind("0.0.0.0:0").await?;
    /// socket.set_multicast_loop_v4(false)?;
    /// assert!(!socket.multicast_loop_v4()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_multicast_loop_v4(&self, on: bool) -> io::Result<()> {
        self.io.get_ref().set_multicast_loop_v4(on)
    }

    /// The time to live of datagrams to IPv4 groups (`IP_MULTICAST_TTL`): 1, unless set, which
    /// keeps them in the local network.
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
    /// let socket = heist::net::UdpSocket::bind("0.0.0.0:0").await?;
    /// assert_eq!(socket.multicast_ttl_v4()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.io.get_ref().multicast_ttl_v4()
    }

    /// Sets the time to live of datagrams to IPv4 groups (`IP_MULTICAST_TTL`).
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
    /// let socket = heist::net::UdpSocket::bind("0.0.0.0:0").await?;
    /// socket.set_multicast_ttl_v4(4)?;
    /// assert_eq!(socket.multicast_ttl_v4()?, 4);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_multicast_ttl_v4(&self, ttl: u32) -> io::Result<()> {
        self.io.get_ref().set_multicast_ttl_v4(ttl)
    }

    /// Whether datagrams sent to IPv6 groups also come to this machine's members
    /// (`IPV6_MULTICAST_LOOP`).
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
    /// # let Ok(socket) = heist::net::UdpSocket::bind("[::]:0").await else { return Ok(()) };
    /// assert!(socket.multicast_loop_v6()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.io.get_ref().multicast_loop_v6()
    }

    /// Sets whether datagrams sent to IPv6 groups also come to this machine's members
    /// (`IPV6_MULTICAST_LOOP`).
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
    /// # let Ok(socket) = heist::net::UdpSocket::bind("[::]:0").await else { return Ok(()) };
    /// socket.set_multicast_loop_v6(false)?;
    /// assert!(!socket.multicast_loop_v6()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_multicast_loop_v6(&self, on: bool) -> io::Result<()> {
        self.io.get_ref().set_multicast_loop_v6(on)
    }

    /// Sets the hop limit of datagrams to IPv6 groups (`IPV6_MULTICAST_HOPS`).
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
    /// # let Ok(socket) = heist::net::UdpSocket::bind("[::]:0").await else { return Ok(()) };
    /// socket.set_multicast_hops_v6(4)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_multicast_hops_v6(&self, hops: u32) -> io::Result<()> {
        SockRef::from(self.io.get_ref()).set_multicast_hops_v6(hops)
    }

    /// Sets the interface, by its address, that datagrams to IPv4 groups go out by
    /// (`IP_MULTICAST_IF`).
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports, as when there is no such interface.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::Ipv4Addr;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::UdpSocket::bind("0.0.0.0:0").await?;
    /// socket.set_multicast_if_v4(Ipv4Addr::LOCALHOST)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_multicast_if_v4(&self, interface: Ipv4Addr) -> io::Result<()> {
        SockRef::from(self.io.get_ref()).set_multicast_if_v4(&interface)
    }

    /// Sets the interface, by its index, that datagrams to IPv6 groups go out by
    /// (`IPV6_MULTICAST_IF`); 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// What the system's `setsockopt` reports, as when there is no such interface.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let Ok(socket) = heist::net::UdpSocket::bind("[::]:0").await else { return Ok(()) };
    /// socket.set_multicast_if_v6(0)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_multicast_if_v6(&self, interface: u32) -> io::Result<()> {
        SockRef::from(self.io.get_ref()).set_multicast_if_v6(interface)
    }
}
