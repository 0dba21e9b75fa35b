//! TCP, UDP and Unix sockets.
//!
//! The package has its own, on heist's `AsyncFd`: heist-net's can depend on what depends on `tokio`
//! (see `docs/TOKIO.md`), and differ from tokio's where there is no runtime, in their errors and in
//! what readiness they begin with. `methods` what many kinds of socket share.

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
