//! TCP, UDP and Unix sockets.
//!
//! The package has its own implementation, on heist's `AsyncFd`: heist-net may depend on packages
//! that depend on `tokio` (see `docs/TOKIO.md`), and its sockets differ from tokio's outside a
//! runtime, in their errors and in their initial readiness. The methods that many kinds of socket
//! share are in `methods`.

mod addr;
mod connecting;
#[macro_use]
mod methods;
#[macro_use]
mod halves;
#[macro_use]
mod datagrams;
pub mod tcp;
mod udp;
#[cfg(unix)]
pub mod unix;

pub use addr::{ToSocketAddrs, lookup_host};
pub use tcp::{TcpListener, TcpSocket, TcpStream};
pub use udp::UdpSocket;
#[cfg(unix)]
pub use unix::{UnixDatagram, UnixListener, UnixSocket, UnixStream};

pub(crate) use crate::evented::Evented;
