//! UDP: a [`UdpSocket`] sends and receives datagrams.

mod multicast;
mod options;
mod socket;

pub use socket::UdpSocket;
