//! Sockets on the heist runtime, the server loop, and copying between streams.
//!
//! `heist::net` re-exports all of this, and its page says what to use when.

#![deny(clippy::disallowed_methods)]
#![cfg_attr(heist_docs, feature(doc_cfg))]

mod addr;
#[cfg(any(feature = "hyper", feature = "quinn", feature = "tokio-io"))]
mod compat;
mod connecting;
mod copy;
mod datagram;
mod from_std;
#[cfg(all(unix, feature = "socket-activation"))]
mod inherited;
mod options;
mod platform;
mod pool;
mod raw;
pub mod serve;
pub mod stream;
pub mod tcp;
pub mod udp;
#[cfg(unix)]
pub mod unix;

pub use heist_runtime::io::AsyncFd;

pub use crate::addr::{ToSocketAddrs, lookup_host};
pub use crate::copy::{copy, copy_bidirectional, sendfile};
#[cfg(all(unix, feature = "socket-activation"))]
pub use crate::inherited::Inherited;
#[doc(no_inline)]
pub use crate::serve::serve;
#[doc(no_inline)]
pub use crate::tcp::{TcpListener, TcpSocket, TcpStream};
#[doc(no_inline)]
pub use crate::udp::UdpSocket;
#[cfg(unix)]
#[doc(no_inline)]
pub use crate::unix::{UnixDatagram, UnixListener, UnixSocket, UnixStream};

/// What `heist` re-exports and documents elsewhere than in `heist::net`. A module named like a
/// crate must not be in `heist::net`: after `use heist::net::*` the crate's name would be
/// ambiguous.
#[doc(hidden)]
pub mod elsewhere {
    #[cfg(feature = "axum")]
    pub use crate::compat::axum;
    #[cfg(feature = "hyper")]
    pub use crate::compat::hyper;
    #[cfg(feature = "quinn")]
    pub use crate::compat::quinn;
    pub use crate::copy::copy_bidirectional_buffered as copy_bidirectional;
}
