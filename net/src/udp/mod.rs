//! UDP: a [`UdpSocket`] sends and receives datagrams.

#[cfg(feature = "udp-batch")]
pub mod batch;
mod multicast;
mod options;
mod peek;
mod socket;

pub use socket::UdpSocket;
