//! Multicast: the groups that a `UdpSocket` is a member of, and how it sends to groups.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use socket2::SockRef;

use crate::UdpSocket;

impl UdpSocket {
    /// Joins the IPv4 group `multiaddr` on the interface with the address `interface`; if that is
    /// [unspecified](Ipv4Addr::UNSPECIFIED), the system chooses.
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports: that the address is not a group's, or that there
    /// is no such interface.
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
    /// Whatever the system's `setsockopt` reports, for example that the socket is not in the group.
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
    /// Whatever the system's `setsockopt` reports: that the address is not a group's, or that there
    /// is no such interface.
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
    /// Whatever the system's `setsockopt` reports, for example that the socket is not in the group.
    ///
    /// # Examples
    ///
    /// See [`join_multicast_v6`](Self::join_multicast_v6).
    pub fn leave_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.get_ref().leave_multicast_v6(multiaddr, interface)
    }

    /// Reads whether members on this machine also receive datagrams sent to IPv4 groups
    /// (`IP_MULTICAST_LOOP`).
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// See [`set_multicast_loop_v4`](Self::set_multicast_loop_v4).
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.io.get_ref().multicast_loop_v4()
    }

    /// Sets whether members on this machine also receive datagrams sent to IPv4 groups
    /// (`IP_MULTICAST_LOOP`).
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports.
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

    /// Reads the time to live of datagrams to IPv4 groups (`IP_MULTICAST_TTL`). The default of 1
    /// keeps them in the local network.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// See [`set_multicast_ttl_v4`](Self::set_multicast_ttl_v4).
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.io.get_ref().multicast_ttl_v4()
    }

    /// Sets the time to live of datagrams to IPv4 groups (`IP_MULTICAST_TTL`).
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports, for example for a value out of range.
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

    /// Reads whether members on this machine also receive datagrams sent to IPv6 groups
    /// (`IPV6_MULTICAST_LOOP`).
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// See [`set_multicast_loop_v6`](Self::set_multicast_loop_v6).
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.io.get_ref().multicast_loop_v6()
    }

    /// Sets whether members on this machine also receive datagrams sent to IPv6 groups
    /// (`IPV6_MULTICAST_LOOP`).
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports.
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
    /// Whatever the system's `setsockopt` reports, for example for a value out of range.
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

    /// Sets the interface, by its address, for outgoing datagrams to IPv4 groups
    /// (`IP_MULTICAST_IF`).
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports, for example that there is no such interface.
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

    /// Sets the interface, by its index, for outgoing datagrams to IPv6 groups
    /// (`IPV6_MULTICAST_IF`); 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports, for example that there is no such interface.
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
